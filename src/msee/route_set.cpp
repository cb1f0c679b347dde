#include "msee/route_set.hpp"

namespace dyad::msee {

SetId RouteSet::add_set(wire::Attributes attributes) {
    if (sets_.empty() || sets_.back() != attributes) sets_.push_back(std::move(attributes));
    return {static_cast<std::uint32_t>(sets_.size() - 1)};
}

RouteSet::Change RouteSet::announce(const Prefix& prefix, SetId set) {
    const auto [at, fresh] = index_.try_emplace(prefix, RouteId{static_cast<std::uint32_t>(rows_.size())});
    if (fresh) rows_.push_back({prefix, std::nullopt});
    auto& row = rows_[at->second.index()];
    if (row.set == set) return {at->second, false};
    if (!row.set) ++counter(prefix.family());
    row.set = set;
    return {at->second, true};
}

std::optional<RouteSet::Change> RouteSet::withdraw(const Prefix& prefix) {
    const auto at = index_.find(prefix);
    if (at == index_.end()) return std::nullopt;
    auto& row = rows_[at->second.index()];
    if (!row.set) return Change{at->second, false};
    --counter(prefix.family());
    row.set.reset();
    return Change{at->second, true};
}

std::optional<RouteId> RouteSet::find(const Prefix& prefix) const {
    const auto at = index_.find(prefix);
    if (at == index_.end()) return std::nullopt;
    return at->second;
}

}  // namespace dyad::msee
