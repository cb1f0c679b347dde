#pragma once
#include "speaker/state.hpp"

/// A peer ended the session because it counted too many prefixes (Cease/1, RFC 4486 section 4).
namespace dyad::speaker {

/// Before what was advertised is forgotten: learns a lower limit from it, and leaves the peer alone for a while.
void peer_counted(State& state, Instant now, SessionId id, const session::WentDown& down);
/// An attempt failed: while such a pause runs, the next one waits longer.
void attempt_failed(State& state, Instant now, SessionId id);
/// "it counted too many prefixes: the next attempt is in 25 s, with at most 3999" where it is so; "" elsewhere.
std::string trip_remark(const State& state, Instant now, SessionId id);

}  // namespace dyad::speaker
