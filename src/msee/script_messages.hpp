#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/net/prefix.hpp"

/// Messages as octets, for scripts: whatever they say is written, sense or not.
namespace dyad::msee {

using Octets = std::vector<std::uint8_t>;

/// RFC 4271 4.1: marker, length, type and the body.
Octets framed(std::uint8_t type, Bytes body);

struct OpenWish {
    std::uint8_t version = 4;
    Asn as;
    std::uint16_t hold_seconds = 0;
    RouterId id;
    Octets capabilities;               ///< one behind the other (RFC 5492 section 4)
    std::optional<Octets> parameters;  ///< the optional parameters themselves, instead
};
/// AS_TRANS stands where the AS does not fit; more than 255 octets of parameters go as RFC 9072 has them.
Octets open_message(const OpenWish& wish);

/// The octets of a capability by its name in a script: "ipv4", "as4", "graceful:120" …; nothing for an unknown name.
std::optional<Octets> capability_octets(std::string_view name, Asn as);
/// "ipv4" is 1, "as4" is 65 …, or a number.
std::optional<std::uint8_t> capability_code(std::string_view name);
std::string_view capability_names();

enum class AsWidth : std::uint8_t { Two, Four };
struct UpdateWish {
    std::vector<Prefix> announce, withdraw;
    std::optional<std::uint32_t> path_id;  ///< RFC 7911: before every prefix
    std::vector<std::uint32_t> path;
    std::uint8_t origin = 0;
    std::optional<Address> next_hop;
    std::optional<std::uint32_t> med, local_pref;
    std::vector<std::uint32_t> communities;
    std::optional<Octets> attributes;  ///< instead of all that are written by themselves, MP_* excepted
    Octets more;                       ///< behind them
};
/// IPv4 goes into the message's own fields, IPv6 into MP_REACH_NLRI and MP_UNREACH_NLRI (RFC 4760).
Octets update_message(const UpdateWish& wish, AsWidth width);
/// RFC 4724 section 2.
Octets end_of_rib_message(Family family);
Octets refresh_message(Family family, std::uint8_t subtype);
/// text: RFC 9003, its length before it.
Octets notification_message(std::uint8_t code, std::uint8_t subcode, const std::optional<std::string>& text,
                            Bytes data);

}  // namespace dyad::msee
