#include "speaker/advertise.hpp"

#include <algorithm>

#include "dyad/wire/update.hpp"
#include "speaker/limits.hpp"
#include "speaker/refresh.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

/// Octets of one TcpSend.
constexpr std::size_t kSendOctets = 64 * 1024;
/// Rows judged while one comes from memory.
constexpr std::size_t kAhead = 8;

bool established(const Peer& peer) { return peer.session.state() == session::State::Established; }

/// What there is to pass on. Only internal peers are told a preference, and finding it costs.
std::optional<policy::Candidate> candidate(const State& state, Family family, PrefixId row, const rib::LocRoute& route,
                                           bool external) {
    if (route.attributes == route::kNoAttributes) return std::nullopt;
    const auto& rib = state.ribs[slot(family)];
    // RFC 8326 section 4: the recommended value, so that others inside turn to another link.
    const bool drained = state.peer(route.best).drain.has_value();
    return policy::Candidate{
        .from = route.best,
        .attributes = route.attributes,
        .from_internal = !state.neighbours[route.best.index()].source.external,
        .local_preference = external || drained ? 0 : rib.local_preference(row, state.neighbours, state.pool)};
}

void judge_row(State& state, SessionId id, Family family, PrefixId row, const rib::LocRoute& route) {
    auto& peer = state.peer(id);
    auto& outbound = peer.outbound[slot(family)];
    const auto prefix = state.ribs[slot(family)].table().prefix(row);
    const auto best = candidate(state, family, row, route, peer.plan.exporting.external);
    auto made = policy::judge_export(peer.plan.exporting, prefix, best, state.pool, outbound.cache).attributes;
    const bool wanted = made != route::kNoAttributes;
    if (!may_advertise(state, id, family, row, prefix, wanted) && wanted) {
        state.pool.release(made);
        made = route::kNoAttributes;
    }
    outbound.rib.want(row, made, state.pool);
}

void judge_row(State& state, SessionId id, Family family, PrefixId row) {
    judge_row(state, id, family, row, state.ribs[slot(family)].loc_route(row));
}

/// A slice of the rows still to be judged; true when some are left.
bool scan_slice(State& state, SessionId id, Family family) {
    auto& outbound = state.peer(id).outbound[slot(family)];
    if (!outbound.scan) return false;
    const auto rows = state.ribs[slot(family)].table().size();
    const auto end = std::min(rows, outbound.scan->index() + kScanRows);
    for (auto row = outbound.scan->index(); row < end; ++row)
        judge_row(state, id, family, PrefixId{static_cast<std::uint32_t>(row)});
    outbound.scan = end < rows ? std::optional{PrefixId{static_cast<std::uint32_t>(end)}} : std::nullopt;
    return outbound.scan.has_value();
}

/// What it may originate of the family, whether it may go out or not, with a row each.
template <class Each>
void for_each_originated(State& state, const policy::ExportPolicy& exporting, Family family, Each&& each) {
    for (const auto* list : {&exporting.originate, &exporting.told_links})
        for (const auto& originated : *list)
            if (originated.prefix.family() == family) each(state.ribs[slot(family)].table().intern(originated.prefix));
}

/// Only rows that the policy can let through: with nothing to pass on, those it originates. Nobody else need have told
/// of these: they get their rows here.
void scan_from_start(State& state, SessionId id, Family family) {
    auto& peer = state.peer(id);
    auto& outbound = peer.outbound[slot(family)];
    const bool all = !peer.plan.exporting.pass_on.empty() || outbound.rib.advertised() > 0;
    if (all) outbound.scan = PrefixId{0};
    for_each_originated(state, peer.plan.exporting, family, [&](PrefixId row) {
        if (!all) judge_row(state, id, family, row);
    });
}

/// What sessions that are gone had been told goes back to the pool, so many rows a turn for all of them; true when some
/// are left.
bool release_slice(State& state) {
    std::size_t rows = kDropRows;
    bool more = false;
    for (auto& peer : state.peers) {
        for (auto& outbound : peer.outbound) {
            if (outbound.rib.releasing()) rows -= outbound.rib.release_slice(rows, state.pool);
            more = more || outbound.rib.releasing();
        }
    }
    return more;
}

void hand_over(State& state, Instant now, Peer& peer, std::vector<std::uint8_t> octets) {
    peer.in_flight += octets.size();
    peer.session.queued(now, octets.size());
    state.outputs.emplace_back(TcpSend{*peer.session.established(), std::move(octets)});
}

bool pack(State& state, Instant now, SessionId id, Family family) {
    auto& peer = state.peer(id);
    auto& outbound = peer.outbound[slot(family)];
    const auto& negotiated = *peer.session.negotiated();
    const wire::AttributeContext context{.four_octet_as = negotiated.four_octet_as,
                                         .external = peer.plan.exporting.external};
    rib::AdjRibOut::Bounds bounds{
        .max_octets = negotiated.max_sent_octets,
        .newcomers = awaits_places(state, id, family) ? rib::Newcomers::Wait : rib::Newcomers::Go};
    while (outbound.rib.pending() > 0 && peer.in_flight < kSendWindow) {
        std::vector<std::uint8_t> octets;
        bounds.room = std::min(kSendOctets, kSendWindow - peer.in_flight);
        const auto packed = outbound.rib.pack(state.ribs[slot(family)].table(), state.pool, context, bounds, octets);
        for (std::size_t i = 0; i < packed.messages; ++i) peer.session.count_sent(wire::MessageType::Update);
        if (octets.empty()) return packed.more;
        hand_over(state, now, peer, std::move(octets));
    }
    return outbound.rib.pending() > 0;
}

void send_end_of_rib(State& state, Instant now, Peer& peer, Family family) {
    peer.outbound[slot(family)].end_of_rib_due = false;
    peer.session.count_sent(wire::MessageType::Update);
    hand_over(state, now, peer, wire::encode_end_of_rib(family));
}

/// Nothing waits: the markers that stand behind a table. RFC 7313 section 4: no BoRR before End-of-RIB.
void all_said(State& state, Instant now, SessionId id, Family family) {
    end_refresh(state, now, id, family);
    auto& peer = state.peer(id);
    if (peer.outbound[slot(family)].end_of_rib_due) send_end_of_rib(state, now, peer, family);
    begin_refresh(state, now, id, family);
    const bool begun = peer.outbound[slot(family)].refreshing;
    if (begun && !pack(state, now, id, family)) all_said(state, now, id, family);
}

}  // namespace

void start_advertising(State& state, SessionId id, const session::Negotiated& negotiated) {
    auto& peer = state.peer(id);
    peer.plan.exporting.next_hop_of_ipv4 =
        negotiated.extended_next_hop ? policy::NextHopOfIpv4::Either : policy::NextHopOfIpv4::Ipv4;
    for (const auto family : negotiated.families) {
        auto& outbound = peer.outbound[slot(family)];
        outbound.end_of_rib_due = true;
        scan_from_start(state, id, family);
    }
}

void stop_advertising(State& state, SessionId id) {
    give_back_places(state, id);
    for (auto& outbound : state.peer(id).outbound) {
        outbound.rib.clear();
        outbound.cache.clear();
        outbound.scan.reset();
        outbound.end_of_rib_due = false;
    }
}

void reconsider_advertising(State& state, SessionId id) {
    auto& peer = state.peer(id);
    if (!established(peer)) return;
    for (const auto family : peer.session.negotiated()->families) {
        auto& outbound = peer.outbound[slot(family)];
        outbound.cache.clear();
        for_each_originated(state, peer.plan.exporting, family, [](PrefixId) {});
        outbound.scan = PrefixId{0};
    }
}

void reconsider_row(State& state, SessionId id, Family family, PrefixId row) {
    const auto& peer = state.peer(id);
    if (established(peer) && peer.session.negotiated()->has(family)) judge_row(state, id, family, row);
}

void loc_routes_changed(State& state, Family family, std::span<const rib::LocChange> changes) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& peer = state.peers[i];
        if (peer.plan.exporting.pass_on.empty() || !established(peer)) continue;
        if (!peer.session.negotiated()->has(family)) continue;
        for (std::size_t n = 0; n < changes.size(); ++n) {
            if (n + kAhead < changes.size()) peer.outbound[slot(family)].rib.prefetch(changes[n + kAhead].prefix);
            judge_row(state, SessionId{i}, family, changes[n].prefix, changes[n].after);
        }
    }
}

bool advertise(State& state, Instant now) {
    bool more = release_slice(state);
    const auto hears = [&](const Peer& peer) { return established(peer) && !defers_selection(state, peer); };
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        if (!hears(state.peers[i])) continue;
        for (const auto family : state.peers[i].session.negotiated()->families)
            more = scan_slice(state, SessionId{i}, family) || more;
    }
    share_places(state, [&](SessionId id, Family family, PrefixId row) {
        if (established(state.peer(id))) judge_row(state, id, family, row);
    });
    watch_limits(state, now);
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& peer = state.peers[i];
        if (!hears(peer)) continue;
        for (const auto family : peer.session.negotiated()->families) {
            const bool blocked = pack(state, now, SessionId{i}, family);
            const bool judged = !peer.outbound[slot(family)].scan && !awaits_places(state, SessionId{i}, family);
            if (judged && !blocked) all_said(state, now, SessionId{i}, family);
        }
    }
    return more;
}

policy::ExportStage judge_for(const State& state, SessionId id, Family family, PrefixId row) {
    const auto& peer = state.peer(id);
    if (!established(peer)) return policy::ExportStage::SessionDown;
    if (withheld_at(state, id, family, row)) return policy::ExportStage::Withheld;
    const auto& rib = state.ribs[slot(family)];
    const auto best = candidate(state, family, row, rib.loc_route(row), true);
    return policy::judge_export_stage(peer.plan.exporting, rib.table().prefix(row), best, state.pool);
}

}  // namespace dyad::speaker
