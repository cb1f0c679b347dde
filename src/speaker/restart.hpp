#pragma once
#include "speaker/state.hpp"

/// Graceful restart (RFC 4724, RFC 8538). As helper: a session's routes are kept, below every fresh one, from the moment
/// it ends in a way that allows it until its peer has said End-of-RIB, or a time is over, or its link is dead. As the
/// one that restarts: what our OPENs say, and whom we keep waiting. The kernel's side of a restart is recovery.hpp.
namespace dyad::speaker {

/// The session ended; the kernel and the RIB go on with what its peer asked to be kept.
void retain_routes(State& state, Instant now, SessionId id, const session::Retained& retained);
/// It is up again: what its peer has not preserved leaves, the rest waits for End-of-RIB.
void resume_retained(State& state, Instant now, SessionId id, const session::Negotiated& negotiated);
/// RFC 4724 4.2: "it MUST immediately remove any routes from the peer that are still marked as stale".
void end_of_rib_received(State& state, SessionId id, Family family);
/// Its link is dead, or an order ended it: nothing is kept any more.
void let_go(State& state, Instant now, SessionId id, std::string_view why);
void expire_retained(State& state, Instant now);
std::optional<Instant> retained_deadline(const State& state);

/// Tells the session what its next OPEN says of us.
void announce_restart(State& state, SessionId id);
/// RFC 4724 4.1: after a restart, a peer that kept our routes hears nothing before we have heard the others; one that
/// restarts itself waits for our End-of-RIB, and gets it.
bool defers_selection(const State& state, const Peer& peer);
/// RFC 8538 N was exchanged or not, the peer asked us to expect its End-of-RIB.
bool promises_end_of_rib(const session::Negotiated& negotiated);

}  // namespace dyad::speaker
