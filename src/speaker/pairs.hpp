#pragma once
#include "speaker/state.hpp"

/// The links of a peering seen as one: how healthy each is, how safe they are together, and what the router where the other link
/// ends has to know of ours.
namespace dyad::speaker {

/// The plans have changed: peerings get their pairs, and keep their history.
void follow_pairs(State& state, Instant now);

/// Tells operators of a changed redundancy, and other routers of links that have become healthy or are not any more. True if
/// there is something to send.
bool watch_pairs(State& state, Instant now);

peering::LinkHealth health_of(const State& state, SessionId id);
/// Why a link that is Established is not healthy; "" for any other, and for neighbours that are no links.
std::string unhealthy_words(const State& state, SessionId id);
std::uint64_t whole_seconds(Duration duration);
/// Of the pair that has that name; null where it is none of ours.
const Pair* find_pair(const State& state, std::string_view name);
bool is_healthy(const State& state, const LinkElsewhere& link);
/// Other links of the pair that are healthy, here or elsewhere.
bool other_healthy(const State& state, const Pair& pair, SessionId id);

/// Sentences about links of the pair that are preferred otherwise than each other.
std::vector<std::string> preference_warnings(const State& state, const Pair& pair);
SessionRow elsewhere_row(const State& state, Instant now, const Pair& pair, const LinkElsewhere& link);
/// Fills in what there is to say of its redundancy.
void add_history(const State& state, Instant now, const Pair& pair, PeeringRow& row);

}  // namespace dyad::speaker
