#pragma once
#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <compare>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "dyad/base/ensure.hpp"
#include "dyad/net/address.hpp"

namespace dyad {

enum class PrefixError : std::uint8_t { NotAPrefix, BadAddress, BadLength, HostBitsSet };

/// An address block. Bits behind the length are zero by construction, so equal blocks are equal values.
class Prefix {
public:
    /// 0.0.0.0/0.
    constexpr Prefix() = default;
    /// The block of this length that holds the address; length must fit the family. Inline: made once for every
    /// route that is read.
    Prefix(const Address& address, std::uint8_t length) : address_(masked(address, length)), length_(length) {}
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
    /// The address with the bits behind the length cleared.
    static Address masked(const Address& address, std::uint8_t length) {
        ensure(length <= address_bits(address.family()));
        auto octets = address.octets();
        if (address.is_v4())
            return Address::v4(boost::endian::load_big_u32(octets.data()) & high_bits<std::uint32_t>(length));
        const auto in_high = std::min<std::uint8_t>(length, 64);
        const auto in_low = static_cast<std::uint8_t>(length - in_high);
        mask(octets.data(), in_high);
        mask(octets.data() + 8, in_low);
        return Address::v6(octets);
    }
    static void mask(std::uint8_t* eight_octets, std::uint8_t length) {
        const auto word = boost::endian::load_big_u64(eight_octets);
        boost::endian::store_big_u64(eight_octets, word & high_bits<std::uint64_t>(length));
    }
    /// A word whose length highest bits are ones.
    template <class Word>
    static constexpr Word high_bits(std::uint8_t length) {
        return length == 0 ? Word{0} : static_cast<Word>(~Word{0} << (sizeof(Word) * 8 - length));
    }

    Address address_;
    std::uint8_t length_ = 0;
};

}  // namespace dyad
