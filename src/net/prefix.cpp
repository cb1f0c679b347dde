#include "dyad/net/prefix.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <charconv>

namespace dyad {

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
