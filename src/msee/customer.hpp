#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dyad/session/session.hpp"
#include "msee/allowance.hpp"
#include "msee/held.hpp"
#include "msee/outbox.hpp"

namespace dyad::msee {

enum class Opens : std::uint8_t { Both, Listens, Dials };  ///< who makes the TCP connection, seen from the MSEE

/// One customer neighbour: one session, for routes of one family.
struct CustomerOptions {
    Address local;
    Address peer;
    Asn asn;
    std::uint32_t limit = 4'000;  ///< prefixes; one more and the session ends
    Opens opens = Opens::Both;
    std::optional<Family>
        family{};  ///< of its routes; nothing: its addresses', else IPv4 routes by IPv6 next hops (RFC 8950)
    Boundary boundary = Boundary::Beyond;
    Counting counting = Counting::Held;

    Family carried() const { return family.value_or(peer.family()); }
    Allowance allowance() const { return {limit, boundary, counting}; }
};

/// What a script wants to know of one neighbour.
struct CustomerStatus {
    session::State state{};
    session::Reason reason;
    std::optional<Instant> established_since;
    std::uint64_t times_established = 0;
    std::size_t held = 0, peak = 0;  ///< prefixes we have of it: now, and the most of this or the last session
    std::uint32_t limit = 0;
    std::uint64_t limit_trips = 0;         ///< sessions ended for one prefix too many
    std::optional<Instant> refused_until;  ///< after a trip: no session before that
    bool disabled = false;                 ///< by order, until enabled
    std::size_t told = 0;                  ///< prefixes it has of us
    bool all_told = false;                 ///< nothing waits to be sent
    bool end_of_rib = false;               ///< it has ended its first table (RFC 4724)
    std::uint64_t announcements = 0, withdrawals = 0, loops = 0, unwanted = 0, damaged = 0;
};

}  // namespace dyad::msee
