#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/net/prefix.hpp"
#include "dyad/wire/open.hpp"
#include "route/pool.hpp"

namespace dyad::policy {

/// "10.1.0.0/16" alone, or with everything below it down to a length ("10.1.0.0/16 longer 32").
struct PrefixRange {
    Prefix prefix;
    std::uint8_t longest = 0;  ///< lengths up to this match; prefix.length() means exactly the prefix
    bool matches(const Prefix& candidate) const;
    friend bool operator==(const PrefixRange&, const PrefixRange&) = default;
};

/// A community or a pattern of one, as its decimal text.
struct CommunityMatch {
    std::string pattern;  ///< "12076:51*", "65010:9": decimal text, '*' for any rest
    bool matches(std::uint32_t community) const;
    friend bool operator==(const CommunityMatch&, const CommunityMatch&) = default;
};

struct CommunityRule {
    CommunityMatch match;
    std::uint32_t local_preference = 100;
    friend bool operator==(const CommunityRule&, const CommunityRule&) = default;
};

/// What we believe of what a neighbour says. An empty policy accepts nothing (RFC 8212).
struct ImportPolicy {
    bool any = false;
    std::vector<PrefixRange> prefixes;  ///< accepted where any is false
    std::vector<PrefixRange> except;
    std::vector<CommunityMatch> communities;  ///< where not empty, one of them must be there
    std::uint8_t max_length_v4 = 32;
    std::uint8_t max_length_v6 = 128;
    std::uint32_t local_preference = 100;
    std::vector<CommunityRule> communities_in;  ///< the first that matches sets the preference
    /// The guard: prefixes of ours, sorted. A received prefix that equals or covers one is refused, because it
    /// would draw our own traffic (back) to the cloud.
    std::vector<Prefix> guarded;
    /// The guard against what was not meant: a default route, and aggregates of private space (RFC 1918, RFC 4193)
    /// shorter than kShortestPrivate.
    bool guard_aggregates = false;
    Asn local_as;
    std::uint32_t allow_as_in = 0;
    std::optional<wire::Role> role;  ///< what we are to the peer (RFC 9234 section 5); external peers only
    Asn peer_as;
    RouterId router_id;           ///< ours
    std::optional<Asn> first_as;  ///< the path must begin with it (RFC 4271 6.3, optional there)
    bool external = true;
    friend bool operator==(const ImportPolicy&, const ImportPolicy&) = default;
};

/// Every stage that can stop a received route has a name here, one sentence and one configuration key.
enum class ImportStage : std::uint8_t {
    Accepted,
    AsLoop,
    NotUnicast,
    OwnOriginator,  ///< RFC 4456 section 8
    FirstAs,
    RouteLeak,  ///< RFC 9234 section 5
    NextHop,
    NotListed,
    Excepted,
    TooLong,
    Community,
    Guarded
};
std::string_view to_string(ImportStage stage);
std::string_view sentence(ImportStage stage);
std::string_view configuration_key(ImportStage stage);

struct Verdict {
    ImportStage stage = ImportStage::NotListed;
    std::uint32_t local_preference = 0;
    bool accepted() const { return stage == ImportStage::Accepted; }
};

/// RFC 9234 section 5, ingress 3: a route from a provider, a peer or a route server has the attribute from now on; where
/// the neighbour left it out, this is its value.
std::optional<Asn> only_to_customer_of(const ImportPolicy& policy);

/// The guard refuses private aggregates shorter than this: /8 .. /11 (ExpressRoute requirement 34).
inline constexpr std::uint8_t kShortestPrivate = 12;

/// Pure and cheap: called again for a route each time its prefix is decided.
///
/// The guard comes last and asks of what everything else accepted. A prefix that `prefixes` names exactly (not as
/// part of a longer range) was asked for by name: only one that equals a prefix of ours is refused then. So a
/// default route comes in where the operator wrote "0.0.0.0/0", and not where he wrote any = true.
Verdict judge_import(const ImportPolicy& policy, const Prefix& prefix, route::AttributeRef attributes,
                     const route::AttributePool& pool);

}  // namespace dyad::policy
