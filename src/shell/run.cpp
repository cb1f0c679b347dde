#include "shell/run.hpp"

#include <malloc.h>

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "shell/config_file.hpp"
#include "shell/daemon.hpp"

namespace dyad::shell {

namespace {

constexpr std::string_view kUsage =
    "usage: dyad run [-c FILE] [-s SOCKET]\n"
    "  -c FILE     the configuration; default /etc/dyad/dyad.toml\n"
    "  -s SOCKET   where operators ask, instead of [control] socket\n";

struct RunOptions {
    std::string file = "/etc/dyad/dyad.toml";
    std::string socket;
};

/// 0: go on; else the exit code plus one.
int parse_options(int argc, char** argv, RunOptions& options) {
    for (int i = 0; i < argc; ++i) {
        const std::string_view word = argv[i];
        if (word == "-h" || word == "--help") {
            fmt::print("{}", kUsage);
            return 1;
        }
        const bool known = word == "-c" || word == "--config" || word == "-s" || word == "--socket";
        if (!known || i + 1 == argc) {
            fmt::print(stderr, "dyad run: {} `{}`\n{}", known ? "what is missing behind" : "unknown option", word,
                       kUsage);
            return 3;
        }
        (word == "-c" || word == "--config" ? options.file : options.socket) = argv[++i];
    }
    return 0;
}

}  // namespace

int run_main(int argc, char** argv) {
    // Tables grow by reallocation: from this size on the old block goes back to the system at once, instead of leaving
    // holes in a heap that glibc would let grow with them.
    mallopt(M_MMAP_THRESHOLD, 256 * 1024);
    RunOptions options;
    if (const int ended = parse_options(argc, argv, options)) return ended - 1;
    auto loaded = load_config(options.file, Secrets::Fetch);
    if (!loaded) {
        fmt::print(stderr, "{}dyad: {} error{}; not started\n", loaded.error().text, loaded.error().errors,
                   loaded.error().errors == 1 ? "" : "s");
        return 1;
    }
    return Daemon{*std::move(loaded), options.socket}.run();
}

}  // namespace dyad::shell
