#pragma once
#include <span>

#include "speaker/state.hpp"

/// From Loc-RIB to what neighbours hear: policy, limits, packing.
namespace dyad::speaker {

/// The session became Established with this agreed: it is to hear everything its policy lists, then End-of-RIB. (By the time
/// this is carried out the same octets may have ended it again: the agreement is an argument.)
void start_advertising(State& state, SessionId id, const session::Negotiated& negotiated);
/// The session is gone: the peer holds nothing of ours.
void stop_advertising(State& state, SessionId id);
/// Its policy changed: every row is judged again, only differences are sent.
void reconsider_advertising(State& state, SessionId id);
/// One row of it may have: a prefix that it originates now, or does not any more.
void reconsider_row(State& state, SessionId id, Family family, PrefixId row);
/// Loc-RIB entries changed: all Established neighbours that others' routes are passed on to are asked whether they care.
void loc_routes_changed(State& state, Family family, std::span<const rib::LocChange> changes);

/// Judges waiting rows and hands out UPDATEs as far as each neighbour has room. True while rows wait to be judged.
bool advertise(State& state, Instant now);

/// What the session would be sent of a row, decided anew: for `why`.
policy::ExportStage judge_for(const State& state, SessionId id, Family family, PrefixId row);

}  // namespace dyad::speaker
