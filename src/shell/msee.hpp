#pragma once

namespace dyad::shell {

/// `dyad msee`: Microsoft's side for labs and tests, or with -s a question to one that runs. argc and argv are what
/// stands behind the verb. Answers the exit code.
int msee_main(int argc, char** argv);

}  // namespace dyad::shell
