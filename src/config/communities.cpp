#include "dyad/config/communities.hpp"

#include <algorithm>

#include "dyad/base/closest.hpp"

namespace dyad::config {

std::optional<std::uint32_t> community_called(std::string_view name, const OwnCommunities& own) {
    const auto ours = std::ranges::find(own, name, &OwnCommunities::value_type::first);
    if (ours != own.end()) return ours->second;
    const auto shipped = azure_communities();
    const auto found = std::ranges::lower_bound(shipped, name, {}, &CommunityName::name);
    if (found == shipped.end() || found->name != name) return std::nullopt;
    return found->community;
}

std::string name_of_community(std::uint32_t community, const OwnCommunities& own) {
    const auto ours = std::ranges::find(own, community, &OwnCommunities::value_type::second);
    if (ours != own.end()) return ours->first;
    const auto shipped = azure_communities();
    const auto found = std::ranges::find(shipped, community, &CommunityName::community);
    if (found == shipped.end()) return "";
    // A name that the configuration has given to another community is not this one's any more.
    const bool taken = std::ranges::find(own, found->name, &OwnCommunities::value_type::first) != own.end();
    return taken ? "" : std::string{found->name};
}

std::string similar_community(std::string_view name, const OwnCommunities& own) {
    Closest closest{name};
    for (const auto& [ours, community] : own) closest.offer(ours);
    for (const auto& shipped : azure_communities()) closest.offer(shipped.name);
    return closest.best() ? std::string{*closest.best()} : "";
}

}  // namespace dyad::config
