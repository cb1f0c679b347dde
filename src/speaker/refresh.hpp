#pragma once
#include "speaker/state.hpp"

/// ROUTE-REFRESH both ways (RFC 2918), with its beginning and end marked where both can (RFC 7313).
namespace dyad::speaker {

/// A peer may ask as often as it likes: it hears its table no oftener than this, and a request while one is being sent
/// is one more, however often it comes.
inline constexpr Duration kRefreshEvery = std::chrono::seconds{2};

/// A ROUTE-REFRESH came.
void refresh_received(State& state, Instant now, SessionId id, Bytes body);
/// The peer is to hear its table of this family once more.
void refresh_out(State& state, SessionId id, Family family);
/// Asks the peer for its table of this family once more; false where it does not know how.
bool refresh_in(State& state, Instant now, SessionId id, Family family);

/// Says BoRR and marks all to be sent again, if that is due; to be called when nothing waits to be sent.
void begin_refresh(State& state, Instant now, SessionId id, Family family);
/// All has been sent again: says EoRR.
void end_refresh(State& state, Instant now, SessionId id, Family family);

/// What a peer that began a refresh has not said again in time leaves.
void expire_refreshes(State& state, Instant now);
std::optional<Instant> refresh_deadline(const State& state);
/// The session is gone, and what was begun with it.
void forget_refreshes(Peer& peer);

}  // namespace dyad::speaker
