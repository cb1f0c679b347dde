#include "speaker/watermarks.hpp"

#include <algorithm>

#include "speaker/state.hpp"

namespace dyad::speaker {
namespace {

/// A peer that says its table anew withdraws it first; that is over by then.
constexpr Duration kMayBeLow = std::chrono::seconds{3};
/// A peer that has said nothing by then, not even End-of-RIB, has nothing to say.
constexpr Duration kMayBeSilent = std::chrono::seconds{30};

bool is_established(const Peer& peer) { return peer.session.state() == session::State::Established; }

std::size_t received(const State& state, SessionId id) {
    return state.ribs[0].counts(id).received + state.ribs[1].counts(id).received;
}

bool first_table_is_in(const Peer& peer) {
    const auto* negotiated = peer.session.negotiated();
    return negotiated &&
           std::ranges::all_of(negotiated->families, [&](Family family) { return peer.table_received[slot(family)]; });
}

bool is_low(const config::Watch& watch, std::size_t count, std::size_t most) {
    if (most == 0) return false;
    if (count == 0) return watch.empty;
    return (most - std::min(count, most)) * 100 >= most * watch.drop;
}

/// An empty table from the start: on Microsoft peering it means that no route filter is attached.
void watch_empty_start(State& state, Peer& peer, std::size_t count) {
    if (count > 0 || peer.watermark.empty_told || peer.plan.peering.empty() || peer.ever_received) return;
    peer.watermark.empty_told = true;
    state.emit(NothingReceived{peer.plan.name, peer.plan.expect_routes});
}

void watch_one(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    auto& mark = peer.watermark;
    const auto count = received(state, id);
    peer.ever_received = peer.ever_received || count > 0;
    watch_empty_start(state, peer, count);
    if (!is_low(*peer.plan.watch, count, mark.most)) {
        mark.low_since.reset();
        if (std::exchange(mark.alarm, std::nullopt)) state.emit(RoutesBack{peer.plan.name, count, mark.most});
        mark.most = std::max(mark.most, count);
        return;
    }
    if (!mark.low_since) mark.low_since = now;
    if (mark.alarm || now - *mark.low_since < kMayBeLow) return;
    mark.alarm = now;
    state.emit(RoutesVanished{peer.plan.name, mark.most, count});
}

}  // namespace

void watch_watermarks(State& state, Instant now) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& peer = state.peers[i];
        if (!peer.plan.watch) continue;
        if (!is_established(peer)) {
            peer.watermark = {};
        } else if (first_table_is_in(peer) || now >= *peer.session.established_since() + kMayBeSilent) {
            watch_one(state, now, SessionId{i});
        }
    }
}

std::optional<Instant> watermark_deadline(const State& state) {
    std::optional<Instant> deadline;
    for (const auto& peer : state.peers) {
        if (peer.watermark.low_since && !peer.watermark.alarm)
            deadline = earlier(deadline, *peer.watermark.low_since + kMayBeLow);
        if (peer.plan.watch && is_established(peer) && !peer.watermark.empty_told && !peer.ever_received)
            deadline = earlier(deadline, *peer.session.established_since() + kMayBeSilent);
    }
    return deadline;
}

std::string watermark_words(const State& state, const Peer& peer) {
    if (!peer.watermark.alarm) return "";
    const SessionId id{static_cast<std::uint32_t>(&peer - state.peers.data())};
    return std::to_string(received(state, id)) + " of " + std::to_string(peer.watermark.most) +
           " routes are left on an Established session";
}

}  // namespace dyad::speaker
