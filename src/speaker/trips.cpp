#include "speaker/trips.hpp"

#include "speaker/limits.hpp"

namespace dyad::speaker {
namespace {

/// Cease/1, alone or inside a Hard Reset (RFC 8538 section 3).
std::optional<wire::Notification> counted_too_many(const session::Reason& reason) {
    if (!reason.received || !reason.notification) return std::nullopt;
    const auto inside = wire::inside_hard_reset(*reason.notification);
    const auto& cease = inside ? *inside : *reason.notification;
    if (cease.code != wire::ErrorCode::Cease || cease.subcode != wire::subcode::kMaximumPrefixes) return std::nullopt;
    return cease;
}

/// What it names, or what we said most of.
Family family_of_trip(const Peer& peer, const std::optional<wire::PrefixLimit>& told) {
    for (const auto family : {Family::Ipv4, Family::Ipv6})
        if (told && told->afi == static_cast<std::uint16_t>(family)) return family;
    return peer.outbound[1].rib.advertised() > peer.outbound[0].rib.advertised() ? Family::Ipv6 : Family::Ipv4;
}

}  // namespace

void peer_counted(State& state, Instant now, SessionId id, const session::WentDown& down) {
    auto& peer = state.peer(id);
    const auto cease = counted_too_many(down.reason);
    if (!cease) return peer.trip_pause.over();
    const auto told = wire::prefix_limit(*cease);
    const auto& outbound = peer.outbound[slot(family_of_trip(peer, told))];
    const auto had = outbound.rib.advertised();
    // Who had nothing cannot have had too much: the peer counts what we do not see.
    if (outbound.quota && had > 0)
        learn_limit(state, now, state.quotas[*outbound.quota], now - down.was_up,
                    told ? std::optional<std::size_t>{told->limit} : std::nullopt, had);
    peer.session.hold_off(now, peer.trip_pause.tripped(down.was_up));
}

void attempt_failed(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    if (peer.trip_pause.running()) peer.session.hold_off(now, peer.trip_pause.refused());
}

std::string trip_remark(const State& state, Instant now, SessionId id) {
    const auto& peer = state.peer(id);
    if (!peer.trip_pause.running()) return "";
    std::string remark = "it counted too many prefixes";
    if (const auto next = peer.session.next_attempt(); next && *next > now)
        remark += ": the next attempt is in " +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*next - now).count()) + " s";
    for (const auto& outbound : peer.outbound)
        if (outbound.quota && state.quotas[*outbound.quota].learned)
            remark += ", with at most " + std::to_string(state.quotas[*outbound.quota].limit());
    return remark;
}

}  // namespace dyad::speaker
