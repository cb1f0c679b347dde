#pragma once
#include "speaker/state.hpp"

/// From TCP news to sessions, and from what sessions want to outputs.
namespace dyad::speaker {

void tcp_connected(State& state, Instant now, const TcpConnected& news);
void tcp_accepted(State& state, Instant now, const TcpAccepted& news);
void tcp_sent(State& state, Instant now, const TcpSent& news);
/// UPDATEs wait until more of what was sent has left.
bool awaits_room(const State& state, ConnectionId connection);
void tcp_closed(State& state, Instant now, const TcpClosed& news);
void tcp_rekey_failed(State& state, Instant now, const TcpRekeyFailed& news);
void tcp_hint(State& state, const TcpHint& news);
void listen_failed(State& state, const ListenFailed& news);

/// Does what the session asked for since the last call, in order.
void carry_out(State& state, Instant now, SessionId id);
/// Runs every session's timers that are due.
void tick_sessions(State& state, Instant now);

}  // namespace dyad::speaker
