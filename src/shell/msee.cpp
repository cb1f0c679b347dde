#include "shell/msee.hpp"

#include <fmt/format.h>

#include <csignal>

#include "shell/msee_commands.hpp"
#include "shell/msee_server.hpp"
#include "shell/msee_socket.hpp"
#include "shell/msee_words.hpp"
#include "shell/script_runner.hpp"

namespace dyad::shell {

namespace {

/// `dyad msee -s SOCKET COMMAND…`.
int ask(const std::vector<std::string>& words) {
    if (words.size() < 3) {
        fmt::print(stderr, "dyad msee -s: a socket and a command are needed\n{}", msee_usage());
        return 2;
    }
    std::string line = words[2];
    for (std::size_t i = 3; i < words.size(); ++i) line += " " + words[i];
    std::string answer;
    if (!ask_line_socket(words[1], line, answer)) {
        fmt::print(stderr, "dyad msee: {}\n", answer);
        return 1;
    }
    fmt::print("{}\n", answer);
    return answer.find("\"ok\":true") == answer.npos ? 1 : 0;
}

int play(MseeSettings settings) {
    Loop loop;
    Journal journal;
    MseeServer server{loop, journal, std::move(settings)};
    const auto& name = server.settings().name;
    if (const auto trouble = server.load(); !trouble.empty()) {
        fmt::print(stderr, "dyad msee: {}\n", trouble);
        return 1;
    }
    const auto end = [&] { server.stop([&] { loop.stop(); }); };
    LineSocket socket{loop, [&](std::string_view line) {
                          auto reply = do_msee_command(line, server);
                          if (reply.quit) loop.post(end);
                          return reply.json;
                      }};
    if (!server.settings().socket.empty())
        if (const auto trouble = socket.open(server.settings().socket); !trouble.empty()) {
            fmt::print(stderr, "dyad msee: {}\n", trouble);
            return 1;
        }
    loop.on_signals({SIGINT, SIGTERM}, [&](int) { end(); });
    print_msee_line(
        name, fmt::format("AS {}, {} IPv4 and {} IPv6 routes to announce", server.settings().options.asn.value,
                          server.msee().routes().count(Family::Ipv4), server.msee().routes().count(Family::Ipv6)));
    server.start();
    loop.run();
    return 0;
}

}  // namespace

int msee_main(int argc, char** argv) {
    const std::vector<std::string> words{argv, argv + argc};
    if (!words.empty() && words[0] == "-s") return ask(words);
    auto settings = parse_msee_arguments(words);
    if (settings && !settings->script.empty()) return play_script(*settings);
    if (settings) return play(std::move(*settings));
    if (settings.error().empty()) {
        fmt::print("{}\n{}", msee_usage(), msee::script_help());
        return 0;
    }
    fmt::print(stderr, "dyad msee: {}\n{}", settings.error(), msee_usage());
    return 2;
}

}  // namespace dyad::shell
