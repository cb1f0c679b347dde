#pragma once
#include <cstdint>

#include "dyad/config/config.hpp"

namespace dyad::config {

/// How many routes Azure takes from us on one peering before it drops the session.
struct RouteLimits {
    std::uint32_t v4 = 0;
    std::uint32_t v6 = 0;
    friend bool operator==(const RouteLimits&, const RouteLimits&) = default;
};

/// Azure's numbers, the only place that has them.
RouteLimits route_limits(PeeringKind kind, Sku sku);

}  // namespace dyad::config
