#include "shell/script_runner.hpp"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstring>

#include "dyad/base/hex.hpp"
#include "dyad/base/overloaded.hpp"
#include "dyad/config/parse.hpp"
#include "shell/clock.hpp"
#include "shell/plain_text.hpp"

namespace dyad::shell {

namespace json = boost::json;

namespace {

constexpr auto kLookAgain = std::chrono::milliseconds{5};

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

void print_text(const msee::ScriptOutcome& outcome) {
    const bool held = outcome.verdict == msee::Verdict::Held;
    const auto on = outcome.connection.empty() ? "" : fmt::format("[{}] ", outcome.connection);
    const auto expected = held ? "" : fmt::format("expected {}, got ", outcome.expected);
    fmt::print("{:8.3f} {} {:3}  {:<40} {}\n", seconds(outcome.at), held ? "✓" : "✗", outcome.line, on + outcome.step,
               plain_text(expected + outcome.got));
    std::fflush(stdout);
}

void print_json(const msee::ScriptOutcome& outcome) {
    json::object row{{"line", outcome.line},
                     {"step", outcome.step},
                     {"held", outcome.verdict == msee::Verdict::Held},
                     {"got", plain_text(outcome.got)},
                     {"milliseconds", std::chrono::duration_cast<std::chrono::milliseconds>(outcome.at).count()}};
    if (!outcome.connection.empty()) row["connection"] = outcome.connection;
    if (!outcome.expected.empty()) row["expected"] = outcome.expected;
    if (!outcome.octets.empty()) row["message"] = hex_text(outcome.octets);
    fmt::print("{}\n", json::serialize(row));
    std::fflush(stdout);
}

void print_errors(const std::vector<msee::ScriptError>& errors, const std::string& name, const std::string& text) {
    for (const auto& error : errors) {
        const config::Diagnostic diagnostic{.line = error.line,
                                            .column = error.column,
                                            .end_column = error.end_column,
                                            .what = error.what,
                                            .mark = error.mark,
                                            .hint = error.hint};
        fmt::print(stderr, "{}\n", config::render(diagnostic, name, text));
    }
    fmt::print(stderr, "{} error{}; nothing was played\n", errors.size(), errors.size() == 1 ? "" : "s");
}

std::string read_all(std::FILE* file) {
    std::string text;
    char buffer[4096];
    while (const auto got = std::fread(buffer, 1, sizeof buffer, file)) text.append(buffer, got);
    return text;
}

std::optional<std::string> read_script(const std::string& name) {
    if (name == "-") return read_all(stdin);
    std::FILE* file = std::fopen(name.c_str(), "r");
    if (file == nullptr) return std::nullopt;
    auto text = read_all(file);
    std::fclose(file);
    return text;
}

msee::ScriptDefaults defaults_of(const MseeSettings& settings) {
    const auto& customer = settings.options.customers.front();
    using Opening = msee::ScriptDefaults::Opening;
    return {.as = settings.options.asn,
            .id = settings.options.router_id,
            .local = customer.local,
            .hold_seconds = static_cast<std::uint16_t>(settings.options.hold_time.count()),
            .opening = customer.opens == msee::Opens::Listens ? Opening::Listen : Opening::Dial};
}

}  // namespace

ScriptRunner::ScriptRunner(Loop& loop, Journal& journal, const MseeSettings& settings, msee::Script script)
    : loop_(loop),
      settings_(settings),
      listens_(script.listens()),
      player_(std::move(script)),
      connections_(loop, journal, [this](const speaker::Input& input) { tell(input); }),
      listeners_(
          loop, journal, [this](Call call) { connections_.accepted(std::move(call)); },
          [this](const speaker::Input& input) { tell(input); }),
      deadline_(loop) {}

void ScriptRunner::start(std::function<void(msee::Verdict)> done) {
    done_ = std::move(done);
    const auto& customer = settings_.options.customers.front();
    if (listens_) listeners_.apply({{{customer.local, settings_.port, {{customer.peer, tcp_options()}}}}});
    player_.start(now());
    turn();
}

speaker::TcpOptions ScriptRunner::tcp_options() const {
    return {.interface = settings_.interface, .ttl = settings_.ttl, .md5_key = settings_.md5_key};
}

void ScriptRunner::tell(const speaker::Input& input) {
    std::visit(Overloaded{
                   [this](const speaker::TcpConnected& in) { player_.connected(now(), in.connection); },
                   [this](const speaker::TcpAccepted& in) { player_.accepted(now(), in.connection); },
                   [this](const speaker::TcpReceived& in) { player_.received(now(), in.connection, in.octets); },
                   [this](const speaker::TcpSent& in) { player_.sent(now(), in.connection, in.octets); },
                   [this](const speaker::TcpClosed& in) { player_.closed(now(), in.connection, in.error); },
                   [this](const speaker::ListenFailed& in) {
                       fmt::print(stderr, "cannot listen on {}: {}\n", in.local.to_string(), std::strerror(in.error));
                   },
                   [](const auto&) {},
               },
               input);
    if (!std::exchange(turn_posted_, true)) loop_.post([this] { turn(); });
}

void ScriptRunner::turn() {
    turn_posted_ = false;
    if (const auto deadline = player_.deadline(); deadline && *deadline <= now()) player_.tick(now());
    for (auto& output : player_.take_outputs()) carry_out(std::move(output));
    connections_.flush();
    if (verdict_) return end_when_quiet();
    if (const auto deadline = player_.deadline())
        deadline_.at(*deadline, [this] { turn(); });
    else
        deadline_.cancel();
}

void ScriptRunner::carry_out(msee::PlayOutput output) {
    const auto& customer = settings_.options.customers.front();
    std::visit(
        Overloaded{
            [&](const msee::PlayDial& dial) {
                connections_.connect({dial.connection, customer.local, customer.peer, settings_.port, tcp_options()});
            },
            [&](msee::PlaySend& send) {
                connections_.send({send.connection, std::move(send.octets)});
            },
            [&](const msee::PlayClose& close) { connections_.close(close.connection); },
            [&](const msee::PlayReset& reset) {
                connections_.flush();
                connections_.reset(reset.connection);
            },
            [&](const msee::PlayReading& reading) {
                connections_.reading(reading.connection, reading.reading == msee::Reading::On
                                                             ? TcpConnections::Reading::On
                                                             : TcpConnections::Reading::Stopped);
            },
            [&](const msee::ScriptOutcome& outcome) { settings_.json ? print_json(outcome) : print_text(outcome); },
            [&](const msee::ScriptFinished& finished) { verdict_ = finished.verdict; },
        },
        output);
}

/// Closing connections have a second to say what is queued.
void ScriptRunner::end_when_quiet() {
    if (connections_.quiet()) {
        if (const auto done = std::exchange(done_, nullptr)) done(*verdict_);
        return;
    }
    deadline_.after(kLookAgain, [this] { turn(); });
}

int play_script(const MseeSettings& settings) {
    const auto text = read_script(settings.script);
    if (!text) {
        fmt::print(stderr, "dyad msee: {}: {}\n", settings.script, std::strerror(errno));
        return 2;
    }
    auto script = msee::parse_script(*text, defaults_of(settings));
    if (!script) {
        print_errors(script.error(), settings.script == "-" ? "script" : settings.script, *text);
        return 2;
    }
    Loop loop;
    Journal journal;
    auto verdict = msee::Verdict::Failed;
    ScriptRunner runner{loop, journal, settings, std::move(*script)};
    loop.post([&] {
        runner.start([&](msee::Verdict held) {
            verdict = held;
            loop.stop();
        });
    });
    loop.run();
    return verdict == msee::Verdict::Held ? 0 : 1;
}

}  // namespace dyad::shell
