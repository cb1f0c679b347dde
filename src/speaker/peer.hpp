#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dyad/session/session.hpp"
#include "peering/maintenance.hpp"
#include "peering/return_hold.hpp"
#include "peering/trip.hpp"
#include "policy/export.hpp"
#include "rib/adj_rib_out.hpp"
#include "speaker/damage_log.hpp"
#include "speaker/plan.hpp"
#include "speaker/rejections.hpp"
#include "speaker/watermarks.hpp"

namespace dyad::speaker {

inline constexpr std::size_t kFamilies = 2;
constexpr std::size_t slot(Family family) { return family == Family::Ipv4 ? 0 : 1; }
constexpr Family family_of(std::size_t slot) { return slot == 0 ? Family::Ipv4 : Family::Ipv6; }

inline std::string family_name(Family family) { return family == Family::Ipv4 ? "ipv4" : "ipv6"; }

/// Where the packets of a session's link stand, before BGP says anything. Swapped: Microsoft's address is on it. AwaitingBfd: all is there, and `bfd.strict`.
enum class LinkState : std::uint8_t { Unknown, Missing, Down, NoAddress, Swapped, AwaitingBfd, Ready };

/// The BFD session beside a BGP session.
struct BfdLife {
    BfdSessionId id;
    bfd::Path path;
    bfd::Facts facts;  ///< as last told
};

/// What is being sent to one neighbour of one family.
struct Outbound {
    rib::AdjRibOut rib;
    policy::ExportCache cache;
    /// Rows still to be judged after a change that concerns all: Established, refresh, another policy.
    std::optional<PrefixId> scan;
    bool end_of_rib_due = false;
    bool refresh_due = false;                 ///< asked for, and not begun
    bool refreshing = false;                  ///< being sent again, between BoRR and EoRR
    std::optional<Instant> refresh_again_at;  ///< not before
    std::optional<std::uint32_t> quota;       ///< whose places its prefixes need (State::quotas); none: no limit
    peering::Member member = 0;               ///< there
};

/// Routes of the session before, kept while the peer restarts (RFC 4724 4.2).
struct RetainedRoutes {
    std::array<bool, kFamilies> families{};
    Instant until{};
};

/// An operator leads traffic off the session's link.
struct Drain {
    Instant since{};
    /// Everything has been said: whether it has come true is looked at then.
    std::optional<Instant> look_at;
    bool done = false;
};

/// How far a way round is with saying what its links say.
struct Learning {
    std::vector<SessionId> links{};  ///< of its peering and family
    std::optional<PrefixId> scan{};  ///< rows from here on are to be looked at
    bool all_told = false;           ///< every link is there and has told its table, when last looked
};

/// One session and all that this router keeps for it, by SessionId.
struct Peer {
    SessionPlan plan;
    session::Session session;
    LinkState link = LinkState::Unknown;
    std::uint32_t interface_index = 0;
    std::array<Outbound, kFamilies> outbound;
    /// Octets handed to the driver for the Established connection that have not left it.
    std::size_t in_flight = 0;
    std::vector<ConnectionId> connections;
    std::array<bool, kFamilies> table_received{};  ///< since Established: the first table is in
    std::array<bool, kFamilies> end_of_rib{};      ///< since Established: it came
    /// Since Established: the peer began a refresh (RFC 7313); what is not said again by then leaves.
    std::array<std::optional<Instant>, kFamilies> refresh_until{};
    bool refresh_ignored = false;  ///< told of, since Established
    std::optional<RetainedRoutes> retained;
    std::optional<Drain> drain{};  ///< by order, until the next one; outlives the session
    bool was_established = false;  ///< in this process
    bool received_limit_told = false;
    peering::TripPause trip_pause{};         ///< after it counted too many prefixes (Cease/1)
    std::array<bool, kFamilies> disabled{};  ///< since Established: RFC 4760 section 7
    bool path_ignored_told = false;          ///< since Established
    bool bfd_unanswered_told = false;        ///< since Established
    DamageLog damage;
    Instant last_update{};
    peering::Maintenance maintenance{};
    std::optional<session::Reason> told;  ///< the failure last told as an event
    peering::ReturnHold hold{};           ///< of a link that others stand in for
    Learning learning{};                  ///< of a way round
    std::optional<BfdLife> bfd{};         ///< where it is configured and the link is there
    Rejections rejections{};
    std::optional<wire::Notification> notification_received{}, notification_sent{};  ///< the last, in this process
    Watermark watermark{};
    bool ever_received = false;  ///< a route, in this process
    Instant down_since{};        ///< not Established
    bool removed = false;        ///< no longer configured; the id stays taken
};

}  // namespace dyad::speaker
