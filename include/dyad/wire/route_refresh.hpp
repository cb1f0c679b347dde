#pragma once
#include <cstdint>
#include <expected>
#include <vector>

#include "dyad/wire/notification.hpp"

namespace dyad::wire {

/// RFC 2918 section 3; subtype is RFC 7313's (0 = a normal request).
struct RouteRefresh {
    std::uint16_t afi = 0;
    std::uint8_t subtype = 0;
    std::uint8_t safi = 0;
    friend bool operator==(const RouteRefresh&, const RouteRefresh&) = default;
};

std::expected<RouteRefresh, Notification> decode_route_refresh(Bytes body);
std::vector<std::uint8_t> encode_route_refresh(const RouteRefresh& refresh);

}  // namespace dyad::wire
