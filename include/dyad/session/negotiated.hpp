#pragma once
#include <chrono>
#include <optional>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::session {

/// What both OPENs agreed on.
struct Negotiated {
    Asn peer_as;
    RouterId peer_router_id;
    std::chrono::seconds hold_time{};        ///< the lower of both; 0: no hold timer and no keepalives (RFC 4271 4.2)
    std::chrono::seconds keepalive_time{};   ///< a third of it
    std::vector<Family> families;            ///< announced by both; IPv4 alone for a peer without RFC 4760
    bool four_octet_as = false;
    bool route_refresh = false;              ///< the peer will answer ROUTE-REFRESH
    bool enhanced_refresh = false;           ///< both mark the beginning and end of a refresh (RFC 7313)
    /// What a message may have at most, each way: RFC 8654 asks nothing of the sender but that the receiver announced it.
    std::size_t max_received_octets = wire::kMaxMessageOctets;
    std::size_t max_sent_octets = wire::kMaxMessageOctets;
    /// The peer's, the last of several (RFC 4724 section 3); whether we announced ours, Parameters say.
    std::optional<wire::GracefulRestart> graceful_restart;
    std::vector<Family> add_path_receive;    ///< NLRI from the peer has path identifiers (RFC 7911)
    std::vector<Family> add_path_send;       ///< NLRI to the peer has
    std::optional<wire::Role> peer_role;     ///< RFC 9234: announced by the peer
    bool extended_next_hop = false;          ///< IPv4 routes may have IPv6 next hops, both ways (RFC 8950)
    wire::Open received;                     ///< the peer's OPEN as it came

    bool has(Family family) const;
    bool receives_add_path(Family family) const;
    bool sends_add_path(Family family) const;
    friend bool operator==(const Negotiated&, const Negotiated&) = default;
};

}  // namespace dyad::session
