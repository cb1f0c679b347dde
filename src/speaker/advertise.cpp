#include "speaker/advertise.hpp"

#include <algorithm>
#include <limits>

#include "dyad/wire/update.hpp"
#include "speaker/refresh.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

/// How many of the prefixes withheld an event names.
constexpr std::size_t kNamedWithheld = 5;
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

void judge_row(State& state, Peer& peer, Family family, PrefixId row, const rib::LocRoute& route) {
    auto& outbound = peer.outbound[slot(family)];
    const auto prefix = state.ribs[slot(family)].table().prefix(row);
    const auto best = candidate(state, family, row, route, peer.plan.exporting.external);
    const auto verdict = policy::judge_export(peer.plan.exporting, prefix, best, state.pool, outbound.cache);
    outbound.rib.want(row, verdict.attributes, state.pool);
}

void judge_row(State& state, Peer& peer, Family family, PrefixId row) {
    judge_row(state, peer, family, row, state.ribs[slot(family)].loc_route(row));
}

/// A slice of the rows still to be judged; true when some are left.
bool scan_slice(State& state, Peer& peer, Family family) {
    auto& outbound = peer.outbound[slot(family)];
    if (!outbound.scan) return false;
    const auto rows = state.ribs[slot(family)].table().size();
    const auto end = std::min(rows, outbound.scan->index() + kScanRows);
    for (auto row = outbound.scan->index(); row < end; ++row)
        judge_row(state, peer, family, PrefixId{static_cast<std::uint32_t>(row)});
    outbound.scan = end < rows ? std::optional{PrefixId{static_cast<std::uint32_t>(end)}} : std::nullopt;
    return outbound.scan.has_value();
}

/// Only rows that the policy can let through: with nothing to pass on, those it originates. Nobody else need have told
/// of these: they get their rows here.
void scan_from_start(State& state, Peer& peer, Family family) {
    auto& outbound = peer.outbound[slot(family)];
    for (const auto& originated : peer.plan.exporting.originate)
        if (originated.prefix.family() == family) state.ribs[slot(family)].table().intern(originated.prefix);
    if (!peer.plan.exporting.pass_on.empty() || outbound.rib.advertised() > 0) {
        outbound.scan = PrefixId{0};
        return;
    }
    for (const auto& originated : peer.plan.exporting.originate)
        if (originated.prefix.family() == family)
            judge_row(state, peer, family, state.ribs[slot(family)].table().intern(originated.prefix));
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

bool pack(State& state, Instant now, Peer& peer, Family family) {
    auto& outbound = peer.outbound[slot(family)];
    const auto& negotiated = *peer.session.negotiated();
    const wire::AttributeContext context{.four_octet_as = negotiated.four_octet_as,
                                         .external = peer.plan.exporting.external};
    while (outbound.rib.pending() > 0 && peer.in_flight < kSendWindow) {
        std::vector<std::uint8_t> octets;
        const auto room = std::min(kSendOctets, kSendWindow - peer.in_flight);
        const auto packed = outbound.rib.pack(state.ribs[slot(family)].table(), state.pool, context, room, octets,
                                              negotiated.max_sent_octets);
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
    if (begun && !pack(state, now, peer, family)) all_said(state, now, id, family);
}

/// 0 in the plan: none.
void set_limit(Outbound& outbound, std::size_t limit) {
    outbound.rib.set_limit(limit == 0 ? std::numeric_limits<std::size_t>::max() : limit);
}

std::vector<Prefix> first_withheld(const State& state, const Peer& peer, Family family) {
    std::vector<Prefix> first;
    const auto& outbound = peer.outbound[slot(family)];
    const auto& table = state.ribs[slot(family)].table();
    for (const auto& originated : peer.plan.exporting.originate) {
        const auto row = originated.prefix.family() == family ? table.find(originated.prefix) : std::nullopt;
        if (row && outbound.rib.withheld_at(*row)) first.push_back(originated.prefix);
        if (first.size() == kNamedWithheld) break;
    }
    return first;
}

void watch_limit(State& state, Peer& peer, Family family) {
    auto& outbound = peer.outbound[slot(family)];
    const auto limit = peer.plan.limit(family);
    if (const auto percent = outbound.gauge.crossed(outbound.rib.advertised() + outbound.rib.withheld()))
        state.emit(LimitWarning{peer.plan.name, outbound.rib.advertised(), limit, *percent});
    const auto withheld = outbound.rib.withheld();
    if (withheld > 0 && outbound.withheld_told == 0)
        state.emit(LimitWithheld{peer.plan.name, withheld, limit, first_withheld(state, peer, family)});
    if (withheld == 0 && outbound.withheld_told > 0) state.emit(LimitCleared{peer.plan.name});
    outbound.withheld_told = withheld;
}

}  // namespace

void start_advertising(State& state, SessionId id, const session::Negotiated& negotiated) {
    auto& peer = state.peer(id);
    peer.plan.exporting.next_hop_of_ipv4 =
        negotiated.extended_next_hop ? policy::NextHopOfIpv4::Either : policy::NextHopOfIpv4::Ipv4;
    for (const auto family : negotiated.families) {
        auto& outbound = peer.outbound[slot(family)];
        set_limit(outbound, peer.plan.limit(family));
        outbound.gauge = {peer.plan.limit(family), peer.plan.warn_at};
        outbound.end_of_rib_due = true;
        scan_from_start(state, peer, family);
    }
}

void stop_advertising(State& state, SessionId id) {
    for (auto& outbound : state.peer(id).outbound) {
        outbound.rib.clear();
        outbound.cache.clear();
        outbound.scan.reset();
        outbound.end_of_rib_due = false;
        outbound.withheld_told = 0;
    }
}

void reconsider_advertising(State& state, SessionId id) {
    auto& peer = state.peer(id);
    if (!established(peer)) return;
    for (const auto family : peer.session.negotiated()->families) {
        auto& outbound = peer.outbound[slot(family)];
        outbound.cache.clear();
        set_limit(outbound, peer.plan.limit(family));
        if (outbound.gauge.limit() != peer.plan.limit(family))
            outbound.gauge = {peer.plan.limit(family), peer.plan.warn_at};
        for (const auto& originated : peer.plan.exporting.originate)
            if (originated.prefix.family() == family) state.ribs[slot(family)].table().intern(originated.prefix);
        outbound.scan = PrefixId{0};
    }
}

void loc_routes_changed(State& state, Family family, std::span<const rib::LocChange> changes) {
    for (auto& peer : state.peers) {
        if (peer.plan.exporting.pass_on.empty() || !established(peer)) continue;
        if (!peer.session.negotiated()->has(family)) continue;
        for (std::size_t i = 0; i < changes.size(); ++i) {
            if (i + kAhead < changes.size()) peer.outbound[slot(family)].rib.prefetch(changes[i + kAhead].prefix);
            judge_row(state, peer, family, changes[i].prefix, changes[i].after);
        }
    }
}

bool advertise(State& state, Instant now) {
    bool more = release_slice(state);
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& peer = state.peers[i];
        if (!established(peer) || defers_selection(state, peer)) continue;
        for (const auto family : peer.session.negotiated()->families) {
            const bool scanning = scan_slice(state, peer, family);
            const bool blocked = pack(state, now, peer, family);
            if (!scanning && !blocked) all_said(state, now, SessionId{i}, family);
            if (!scanning) watch_limit(state, peer, family);
            more = more || scanning;
        }
    }
    return more;
}

policy::ExportStage judge_for(const State& state, SessionId id, Family family, PrefixId row) {
    const auto& peer = state.peer(id);
    if (!established(peer)) return policy::ExportStage::SessionDown;
    if (peer.outbound[slot(family)].rib.withheld_at(row)) return policy::ExportStage::Withheld;
    const auto& rib = state.ribs[slot(family)];
    const auto best = candidate(state, family, row, rib.loc_route(row), true);
    return policy::judge_export_stage(peer.plan.exporting, rib.table().prefix(row), best, state.pool);
}

}  // namespace dyad::speaker
