#include "rib/decision.hpp"

#include <array>
#include <compare>

#include "dyad/base/ensure.hpp"

namespace dyad::rib {
namespace {

using Order = std::strong_ordering;
using Candidate = RouteCandidate;

/// Who may remove whom at a rung.
enum class Among : std::uint8_t { All, SameNeighbourAs };

/// One rung of the ladder: `less` means the first is preferred.
struct Rung {
    Step step;
    Order (*compare)(const Candidate&, const Candidate&);
    Among among = Among::All;
};

/// RFC 4456 section 9: ORIGINATOR_ID stands for the BGP Identifier where there is one.
RouterId router_id(const Candidate& c) { return c.facts->originator_id.value_or(c.source->router_id); }

bool returns(const Candidate& c) { return c.source->standing == Standing::Returning; }

Order by_link_preference(const Candidate& a, const Candidate& b) {
    const auto &one = a.source->link_preference, &other = b.source->link_preference;
    return one && other ? *one <=> *other : Order::equal;
}

/// What only stands in, what a graceful restart retains and what is on a drained link is asked for first; then RFC 4271 9.1.2.2, in this order. e), the interior cost, is skipped as it allows: next hops are on links of ours.
constexpr std::array kLadder = std::to_array<Rung>({
    {Step::Returning, [](const Candidate& a, const Candidate& b) { return returns(a) <=> returns(b); }},
    {Step::Backup, [](const Candidate& a, const Candidate& b) { return a.source->standing <=> b.source->standing; }},
    {Step::Stale, [](const Candidate& a, const Candidate& b) { return a.freshness <=> b.freshness; }},
    {Step::Drained, [](const Candidate& a, const Candidate& b) { return a.source->traffic <=> b.source->traffic; }},
    {Step::LocalPreference, [](const Candidate& a, const Candidate& b) { return b.local_preference <=> a.local_preference; }},
    {Step::AsPathLength,
     [](const Candidate& a, const Candidate& b) { return a.facts->as_path_length <=> b.facts->as_path_length; }},
    {Step::Origin, [](const Candidate& a, const Candidate& b) { return a.facts->origin <=> b.facts->origin; }},
    {Step::Med,
     [](const Candidate& a, const Candidate& b) { return a.facts->med.value_or(0) <=> b.facts->med.value_or(0); },
     Among::SameNeighbourAs},
    {Step::LinkPreference, by_link_preference},
    {Step::ExternalOverInternal,
     [](const Candidate& a, const Candidate& b) { return b.source->external <=> a.source->external; }},
    {Step::RouterId, [](const Candidate& a, const Candidate& b) { return router_id(a) <=> router_id(b); }},
    {Step::ClusterListLength,
     [](const Candidate& a, const Candidate& b) { return a.facts->cluster_list_length <=> b.facts->cluster_list_length; }},
    // Two sessions with one peer address cannot be; should they, the lower id keeps the answer independent of order. Of one
    // session's paths (RFC 7911) the lower identifier does.
    {Step::PeerAddress,
     [](const Candidate& a, const Candidate& b) {
         const auto by_address = a.source->peer_address <=> b.source->peer_address;
         if (by_address != 0) return by_address;
         const auto by_session = a.source->session <=> b.source->session;
         return by_session != 0 ? by_session : a.path_id <=> b.path_id;
     }},
});

bool comparable(const Rung& rung, const Candidate& a, const Candidate& b) {
    return rung.among == Among::All || a.facts->neighbor_as == b.facts->neighbor_as;
}

bool in_consideration(const Candidate& c) { return c.lost_at == Step::None; }

/// Is some route still in consideration (or removed at this very rung) preferred to this one? RFC 4271 9.1.2.2 c)
/// asks it of every pair, which makes the result independent of order.
bool beaten(std::span<const Candidate> candidates, const Rung& rung, const Candidate& m) {
    for (const auto& n : candidates) {
        const bool present = in_consideration(n) || n.lost_at == rung.step;
        if (present && comparable(rung, n, m) && rung.compare(n, m) < 0) return true;
    }
    return false;
}

void climb(std::span<Candidate> candidates, const Rung& rung) {
    for (auto& m : candidates) {
        if (in_consideration(m) && beaten(candidates, rung, m)) m.lost_at = rung.step;
    }
}

/// The same for two, without the double loop: the edge router's usual case.
void climb_pair(Candidate& a, Candidate& b, const Rung& rung) {
    if (!comparable(rung, a, b)) return;
    const auto order = rung.compare(a, b);
    if (order < 0) b.lost_at = rung.step;
    if (order > 0) a.lost_at = rung.step;
}

std::size_t remaining(std::span<const Candidate> candidates) {
    std::size_t count = 0;
    for (const auto& c : candidates) count += in_consideration(c) ? 1 : 0;
    return count;
}

/// What tied with the best down to LinkPreference and came by the same neighbour AS is used beside it.
void mark_winners(std::span<Candidate> candidates) {
    const Candidate* best = nullptr;
    for (const auto& c : candidates) {
        if (in_consideration(c)) best = &c;
    }
    ensure(best != nullptr);
    for (auto& c : candidates) {
        c.best = &c == best;
        c.multipath = c.best || (c.lost_at >= Step::RouterId && c.facts->neighbor_as == best->facts->neighbor_as);
        if (c.multipath) c.lost_at = Step::None;
    }
}

}  // namespace

void decide(std::span<RouteCandidate> candidates) {
    if (candidates.empty()) return;
    for (auto& c : candidates) c.lost_at = Step::None;
    for (const auto& rung : kLadder) {
        if (candidates.size() == 1 || remaining(candidates) == 1) break;
        if (candidates.size() == 2)
            climb_pair(candidates[0], candidates[1], rung);
        else
            climb(candidates, rung);
    }
    mark_winners(candidates);
}

std::string_view to_string(Step step) {
    switch (step) {
        case Step::None:
            return "none";
        case Step::Returning:
            return "returning";
        case Step::Backup:
            return "backup";
        case Step::Stale:
            return "stale";
        case Step::Drained:
            return "drained";
        case Step::LocalPreference:
            return "local_preference";
        case Step::AsPathLength:
            return "as_path_length";
        case Step::Origin:
            return "origin";
        case Step::Med:
            return "med";
        case Step::LinkPreference:
            return "link_preference";
        case Step::ExternalOverInternal:
            return "external_over_internal";
        case Step::RouterId:
            return "router_id";
        case Step::ClusterListLength:
            return "cluster_list_length";
        case Step::PeerAddress:
            return "peer_address";
    }
    return "none";
}

std::string_view sentence(Step step) {
    switch (step) {
        case Step::None:
            return "this route is used";
        case Step::Returning:
            return "its link is back, and is used again when it has told its table and stood for a while";
        case Step::Backup:
            return "it stands in where nothing else is, and there is a route that does not";
        case Step::Stale:
            return "its session is restarting, and a route of a session that is up exists";
        case Step::Drained:
            return "its link is being drained, and a route on another link exists";
        case Step::LocalPreference:
            return "a route with a higher local preference exists";
        case Step::AsPathLength:
            return "a route with a shorter AS path exists";
        case Step::Origin:
            return "a route with a better origin (igp before egp before incomplete) exists";
        case Step::Med:
            return "a route with a lower MED exists from the same neighbour AS";
        case Step::LinkPreference:
            return "a route exists on the link that `prefer` names";
        case Step::ExternalOverInternal:
            return "a route learned by eBGP exists";
        case Step::RouterId:
            return "a route from a router with a lower router id exists";
        case Step::ClusterListLength:
            return "a route with a shorter cluster list exists";
        case Step::PeerAddress:
            return "a route from a peer with a lower address exists";
    }
    return "this route is used";
}

}  // namespace dyad::rib
