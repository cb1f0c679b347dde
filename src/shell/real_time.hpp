#pragma once
#include <vector>

namespace dyad::shell {

/// The calling thread goes before everything that is not real-time. 0 or an errno: it takes CAP_SYS_NICE.
int become_real_time();
/// The processors this process may run on, in ascending order.
std::vector<int> processors();
/// The calling thread runs on this one only.
void stay_on(int processor);

}  // namespace dyad::shell
