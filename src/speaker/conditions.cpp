#include "speaker/conditions.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "speaker/advertise.hpp"
#include "speaker/state.hpp"

namespace dyad::speaker {
namespace {

std::pair<std::string, Prefix> key_of(const SessionPlan& plan, const Prefix& prefix) {
    return {plan.peering.empty() ? plan.name : plan.peering, prefix};
}

bool others_have(const State& state, const Peer& peer, const Prefix& prefix) {
    const auto& rib = state.ribs[slot(prefix.family())];
    const auto row = rib.table().find(prefix);
    if (!row) return false;
    const auto route = rib.loc_route(*row);
    if (route.attributes == route::kNoAttributes) return false;
    const auto& best = state.peer(route.best).plan;
    if (best.name == peer.plan.name || (!peer.plan.peering.empty() && best.peering == peer.plan.peering)) return false;
    return std::ranges::none_of(peer.plan.exporting.never_in_path,
                                [&](Asn asn) { return state.pool.count_in_path(route.attributes, asn) > 0; });
}

bool stands(const Condition& condition, const policy::Originated& originated) {
    return condition.present || (originated.keep && condition.ever);
}

/// True if the entry goes in or out of what is advertised.
bool look(State& state, Peer& peer, policy::Originated& originated) {
    const auto [at, fresh] = state.conditions.try_emplace(key_of(peer.plan, originated.prefix));
    auto& condition = at->second;
    const bool before = condition.present;
    condition.present = others_have(state, peer, originated.prefix);
    condition.ever = condition.ever || condition.present;
    // Both links look, and the first of them tells.
    if (fresh || before != condition.present)
        state.emit(ConditionChanged{.peering = at->first.first,
                                    .prefix = originated.prefix,
                                    .present = condition.present,
                                    .advertised = stands(condition, originated)});
    return std::exchange(originated.off, !stands(condition, originated)) != originated.off;
}

}  // namespace

void watch_conditions(State& state) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& peer = state.peers[i];
        if (peer.removed) continue;
        bool changed = false;
        for (auto& originated : peer.plan.exporting.originate)
            if (originated.when_present) changed = look(state, peer, originated) || changed;
        if (changed) reconsider_advertising(state, SessionId{i});
    }
}

void keep_conditions(State& state, SessionId id) {
    auto& plan = state.peer(id).plan;
    for (auto& originated : plan.exporting.originate) {
        if (!originated.when_present) continue;
        const auto known = state.conditions.find(key_of(plan, originated.prefix));
        originated.off = known == state.conditions.end() || !stands(known->second, originated);
    }
}

}  // namespace dyad::speaker
