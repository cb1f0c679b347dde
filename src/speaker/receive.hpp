#pragma once
#include "speaker/state.hpp"

/// From a neighbour's octets to Adj-RIB-In.
namespace dyad::speaker {

void tcp_received(State& state, Instant now, const TcpReceived& news);
/// A peer that promises no End-of-RIB has sent its table when it falls silent: how long that takes.
inline constexpr Duration kTableSilence = std::chrono::seconds{3};
/// One that does (RFC 4724 section 2: it announced graceful restart) may pause in the middle of its table: BIRD 2.0.12
/// was seen to hold its last UPDATE back for seconds. Long enough for that, short of believing it for ever.
inline constexpr Duration kPromisedTableSilence = std::chrono::seconds{30};
void notice_tables(State& state, Instant now);
/// Tells what DamageLog has counted.
void tell_damage(State& state, Instant now);
std::optional<Instant> table_deadline(const State& state);

}  // namespace dyad::speaker
