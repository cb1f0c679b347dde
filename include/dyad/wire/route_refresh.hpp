#pragma once
#include <cstdint>
#include <expected>
#include <vector>

#include "dyad/wire/notification.hpp"

namespace dyad::wire {

/// RFC 7313 section 3.2: what a ROUTE-REFRESH is. Others are kept as they came: to be ignored (section 5).
namespace refresh_subtype {
inline constexpr std::uint8_t kRequest = 0;  ///< also RFC 2918's only one
inline constexpr std::uint8_t kBegin = 1;    ///< BoRR: the sender says its table once more
inline constexpr std::uint8_t kEnd = 2;      ///< EoRR: it has
}  // namespace refresh_subtype

/// RFC 2918 section 3, RFC 7313 section 3.2.
struct RouteRefresh {
    std::uint16_t afi = 0;
    std::uint8_t subtype = 0;
    std::uint8_t safi = 0;
    friend bool operator==(const RouteRefresh&, const RouteRefresh&) = default;
};

/// BoRR and EoRR of another length than theirs are Invalid Message Length (RFC 7313 section 5); a request may be longer:
/// RFC 5291's filters, which nobody asked for.
std::expected<RouteRefresh, Notification> decode_route_refresh(Bytes body);
std::vector<std::uint8_t> encode_route_refresh(const RouteRefresh& refresh);

}  // namespace dyad::wire
