#include "ctl/ctl.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <cstdlib>

#include "ctl/arguments.hpp"
#include "ctl/azure.hpp"
#include "ctl/check.hpp"
#include "ctl/client.hpp"
#include "ctl/complain.hpp"
#include "ctl/decode.hpp"
#include "ctl/drained.hpp"
#include "ctl/drill.hpp"
#include "ctl/health.hpp"
#include "ctl/render.hpp"
#include "ctl/request.hpp"
#include "ctl/version.hpp"

namespace dyad::ctl {

namespace {

using Renderer = std::string (*)(const Json&, Colours);

void print(std::string_view words) { std::fwrite(words.data(), 1, words.size(), stdout); }

std::string render_reload_plain(const Json& reload, Colours) { return render_reload(reload); }
std::string render_order_plain(const Json& order, Colours) { return render_order(order); }
std::string render_config(const Json& config, Colours) { return text(config, "text"); }

Renderer renderer(VerbId verb) {
    switch (verb) {
        case VerbId::Reload:
            return render_reload_plain;
        case VerbId::Reset:
        case VerbId::Refresh:
        case VerbId::Drain:
        case VerbId::Undrain:
        case VerbId::Clear:
            return render_order_plain;
        case VerbId::Drill:
            return render_drill_answer;
        case VerbId::ShowSummary:
            return render_summary;
        case VerbId::ShowPeering:
            return render_peering;
        case VerbId::ShowSession:
            return render_session;
        case VerbId::ShowRoutes:
            return render_route;
        case VerbId::ShowRouteTable:
            return render_azure_route;
        case VerbId::ShowRoutesSummary:
            return render_azure_routes_summary;
        case VerbId::ShowFib:
            return render_fib;
        case VerbId::ShowBfd:
            return render_bfd;
        case VerbId::ShowLimits:
            return render_limits;
        case VerbId::ShowConfig:
            return render_config;
        case VerbId::ShowArp:
            return render_azure_arp;
        case VerbId::Doctor:
            return render_doctor;
        case VerbId::Diff:
            return render_diff;
        case VerbId::Why:
            return render_why;
        case VerbId::Events:
            return render_event;
        case VerbId::Run:
        case VerbId::Check:
        case VerbId::Demo:
        case VerbId::Msee:
        case VerbId::Decode:
        case VerbId::Health:
        case VerbId::Version:
        case VerbId::Help:
            break;
    }
    return nullptr;
}

/// Where the JSON form is not the daemon's own but somebody else's.
using Projection = Json (*)(const Json&);
Projection projection(VerbId verb) {
    if (verb == VerbId::ShowRouteTable) return azure_route;
    if (verb == VerbId::ShowArp) return azure_arp;
    if (verb == VerbId::ShowRoutesSummary) return azure_routes_summary;
    return nullptr;
}

/// Routes come one by one, under titles of their own; "" where the whole answer is one object.
std::string titles(VerbId verb, Colours colours) {
    if (verb == VerbId::ShowRoutes) return render_routes_titles(colours);
    if (verb == VerbId::ShowRouteTable) return render_azure_route_titles(colours);
    return {};
}

/// `dyad drill LINK` stays until it is over.
bool waits_for_report(const Invocation& invocation) {
    return invocation.verb == VerbId::Drill && !invocation.arguments.empty() && !invocation.has("--end") &&
           !invocation.has("--no-wait");
}

/// In the doctor's answer: the sentences in it are not ours to compose, and have their quotes escaped.
constexpr std::string_view kFailedStep = R"("state":"failed")";

/// Takes the lines of one answer: passes them on as JSON, or renders each object as it comes.
class Reader {
public:
    Reader(const Invocation& invocation, Colours colours)
        : invocation_(invocation),
          render_(renderer(invocation.verb)),
          project_(projection(invocation.verb)),
          titles_(titles(invocation.verb, colours)),
          colours_(colours) {}

    GoOn take(std::string_view line) {
        if (lines_++ == 0) array_ = line == "[";
        if (line == "]") array_ = false;
        if (line.starts_with("{\"error\":")) return refuse(line);
        failed_ = failed_ || (invocation_.verb == VerbId::Doctor && line.find(kFailedStep) != line.npos);
        if (invocation_.json && waits_for_report(invocation_)) return GoOn::Yes;  // which is the answer
        if (invocation_.json) {
            print(project_ ? projected(line) : std::string{line});
            print("\n");
        } else {
            render(line);
        }
        // A follower's reader wants to see it now.
        if (invocation_.verb == VerbId::Events) std::fflush(stdout);
        return std::ferror(stdout) != 0 ? GoOn::No : GoOn::Yes;
    }

    int finish() {
        if (refused_) return 1;
        // Nothing may have happened; every other question has an answer.
        if (array_ || (lines_ == 0 && invocation_.verb != VerbId::Events)) {
            complain("the daemon ended in the middle of its answer");
            return 1;
        }
        if (!titles_.empty() && !invocation_.json && objects_ == 0) print("no routes\n");
        return failed_ ? 1 : 0;
    }

private:
    /// Elements of an array come a line each, with the comma behind them.
    void render(std::string_view line) {
        if (line.ends_with(',')) line.remove_suffix(1);
        if (line == "[" || line == "]" || line == "[]") return;
        boost::system::error_code error;
        const auto value = boost::json::parse(boost::json::string_view{line.data(), line.size()}, error);
        if (error || !value.is_object()) return complain(fmt::format("not understood: {}", line));
        if (objects_ == 0) print(titles_);
        if (objects_ > 0 && titles_.empty() && invocation_.verb != VerbId::Events) print("\n");
        ++objects_;
        print(render_(value, colours_));
    }

    std::string projected(std::string_view line) const {
        if (line == "[" || line == "]" || line == "[]") return std::string{line};
        const bool more = line.ends_with(',');
        if (more) line.remove_suffix(1);
        boost::system::error_code error;
        const auto value = boost::json::parse(boost::json::string_view{line.data(), line.size()}, error);
        return boost::json::serialize(project_(value)) + (more ? "," : "");
    }

    GoOn refuse(std::string_view line) {
        refused_ = true;
        if (invocation_.json) {
            print(line);
            print("\n");
        }
        boost::system::error_code error;
        const auto value = boost::json::parse(boost::json::string_view{line.data(), line.size()}, error);
        auto words = text(value, "error");
        if (const auto known = joined(value, "known", ", "); !known.empty()) words += "; there is: " + known;
        complain(words);
        return GoOn::No;
    }

    const Invocation& invocation_;
    Renderer render_;
    Projection project_;  ///< nothing: as it comes
    std::string titles_;
    Colours colours_;
    std::size_t lines_ = 0;
    std::size_t objects_ = 0;
    bool array_ = false;  ///< one has begun and not ended
    bool refused_ = false;
    bool failed_ = false;  ///< the doctor found something
};

std::string socket_of(const Invocation& invocation) {
    if (!invocation.socket.empty()) return invocation.socket;
    const char* given = std::getenv("DYAD_SOCKET");
    return given && *given ? given : std::string{kDefaultSocket};
}

int ask_daemon(const Invocation& invocation) {
    const auto request = request_for(invocation);
    if (!request) {
        complain(request.error());
        return 2;
    }
    Reader reader{invocation, colours_wanted()};
    std::string last;
    const auto trouble = ask(socket_of(invocation), *request, [&](std::string_view line) {
        if (invocation.has("--wait")) last = line;
        return reader.take(line);
    });
    if (!trouble.empty()) {
        complain(trouble);
        return 1;
    }
    const auto code = reader.finish();
    std::fflush(stdout);
    if (code == 0 && waits_for_report(invocation))
        return follow_drill(socket_of(invocation), invocation.json, colours_wanted());
    return code == 0 && invocation.has("--wait") ? wait_until_drained(socket_of(invocation), last) : code;
}

}  // namespace

Program program_of(int argc, char** argv) {
    const auto verb = argc > 1 ? leading_verb(argv[1]) : std::nullopt;
    if (verb == VerbId::Run) return Program::Run;
    if (verb == VerbId::Demo) return Program::Demo;
    if (verb == VerbId::Msee) return Program::Msee;
    return Program::Ctl;
}

int main(int argc, char** argv) {
    const auto parsed = parse_arguments({argv + (argc > 0 ? 1 : 0), argv + argc});
    if (const auto* message = std::get_if<Message>(&parsed)) {
        if (message->exit_code == 0) {
            print(message->text);
        } else if (argc < 2) {
            fmt::print(stderr, "{}", message->text);
        } else {
            complain(message->text);
        }
        // To whoever runs plugins, 2 is critical.
        const bool plugin = argc > 1 && leading_verb(argv[1]) == VerbId::Health;
        return plugin && message->exit_code != 0 ? static_cast<int>(Level::Unknown) : message->exit_code;
    }
    const auto& invocation = std::get<Invocation>(parsed);
    if (invocation.verb == VerbId::Check) return check(invocation);
    if (invocation.verb == VerbId::Decode) return decode(invocation);
    if (invocation.verb == VerbId::Health) return health(invocation, socket_of(invocation));
    if (invocation.verb == VerbId::Version) {
        if (invocation.json) {
            fmt::print("{{\"version\":\"{}\"}}\n", kVersion);
        } else {
            fmt::print("dyad {}\n", kVersion);
        }
        return 0;
    }
    if (!renderer(invocation.verb)) {
        complain("run, demo and msee are the first word: dyad run …");
        return 2;
    }
    return ask_daemon(invocation);
}

}  // namespace dyad::ctl
