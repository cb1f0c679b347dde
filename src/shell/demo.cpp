#include "shell/demo.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "shell/demo_sandbox.hpp"
#include "shell/demo_story.hpp"

namespace dyad::shell {

namespace {

constexpr std::string_view kUsage =
    "usage: dyad demo [--stay]\n"
    "  --stay   leave it running when the story is over, to look around from a second terminal\n";

constexpr std::string_view kHeader =
    R"(dyad demo   an ExpressRoute circuit in private namespaces; Ctrl-C ends it and leaves nothing behind

   LAN ── edge ═╦═ primary    192.168.15.16/30 ══ MSEE 1 ═╦═ Azure   {} routes
                ╠═ secondary  192.168.15.20/30 ══ MSEE 2 ═╣
                ╚─ VPN        10.255.0.0/30 ──── gateway ─╝

   The edge runs the real daemon and the real kernel. 1000 probes a second go from the LAN to Azure;
   Azure answers by the link a probe came by, so what is measured is the edge.

)";

/// Ended from outside: neither held nor failed.
constexpr int kInterrupted = 130;

enum class Then : std::uint8_t { End, Stay };

class Paint {
public:
    Paint() : on_(::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr) {}
    std::string green(std::string_view text) const {
        return on_ ? fmt::format("\x1b[32m{}\x1b[0m", text) : std::string{text};
    }
    std::string red(std::string_view text) const {
        return on_ ? fmt::format("\x1b[31m{}\x1b[0m", text) : std::string{text};
    }

private:
    bool on_;
};

void say(const std::string& text) {
    fmt::print("{}", text);
    std::fflush(stdout);
}

void stay(DemoStage& stage) {
    say(
        fmt::format("\n   It goes on until Ctrl-C. From a second terminal:\n"
                    "      dyad -s {} show\n"
                    "      dyad -s {} why {}\n"
                    "      dyad msee -s {} maintenance on\n",
                    stage.socket(), stage.socket(), Lab::azure_host(0).to_string(), stage.msee_socket(0)));
    while (!interrupted()) stage.pause(std::chrono::hours{1});
    say("\n");
}

int tell(const std::string& directory, Then then) {
    const Paint paint;
    say(fmt::format(kHeader, DemoStage::kRoutes));
    const auto start = std::chrono::steady_clock::now();
    DemoStage stage{directory};
    if (const auto trouble = stage.build(); !trouble.empty()) {
        fmt::print(stderr, "dyad demo: {}\n", trouble);
        return interrupted() ? kInterrupted : 1;
    }
    std::size_t held = 0;
    for (const auto& chapter : demo_chapters()) {
        const auto verdict = chapter.play(stage);
        if (interrupted()) break;
        held += verdict.held ? 1 : 0;
        say(fmt::format("{:5.1f} s  {} {:<24} {}\n",
                        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(),
                        verdict.held ? paint.green("✓") : paint.red("✗"), chapter.title, verdict.figures));
    }
    if (interrupted()) {
        say("\ninterrupted\n");
        return kInterrupted;
    }
    const auto all = demo_chapters().size();
    say(fmt::format("\n{} of {} held.\n", held, all));
    if (then == Then::Stay) stay(stage);
    return held == all ? 0 : 1;
}

}  // namespace

int demo_main(int argc, char** argv) {
    auto then = Then::End;
    for (int i = 0; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "-h" || word == "--help") {
            fmt::print("{}", kUsage);
            return 0;
        }
        if (word != "--stay") {
            fmt::print(stderr, "dyad demo: unknown option `{}`\n{}", word, kUsage);
            return 2;
        }
        then = Then::Stay;
    }
    const auto code = run_in_sandbox([then](const std::string& directory) { return tell(directory, then); });
    if (code) return *code;
    fmt::print(stderr, "dyad demo: {}", code.error());
    return 1;
}

}  // namespace dyad::shell
