#include "dyad/net/address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <boost/endian/conversion.hpp>

#include "dyad/base/ensure.hpp"

namespace dyad {

std::optional<Address> Address::from_bytes(Bytes octets) {
    std::array<std::uint8_t, 16> copy{};
    if (octets.size() != 4 && octets.size() != 16) return std::nullopt;
    std::copy(octets.begin(), octets.end(), copy.begin());
    return Address{octets.size() == 4 ? Family::Ipv4 : Family::Ipv6, copy};
}

std::optional<Address> Address::parse(std::string_view text) {
    const std::string terminated{text};
    if (terminated.size() != std::string::traits_type::length(terminated.c_str())) return std::nullopt;
    std::array<std::uint8_t, 16> octets{};
    if (inet_pton(AF_INET, terminated.c_str(), octets.data()) == 1) return Address{Family::Ipv4, octets};
    if (inet_pton(AF_INET6, terminated.c_str(), octets.data()) == 1) return Address{Family::Ipv6, octets};
    return std::nullopt;
}

std::uint32_t Address::to_u32() const {
    ensure(is_v4());
    return boost::endian::load_big_u32(octets_.data());
}

bool Address::is_unspecified() const {
    return std::ranges::all_of(octets_, [](std::uint8_t octet) { return octet == 0; });
}

bool Address::is_link_local() const { return !is_v4() && octets_[0] == 0xfe && (octets_[1] & 0xc0) == 0x80; }

Address Address::plus(std::uint32_t offset) const {
    if (is_v4()) return v4(to_u32() + offset);
    Address sum = *this;
    std::uint64_t carry = offset;
    for (int i = 15; i >= 0 && carry != 0; --i) {
        carry += sum.octets_[static_cast<std::size_t>(i)];
        sum.octets_[static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(carry);
        carry >>= 8;
    }
    return sum;
}

std::string Address::to_string() const {
    char text[INET6_ADDRSTRLEN];
    inet_ntop(is_v4() ? AF_INET : AF_INET6, octets_.data(), text, sizeof text);
    return text;
}

}  // namespace dyad
