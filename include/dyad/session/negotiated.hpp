#pragma once
#include <chrono>
#include <vector>

#include "dyad/net/asn.hpp"
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
    wire::Open received;                     ///< the peer's OPEN as it came

    bool has(Family family) const;
    friend bool operator==(const Negotiated&, const Negotiated&) = default;
};

}  // namespace dyad::session
