#pragma once
#include <span>
#include <string>
#include <string_view>

#include "dyad/base/bytes.hpp"

/// Octets of one field in words. Each takes any number of octets: a table that hands it the wrong number gets hex.
namespace dyad::decode {

/// In network order; the last eight count.
std::uint64_t as_number(Bytes octets);

/// Long values are cut at 32 octets: "0a0b…(40 octets)"; "" for none.
std::string hex(Bytes octets);
std::string number(Bytes octets);
/// "90 s".
std::string seconds(Bytes octets);
/// "0x40".
std::string bits(Bytes octets);
/// IPv4 or IPv6, or several of them (MP_REACH_NLRI's global and link-local); a route distinguisher of zero in front
/// is left out.
std::string address(Bytes octets);
/// As UTF-8, in quotes; what is no printable character as \xNN.
std::string text(Bytes octets);
/// "all ones", or the octets.
std::string marker(Bytes octets);
std::string community(Bytes octets);
std::string large_community(Bytes octets);
/// RFC 4360, 5668, 7153: "route target 65010:9".
std::string extended_community(Bytes octets);
/// RFC 4364 4.2: "65010:9".
std::string route_distinguisher(Bytes octets);
/// "optional, transitive, partial".
std::string attribute_flags(Bytes octets);
/// MPLS label, traffic class and bottom of stack (RFC 3032 2.1): "label 16, bottom".
std::string label(Bytes octets);
/// RFC 4724 section 3: Restart State, Notification (RFC 8538) and Restart Time.
std::string restart(Bytes octets);
/// "IPv6 (2)".
std::string afi(Bytes octets);
std::string safi(Bytes octets);
std::string attribute_type(Bytes octets);
std::string capability_code(Bytes octets);
/// RFC 9234 section 4: "provider (0)".
std::string role(Bytes octets);
/// Of a NOTIFICATION: "Cease (6)".
std::string error_code(Bytes octets);

/// A number that IANA gave a name.
struct Name {
    std::uint8_t number;
    std::string_view name;
};
/// "IGP (0)", "unknown (7)".
std::string name_of(std::span<const Name> names, Bytes octets);

template <const auto& kNames>
std::string named(Bytes octets) {
    return name_of(kNames, octets);
}

}  // namespace dyad::decode
