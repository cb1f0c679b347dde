#include "msee/vnets.hpp"

#include <algorithm>
#include <array>

namespace dyad::msee {

namespace {

constexpr std::uint32_t kFirstV4 = 0x0a400000;  // 10.64.0.0
/// Lengths in the proportions of customers' networks in a table of 2015: half of all are /24.
constexpr std::array<std::uint8_t, 16> kLengths = {24, 24, 22, 24, 23, 24, 20, 24, 21, 24, 22, 24, 23, 24, 24, 24};
constexpr std::size_t kLargeOneIn = 512;  // one in so many is a /16, the first among them

/// 192 /16s have to do: the more networks, the smaller each.
std::uint8_t extra_bits(std::size_t count) {
    if (count <= 10'000) return 0;
    return count <= 160'000 ? 4 : 8;
}

std::vector<Prefix> vnets_v4(std::size_t count) {
    const auto extra = extra_bits(count);
    std::vector<Prefix> prefixes;
    prefixes.reserve(count);
    auto at = kFirstV4;
    for (std::size_t i = 0; i < count; ++i) {
        const auto base = i % kLargeOneIn == 0 ? std::uint8_t{16} : kLengths[i % kLengths.size()];
        const auto length = static_cast<std::uint8_t>(base + extra);
        const auto size = std::uint32_t{1} << (32 - length);
        at = (at + size - 1) / size * size;  // a network begins on a multiple of its size
        prefixes.push_back(Prefix{Address::v4(at), length});
        at += size;
    }
    return prefixes;
}

std::vector<Prefix> vnets_v6(std::size_t count) {
    std::vector<Prefix> prefixes;
    prefixes.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::array<std::uint8_t, 16> octets{0xfd, 0x64};
        octets[2] = static_cast<std::uint8_t>(i >> 24);
        octets[3] = static_cast<std::uint8_t>(i >> 16);
        octets[4] = static_cast<std::uint8_t>(i >> 8);
        octets[5] = static_cast<std::uint8_t>(i);
        prefixes.push_back(Prefix{Address::v6(octets), 48});
    }
    return prefixes;
}

}  // namespace

std::vector<Prefix> vnets(Family family, std::size_t count) {
    count = std::min(count, kMaxVnets);
    return family == Family::Ipv4 ? vnets_v4(count) : vnets_v6(count);
}

}  // namespace dyad::msee
