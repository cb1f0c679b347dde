#pragma once
#include "speaker/state.hpp"

/// What the links of a pair say, beside each other and beside what is usual: prefixes that one has and the other has not,
/// Microsoft's maintenance of one of them, a link that brings nothing, BFD that never came up.
namespace dyad::speaker {

/// True if there is something to send.
bool watch_links(State& state, Instant now);
std::optional<Instant> watch_links_deadline(const State& state);

/// What of it is shown of a pair.
void add_differences(const State& state, Instant now, const Pair& pair, PeeringView& view);
void add_maintenance(const State& state, Instant now, SessionId id, SessionRow& row);

}  // namespace dyad::speaker
