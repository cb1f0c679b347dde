#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "dyad/net/prefix.hpp"

namespace dyad::msee {

/// More than this many made-up networks do not fit in the space they are taken from.
inline constexpr std::size_t kMaxVnets = 2'000'000;

/// Vnets: private addresses. Services: public ones of Microsoft's, as its own peering announces them.
enum class Space : std::uint8_t { Vnets, Services };

/// The address spaces of made-up VNets, the same on every run: IPv4 from 10.64.0.0 up, in the sizes people give
/// their VNets (/16, then mostly /24 with some /20 to /23; smaller ones throughout where more than 10,000 or
/// 160,000 are wanted, so that they fit below 11.0.0.0); IPv6 one /48 after the other from fd64::. Of services the same from 20.0.0.0 and 2603:1000:: up. The networks
/// of a smaller count are those of a larger one's beginning, up to each of those two borders. At most kMaxVnets.
std::vector<Prefix> vnets(Family family, std::size_t count, Space space = Space::Vnets);

/// The communities that the made-up service of this number bears: a region's, some with a service's, or a global service's.
std::span<const std::uint32_t> service_communities(std::size_t number);
/// After so many the services' communities come round.
inline constexpr std::size_t kServiceKinds = 8;

}  // namespace dyad::msee
