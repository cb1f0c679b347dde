#include "forwarding.hpp"

namespace dyad::sim {
namespace {

Gateways gateways_of(const FakeKernel& kernel, std::uint32_t nexthop) {
    Gateways gateways;
    if (const auto leaf = kernel.leaves().find(nexthop); leaf != kernel.leaves().end())
        gateways.insert(leaf->second.gateway);
    if (const auto group = kernel.groups().find(nexthop); group != kernel.groups().end())
        for (const auto member : group->second.members) gateways.insert(kernel.leaves().at(member).gateway);
    return gateways;
}

}  // namespace

Table forwarding(const FakeKernel& kernel, std::uint8_t protocol) {
    Table table;
    // In the order of metrics.
    for (const auto& [key, route] : kernel.routes())
        if (route.protocol == protocol) table.try_emplace(key.prefix, gateways_of(kernel, route.nexthop_id));
    return table;
}

Table behind(const FakeKernel& kernel, std::uint8_t protocol, std::uint32_t metric) {
    Table table;
    for (const auto& [key, route] : kernel.routes())
        if (route.protocol == protocol && key.metric == metric)
            table.try_emplace(key.prefix, gateways_of(kernel, route.nexthop_id));
    return table;
}

}  // namespace dyad::sim
