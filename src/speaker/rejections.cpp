#include "speaker/rejections.hpp"

#include <algorithm>

#include "speaker/state.hpp"

namespace dyad::speaker {
namespace {

/// All rows are looked at: a millisecond for a peering, some for a full table.
constexpr Duration kCountEvery = std::chrono::seconds{1};
/// Prefixes an event names.
constexpr std::size_t kNamedRefused = 5;

std::size_t refused_of(const State& state, SessionId id) {
    std::size_t refused = 0;
    for (const auto& rib : state.ribs) {
        const auto counts = rib.counts(id);
        refused += counts.received - std::min(counts.received, counts.accepted);
    }
    return refused;
}

void count(const State& state, SessionId id, Family family, Rejections& found, std::vector<Prefix>& first) {
    const auto& rib = state.ribs[slot(family)];
    const auto& policy = state.neighbours[id.index()].import;
    for (std::uint32_t row = 0; row < rib.table().size(); ++row) {
        const auto attributes = rib.received(id, PrefixId{row});
        if (attributes == route::kNoAttributes || rib.accepts(id, PrefixId{row})) continue;
        const auto prefix = rib.table().prefix(PrefixId{row});
        const auto stage = policy::judge_import(policy, prefix, attributes, state.pool).stage;
        if (stage == policy::ImportStage::AsLoop) {
            ++found.looped;
        } else if (stage == policy::ImportStage::Guarded) {
            if (++found.guarded <= kNamedRefused) first.push_back(prefix);
        } else if (stage != policy::ImportStage::Accepted) {
            ++found.others;
        }
    }
}

void count_anew(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    Rejections found{.refused = refused_of(state, id), .looked = now, .told = peer.rejections.told};
    std::vector<Prefix> first;
    if (found.refused > 0)
        for (const auto family : {Family::Ipv4, Family::Ipv6}) count(state, id, family, found, first);
    if (found.guarded > found.told) state.emit(GuardRejected{peer.plan.name, found.guarded, first});
    found.told = found.guarded;
    peer.rejections = found;
}

}  // namespace

void watch_rejections(State& state, Instant now) {
    const bool settled = state.ribs[0].settled() && state.ribs[1].settled();
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& rejections = state.peers[i].rejections;
        if (!rejections.look_at && refused_of(state, SessionId{i}) != rejections.refused)
            rejections.look_at = std::max(now, rejections.looked + kCountEvery);
        if (rejections.look_at && now >= *rejections.look_at && settled) count_anew(state, now, SessionId{i});
    }
}

std::optional<Instant> rejections_deadline(const State& state) {
    std::optional<Instant> deadline;
    if (!state.ribs[0].settled() || !state.ribs[1].settled()) return deadline;
    for (const auto& peer : state.peers) deadline = earlier(deadline, peer.rejections.look_at);
    return deadline;
}

}  // namespace dyad::speaker
