#pragma once
#include "speaker/state.hpp"

/// From a neighbour's octets to Adj-RIB-In.
namespace dyad::speaker {

void tcp_received(State& state, Instant now, const TcpReceived& news);
/// A peer that sends no End-of-RIB has sent its table when it falls silent: how long that takes.
inline constexpr Duration kTableSilence = std::chrono::seconds{3};
void notice_tables(State& state, Instant now);
std::optional<Instant> table_deadline(const State& state);

}  // namespace dyad::speaker
