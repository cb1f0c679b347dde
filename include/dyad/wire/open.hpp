#pragma once
#include <chrono>
#include <expected>
#include <optional>
#include <variant>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::wire {

inline constexpr std::uint8_t kSafiUnicast = 1;

/// RFC 4760 section 8. Families we do not know keep their numbers.
struct Multiprotocol {
    std::uint16_t afi = 0;
    std::uint8_t safi = 0;
    friend bool operator==(const Multiprotocol&, const Multiprotocol&) = default;
};
/// RFC 2918.
struct RouteRefreshCapability {
    friend bool operator==(const RouteRefreshCapability&, const RouteRefreshCapability&) = default;
};
/// RFC 6793.
struct FourOctetAs {
    Asn asn;
    friend bool operator==(const FourOctetAs&, const FourOctetAs&) = default;
};
/// One whose meaning we do not know (or need): kept as it stood, for `show session`.
struct UnknownCapability {
    std::uint8_t code = 0;
    std::vector<std::uint8_t> value;
    friend bool operator==(const UnknownCapability&, const UnknownCapability&) = default;
};
using Capability = std::variant<Multiprotocol, RouteRefreshCapability, FourOctetAs, UnknownCapability>;

/// OPEN (RFC 4271 4.2), version 4, its optional parameters read as capabilities (RFC 5492).
struct Open {
    Asn asn;                      ///< the two-octet My Autonomous System field as sent; see asn_of()
    std::chrono::seconds hold_time{};
    RouterId router_id;
    std::vector<Capability> capabilities;

    friend bool operator==(const Open&, const Open&) = default;
};

/// The sender's AS: from the four-octet capability if there is one (RFC 6793 4.1), else the fixed field.
Asn asn_of(const Open& open);

/// Checks what needs no configuration: version, optional parameters, hold time 1 or 2, AS 0, identifier 0.
std::expected<Open, Notification> decode_open(Bytes body);
/// The whole message. The fixed AS field is written as AS_TRANS where open.asn does not fit.
std::vector<std::uint8_t> encode_open(const Open& open);

/// Capability codes as IANA names them, "capability 200" for unknown ones.
std::string capability_name(std::uint8_t code);

}  // namespace dyad::wire
