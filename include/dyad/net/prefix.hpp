#pragma once
#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "dyad/net/address.hpp"

namespace dyad {

enum class PrefixError : std::uint8_t { NotAPrefix, BadAddress, BadLength, HostBitsSet };

/// An address block. Bits behind the length are zero by construction, so equal blocks are equal values.
class Prefix {
public:
    /// 0.0.0.0/0.
    constexpr Prefix() = default;
    /// The block of this length that holds the address; length must fit the family.
    Prefix(const Address& address, std::uint8_t length);
    /// From "address/length". Host bits that are set are an error, not silently cleared.
    static std::expected<Prefix, PrefixError> parse(std::string_view text);

    const Address& address() const { return address_; }
    std::uint8_t length() const { return length_; }
    Family family() const { return address_.family(); }
    bool contains(const Address& address) const;
    /// This block holds the other whole; each covers itself.
    bool covers(const Prefix& other) const;
    std::string to_string() const;

    friend constexpr auto operator<=>(const Prefix&, const Prefix&) = default;

private:
    Address address_;
    std::uint8_t length_ = 0;
};

}  // namespace dyad
