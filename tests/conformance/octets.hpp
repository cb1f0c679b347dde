#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/base/bytes.hpp"

/// Octets as a neighbour writes and reads them. Nothing here asks the codec under test.
namespace dyad::conformance {

using Octets = std::vector<std::uint8_t>;

/// "ff 00 0a": spaces are for the reader.
Octets hex(std::string_view text);
/// "ff000a".
std::string to_hex(Bytes octets);
Octets u16(std::size_t value);
Octets u32(std::size_t value);
Octets text(std::string_view letters);
/// So many of the same.
Octets times(std::size_t count, std::uint8_t octet);
Octets operator+(Octets left, const Octets& right);

/// "10.1.0.0/16" as NLRI has it (RFC 4271 4.3): the length in bits and as few octets as hold it.
Octets prefix(std::string_view text);
/// The octets of an address.
Octets address(std::string_view text);

/// A whole message: marker, length, type, body.
Octets message(std::uint8_t type, const Octets& body);
inline constexpr std::uint8_t kOpen = 1, kUpdate = 2, kNotification = 3, kKeepalive = 4, kRouteRefresh = 5;

Octets keepalive();
Octets notification(std::uint8_t code, std::uint8_t subcode, const Octets& data = {});
Octets route_refresh(std::uint16_t afi, std::uint8_t subtype, std::uint8_t safi);

}  // namespace dyad::conformance
