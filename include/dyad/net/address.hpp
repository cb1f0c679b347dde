#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dyad/base/bytes.hpp"

namespace dyad {

/// An address family, with the number IANA gave it as AFI (RFC 4760).
enum class Family : std::uint8_t { Ipv4 = 1, Ipv6 = 2 };

constexpr std::uint8_t address_octets(Family family) { return family == Family::Ipv4 ? 4 : 16; }
constexpr std::uint8_t address_bits(Family family) { return family == Family::Ipv4 ? 32 : 128; }

/// An IPv4 or IPv6 address. IPv4 uses the first four octets, the rest are zero.
class Address {
public:
    /// 0.0.0.0.
    constexpr Address() = default;
    static constexpr Address v4(std::uint32_t host_order) {
        return Address{Family::Ipv4,
                       {static_cast<std::uint8_t>(host_order >> 24), static_cast<std::uint8_t>(host_order >> 16),
                        static_cast<std::uint8_t>(host_order >> 8), static_cast<std::uint8_t>(host_order)}};
    }
    static constexpr Address v6(const std::array<std::uint8_t, 16>& octets) { return Address{Family::Ipv6, octets}; }
    /// From 4 or 16 octets as they stand on the wire; nothing for any other length.
    static std::optional<Address> from_bytes(Bytes octets);
    /// From text as RFC 4291 2.2 or dotted quad has it; nothing if it is neither.
    static std::optional<Address> parse(std::string_view text);

    constexpr Family family() const { return family_; }
    constexpr bool is_v4() const { return family_ == Family::Ipv4; }
    /// 4 or 16 octets in network order.
    Bytes bytes() const { return Bytes{octets_}.first(address_octets(family_)); }
    const std::array<std::uint8_t, 16>& octets() const { return octets_; }
    /// IPv4 only: as a number in host order.
    std::uint32_t to_u32() const;
    /// All bits zero: 0.0.0.0 or ::.
    bool is_unspecified() const;
    /// fe80::/10 (RFC 4291 2.5.6).
    bool is_link_local() const;
    /// The address this many after this one, wrapping within its family.
    Address plus(std::uint32_t offset) const;
    std::string to_string() const;

    friend constexpr auto operator<=>(const Address&, const Address&) = default;

private:
    constexpr Address(Family family, const std::array<std::uint8_t, 16>& octets) : family_(family), octets_(octets) {}

    Family family_ = Family::Ipv4;
    std::array<std::uint8_t, 16> octets_{};
};

}  // namespace dyad
