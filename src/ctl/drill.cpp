#include "ctl/drill.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <cstdio>
#include <thread>

#include "ctl/answer.hpp"
#include "ctl/client.hpp"
#include "ctl/complain.hpp"
#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

constexpr std::chrono::milliseconds kDrillPoll{250};

/// The last drill the daemon knows: running, or the one that was.
Json latest(const std::string& socket, std::string& trouble) {
    Json drills;
    trouble = ask(socket, R"({"ask":"drills"})", [&](std::string_view line) {
        boost::system::error_code error;
        drills = boost::json::parse(boost::json::string_view{line.data(), line.size()}, error);
        return GoOn::Yes;
    });
    const auto& all = list(drills, "drills");
    if (trouble.empty() && all.empty()) trouble = "the daemon was restarted: the drill is over, the link is back";
    return all.empty() ? Json{} : all.back();
}

/// What there is to tell while it runs, once each.
class Progress {
public:
    void tell(const Json& drill) {
        if (!verified_ && !is_null(drill, "verified_seconds")) {
            verified_ = true;
            say(fmt::format("{} of {} prefixes go another way after {:.3f} s; back in {:.0f} s",
                            number(drill, "prefixes") - number(drill, "missing"), number(drill, "prefixes"),
                            real(drill, "verified_seconds"), real(drill, "remaining_seconds")));
        }
        if (!returning_ && text(drill, "state") != "running") {
            returning_ = true;
            say(fmt::format("{}: the link comes back", text(drill, "reason")));
        }
    }

private:
    static void say(const std::string& words) {
        fmt::print("{}\n", words);
        std::fflush(stdout);
    }
    bool verified_ = false, returning_ = false;
};

}  // namespace

int follow_drill(const std::string& socket, bool json, Colours colours) {
    Progress progress;
    if (!json) {
        fmt::print("it comes back by itself: interrupting this leaves it to that, `dyad drill --end` ends it now\n");
        std::fflush(stdout);
    }
    for (;;) {
        std::string trouble;
        const auto drill = latest(socket, trouble);
        if (!trouble.empty()) return complain(trouble), 1;
        if (!json) progress.tell(drill);
        if (text(drill, "state") == "over") {
            fmt::print("{}", json ? boost::json::serialize(drill) + "\n" : render_drill(drill, colours));
            return text(drill, "outcome") == "passed" ? 0 : 1;
        }
        std::this_thread::sleep_for(kDrillPoll);
    }
}

}  // namespace dyad::ctl
