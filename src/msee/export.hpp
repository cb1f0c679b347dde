#pragma once
#include <cstdint>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::msee {

/// Microsoft's planned maintenance shows as its AS eight times more than usual in every path; so nine in all, as most read it, or
/// eight: a customer has to bear both.
inline constexpr std::size_t kMaintenancePrepends = 8;
/// More in all than any reading has, and than a path needs to lose to every other.
inline constexpr std::size_t kMostPrepends = 32;

enum class PrivateAs : std::uint8_t { Strip, Keep };
/// The way from the MSEE into Microsoft's network. Down: sessions stand, and nothing is behind them.
enum class Core : std::uint8_t { Up, Down };
/// What leaves where no route filter is attached: on Microsoft peering nothing.
enum class Unfiltered : std::uint8_t { All, Nothing };

/// What is done to every route on its way to a customer.
struct ExportPolicy {
    Asn asn{12076};
    std::size_t prepends = 1;  ///< of our AS: 1, and kMaintenancePrepends more in maintenance
    PrivateAs private_as = PrivateAs::Strip;
    std::vector<std::uint32_t> communities;  ///< put on every route, such as the VNet's region: 12076:50004
    std::vector<std::uint32_t> filter;       ///< a route filter: only routes with one of these leave; empty: none
    Unfiltered unfiltered = Unfiltered::All;
    Core core = Core::Up;
};

/// RFC 6996, and RFC 7300's last numbers, which are as little a customer's business.
bool is_private(Asn asn);

void strip_private(wire::AsPath& path);

/// Whether the route filter lets the route out, and there is a way to what it leads to.
bool passes(const wire::Attributes& inside, const ExportPolicy& policy);

/// A route's attributes as the customer is to see them: private AS numbers gone from the path (unless kept), ours
/// in front,
/// next hop ourselves, nothing in it that stays inside an AS.
wire::Attributes export_attributes(const wire::Attributes& inside, const ExportPolicy& policy, const Address& next_hop);

}  // namespace dyad::msee
