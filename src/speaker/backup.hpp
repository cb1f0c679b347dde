#pragma once
#include <span>

#include "speaker/state.hpp"

/// The way round a pair of links, for when both are gone. Two kinds of sessions stand in for others (rib::Standing::Backup): a
/// neighbour that is a VPN gateway, and a gateway without BGP, which is kept as a session that never speaks and whose Adj-RIB-In
/// we write ourselves: what the peering's links tell, or a list. So decision, kernel, `show` and `why` know only one kind.
///
/// What a link told stays in that Adj-RIB-In while links of the peering are away: it leaves when it is withdrawn by the last
/// that had it, or when all links are there, have told their tables, and none of them has told it.
///
/// Traffic returns to a link when it has told its table and stood for a while (peering::ReturnHold); until then its routes
/// lose to those that stand in.
namespace dyad::speaker {

/// The configuration is new: who stands in for whom, and everything is to be looked at again.
void follow_ways_round(State& state, Instant now);
/// Routes found in the kernel at start that go round: what a life before ours had learned.
void restore_learned(State& state);

/// The kernel is to be left without routes of ours.
void forget_learned(State& state);

/// Routes of these prefixes have changed.
void learn(State& state, Family family, std::span<const rib::LocChange> changes);
/// A link withdraws the prefix, which is more than losing the link.
void unlearn(State& state, SessionId from, Family family, PrefixId row);
/// A slice of what is to be looked at; true when there is more.
bool learn_more(State& state);

void link_is_up(State& state, Instant now, SessionId id);
void link_is_lost(State& state, Instant now, SessionId id);
/// Links that have stood long enough and told their tables carry traffic again.
void release_links(State& state, Instant now);
std::optional<Instant> release_deadline(const State& state);

/// Tells when traffic goes the way round, when no more, and of longer prefixes that draw it there all the time.
void watch_ways_round(State& state, Instant now);

/// Those that may stand in for this peering, each with how it is.
std::vector<BackupRow> backup_rows(const State& state, Instant now, const std::string& peering);
/// A shorter prefix of a link that holds this one; the longer wins, whoever it is of.
std::optional<PrefixId> overruled_by_length(const State& state, Family family, PrefixId row);

}  // namespace dyad::speaker
