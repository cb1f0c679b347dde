#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Names for communities: those of Azure's regions and services (conf/azure-communities.csv, which is built in), and those of
/// the configuration's [communities], which come first.
namespace dyad::config {

struct CommunityName {
    std::uint32_t community = 0;
    std::string_view name;
};
/// The shipped ones, by name.
std::span<const CommunityName> azure_communities();

/// The configuration's own: name and community.
using OwnCommunities = std::vector<std::pair<std::string, std::uint32_t>>;

std::optional<std::uint32_t> community_called(std::string_view name, const OwnCommunities& own);
/// "" for one without a name.
std::string name_of_community(std::uint32_t community, const OwnCommunities& own);
/// Of all names the one most like it; "" where none is.
std::string similar_community(std::string_view name, const OwnCommunities& own);

}  // namespace dyad::config
