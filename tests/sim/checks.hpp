#pragma once
#include <string>
#include <vector>

#include "world.hpp"

namespace dyad::sim {

/// Each answers what is broken, or nothing.

/// No MSEE was ever told more prefixes than the limit, and each session has one Established connection at most.
std::vector<std::string> check_always(World& world);
/// With everything quiet for more than a second: the kernel's routes are what the Loc-RIB says, and none of them
/// goes over a link without carrier, switched off or without our address.
std::vector<std::string> check_kernel(World& world);
/// With both links whole and time enough: both sessions are Established, each MSEE holds what is listed (as far as
/// the limit lets it), and the kernel has every VNet through all links that announce it.
std::vector<std::string> check_whole(World& world);
/// Both links gone: what they announced goes over the tunnel.
std::vector<std::string> check_goes_round(World& world);

}  // namespace dyad::sim
