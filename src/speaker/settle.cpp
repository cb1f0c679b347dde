#include "speaker/settle.hpp"

#include <algorithm>

#include "peering/redundancy.hpp"
#include "speaker/advertise.hpp"
#include "speaker/backup.hpp"
#include "speaker/recovery.hpp"

namespace dyad::speaker {
namespace {

bool settle_family(State& state, Instant now, Family family) {
    auto& rib = state.ribs[slot(family)];
    if (rib.dropping()) rib.drop_slice(kDropRows, state.pool);
    const auto changes = rib.settle(kSettleRows, state.neighbours, state.pool);
    for (const auto& change : changes)
        if (change.before.paths != change.after.paths) want_in_kernel(state, now, family, change.prefix);
    note_changes(state, now, family, changes);
    learn(state, family, changes);
    loc_routes_changed(state, family, changes);
    return !rib.settled();
}

/// Looked at in every turn, so that pairs are only put together when a session has changed, or the configuration.
bool carrying_changed(State& state) {
    bool changed = state.carrying.size() != state.peers.size();
    state.carrying.resize(state.peers.size());
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const bool now = carries(state, SessionId{i});
        changed = changed || state.carrying[i] != now;
        state.carrying[i] = now;
    }
    return changed;
}

}  // namespace

bool settle(State& state, Instant now) {
    const bool v4 = settle_family(state, now, Family::Ipv4);
    const bool v6 = settle_family(state, now, Family::Ipv6);
    return v4 || v6;
}

void watch_redundancy(State& state) {
    if (!carrying_changed(state)) return;
    struct Pair {
        std::size_t links = 0, carrying = 0;
    };
    std::map<std::string, Pair> pairs;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& peer = state.peers[i];
        if (peer.removed || peer.plan.peering.empty()) continue;
        auto& pair = pairs[peer.plan.peering];
        ++pair.links;
        pair.carrying += state.carrying[i] ? 1 : 0;
    }
    for (const auto& [name, pair] : pairs) {
        const auto now = std::string{to_string(peering::redundancy_of(pair.links, pair.carrying))};
        auto& told = state.redundancy_told.try_emplace(name, "down").first->second;
        if (told == now) continue;
        state.emit(RedundancyChanged{name, told, now});
        told = now;
    }
}

}  // namespace dyad::speaker
