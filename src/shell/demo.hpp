#pragma once

namespace dyad::shell {

/// `dyad demo [--stay]`: a whole ExpressRoute on this machine, without root. argc and argv are what stands behind the
/// verb. Answers the exit code: 0 when every chapter held.
int demo_main(int argc, char** argv);

}  // namespace dyad::shell
