#include "dyad/net/prefix.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <charconv>

#include "dyad/base/ensure.hpp"

namespace dyad {
namespace {

/// The first count bits of a word set; count in [0, 64].
constexpr std::uint64_t leading(int count) { return count <= 0 ? 0 : ~std::uint64_t{0} << (64 - std::min(count, 64)); }

/// Runs for every prefix that is read or looked up: whole words, not octets.
Address masked(const Address& address, std::uint8_t length) {
    if (address.is_v4()) return Address::v4(address.to_u32() & static_cast<std::uint32_t>(leading(length) >> 32));
    auto octets = address.octets();
    for (int word = 0; word < 2; ++word) {
        auto* at = octets.data() + word * 8;
        boost::endian::store_big_u64(at, boost::endian::load_big_u64(at) & leading(length - word * 64));
    }
    return Address::v6(octets);
}

}  // namespace

Prefix::Prefix(const Address& address, std::uint8_t length) : address_(masked(address, length)), length_(length) {
    ensure(length <= address_bits(address.family()));
}

std::expected<Prefix, PrefixError> Prefix::parse(std::string_view text) {
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::unexpected(PrefixError::NotAPrefix);
    const auto address = Address::parse(text.substr(0, slash));
    if (!address) return std::unexpected(PrefixError::BadAddress);
    const auto digits = text.substr(slash + 1);
    unsigned length = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
    const bool whole = error == std::errc{} && end == digits.data() + digits.size() && !digits.empty();
    if (!whole || length > address_bits(address->family())) return std::unexpected(PrefixError::BadLength);
    const Prefix prefix{*address, static_cast<std::uint8_t>(length)};
    if (prefix.address() != *address) return std::unexpected(PrefixError::HostBitsSet);
    return prefix;
}

bool Prefix::contains(const Address& address) const {
    return address.family() == family() && masked(address, length_) == address_;
}

bool Prefix::covers(const Prefix& other) const { return other.length_ >= length_ && contains(other.address_); }

std::string Prefix::to_string() const { return address_.to_string() + "/" + std::to_string(length_); }

}  // namespace dyad
