#pragma once
#include <chrono>

#include "dyad/base/time.hpp"

namespace dyad::shell {

/// The one place where the core's time comes from.
inline Instant now() { return {std::chrono::steady_clock::now().time_since_epoch()}; }

}  // namespace dyad::shell
