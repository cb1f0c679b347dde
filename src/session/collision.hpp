#pragma once
#include <cstdint>

#include "dyad/net/asn.hpp"

namespace dyad::session {

/// Who opened a TCP connection.
enum class Opener : std::uint8_t { Us, Peer };

struct Speaker {
    RouterId router_id;
    Asn asn;
};

/// Of two connections between the same speakers, whose survives: that of the higher BGP Identifier (RFC 4271 6.8),
/// of the larger AS where the identifiers are equal (RFC 6286 2.3). Both sides come to the same answer.
Opener collision_survivor(const Speaker& us, const Speaker& peer);

}  // namespace dyad::session
