#pragma once
#include <map>
#include <set>

#include "fake_kernel.hpp"

namespace dyad::sim {

using Gateways = std::set<Address>;
using Table = std::map<Prefix, Gateways>;

/// Where the kernel sends packets by the routes of one protocol: each prefix with its gateways, groups resolved; of several
/// routes the one with the lowest metric counts.
Table forwarding(const FakeKernel& kernel, std::uint8_t protocol);
/// Its routes with this metric alone.
Table behind(const FakeKernel& kernel, std::uint8_t protocol, std::uint32_t metric);

}  // namespace dyad::sim
