#include "policy/export.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "dyad/base/reader.hpp"

namespace dyad::policy {
namespace {

// RFC 1997 "Well-known Communities".
constexpr std::uint32_t kNoExport = 0xffffff01, kNoExportSubconfed = 0xffffff03;
/// RFC 7999 section 3.2: what is to be dropped here is nobody's business outside.
constexpr std::uint32_t kBlackhole = 0xffff029a;

/// RFC 8326 section 5.
constexpr std::uint32_t kGracefulShutdown = 0xffff0000;

/// RFC 4271 5.1.5 wants LOCAL_PREF in every UPDATE to an internal peer; what we originate has the usual one.
constexpr std::uint32_t kUsualLocalPreference = 100;

/// RFC 4360 section 6: this bit of the type's first octet keeps an extended community within its AS.
constexpr std::uint8_t kNonTransitive = 0x40;

bool holds(const std::vector<SessionId>& sorted, SessionId session) {
    return std::ranges::binary_search(sorted, session);
}

bool kept_here_by_community(const ExportPolicy& policy, route::AttributeRef attributes,
                            const route::AttributePool& pool) {
    for (Reader in{pool.community_octets(attributes)}; !in.empty();) {
        const auto community = in.u32();
        if (community == kNoAdvertise) return true;
        const bool stays_inside = community == kNoExport || community == kNoExportSubconfed || community == kBlackhole;
        if (policy.external && stays_inside) return true;
    }
    return false;
}

bool azure_in_path(const ExportPolicy& policy, route::AttributeRef attributes, const route::AttributePool& pool) {
    return std::ranges::any_of(policy.never_in_path, [&](Asn asn) { return pool.count_in_path(attributes, asn) > 0; });
}

/// RFC 9234 section 5, egress 2: to a provider, a peer or a route server.
bool goes_up(const std::optional<wire::Role>& role) {
    return role == wire::Role::Customer || role == wire::Role::Peer || role == wire::Role::RouteServerClient;
}

/// RFC 9234 section 5, egress 1: what goes to a customer, a peer or a route server's client goes to customers only from
/// there on.
void mark_only_to_customer(wire::Attributes& attributes, const ExportPolicy& policy) {
    const bool goes_down = policy.role == wire::Role::Provider || policy.role == wire::Role::Peer ||
                           policy.role == wire::Role::RouteServer;
    if (goes_down && !attributes.only_to_customer) attributes.only_to_customer = policy.local_as;
}

/// Who may not hear of it whatever its attributes are; Sent if nothing speaks against it.
ExportStage stage_of_origin(const ExportPolicy& policy, const std::optional<Candidate>& best) {
    if (policy.pass_on.empty()) return ExportStage::NotListed;
    if (!best) return ExportStage::NoRoute;
    if (holds(policy.same_peering, best->from)) return ExportStage::LearnedHere;
    if (!policy.passes_on(best->from)) return ExportStage::NotPassedOn;
    // RFC 4271 9.2: internal peers hear it from the one who learned it.
    if (best->from_internal && !policy.external) return ExportStage::InternalToInternal;
    return ExportStage::Sent;
}

ExportStage stage_of_attributes(const ExportPolicy& policy, route::AttributeRef attributes,
                                const route::AttributePool& pool) {
    if (kept_here_by_community(policy, attributes, pool)) return ExportStage::WellKnownCommunity;
    if (azure_in_path(policy, attributes, pool)) return ExportStage::AzureAsInPath;
    if (goes_up(policy.role) && pool.only_to_customer(attributes)) return ExportStage::OnlyToCustomer;
    return ExportStage::Sent;
}

/// RFC 5065 section 4: the members of a confederation are nobody's business outside it.
void drop_confederations(wire::AsPath& path) {
    std::erase_if(path.segments, [](const wire::AsSegment& segment) {
        return segment.type == wire::SegmentType::ConfedSequence || segment.type == wire::SegmentType::ConfedSet;
    });
}

/// RFC 7999 section 3.2: to inside peers it goes with NO_EXPORT, in case they do not know BLACKHOLE.
void keep_blackhole_inside(std::vector<std::uint32_t>& communities) {
    if (contains(communities, kBlackhole) && !contains(communities, kNoExport)) communities.push_back(kNoExport);
}

void mark_shutting_down(wire::Attributes& attributes, const ExportPolicy& policy) {
    if (!policy.shutting_down || contains(attributes.communities, kGracefulShutdown)) return;
    attributes.communities.push_back(kGracefulShutdown);
}

/// RFC 4271 5.1.2 b), 5.1.4, 5.1.5; what belongs to our AS alone stays in it.
void dress_for_external(wire::Attributes& attributes, const ExportPolicy& policy) {
    drop_confederations(attributes.as_path);
    attributes.as_path.prepend(policy.local_as, policy.own_copies());
    mark_shutting_down(attributes, policy);
    attributes.med.reset();
    attributes.local_pref.reset();
    attributes.originator_id.reset();
    attributes.cluster_list.clear();
    std::erase_if(attributes.extended_communities,
                  [](const auto& community) { return (community[0] & kNonTransitive) != 0; });
}

void dress_for_internal(wire::Attributes& attributes, const Candidate& best) {
    attributes.local_pref = best.local_preference;
    keep_blackhole_inside(attributes.communities);
}

route::AttributeRef make_passed_on(const ExportPolicy& policy, const Candidate& best, route::AttributePool& pool) {
    auto attributes = pool.attributes(best.attributes);
    if (policy.external)
        dress_for_external(attributes, policy);
    else
        dress_for_internal(attributes, best);
    mark_only_to_customer(attributes, policy);
    // RFC 4271 5.1.3: nobody is told to send to himself.
    if (policy.next_hop == NextHopRule::Self || attributes.next_hop == policy.peer_address)
        attributes.next_hop = policy.local_address;
    return pool.intern(attributes);
}

/// RFC 4271 5.1.1, 5.1.2, 5.1.3: IGP, our AS alone (or nothing, inside it), our address.
route::AttributeRef make_originated(const ExportPolicy& policy, const Originated& originated,
                                    route::AttributePool& pool) {
    wire::Attributes attributes;
    attributes.origin = wire::Origin::Igp;
    attributes.next_hop = policy.local_address;
    attributes.communities = originated.communities;
    mark_shutting_down(attributes, policy);
    if (policy.external)
        attributes.as_path.prepend(policy.local_as, policy.own_copies());
    else
        attributes.local_pref = originated.local_preference.value_or(kUsualLocalPreference);
    mark_only_to_customer(attributes, policy);
    return pool.intern(attributes);
}

/// An address of the other family cannot be told in NEXT_HOP (RFC 4271 5.1.3) or MP_REACH_NLRI (RFC 4760 section 3), but for
/// what RFC 8950 section 3 adds.
bool can_be_next_hop(const ExportPolicy& policy, const Address& address, Family family) {
    const bool either = family == Family::Ipv4 && policy.next_hop_of_ipv4 == NextHopOfIpv4::Either;
    return (either || address.family() == family) && !address.is_unspecified();
}

ExportVerdict originate(const ExportPolicy& policy, const Originated& originated, route::AttributePool& pool,
                        ExportCache& cache) {
    if (!can_be_next_hop(policy, policy.local_address, originated.prefix.family())) return {ExportStage::NoNextHop};
    auto made = cache.find_originated(originated, pool);
    if (made != route::kNoAttributes) {
        pool.retain(made);
        return {ExportStage::Sent, made};
    }
    made = make_originated(policy, originated, pool);
    if (made == route::kNoAttributes) return {ExportStage::TooLarge};
    cache.remember_originated(originated, made, pool);
    return {ExportStage::Sent, made};
}

ExportVerdict pass_on(const ExportPolicy& policy, const Candidate& best, route::AttributePool& pool,
                      ExportCache& cache) {
    // To external peers the preference is not told: one answer serves routes of any.
    const auto preference = policy.external ? 0 : best.local_preference;
    if (const auto known = cache.find(best.attributes, preference, pool)) {
        if (known->stage == ExportStage::Sent) pool.retain(known->attributes);
        return {known->stage, known->attributes};
    }
    ExportVerdict verdict{stage_of_attributes(policy, best.attributes, pool)};
    if (verdict.stage == ExportStage::Sent) {
        verdict.attributes = make_passed_on(policy, best, pool);
        if (verdict.attributes == route::kNoAttributes) verdict.stage = ExportStage::TooLarge;
    }
    cache.remember(best.attributes, preference, {verdict.stage, verdict.attributes}, pool);
    return verdict;
}

/// The next hop that make_passed_on gives it.
bool has_next_hop(const ExportPolicy& policy, const Candidate& best, Family family, const route::AttributePool& pool) {
    if (policy.next_hop == NextHopRule::Self) return can_be_next_hop(policy, policy.local_address, family);
    const auto& next_hop = pool.facts(best.attributes).next_hop;
    return can_be_next_hop(policy, next_hop == policy.peer_address ? policy.local_address : next_hop, family);
}

}  // namespace

const Originated* ExportPolicy::find_originated(const Prefix& prefix) const {
    for (const auto* list : {&originate, &told_links}) {
        const auto at = std::ranges::lower_bound(*list, prefix, {}, &Originated::prefix);
        if (at != list->end() && at->prefix == prefix) return &*at;
    }
    return nullptr;
}

bool ExportPolicy::passes_on(SessionId from) const { return holds(pass_on, from); }

ExportVerdict judge_export(const ExportPolicy& policy, const Prefix& prefix, const std::optional<Candidate>& best,
                           route::AttributePool& pool, ExportCache& cache) {
    if (policy.told == Told::Nothing) return {ExportStage::NotReceiving};
    if (const auto* originated = policy.find_originated(prefix)) {
        if (originated->off) return {ExportStage::Absent};
        return originate(policy, *originated, pool, cache);
    }
    if (const auto stage = stage_of_origin(policy, best); stage != ExportStage::Sent) return {stage};
    if (has_next_hop(policy, *best, prefix.family(), pool)) return pass_on(policy, *best, pool, cache);
    const auto stage = stage_of_attributes(policy, best->attributes, pool);
    return {stage == ExportStage::Sent ? ExportStage::NoNextHop : stage};
}

ExportStage judge_export_stage(const ExportPolicy& policy, const Prefix& prefix, const std::optional<Candidate>& best,
                               const route::AttributePool& pool) {
    if (policy.told == Told::Nothing) return ExportStage::NotReceiving;
    if (const auto* originated = policy.find_originated(prefix); originated && originated->off)
        return ExportStage::Absent;
    if (policy.find_originated(prefix))
        return can_be_next_hop(policy, policy.local_address, prefix.family()) ? ExportStage::Sent
                                                                              : ExportStage::NoNextHop;
    if (const auto stage = stage_of_origin(policy, best); stage != ExportStage::Sent) return stage;
    const auto stage = stage_of_attributes(policy, best->attributes, pool);
    if (stage == ExportStage::Sent && !has_next_hop(policy, *best, prefix.family(), pool))
        return ExportStage::NoNextHop;
    return stage;
}

std::string_view to_string(ExportStage stage) {
    switch (stage) {
        case ExportStage::Sent:
            return "sent";
        case ExportStage::NotListed:
            return "not_listed";
        case ExportStage::Absent:
            return "absent";
        case ExportStage::NoRoute:
            return "no_route";
        case ExportStage::LearnedHere:
            return "learned_here";
        case ExportStage::NotPassedOn:
            return "not_passed_on";
        case ExportStage::InternalToInternal:
            return "internal_to_internal";
        case ExportStage::WellKnownCommunity:
            return "well_known_community";
        case ExportStage::AzureAsInPath:
            return "azure_as_in_path";
        case ExportStage::OnlyToCustomer:
            return "only_to_customer";
        case ExportStage::TooLarge:
            return "too_large";
        case ExportStage::NoNextHop:
            return "no_next_hop";
        case ExportStage::NotReceiving:
            return "not_receiving";
        case ExportStage::Withheld:
            return "withheld";
        case ExportStage::SessionDown:
            return "session_down";
    }
    return "";
}

std::string_view sentence(ExportStage stage) {
    switch (stage) {
        case ExportStage::Sent:
            return "advertised";
        case ExportStage::NotListed:
            return "no advertise statement names it (nothing is advertised by default, RFC 8212)";
        case ExportStage::Absent:
            return "it is listed with when = \"present\", and nobody else has it";
        case ExportStage::NoRoute:
            return "there is no route to pass on";
        case ExportStage::LearnedHere:
            return "it was learned from this very peering and does not go back";
        case ExportStage::NotPassedOn:
            return "pass_on does not name the session it was learned from";
        case ExportStage::InternalToInternal:
            return "it was learned by iBGP and is not passed on by iBGP (RFC 4271 9.2)";
        case ExportStage::WellKnownCommunity:
            return "it carries no-export, no-advertise (RFC 1997) or blackhole (RFC 7999)";
        case ExportStage::AzureAsInPath:
            return "its AS path holds an AS of Azure's, which Azure must not hear from us";
        case ExportStage::OnlyToCustomer:
            return "it is for customers only (RFC 9234), and this neighbour is none of ours";
        case ExportStage::TooLarge:
            return "its attributes do not fit into a message (RFC 4271 9.2)";
        case ExportStage::NoNextHop:
            return "we have no address of its family on this session to be its next hop";
        case ExportStage::NotReceiving:
            return "no routes come by this link, and the other brings some";
        case ExportStage::Withheld:
            return "the session's prefix limit withholds it";
        case ExportStage::SessionDown:
            return "the session is not Established";
    }
    return "";
}

std::string_view configuration_key(ExportStage stage) {
    switch (stage) {
        case ExportStage::Sent:
            return "advertise";
        case ExportStage::Absent:
        case ExportStage::NotListed:
            return "advertise";
        case ExportStage::NoRoute:
            return "pass_on";
        case ExportStage::LearnedHere:
            return "";
        case ExportStage::NotPassedOn:
            return "pass_on";
        case ExportStage::InternalToInternal:
            return "";
        case ExportStage::WellKnownCommunity:
            return "";
        case ExportStage::AzureAsInPath:
            return "";
        case ExportStage::OnlyToCustomer:
            return "role";
        case ExportStage::TooLarge:
            return "";
        case ExportStage::NoNextHop:
            return "local_address";
        case ExportStage::NotReceiving:
            return "advertise_only_if_receiving";
        case ExportStage::Withheld:
            return "limits.advertise";
        case ExportStage::SessionDown:
            return "";
    }
    return "";
}

}  // namespace dyad::policy
