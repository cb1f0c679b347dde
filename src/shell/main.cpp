#include "ctl/ctl.hpp"
#include "shell/demo.hpp"
#include "shell/msee.hpp"
#include "shell/run.hpp"

/// One program: `run` is the daemon, `demo` and `msee` play a lab, every other verb asks a daemon.
int main(int argc, char** argv) {
    using dyad::ctl::Program;
    const int rest = argc - 2;
    char** words = argv + 2;
    switch (dyad::ctl::program_of(argc, argv)) {
        case Program::Run: return dyad::shell::run_main(rest, words);
        case Program::Demo: return dyad::shell::demo_main(rest, words);
        case Program::Msee: return dyad::shell::msee_main(rest, words);
        case Program::Ctl: return dyad::ctl::main(argc, argv);
    }
    return 2;
}
