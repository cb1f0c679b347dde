#pragma once
#include "speaker/state.hpp"

/// The limits of what is advertised: who has a place (peering/admission), decided for all links of a peering together, what
/// happens where places are missing, and what a peer teaches that counts otherwise than we do.
namespace dyad::speaker {

/// The plans have changed: peerings and neighbours get their quotas, limits take effect at once, in either direction.
void follow_limits(State& state, Instant now);

/// The session's policy lets the prefix out (or does not): whether it has a place, be it a provisional one.
bool may_advertise(State& state, SessionId id, Family family, PrefixId row, const Prefix& prefix, bool wanted);
/// The session's peer holds nothing any more.
void give_back_places(State& state, SessionId id);

/// Gives out places where all that is wanted is known. The rows whose place has changed are to be judged again, for all members:
/// judge(SessionId, Family, PrefixId) does it.
template <class Judge>
void share_places(State& state, Judge&& judge);
/// Whether places are still provisional: what is new waits, and no table is at its end.
bool awaits_places(const State& state, SessionId id, Family family);
/// Warnings, episodes, and on_limit = "shutdown".
void watch_limits(State& state, Instant now);

bool withheld_at(const State& state, SessionId id, Family family, PrefixId row);
std::size_t withheld(const State& state, SessionId id, Family family);

std::optional<Instant> limits_deadline(const State& state);
/// The quota's peer ended a session that had begun then for too many prefixes, when it had that many of ours.
void learn_limit(State& state, Instant now, Quota& quota, Instant began, std::optional<std::size_t> told,
                 std::size_t had);
/// An operator's `clear`: what was learned is forgotten, a freeze and a shutdown end, a pause is over.
OrderedRow clear_limits(State& state, Instant now, SessionId id);

// Who has all his places known: no member is still being judged.
bool may_decide(const State& state, const Quota& quota);
peering::PrefixOf prefixes_of(const State& state, Family family);

template <class Judge>
void share_places(State& state, Judge&& judge) {
    for (auto& quota : state.quotas) {
        if (!quota.admission.undecided() || !may_decide(state, quota)) continue;
        for (const auto row : quota.admission.decide(prefixes_of(state, quota.family)))
            for (const auto id : quota.members) judge(id, quota.family, row);
    }
}

}  // namespace dyad::speaker
