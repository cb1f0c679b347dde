#include "msee/vnets.hpp"

#include <algorithm>
#include <array>

namespace dyad::msee {

namespace {

constexpr std::uint32_t kFirstVnet = 0x0a400000;     // 10.64.0.0
constexpr std::uint32_t kFirstService = 0x14000000;  // 20.0.0.0

constexpr std::uint32_t community(std::uint32_t number) { return (12076u << 16) | number; }
constexpr std::uint32_t kEastUs[] = {community(51004)}, kEastUs2[] = {community(51005)};
constexpr std::uint32_t kStorage[] = {community(51004), community(52004)};
constexpr std::uint32_t kSql[] = {community(51005), community(53005)};
constexpr std::uint32_t kExchange[] = {community(5010)}, kSharepoint[] = {community(5020)};
constexpr std::uint32_t kTeams[] = {community(5030)}, kEntra[] = {community(5060)};
/// Lengths in the proportions of customers' networks in a table of 2015: half of all are /24.
constexpr std::array<std::uint8_t, 16> kLengths = {24, 24, 22, 24, 23, 24, 20, 24, 21, 24, 22, 24, 23, 24, 24, 24};
constexpr std::size_t kLargeOneIn = 512;  // one in so many is a /16, the first among them

/// 192 /16s have to do: the more networks, the smaller each.
std::uint8_t extra_bits(std::size_t count) {
    if (count <= 10'000) return 0;
    return count <= 160'000 ? 4 : 8;
}

std::vector<Prefix> networks_v4(std::uint32_t at, std::size_t count) {
    const auto extra = extra_bits(count);
    std::vector<Prefix> prefixes;
    prefixes.reserve(count);
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

std::vector<Prefix> networks_v6(std::array<std::uint8_t, 3> first, std::size_t count) {
    std::vector<Prefix> prefixes;
    prefixes.reserve(count);
    for (std::uint32_t i = 0; i < count; ++i) {
        std::array<std::uint8_t, 16> octets{first[0], first[1]};
        octets[2] = static_cast<std::uint8_t>(first[2] + (i >> 24));
        octets[3] = static_cast<std::uint8_t>(i >> 16);
        octets[4] = static_cast<std::uint8_t>(i >> 8);
        octets[5] = static_cast<std::uint8_t>(i);
        prefixes.push_back(Prefix{Address::v6(octets), 48});
    }
    return prefixes;
}

}  // namespace

std::vector<Prefix> vnets(Family family, std::size_t count, Space space) {
    count = std::min(count, kMaxVnets);
    const bool services = space == Space::Services;
    if (family == Family::Ipv4) return networks_v4(services ? kFirstService : kFirstVnet, count);
    return networks_v6(
        services ? std::array<std::uint8_t, 3>{0x26, 0x03, 0x10} : std::array<std::uint8_t, 3>{0xfd, 0x64}, count);
}

std::span<const std::uint32_t> service_communities(std::size_t number) {
    static constexpr std::array<std::span<const std::uint32_t>, kServiceKinds> kAll = {
        kEastUs, kExchange, kStorage, kSharepoint, kEastUs2, kTeams, kSql, kEntra};
    return kAll[number % kServiceKinds];
}

}  // namespace dyad::msee
