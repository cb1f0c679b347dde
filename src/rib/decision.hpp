#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/wire/update.hpp"
#include "route/pool.hpp"

namespace dyad::rib {

/// The steps of RFC 4271 9.1.2.2 (with RFC 4456 section 9 and RFC 5004's absence), in order: also the reason a
/// route lost.
enum class Step : std::uint8_t {
    None,       ///< best, or equal to the best and multipath
    Returning,  ///< ours: its link is back, and is trusted with traffic when it has told its table and stood for a while
    Backup,     ///< ours: of a way round, which stands in where nothing else is; so below what anybody can say
    Stale,  ///< retained from a session that is gone (RFC 4724): ours, asked first of all, so that a fresh path takes over at once
    Drained,  ///< ours: its link is being drained, so that any other route is better
    LocalPreference,
    AsPathLength,
    Origin,
    Med,
    LinkPreference,  ///< ours: `prefer`, asked below everything a peer can say, so that maintenance still drains; above the
                     ///< next, since the link that is preferred may end on another router of ours
    ExternalOverInternal,
    RouterId,
    ClusterListLength,
    PeerAddress,
};
std::string_view to_string(Step step);  ///< "local_preference"
std::string_view sentence(Step step);   ///< "a route with a higher local preference exists"

/// Drained: traffic is led away from the session's link.
enum class Traffic : std::uint8_t { Welcome, Drained };
/// What a session's routes are good for: to forward by; to stand in where there are no others; not even that yet.
enum class Standing : std::uint8_t { Regular, Backup, Returning };

/// What the session a route came by contributes to the decision.
struct Source {
    SessionId session;
    bool external = true;
    RouterId router_id;
    Address peer_address;
    /// Lower is better; equal on both links with prefer = "both". Nothing: it has no part in that, as most of our own routers.
    std::optional<std::uint32_t> link_preference = 0;
    Traffic traffic = Traffic::Welcome;
    Standing standing = Standing::Regular;
};

/// Stale: retained while its session restarts. Every fresh route is preferred.
enum class Freshness : std::uint8_t { Fresh, Stale };

struct RouteCandidate {
    const route::Facts* facts = nullptr;
    std::uint32_t local_preference = 100;
    const Source* source = nullptr;
    Freshness freshness = Freshness::Fresh;
    wire::PathId path_id{};  ///< RFC 7911: of several paths of one session
    // The decision's answer:
    Step lost_at = Step::None;
    bool best = false;
    bool multipath = false;  ///< best, or equal to it down to and including LinkPreference, by the same neighbour AS
};

/// Marks best, multipath and the step at which each other lost. Order of candidates does not matter.
/// MED is compared only among routes of the same neighbour AS (9.1.2.2 c).
void decide(std::span<RouteCandidate> candidates);

}  // namespace dyad::rib
