#pragma once
#include "speaker/state.hpp"

namespace dyad::speaker {

/// Decides a bounded number of dirty prefixes and passes each change on, to the kernel's plan and to the
/// neighbours. True while more are waiting.
bool settle(State& state, Instant now);

}  // namespace dyad::speaker
