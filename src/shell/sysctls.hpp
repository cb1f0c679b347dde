#pragma once
#include "shell/journal.hpp"

namespace dyad::shell {

/// Sets what makes failover fast and flows even, where that is permitted, and says what was set or should be.
void set_sysctls(Journal& journal);

}  // namespace dyad::shell
