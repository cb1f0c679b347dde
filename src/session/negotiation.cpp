#include "session/negotiation.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "wire/capability_codec.hpp"

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

template <class Kind>
std::vector<Kind> all_of(const wire::Open& open) {
    std::vector<Kind> found;
    for (const auto& capability : open.capabilities)
        if (const auto* one = std::get_if<Kind>(&capability)) found.push_back(*one);
    return found;
}

wire::AddPath add_path_of(const Parameters& ours) {
    using enum wire::AddPathMode;
    const auto mode = !ours.add_path_send ? Receive : ours.add_path_receive ? Both : Send;
    wire::AddPath add_path;
    for (const Family family : ours.families)
        add_path.families.push_back({static_cast<std::uint16_t>(family), wire::kSafiUnicast, mode});
    return add_path;
}

/// RFC 7911 section 4: does the peer announce that it would do this with the family's paths? The first word counts where
/// it says two things of one family.
bool announces(const wire::Open& open, Family family, wire::AddPathMode wanted) {
    for (const auto& capability : all_of<wire::AddPath>(open))
        for (const auto& one : capability.families)
            if (one.afi == static_cast<std::uint16_t>(family) && one.safi == wire::kSafiUnicast)
                return one.mode == wanted || one.mode == wire::AddPathMode::Both;
    return false;
}

void agree_on_add_path(const Parameters& ours, const wire::Open& received, Negotiated& agreed) {
    using enum wire::AddPathMode;
    for (const Family family : agreed.families) {
        if (ours.add_path_receive && announces(received, family, Send)) agreed.add_path_receive.push_back(family);
        if (ours.add_path_send && announces(received, family, Receive)) agreed.add_path_send.push_back(family);
    }
}

/// RFC 8950 section 4: the one encoding we have a use for.
constexpr wire::ExtendedNextHop::Encoding kIpv4ByIpv6{static_cast<std::uint16_t>(Family::Ipv4), wire::kSafiUnicast,
                                                      static_cast<std::uint16_t>(Family::Ipv6)};

bool offers_ipv4_by_ipv6(const wire::Open& open) {
    return std::ranges::any_of(all_of<wire::ExtendedNextHop>(open), [](const auto& capability) {
        return std::ranges::find(capability.encodings, kIpv4ByIpv6) != capability.encodings.end();
    });
}

/// RFC 9234 section 4.2, table 2.
wire::Role counterpart(wire::Role role) {
    switch (role) {
        case wire::Role::Provider:
            return wire::Role::Customer;
        case wire::Role::RouteServer:
            return wire::Role::RouteServerClient;
        case wire::Role::RouteServerClient:
            return wire::Role::RouteServer;
        case wire::Role::Customer:
            return wire::Role::Provider;
        case wire::Role::Peer:
            return wire::Role::Peer;
    }
    return role;
}

/// RFC 9234 section 4.2: what speaks against the peer's role, "" for nothing.
std::string role_mismatch(const Parameters& ours, const std::vector<wire::RoleCapability>& theirs) {
    if (!ours.role) return "";
    if (theirs.empty()) return ours.role_strict ? "it announces no role, and role_strict is set" : "";
    for (const auto& one : theirs) {
        if (one != theirs.front()) return "it announces two roles";
        if (one.role != counterpart(*ours.role))
            return "its role is " + wire::to_string(one.role) + ", ours is " + wire::to_string(*ours.role);
    }
    return "";
}

Reason refused(std::uint8_t subcode, Cause cause, std::string detail = {}) {
    Reason reason{.cause = cause, .detail = std::move(detail)};
    reason.notification = wire::Notification{wire::ErrorCode::OpenMessage, subcode, {}};
    return reason;
}

/// RFC 5492 section 5: nothing can be exchanged without one of these, and the data says so.
Reason no_family(const Parameters& ours) {
    Reason reason = refused(wire::subcode::kUnsupportedCapability, Cause::NotificationSent,
                            "it announces none of the address families configured");
    for (const Family family : ours.families) wire::encode_capability(unicast(family), reason.notification->data);
    return reason;
}

}  // namespace

wire::Open our_open(const Parameters& ours) {
    wire::Open open{ours.local_as, ours.hold_time, ours.router_id, {}};
    for (const Family family : ours.families) open.capabilities.emplace_back(unicast(family));
    open.capabilities.emplace_back(wire::RouteRefreshCapability{});
    open.capabilities.emplace_back(wire::FourOctetAs{ours.local_as});
    if (ours.extended_messages) open.capabilities.emplace_back(wire::ExtendedMessage{});
    if (ours.enhanced_refresh) open.capabilities.emplace_back(wire::EnhancedRouteRefresh{});
    if (ours.graceful_restart) open.capabilities.emplace_back(*ours.graceful_restart);
    if (ours.add_path_receive || ours.add_path_send) open.capabilities.emplace_back(add_path_of(ours));
    if (ours.role) open.capabilities.emplace_back(wire::RoleCapability{*ours.role});
    if (ours.extended_next_hop) open.capabilities.emplace_back(wire::ExtendedNextHop{{kIpv4ByIpv6}});
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

    const auto roles = all_of<wire::RoleCapability>(received);
    if (auto mismatch = role_mismatch(ours, roles); !mismatch.empty())
        return std::unexpected(refused(wire::subcode::kRoleMismatch, Cause::NotificationSent, std::move(mismatch)));

    Negotiated agreed{.peer_as = peer_as, .peer_router_id = received.router_id, .received = received};
    agreed.hold_time = std::min(ours.hold_time, received.hold_time);
    agreed.keepalive_time = agreed.hold_time / kKeepalivesPerHoldTime;
    std::ranges::copy_if(ours.families, std::back_inserter(agreed.families),
                         [&](Family family) { return offers(received, family); });
    if (agreed.families.empty() && !ours.families.empty()) return std::unexpected(no_family(ours));
    agreed.four_octet_as = offers<wire::FourOctetAs>(received);
    agreed.route_refresh = offers<wire::RouteRefreshCapability>(received);
    agreed.enhanced_refresh = ours.enhanced_refresh && offers<wire::EnhancedRouteRefresh>(received);
    agreed.max_received_octets = max_received_octets(ours);
    if (offers<wire::ExtendedMessage>(received)) agreed.max_sent_octets = wire::kMaxExtendedMessageOctets;
    if (const auto restarts = all_of<wire::GracefulRestart>(received); !restarts.empty())
        agreed.graceful_restart = restarts.back();
    agree_on_add_path(ours, received, agreed);
    if (!roles.empty()) agreed.peer_role = roles.front().role;
    agreed.extended_next_hop = ours.extended_next_hop && offers_ipv4_by_ipv6(received);
    return agreed;
}

std::size_t max_received_octets(const Parameters& ours) {
    return ours.extended_messages ? wire::kMaxExtendedMessageOctets : wire::kMaxMessageOctets;
}

bool Negotiated::has(Family family) const { return contains(families, family); }
bool Negotiated::receives_add_path(Family family) const { return contains(add_path_receive, family); }
bool Negotiated::sends_add_path(Family family) const { return contains(add_path_send, family); }

}  // namespace dyad::session
