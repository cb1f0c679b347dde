#include "forwarding.hpp"

namespace dyad::sim {
namespace {

Gateways gateways_of(const FakeKernel& kernel, const FakeKernel::Route& route) {
    Gateways gateways;
    for (const auto& hop : route.hops) gateways.insert(hop.gateway);
    const auto nexthop = route.nexthop_id;
    if (const auto leaf = kernel.leaves().find(nexthop); leaf != kernel.leaves().end())
        gateways.insert(leaf->second.gateway);
    if (const auto group = kernel.groups().find(nexthop); group != kernel.groups().end())
        for (const auto member : group->second.carrying()) gateways.insert(kernel.leaves().at(member).gateway);
    return gateways;
}

}  // namespace

Table forwarding(const FakeKernel& kernel, std::uint8_t protocol) {
    Table table;
    // In the order of metrics.
    for (const auto& [key, behind] : kernel.routes()) {
        const auto front = kernel.prepended().find(key);
        const auto& route = front == kernel.prepended().end() ? behind : front->second;
        if (route.protocol == protocol) table.try_emplace(key.prefix, gateways_of(kernel, route));
    }
    return table;
}

Table behind(const FakeKernel& kernel, std::uint8_t protocol, std::uint32_t metric) {
    Table table;
    for (const auto& [key, route] : kernel.routes())
        if (route.protocol == protocol && key.metric == metric)
            table.try_emplace(key.prefix, gateways_of(kernel, route));
    return table;
}

}  // namespace dyad::sim
