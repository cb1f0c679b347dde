#include "dyad/config/config.hpp"

#include <algorithm>

#include "dyad/config/sku.hpp"

namespace dyad::config {
namespace {

void take_lowest(std::optional<std::uint32_t>& lowest, const std::optional<Address>& candidate) {
    if (!candidate || !candidate->is_v4() || candidate->is_unspecified()) return;
    lowest = std::min(lowest.value_or(candidate->to_u32()), candidate->to_u32());
}

}  // namespace

RouterId Config::effective_router_id() const {
    if (router_id) return *router_id;
    std::optional<std::uint32_t> lowest;
    for (const auto& circuit : circuits)
        for (const auto& peering : circuit.peerings)
            for (const auto* link : {&peering.primary, &peering.secondary}) take_lowest(lowest, link->local);
    if (!lowest)
        for (const auto& neighbor : neighbors) take_lowest(lowest, neighbor.local_address);
    return RouterId{lowest.value_or(0)};
}

std::uint32_t Config::backup_metric() const {
    for (const auto& circuit : circuits)
        for (const auto& peering : circuit.peerings)
            if (peering.backup) return peering.backup->use.metric;
    for (const auto& neighbor : neighbors)
        if (neighbor.backup) return neighbor.backup->metric;
    // Of what stands behind a link that `prefer` names: it has no key of its own.
    return std::max(BackupUse{}.metric, fib.metric + 1);
}

std::string_view to_string(LinkName link) {
    switch (link) {
        case LinkName::Primary:
            return "primary";
        case LinkName::Secondary:
            return "secondary";
    }
    return "";
}

std::string_view to_string(PeeringKind kind) {
    switch (kind) {
        case PeeringKind::Private:
            return "private";
        case PeeringKind::Microsoft:
            return "microsoft";
        case PeeringKind::Public:
            return "public";
    }
    return "";
}

std::string_view to_string(Role role) {
    switch (role) {
        case Role::None:
            return "";
        case Role::Provider:
            return "provider";
        case Role::Customer:
            return "customer";
        case Role::Peer:
            return "peer";
        case Role::RouteServer:
            return "rs";
        case Role::RouteServerClient:
            return "rs-client";
    }
    return "";
}

std::string_view to_string(Sku sku) {
    switch (sku) {
        case Sku::Local:
            return "local";
        case Sku::Standard:
            return "standard";
        case Sku::Premium:
            return "premium";
    }
    return "";
}

RouteLimits route_limits(PeeringKind kind, Sku sku) {
    // Microsoft and public peering take 200 of each family whatever the SKU; private IPv6 is 100 always.
    if (kind != PeeringKind::Private) return {.v4 = 200, .v6 = 200};
    return {.v4 = sku == Sku::Premium ? 10'000U : 4'000U, .v6 = 100};
}

}  // namespace dyad::config
