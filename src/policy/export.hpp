#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"
#include "dyad/wire/open.hpp"
#include "route/pool.hpp"

namespace dyad::policy {

struct Originated {
    Prefix prefix;
    std::vector<std::uint32_t> communities;
    bool critical = false;                            ///< has a place under the limit before others
    bool when_present = false;                        ///< only while somebody else has it
    bool keep = false;                                ///< or did have it
    bool off = false;                                 ///< the Speaker's finding: its condition is not met
    std::optional<std::uint32_t> local_preference{};  ///< told inside our AS; nothing: the usual one
    friend bool operator==(const Originated&, const Originated&) = default;
};

/// RFC 1997: "MUST NOT be advertised to other BGP peers".
inline constexpr std::uint32_t kNoAdvertise = 0xffffff02;

enum class NextHopRule : std::uint8_t { Self, Unchanged };
/// Which next hops IPv4 routes may have: IPv6 ones too where both sides announced it (RFC 8950 section 4).
enum class NextHopOfIpv4 : std::uint8_t { Ipv4, Either };

/// As often as Microsoft puts its own AS in front before a maintenance of its own (ExpressRoute fact F5.6).
inline constexpr std::uint32_t kDrainPrepend = 8;

/// What a neighbour hears of what the policy lets out: the same with drain_prepend more of our AS, or nothing.
enum class Told : std::uint8_t { Usual, Prolonged, Nothing };

/// What a neighbour hears of us: what is listed and nothing else (RFC 8212).
struct ExportPolicy {
    std::vector<Originated> originate;  ///< sorted by prefix
    /// Subnets of links that are healthy now, told to the router where the other link of the pair ends; sorted. Not of the
    /// configuration.
    std::vector<Originated> told_links{};
    std::vector<SessionId> pass_on;       ///< routes learned from these sessions go on; sorted
    std::vector<SessionId> same_peering;  ///< never sent back to where they came from, nor to its twin
    NextHopRule next_hop = NextHopRule::Self;
    Asn local_as;
    std::uint32_t prepend = 0;  ///< extra copies of our AS
    /// The link is being drained: drain_prepend more of them, and GRACEFUL_SHUTDOWN (RFC 8326 section 4.2). Not of the
    /// configuration: an operator's order.
    bool shutting_down = false;
    std::uint32_t drain_prepend = kDrainPrepend;
    /// Nothing comes by the link (advertise_only_if_receiving). Not of the configuration either.
    Told told = Told::Usual;
    bool external = true;
    std::optional<wire::Role> role;       ///< what we are to the peer (RFC 9234 section 5); external peers only
    Address local_address;                ///< next hop self
    std::optional<Address> peer_address;  ///< never told as a next hop
    NextHopOfIpv4 next_hop_of_ipv4 = NextHopOfIpv4::Ipv4;  ///< as the session agreed
    std::vector<Asn>
        never_in_path;  ///< ExpressRoute: 12076, 8075, 65515..65520 are never exported to an MSEE (requirement 28)
    friend bool operator==(const ExportPolicy&, const ExportPolicy&) = default;

    /// Of our AS, in front of a route to an external peer.
    std::size_t own_copies() const {
        return std::size_t{1} + prepend + (shutting_down || told == Told::Prolonged ? drain_prepend : 0);
    }
    /// Listed, or a link's subnet.
    const Originated* find_originated(const Prefix& prefix) const;
    bool passes_on(SessionId from) const;
};

/// Every stage that can keep a route from a neighbour, in the order they are asked.
enum class ExportStage : std::uint8_t {
    Sent,
    NotListed,  ///< nothing is advertised or passed on that could be it
    Absent,     ///< listed with a condition, which is not met
    NoRoute,    ///< what is passed on could be it, but there is no route
    LearnedHere,
    NotPassedOn,
    InternalToInternal,  ///< RFC 4271 9.2
    WellKnownCommunity,  ///< RFC 1997
    AzureAsInPath,
    OnlyToCustomer,  ///< RFC 9234 section 5
    TooLarge,        ///< its attributes have no room in any message (RFC 4271 9.2)
    NoNextHop,       ///< we have no address of its family on this session
    NotReceiving,    ///< the link brings no routes (advertise_only_if_receiving)
    Withheld,        ///< by the limit: AdjRibOut's answer
    SessionDown,     ///< the Speaker's answer
};
std::string_view to_string(ExportStage stage);
std::string_view sentence(ExportStage stage);
std::string_view configuration_key(ExportStage stage);

/// The route that Loc-RIB holds for a prefix, as export sees it.
struct Candidate {
    SessionId from;
    route::AttributeRef attributes;
    bool from_internal = false;
    /// The degree of preference import gave it: LOCAL_PREF for internal peers (RFC 4271 5.1.5).
    std::uint32_t local_preference = 100;
};

struct ExportVerdict {
    ExportStage stage = ExportStage::NotListed;
    route::AttributeRef attributes = route::kNoAttributes;  ///< when Sent: a reference the caller holds
};

/// What one policy makes of a received set, remembered: exporting a run of prefixes with the same attributes costs
/// a look-up each. One for each ExportPolicy (so: for each session and family); clear() when the policy changes.
/// Holds no references: an entry counts only while the pool still means by both handles what it meant.
class ExportCache {
public:
    struct Answer {
        ExportStage stage = ExportStage::NotListed;
        route::AttributeRef attributes = route::kNoAttributes;
    };
    std::optional<Answer> find(route::AttributeRef from, std::uint32_t local_preference,
                               const route::AttributePool& pool) const;
    void remember(route::AttributeRef from, std::uint32_t local_preference, const Answer& answer,
                  const route::AttributePool& pool);
    /// The set made for originated prefixes with its communities and preference, if it is still held.
    route::AttributeRef find_originated(const Originated& originated, const route::AttributePool& pool) const;
    void remember_originated(const Originated& originated, route::AttributeRef made, const route::AttributePool& pool);

    void clear();
    void clear(const route::AttributePool&) { clear(); }
    std::size_t memory_octets() const;

private:
    struct Entry {
        route::AttributeRef from, made;
        std::uint32_t from_generation = 0, made_generation = 0;
        std::uint32_t local_preference = 0;
        ExportStage stage = ExportStage::NotListed;
    };
    struct OriginatedEntry {
        std::vector<std::uint32_t> communities;
        std::optional<std::uint32_t> local_preference;
        route::AttributeRef made;
        std::uint32_t generation = 0;
    };
    Entry& slot(route::AttributeRef from);
    void make_room(const route::AttributePool& pool);

    std::vector<Entry> entries_;  ///< by handle, modulo their number
    std::vector<OriginatedEntry> originated_;
};

/// What the neighbour is to hear of the prefix. Originated wins over learned.
ExportVerdict judge_export(const ExportPolicy& policy, const Prefix& prefix, const std::optional<Candidate>& best,
                           route::AttributePool& pool, ExportCache& cache);
/// The same question for an operator's answer: nothing is made, nothing remembered.
ExportStage judge_export_stage(const ExportPolicy& policy, const Prefix& prefix, const std::optional<Candidate>& best,
                               const route::AttributePool& pool);

}  // namespace dyad::policy
