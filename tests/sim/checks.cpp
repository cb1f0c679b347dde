#include "checks.hpp"

#include <algorithm>

#include "forwarding.hpp"

namespace dyad::sim {
namespace {

/// What the speaker says it forwards.
Table loc_rib(const World& world) {
    Table table;
    speaker::AskRoutes ask;
    for (;;) {
        const auto page = std::get<speaker::RoutesPage>(world.speaker()->answer(world.now(), ask));
        for (const auto& route : page.routes)
            for (const auto& hop : route.next_hops) table[route.prefix].insert(*Address::parse(hop.address));
        if (!page.next) return table;
        ask.cursor = *page.next;
    }
}

std::string text(const Gateways& gateways) {
    std::string all;
    for (const auto& gateway : gateways) all += (all.empty() ? "" : "+") + gateway.to_string();
    return all.empty() ? "nothing" : all;
}

void compare(const Table& wanted, const Table& found, const std::string& what, std::vector<std::string>& broken) {
    for (const auto& [prefix, gateways] : wanted) {
        const auto at = found.find(prefix);
        const auto have = at == found.end() ? Gateways{} : at->second;
        if (have != gateways)
            broken.push_back(what + ": " + prefix.to_string() + " goes by " + text(have) + ", not " + text(gateways));
    }
    for (const auto& [prefix, gateways] : found)
        if (!wanted.contains(prefix))
            broken.push_back(what + ": " + prefix.to_string() + " is there and nobody wants it");
}

Table announced(World& world) {
    Table table;
    for (std::size_t link = 0; link < kLinks; ++link) {
        const auto& routes = world.msee(link).routes();
        for (std::uint32_t row = 0; row < routes.rows(); ++row)
            if (routes.set(msee::RouteId{row})) table[routes.prefix(msee::RouteId{row})].insert(world.gateway(link));
    }
    return table;
}

/// What of that is to be forwarded by: of two links the preferred one, if one is.
Table best(World& world) {
    auto table = announced(world);
    if (world.setup().prefer == config::Prefer::Both) return table;
    const auto preferred = world.gateway(world.setup().prefer == config::Prefer::Primary ? 0 : 1);
    for (auto& [prefix, gateways] : table)
        if (gateways.contains(preferred)) gateways = {preferred};
    return table;
}

/// What stands behind each route: the tunnel, where there is one.
Table round(World& world) {
    Table table;
    if (!world.setup().backup_hold) return table;
    for (const auto& [prefix, gateways] : announced(world)) table[prefix] = {world.tunnel_gateway()};
    return table;
}

}  // namespace

std::vector<std::string> check_goes_round(World& world) {
    std::vector<std::string> broken;
    compare(round(world), forwarding(world.kernel(), kOurProtocol), "kernel against the way round", broken);
    return broken;
}

std::vector<std::string> check_always(World& world) {
    std::vector<std::string> broken;
    for (std::size_t link = 0; link < kLinks; ++link) {
        const auto status = world.msee(link).status(world.now(), 0);
        if (status.limit_trips > 0 || status.peak > world.setup().limit)
            broken.push_back("limit: MSEE " + std::to_string(link) + " was told " + std::to_string(status.peak) +
                             " of " + std::to_string(world.setup().limit));
    }
    return broken;
}

std::vector<std::string> check_kernel(World& world) {
    std::vector<std::string> broken;
    if (!world.speaker()) return broken;
    const auto kernel = forwarding(world.kernel(), kOurProtocol);
    compare(loc_rib(world), kernel, "kernel against Loc-RIB", broken);
    for (const auto& [prefix, gateways] : kernel)
        for (std::size_t link = 0; link < kLinks; ++link)
            if (!world.usable(link) && gateways.contains(world.gateway(link)))
                broken.push_back("dead path: " + prefix.to_string() + " goes over link " + std::to_string(link));
    for (const auto& [prefix, gateways] : kernel)
        if (!world.tunnel() && gateways.contains(world.tunnel_gateway()))
            broken.push_back("dead path: " + prefix.to_string() + " goes over the tunnel");
    return broken;
}

std::vector<std::string> check_whole(World& world) {
    std::vector<std::string> broken;
    const auto listed = world.advertised();
    for (std::size_t link = 0; link < kLinks; ++link) {
        const auto status = world.msee(link).status(world.now(), 0);
        if (status.state != session::State::Established)
            broken.push_back("session " + std::to_string(link) +
                             " is not Established: " + session::describe(status.reason));
        const auto held = world.msee(link).held(0).all();
        const auto expected = std::min<std::size_t>(listed.size(), world.setup().limit);
        if (held.size() != expected)
            broken.push_back("MSEE " + std::to_string(link) + " holds " + std::to_string(held.size()) + ", not " +
                             std::to_string(expected));
        for (const auto& route : held)
            if (std::ranges::find(listed, route.prefix) == listed.end())
                broken.push_back("MSEE " + std::to_string(link) + " holds " + route.prefix.to_string() +
                                 ", which is not listed");
    }
    compare(best(world), forwarding(world.kernel(), kOurProtocol), "kernel against what is announced", broken);
    compare(round(world), behind(world.kernel(), kOurProtocol, kBackupMetric), "backups against what is announced",
            broken);
    return broken;
}

}  // namespace dyad::sim
