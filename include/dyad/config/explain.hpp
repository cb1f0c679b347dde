#pragma once
#include <string>
#include <vector>

#include "dyad/config/config.hpp"

namespace dyad::config {

/// What `dyad check -v` prints: what was derived from the file (addresses, peers, limits, timers), a line each,
/// at most 80 columns where names allow.
std::vector<std::string> explain(const Config& config);

}  // namespace dyad::config
