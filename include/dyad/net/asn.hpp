#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dyad/net/address.hpp"

namespace dyad {

/// An autonomous system number, four octets (RFC 6793).
struct Asn {
    std::uint32_t value = 0;
    friend constexpr auto operator<=>(Asn, Asn) = default;
    std::string to_string() const { return std::to_string(value); }
};

/// Stands for a four-octet AS where only two octets fit (RFC 6793 section 9).
inline constexpr Asn kAsTrans{23456};

/// A BGP Identifier: four octets, unique within the AS (RFC 6286), written as an IPv4 address.
struct RouterId {
    std::uint32_t value = 0;
    friend constexpr auto operator<=>(RouterId, RouterId) = default;
    std::string to_string() const { return Address::v4(value).to_string(); }
};

}  // namespace dyad
