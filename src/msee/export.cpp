#include "msee/export.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"

namespace dyad::msee {

bool is_private(Asn asn) { return (asn.value >= 64512 && asn.value <= 65535) || asn.value >= 4'200'000'000; }

void strip_private(wire::AsPath& path) {
    for (auto& segment : path.segments) std::erase_if(segment.asns, is_private);
    std::erase_if(path.segments, [](const auto& segment) { return segment.asns.empty(); });
}

bool passes(const wire::Attributes& inside, const ExportPolicy& policy) {
    if (policy.core == Core::Down) return false;
    if (policy.filter.empty()) return policy.unfiltered == Unfiltered::All;
    return std::ranges::any_of(policy.filter, [&](std::uint32_t community) {
        return contains(inside.communities, community) || contains(policy.communities, community);
    });
}

wire::Attributes export_attributes(const wire::Attributes& inside, const ExportPolicy& policy,
                                   const Address& next_hop) {
    auto attributes = inside;
    for (const auto community : policy.communities)
        if (!contains(attributes.communities, community)) attributes.communities.push_back(community);
    if (policy.private_as == PrivateAs::Strip) strip_private(attributes.as_path);
    attributes.as_path.prepend(policy.asn, policy.prepends);
    attributes.next_hop = next_hop;
    attributes.local_pref.reset();  // RFC 4271 5.1.5: not to external peers
    attributes.originator_id.reset();
    attributes.cluster_list.clear();
    return attributes;
}

}  // namespace dyad::msee
