#pragma once
#include <cstdint>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::msee {

/// Microsoft's planned maintenance shows as its AS eight times more than usual in every path.
inline constexpr std::size_t kMaintenancePrepends = 8;

enum class PrivateAs : std::uint8_t { Strip, Keep };

/// What is done to every route on its way to a customer.
struct ExportPolicy {
    Asn asn{12076};
    std::size_t prepends = 1;  ///< of our AS: 1, and kMaintenancePrepends more in maintenance
    PrivateAs private_as = PrivateAs::Strip;
    std::vector<std::uint32_t> communities;  ///< put on every route, such as the VNet's region: 12076:50004
    std::vector<std::uint32_t> filter;       ///< a route filter: only routes with one of these leave; empty: all
};

/// RFC 6996, and RFC 7300's last numbers, which are as little a customer's business.
bool is_private(Asn asn);

/// Whether the route filter lets the route out.
bool passes(const wire::Attributes& inside, const ExportPolicy& policy);

/// A route's attributes as the customer is to see them: private AS numbers gone from the path (unless kept), ours
/// in front,
/// next hop ourselves, nothing in it that stays inside an AS.
wire::Attributes export_attributes(const wire::Attributes& inside, const ExportPolicy& policy, const Address& next_hop);

}  // namespace dyad::msee
