#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"
#include "route/pool.hpp"

namespace dyad::policy {

struct Originated {
    Prefix prefix;
    std::vector<std::uint32_t> communities;
    friend bool operator==(const Originated&, const Originated&) = default;
};

enum class NextHopRule : std::uint8_t { Self, Unchanged };

/// What a neighbour hears of us: what is listed and nothing else (RFC 8212).
struct ExportPolicy {
    std::vector<Originated> originate;    ///< sorted by prefix
    std::vector<SessionId> pass_on;       ///< routes learned from these sessions go on; sorted
    std::vector<SessionId> same_peering;  ///< never sent back to where they came from, nor to its twin
    NextHopRule next_hop = NextHopRule::Self;
    Asn local_as;
    std::uint32_t prepend = 0;            ///< extra copies of our AS
    bool external = true;
    Address local_address;                ///< next hop self
    std::vector<Asn> never_in_path;       ///< ExpressRoute: 12076, 8075, 65515..65520 are never exported to an MSEE (requirement 28)
    friend bool operator==(const ExportPolicy&, const ExportPolicy&) = default;

    const Originated* find_originated(const Prefix& prefix) const;
    bool passes_on(SessionId from) const;
};

/// Every stage that can keep a route from a neighbour, in the order they are asked.
enum class ExportStage : std::uint8_t { Sent, NotListed, NoRoute, LearnedHere, NotPassedOn, WellKnownCommunity, AzureAsInPath, Withheld, SessionDown };
std::string_view to_string(ExportStage stage);
std::string_view sentence(ExportStage stage);
std::string_view configuration_key(ExportStage stage);

/// The route that Loc-RIB holds for a prefix, as export sees it.
struct Candidate {
    SessionId from;
    route::AttributeRef attributes;
    bool from_internal = false;
};

struct ExportVerdict {
    ExportStage stage = ExportStage::NotListed;
    route::AttributeRef attributes = route::kNoAttributes;  ///< when Sent: a reference the caller holds
};

/// What the neighbour is to hear of the prefix. Originated wins over learned. Attributes for sending are made
/// once per (policy, received set) and remembered by the caller's ExportCache.
class ExportCache;
ExportVerdict judge_export(const ExportPolicy& policy, const Prefix& prefix, const std::optional<Candidate>& best,
                           route::AttributePool& pool, ExportCache& cache);

}  // namespace dyad::policy
