#include "mrt/table.hpp"

#include <algorithm>

namespace dyad::mrt {

void Table::apply(News news) {
    auto& routes = routes_[index_of(news.neighbor)];
    for (const auto& prefix : news.withdrawn) routes.erase(prefix);
    if (news.announced.empty() || !news.attributes) return;
    // In tables one set stands beside the other for prefix after prefix; elsewhere a look-up would cost more than it saves.
    if (attributes_.empty() || attributes_.back() != *news.attributes)
        attributes_.push_back(std::move(*news.attributes));
    const auto index = static_cast<std::uint32_t>(attributes_.size() - 1);
    for (const auto& prefix : news.announced) routes.insert_or_assign(prefix, index);
}

std::vector<Table::Route> Table::choose(std::optional<Address> only) const {
    Routes chosen;
    for (std::size_t i = 0; i < neighbors_.size(); ++i) {
        if (only && neighbors_[i].address != *only) continue;
        for (const auto& [prefix, attributes] : routes_[i]) chosen.try_emplace(prefix, attributes);
    }
    std::vector<Route> routes;
    routes.reserve(chosen.size());
    for (const auto& [prefix, attributes] : chosen) routes.push_back({prefix, attributes});
    std::sort(routes.begin(), routes.end(), [](const Route& a, const Route& b) {
        return a.attributes != b.attributes ? a.attributes < b.attributes : a.prefix < b.prefix;
    });
    return routes;
}

std::size_t Table::index_of(const Neighbor& neighbor) {
    const auto [at, fresh] = index_.try_emplace(neighbor, neighbors_.size());
    if (fresh) {
        neighbors_.push_back(neighbor);
        routes_.emplace_back();
    }
    return at->second;
}

}  // namespace dyad::mrt
