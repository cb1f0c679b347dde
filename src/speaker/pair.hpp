#pragma once
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"
#include "peering/link_difference.hpp"
#include "peering/redundancy_history.hpp"

namespace dyad::speaker {

/// A link of a peering that ends on another router. All we know of it is what that router tells us: the link's subnet, while it
/// is healthy there.
struct LinkElsewhere {
    std::string session;  ///< its name, the same on both routers
    std::string link;     ///< "primary", "secondary"
    std::string on;
    Asn peer_as;
    std::optional<Prefix> subnet{};  ///< the file may leave it out
    std::optional<SessionId> via{};  ///< with that router, where it is told of this family
    std::optional<PrefixId> row{};   ///< the subnet's
    std::optional<Instant> since{};  ///< healthy
    Instant changed{};               ///< when that was last otherwise
    bool preference_told = false;    ///< that it is another than ours
};

/// The links of a peering in one family, here and elsewhere.
struct Pair {
    std::string name;  ///< "er-ams/private", "…/v6"
    std::string circuit;
    std::string prefer;  ///< "both" | "primary" | "secondary"
    Family family{};
    std::vector<SessionId> here;  ///< primary before secondary
    std::vector<LinkElsewhere> elsewhere;
    peering::RedundancyHistory history;
    Duration may_differ{};  ///< so long the links may have other prefixes than each other
    peering::LinkDifference received{}, advertised{};
    std::optional<std::uint64_t> stamp{};  ///< of what was last compared
    std::optional<Instant> look_at{};

    std::size_t links() const { return here.size() + elsewhere.size(); }
};

}  // namespace dyad::speaker
