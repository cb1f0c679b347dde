#include "shell/demo.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "shell/demo_sandbox.hpp"
#include "shell/demo_story.hpp"

namespace dyad::shell {

namespace {

constexpr std::string_view kHeader =
    R"(dyad demo: {}. In private namespaces; Ctrl-C ends it and leaves nothing behind

{}
   The edge runs the real daemon and the real kernel. 1000 probes a second go from the LAN to Azure;
   {}what is measured is the edge.

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

std::string usage() {
    std::string text =
        "usage: dyad demo [--story NAME] [--stay]\n"
        "  --story NAME   one of these, the first where none is named:\n";
    for (const auto& story : demo_stories()) text += fmt::format("      {:<16} {}\n", story.name, story.about);
    return text + "  --stay         leave it running when the story is over, to look around from a second terminal\n";
}

void stay(DemoStage& stage) {
    say(
        fmt::format("\n   It goes on until Ctrl-C. From a second terminal:\n"
                    "      dyad -s {} show\n"
                    "      dyad -s {} why {}\n"
                    "      dyad msee -s {} maintenance on\n",
                    stage.socket(), stage.socket(), stage.lab().azure_host(0).to_string(), stage.msee_socket(0)));
    while (!interrupted()) stage.pause(std::chrono::hours{1});
    say("\n");
}

int tell(const Story& story, const std::string& directory, Then then) {
    const Paint paint;
    // The firewalls' story is about an Azure that does not.
    const bool answers_as_asked = story.settings().shape.middle == LabShape::Middle::Cable;
    say(fmt::format(kHeader, story.about, story.drawing,
                    answers_as_asked ? "Azure answers by the link a probe came by, so " : ""));
    const auto start = std::chrono::steady_clock::now();
    DemoStage stage{directory, story.settings()};
    if (const auto trouble = stage.build(); !trouble.empty()) {
        fmt::print(stderr, "dyad demo: {}\n", trouble);
        return interrupted() ? kInterrupted : 1;
    }
    std::size_t held = 0;
    for (const auto& chapter : story.chapters) {
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
    const auto all = story.chapters.size();
    say(fmt::format("\n{} of {} held.\n", held, all));
    if (then == Then::Stay) stay(stage);
    return held == all ? 0 : 1;
}

}  // namespace

int demo_main(int argc, char** argv) {
    auto then = Then::End;
    const auto* story = &demo_stories().front();
    for (int i = 0; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "-h" || word == "--help") {
            fmt::print("{}", usage());
            return 0;
        }
        if (word == "--stay") {
            then = Then::Stay;
            continue;
        }
        const std::string_view name = word == "--story" && i + 1 < argc ? argv[++i] : "";
        const auto found = std::ranges::find(demo_stories(), name, &Story::name);
        if (found == demo_stories().end()) {
            fmt::print(stderr, "dyad demo: {} `{}`\n{}", word == "--story" ? "there is no story" : "unknown option",
                       word == "--story" ? name : word, usage());
            return 2;
        }
        story = &*found;
    }
    const auto code = run_in_sandbox([&](const std::string& directory) { return tell(*story, directory, then); });
    if (code) return *code;
    fmt::print(stderr, "dyad demo: {}", code.error());
    return 1;
}

}  // namespace dyad::shell
