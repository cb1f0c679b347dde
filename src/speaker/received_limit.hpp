#pragma once
#include "speaker/state.hpp"

namespace dyad::speaker {

/// limits.receive: a warning when a neighbour tells more than is usual, or the end of the session (RFC 4486's Maximum
/// Number of Prefixes Reached), which then waits for the operator: the neighbour would only say the same again.
void watch_received(State& state, Instant now, SessionId id);

}  // namespace dyad::speaker
