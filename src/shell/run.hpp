#pragma once

namespace dyad::shell {

/// `dyad run [-c FILE] [-s SOCKET]`; argc and argv after the verb.
int run_main(int argc, char** argv);

}  // namespace dyad::shell
