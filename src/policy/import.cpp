#include "policy/import.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "dyad/base/reader.hpp"

namespace dyad::policy {
namespace {

constexpr std::string_view kAnyRest = "*";

/// "65535:65535" and its end.
using CommunityText = std::array<char, 12>;

std::string_view write(std::uint32_t community, CommunityText& text) {
    auto* at = std::to_chars(text.data(), text.data() + text.size(), community >> 16).ptr;
    *at++ = ':';
    at = std::to_chars(at, text.data() + text.size(), community & 0xffff).ptr;
    return {text.data(), at};
}

bool matches_text(std::string_view pattern, std::string_view text) {
    if (pattern.ends_with(kAnyRest)) return text.starts_with(pattern.substr(0, pattern.size() - 1));
    return pattern == text;
}

bool any_matches(const std::vector<PrefixRange>& ranges, const Prefix& prefix) {
    return std::ranges::any_of(ranges, [&](const PrefixRange& range) { return range.matches(prefix); });
}

/// A next hop that no route can use whatever our interfaces are: 0.0.0.0, ::, multicast, the old class E.
bool any_community(const std::vector<CommunityMatch>& wanted, Bytes octets) {
    for (Reader in{octets}; !in.empty();) {
        const auto community = in.u32();
        if (std::ranges::any_of(wanted, [&](const CommunityMatch& match) { return match.matches(community); }))
            return true;
    }
    return false;
}

bool overlaps(const Prefix& a, const Prefix& b) { return a.covers(b) || b.covers(a); }

/// A default route, or so short a piece of (or way around) private space that it cannot be one virtual network.
bool is_private_aggregate(const Prefix& prefix) {
    if (prefix.length() >= kShortestPrivate) return false;
    const std::array private_space{Prefix{Address::v4(0x0a000000), 8}, Prefix{Address::v4(0xac100000), 12},
                                   Prefix{Address::v4(0xc0a80000), 16}, Prefix{Address::v6({0xfc}), 7}};
    return std::ranges::any_of(private_space, [&](const Prefix& space) { return overlaps(space, prefix); });
}

bool is_named(const ImportPolicy& policy, const Prefix& prefix) {
    return std::ranges::any_of(policy.prefixes, [&](const PrefixRange& range) {
        return range.prefix == prefix && range.longest <= prefix.length();
    });
}

bool is_guarded(const ImportPolicy& policy, const Prefix& prefix) {
    // In order, what a prefix covers follows it without a gap: one look suffices.
    const auto ours = std::ranges::lower_bound(policy.guarded, prefix);
    if (ours != policy.guarded.end() && *ours == prefix) return true;
    const bool covers_ours = ours != policy.guarded.end() && prefix.covers(*ours);
    if (!covers_ours && !(policy.guard_aggregates && is_private_aggregate(prefix))) return false;
    return !is_named(policy, prefix);
}

/// RFC 9234 section 5, ingress 1 and 2.
bool is_leak(const ImportPolicy& policy, const std::optional<Asn>& only_to_customer) {
    if (!only_to_customer) return false;
    switch (*policy.role) {
        case wire::Role::Provider:
        case wire::Role::RouteServer:
            return true;
        case wire::Role::Peer:
            return *only_to_customer != policy.peer_as;
        case wire::Role::Customer:
        case wire::Role::RouteServerClient:
            return false;
    }
    return false;
}

ImportStage stage_of_path(const ImportPolicy& policy, const route::Facts& facts, route::AttributeRef attributes,
                          const route::AttributePool& pool) {
    // RFC 4271 9.1.2: a path that holds our own AS is a loop.
    if (pool.count_in_path(attributes, policy.local_as) > policy.allow_as_in) return ImportStage::AsLoop;
    if (!policy.external && facts.originator_id == policy.router_id) return ImportStage::OwnOriginator;
    if (policy.external && policy.first_as && facts.neighbor_as != *policy.first_as) return ImportStage::FirstAs;
    if (policy.role && is_leak(policy, pool.only_to_customer(attributes))) return ImportStage::RouteLeak;
    if (!wire::is_host_address(facts.next_hop)) return ImportStage::NextHop;
    return ImportStage::Accepted;
}

/// RFC 4291 2.5.2, 2.5.3, 2.5.5: the unspecified address, loopback, and IPv4 addresses as IPv6 writes them.
bool is_loopback_or_embedded(const Prefix& prefix) {
    if (prefix.length() < 96) return false;
    Reader head{prefix.address().bytes()};
    const auto zeros = head.u32() | head.u32() | head.u16();
    const auto last = head.u16();
    return zeros == 0 && (last == 0 || last == 0xffff);
}

/// RFC 4271 6.3: "semantically incorrect (e.g., an unexpected multicast IP address)". The default route is none of them.
bool is_not_unicast(const Prefix& prefix) {
    constexpr std::uint8_t kMulticastAndReserved = 224, kLoopback = 127;
    const auto first = prefix.address().octets()[0];
    if (prefix.family() == Family::Ipv6)
        return (prefix.length() >= 8 && first == 0xff) || (prefix.length() >= 10 && prefix.address().is_link_local()) ||
               is_loopback_or_embedded(prefix);
    return (prefix.length() >= 3 && first >= kMulticastAndReserved) ||
           (prefix.length() >= 8 && (first == kLoopback || first == 0));
}

ImportStage stage_of_prefix(const ImportPolicy& policy, const Prefix& prefix) {
    if (is_not_unicast(prefix)) return ImportStage::NotUnicast;
    if (!policy.any && !any_matches(policy.prefixes, prefix)) return ImportStage::NotListed;
    if (any_matches(policy.except, prefix)) return ImportStage::Excepted;
    const auto longest = prefix.family() == Family::Ipv4 ? policy.max_length_v4 : policy.max_length_v6;
    return prefix.length() > longest ? ImportStage::TooLong : ImportStage::Accepted;
}

/// RFC 4271 5.1.5: ours to say for an external peer's route, LOCAL_PREF's for an internal one's.
std::uint32_t preference(const ImportPolicy& policy, const route::Facts& facts, Bytes communities) {
    for (const auto& rule : policy.communities_in) {
        for (Reader in{communities}; !in.empty();) {
            if (rule.match.matches(in.u32())) return rule.local_preference;
        }
    }
    return policy.external ? policy.local_preference : facts.local_pref.value_or(policy.local_preference);
}

}  // namespace

bool PrefixRange::matches(const Prefix& candidate) const {
    return candidate.length() <= std::max(longest, prefix.length()) && prefix.covers(candidate);
}

bool CommunityMatch::matches(std::uint32_t community) const {
    CommunityText text;
    return matches_text(pattern, write(community, text));
}

Verdict judge_import(const ImportPolicy& policy, const Prefix& prefix, route::AttributeRef attributes,
                     const route::AttributePool& pool) {
    const auto& facts = pool.facts(attributes);
    if (const auto stage = stage_of_path(policy, facts, attributes, pool); stage != ImportStage::Accepted)
        return {stage};
    if (const auto stage = stage_of_prefix(policy, prefix); stage != ImportStage::Accepted) return {stage};
    const bool asks_communities = !policy.communities.empty() || !policy.communities_in.empty();
    const auto communities = asks_communities ? pool.community_octets(attributes) : Bytes{};
    if (!policy.communities.empty() && !any_community(policy.communities, communities)) return {ImportStage::Community};
    if (is_guarded(policy, prefix)) return {ImportStage::Guarded};
    return {ImportStage::Accepted, preference(policy, facts, communities)};
}

std::optional<Asn> only_to_customer_of(const ImportPolicy& policy) {
    if (!policy.role) return std::nullopt;
    switch (*policy.role) {
        case wire::Role::Customer:
        case wire::Role::Peer:
        case wire::Role::RouteServerClient:
            return policy.peer_as;
        case wire::Role::Provider:
        case wire::Role::RouteServer:
            return std::nullopt;
    }
    return std::nullopt;
}

std::string_view to_string(ImportStage stage) {
    switch (stage) {
        case ImportStage::Accepted:
            return "accepted";
        case ImportStage::AsLoop:
            return "as_loop";
        case ImportStage::NotUnicast:
            return "not_unicast";
        case ImportStage::OwnOriginator:
            return "own_originator";
        case ImportStage::FirstAs:
            return "first_as";
        case ImportStage::RouteLeak:
            return "route_leak";
        case ImportStage::NextHop:
            return "next_hop";
        case ImportStage::NotListed:
            return "not_listed";
        case ImportStage::Excepted:
            return "excepted";
        case ImportStage::TooLong:
            return "too_long";
        case ImportStage::Community:
            return "community";
        case ImportStage::Guarded:
            return "guarded";
    }
    return "";
}

std::string_view sentence(ImportStage stage) {
    switch (stage) {
        case ImportStage::Accepted:
            return "accepted";
        case ImportStage::AsLoop:
            return "its AS path holds our own AS: it is our own route come back";
        case ImportStage::NotUnicast:
            return "it is multicast, loopback, link-local or reserved: nobody can be reached there (RFC 4271 6.3)";
        case ImportStage::OwnOriginator:
            return "its ORIGINATOR_ID is our router id: it is our own route come back (RFC 4456)";
        case ImportStage::FirstAs:
            return "its AS path does not begin with the peer's AS";
        case ImportStage::RouteLeak:
            return "it was meant for customers only, and a customer or peer passed it on: a route leak (RFC 9234)";
        case ImportStage::NextHop:
            return "its next hop is not an address that traffic can be sent to";
        case ImportStage::NotListed:
            return "no accept statement names it (nothing is accepted by default, RFC 8212)";
        case ImportStage::Excepted:
            return "accept.except names it";
        case ImportStage::TooLong:
            return "it is longer than accept.max_length";
        case ImportStage::Community:
            return "it has none of the communities that accept.communities asks for";
        case ImportStage::Guarded:
            return "the guard refuses it: it equals or covers a prefix of ours, or is a default route or private "
                   "aggregate "
                   "that nobody asked for by name";
    }
    return "";
}

std::string_view configuration_key(ImportStage stage) {
    switch (stage) {
        case ImportStage::Accepted:
            return "accept";
        case ImportStage::AsLoop:
            return "allow_as_in";
        case ImportStage::NotUnicast:
            return "";
        case ImportStage::OwnOriginator:
            return "router_id";
        case ImportStage::FirstAs:
            return "enforce_first_as";
        case ImportStage::RouteLeak:
            return "role";
        case ImportStage::NextHop:
            return "";
        case ImportStage::NotListed:
            return "accept";
        case ImportStage::Excepted:
            return "accept.except";
        case ImportStage::TooLong:
            return "accept.max_length";
        case ImportStage::Community:
            return "accept.communities";
        case ImportStage::Guarded:
            return "accept.guard";
    }
    return "";
}

}  // namespace dyad::policy
