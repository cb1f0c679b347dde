#pragma once
#include <string>

#include "speaker/state.hpp"

/// Leading traffic off a link before somebody works on it. The session stays up and nothing is withdrawn.
///
/// From us: the link's routes lose to any other (rib Step::Drained) and its path leaves the kernel's groups; what no other
/// link has stays where it is. Towards us: the peer hears our routes once more, with our AS put in front so many times more
/// and with GRACEFUL_SHUTDOWN (policy kDrainPrepend). Azure honours the path's length and no community of ours; RFC 8326
/// speakers honour the community. A link is *draining* until all of this has been said and done and the peer's network had
/// kPeerTime to follow; then it is *drained*.
///
/// An order to this process: a reload and a reset of the session leave it, a restart ends it.
namespace dyad::speaker {

/// Microsoft on its own side: "overall convergence up to a minute" from MSEE to gateway (ExpressRoute fact F5.15).
inline constexpr Duration kPeerTime = std::chrono::seconds{60};

/// Drain or Undrain; all sessions of the link, or none of them.
OrderAnswer order_link(State& state, Instant now, const Order& order);
/// The session's plan is another: what draining changes of it is put into it again.
void keep_drained(State& state, SessionId id);

/// Once a turn: what is draining becomes drained.
void watch_drains(State& state, Instant now);
std::optional<Instant> drain_deadline(const State& state);

/// "draining", "drained", "" for neither.
std::string drain_word(const Peer& peer);
/// Routes that only this session has: a drain leaves them.
std::size_t routes_only_here(const State& state, SessionId id);

}  // namespace dyad::speaker
