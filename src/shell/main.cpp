#include "ctl/ctl.hpp"
#include "shell/run.hpp"
#if __has_include("shell/demo.hpp")
#include "shell/demo.hpp"
#endif
#if __has_include("shell/msee.hpp")
#include "shell/msee.hpp"
#endif
#include <cstdio>

namespace {

[[maybe_unused]] int not_built(const char* verb) {
    std::fprintf(stderr, "dyad: this program was built without `%s`\n", verb);
    return 1;
}

}  // namespace

/// One program: `run` is the daemon, `demo` and `msee` play a lab, every other verb asks a daemon.
int main(int argc, char** argv) {
    using dyad::ctl::Program;
    const int rest = argc - 2;
    char** words = argv + 2;
    switch (dyad::ctl::program_of(argc, argv)) {
        case Program::Run:
            return dyad::shell::run_main(rest, words);
#if __has_include("shell/demo.hpp")
        case Program::Demo:
            return dyad::shell::demo_main(rest, words);
#else
        case Program::Demo:
            return not_built("demo");
#endif
#if __has_include("shell/msee.hpp")
        case Program::Msee:
            return dyad::shell::msee_main(rest, words);
#else
        case Program::Msee:
            return not_built("msee");
#endif
        case Program::Ctl:
            return dyad::ctl::main(argc, argv);
    }
    return 2;
}
