#include "speaker/refresh.hpp"

#include <algorithm>

#include "dyad/wire/route_refresh.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

using namespace wire::refresh_subtype;

std::optional<Family> family_named(const wire::RouteRefresh& refresh) {
    if (refresh.safi != wire::kSafiUnicast) return std::nullopt;
    for (const auto family : {Family::Ipv4, Family::Ipv6})
        if (refresh.afi == static_cast<std::uint16_t>(family)) return family;
    return std::nullopt;
}

void say(State& state, Instant now, SessionId id, Family family, std::uint8_t subtype) {
    auto& peer = state.peer(id);
    auto octets = wire::encode_route_refresh({static_cast<std::uint16_t>(family), subtype, wire::kSafiUnicast});
    peer.in_flight += octets.size();
    peer.session.count_sent(wire::MessageType::RouteRefresh);
    peer.session.queued(now, octets.size());
    state.outputs.emplace_back(TcpSend{*peer.session.established(), std::move(octets)});
}

/// Once a session: a peer that does it, does it often.
void ignore(State& state, Peer& peer, std::string why) {
    if (std::exchange(peer.refresh_ignored, true)) return;
    state.emit(RefreshIgnored{peer.plan.name, std::move(why)});
}

void begun(State& state, Instant now, SessionId id, Family family) {
    auto& peer = state.peer(id);
    auto& inbound = peer.refresh_until[slot(family)];
    // RFC 7313 section 4: its first table comes first, and ends with End-of-RIB.
    const bool too_early = promises_end_of_rib(*peer.session.negotiated()) && !peer.end_of_rib[slot(family)];
    if (too_early) return ignore(state, peer, "a refresh begins before End-of-RIB (RFC 7313 section 4)");
    // Begun twice: what has been said since the first is no less true.
    if (inbound) return;
    inbound = now + peer.plan.stale_time;
    state.ribs[slot(family)].mark(id, state.pool);
}

void ended(State& state, SessionId id, Family family, std::string_view how) {
    auto& peer = state.peer(id);
    if (!std::exchange(peer.refresh_until[slot(family)], std::nullopt)) return;
    auto& rib = state.ribs[slot(family)];
    if (const auto removed = rib.marked(id); removed > 0)
        state.emit(RefreshSwept{peer.plan.name, family_name(family), removed, std::string{how}});
    rib.sweep(id);
}

}  // namespace

void refresh_received(State& state, Instant now, SessionId id, Bytes body) {
    auto& peer = state.peer(id);
    const auto& negotiated = *peer.session.negotiated();
    const auto refresh = wire::decode_route_refresh(body);
    if (!refresh) {
        // RFC 7313 section 5: its error is for peers that know it.
        const bool unknown =
            refresh.error().code == wire::ErrorCode::RouteRefreshMessage && !negotiated.enhanced_refresh;
        if (unknown) return ignore(state, peer, "a ROUTE-REFRESH of another length than 4");
        return peer.session.fail(now, refresh.error(), "malformed ROUTE-REFRESH");
    }
    const auto family = family_named(*refresh);
    // RFC 2918 section 4: what was not agreed on is ignored.
    if (!family || !negotiated.has(*family)) return ignore(state, peer, "a ROUTE-REFRESH for another family");
    if (refresh->subtype == kRequest) return refresh_out(state, id, *family);
    const bool marks = negotiated.enhanced_refresh && refresh->subtype <= kEnd;
    if (!marks) return ignore(state, peer, "a ROUTE-REFRESH of subtype " + std::to_string(refresh->subtype));
    if (refresh->subtype == kBegin) return begun(state, now, id, *family);
    ended(state, id, *family, "not said again in a refresh");
}

void refresh_out(State& state, SessionId id, Family family) {
    state.peer(id).outbound[slot(family)].refresh_due = true;
}

bool refresh_in(State& state, Instant now, SessionId id, Family family) {
    if (!state.peer(id).session.negotiated()->route_refresh) return false;
    say(state, now, id, family, kRequest);
    return true;
}

void begin_refresh(State& state, Instant now, SessionId id, Family family) {
    auto& outbound = state.peer(id).outbound[slot(family)];
    const bool too_soon = outbound.refresh_again_at && now < *outbound.refresh_again_at;
    if (!outbound.refresh_due || outbound.refreshing || too_soon) return;
    outbound.refresh_due = false;
    outbound.refreshing = true;
    outbound.refresh_again_at = now + kRefreshEvery;
    if (state.peer(id).session.negotiated()->enhanced_refresh) say(state, now, id, family, kBegin);
    outbound.rib.resend(state.pool);
}

void end_refresh(State& state, Instant now, SessionId id, Family family) {
    auto& outbound = state.peer(id).outbound[slot(family)];
    if (!std::exchange(outbound.refreshing, false)) return;
    if (state.peer(id).session.negotiated()->enhanced_refresh)
        say(state, now, id, family, kEnd);
    else
        outbound.end_of_rib_due = true;  // nobody asks for it, and it tells the peer that this was all
}

void expire_refreshes(State& state, Instant now) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i)
        for (const auto family : {Family::Ipv4, Family::Ipv6}) {
            const auto until = state.peers[i].refresh_until[slot(family)];
            if (until && now >= *until)
                ended(state, SessionId{i}, family, "not said again in a refresh that never ended");
        }
}

/// A refresh that was put off begins when its time has come. While octets wait for the peer to read, nothing begins: that they leave
/// wakes us, and a time in the past would have us turn for ever.
std::optional<Instant> refresh_deadline(const State& state) {
    std::optional<Instant> deadline;
    for (const auto& peer : state.peers)
        for (const auto family : {Family::Ipv4, Family::Ipv6}) {
            const auto& outbound = peer.outbound[slot(family)];
            deadline = earlier(deadline, peer.refresh_until[slot(family)]);
            const bool waits = outbound.refresh_due && !outbound.refreshing && outbound.rib.pending() == 0;
            if (waits && !defers_selection(state, peer)) deadline = earlier(deadline, outbound.refresh_again_at);
        }
    return deadline;
}

void forget_refreshes(Peer& peer) {
    peer.refresh_until = {};
    peer.refresh_ignored = false;
    for (auto& outbound : peer.outbound) {
        outbound.refresh_due = outbound.refreshing = false;
        outbound.refresh_again_at.reset();
    }
}

}  // namespace dyad::speaker
