#include "session/negotiation.hpp"

#include <algorithm>

namespace dyad::session {
namespace {

using namespace std::chrono_literals;

/// RFC 4271 4.4: "a reasonable maximum time between KEEPALIVE messages would be one third of the Hold Time".
constexpr int kKeepalivesPerHoldTime = 3;
/// RFC 4271 4.2: zero or at least three seconds.
constexpr auto kLeastHoldTime = 3s;

constexpr wire::Multiprotocol unicast(Family family) {
    return {static_cast<std::uint16_t>(family), wire::kSafiUnicast};
}

template <class Kind>
bool offers(const wire::Open& open) {
    return std::ranges::any_of(open.capabilities,
                               [](const auto& capability) { return std::holds_alternative<Kind>(capability); });
}

/// A peer without any Multiprotocol capability means IPv4 unicast (RFC 4760 section 8).
bool offers(const wire::Open& open, Family family) {
    if (!offers<wire::Multiprotocol>(open)) return family == Family::Ipv4;
    return std::ranges::find(open.capabilities, wire::Capability{unicast(family)}) != open.capabilities.end();
}

Reason refused(std::uint8_t subcode, Cause cause, std::string detail = {}) {
    Reason reason{.cause = cause, .detail = std::move(detail)};
    reason.notification = wire::Notification{wire::ErrorCode::OpenMessage, subcode, {}};
    return reason;
}

}  // namespace

wire::Open our_open(const Parameters& ours) {
    wire::Open open{ours.local_as, ours.hold_time, ours.router_id, {}};
    for (const Family family : ours.families) open.capabilities.emplace_back(unicast(family));
    open.capabilities.emplace_back(wire::RouteRefreshCapability{});
    open.capabilities.emplace_back(wire::FourOctetAs{ours.local_as});
    return open;
}

std::expected<Negotiated, Reason> negotiate(const Parameters& ours, const wire::Open& received) {
    const Asn peer_as = wire::asn_of(received);
    if (peer_as != ours.peer_as) {
        Reason reason = refused(wire::subcode::kBadPeerAs, Cause::WrongPeerAs);
        reason.offered_as = peer_as;
        reason.configured_as = ours.peer_as;
        return std::unexpected(std::move(reason));
    }
    // RFC 6286 2.2: identifiers are unique within an AS only.
    if (peer_as == ours.local_as && received.router_id == ours.router_id)
        return std::unexpected(refused(wire::subcode::kBadBgpIdentifier, Cause::NotificationSent,
                                       "its router id " + received.router_id.to_string() + " is ours"));
    if (received.hold_time != 0s && received.hold_time < kLeastHoldTime)
        return std::unexpected(refused(wire::subcode::kUnacceptableHoldTime, Cause::NotificationSent,
                                       "its hold time is " + std::to_string(received.hold_time.count()) + " s"));

    Negotiated agreed{.peer_as = peer_as, .peer_router_id = received.router_id, .received = received};
    agreed.hold_time = std::min(ours.hold_time, received.hold_time);
    agreed.keepalive_time = agreed.hold_time / kKeepalivesPerHoldTime;
    std::ranges::copy_if(ours.families, std::back_inserter(agreed.families),
                         [&](Family family) { return offers(received, family); });
    agreed.four_octet_as = offers<wire::FourOctetAs>(received);
    agreed.route_refresh = offers<wire::RouteRefreshCapability>(received);
    return agreed;
}

bool Negotiated::has(Family family) const { return std::ranges::find(families, family) != families.end(); }

}  // namespace dyad::session
