#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"
#include "dyad/session/session.hpp"

/// What queries answer: plain structs, each one JSON form (surface.md). No column widths, no colours.
namespace dyad::speaker {

struct SessionRow {
    std::string session, link, interface, local, peer;
    Asn peer_asn;
    std::string state;                     ///< RFC 4271 name
    std::uint64_t uptime_seconds = 0;      ///< since Established; 0 otherwise
    std::size_t received = 0, accepted = 0, best = 0, advertised = 0, withheld = 0;
    std::string bfd;                       ///< "" where off
    std::string drain;                     ///< draining | drained | ""
    std::string on;                        ///< the router it ends on, where that is not this one: state, counts and uptime are what that one tells
    bool healthy = false;                  ///< Established, bringing routes, and BFD finds nothing wrong
    std::optional<std::uint64_t> maintenance_seconds{};  ///< since Microsoft seems to work on it
    std::size_t prolonged = 0;             ///< then: accepted prefixes with a path that says so
    bool quiet = false;                    ///< what we advertise is prolonged or withdrawn, since no routes come by it
    std::string unhealthy;                 ///< why it is not, though it is Established; else ""
    std::string reason;                    ///< why it is not Established; "" when it is
    std::uint64_t down_seconds = 0;        ///< for so long; 0 when it is
    std::optional<std::uint64_t> next_attempt_milliseconds{};  ///< to be made by us
    std::string next_try;                  ///< what it comes with, where no time is known: "when the link is up"; "" when Established
    std::size_t guard_rejected = 0, loop_rejected = 0;  ///< of what was received, as of a moment ago
    std::string alarm{};                   ///< routes are gone from it; ""
    std::string cause;                     ///< the same, snake_case
    std::optional<std::string> last_error; ///< how the last session or attempt ended
};
/// What stands in for a peering's links when they are gone.
struct BackupRow {
    std::string name, gateway, interface;
    std::string state;                     ///< ready | active: traffic goes by it | down
    std::size_t prefixes = 0;              ///< it stands in for
    std::size_t carried = 0;               ///< that go by it now
    std::uint64_t active_seconds = 0;
    std::string returning;                 ///< which link is back, and when traffic returns to it; "" where none is
};
/// A change of redundancy, UTC; lasted: until the next, or now.
struct RedundancyRow { std::string time, before, after; std::uint64_t lasted_seconds = 0; std::string why; };
/// How a month was spent, as far as the daemon was there.
struct MonthRow {
    std::string month;                     ///< "2026-11", UTC
    std::uint64_t observed_seconds = 0, full_seconds = 0, degraded_seconds = 0, down_seconds = 0;
    double full_percent = 100;             ///< of the time observed: both links healthy
};
struct PeeringRow {
    std::string name, kind, redundancy;    ///< full | degraded | down
    std::uint64_t redundancy_seconds = 0;  ///< for so long
    MonthRow this_month{};
    std::optional<MonthRow> last_month{};
    std::vector<RedundancyRow> history{};  ///< oldest first
    std::vector<std::string> warnings{};   ///< sentences about what defeats the pair
    std::size_t advertised_limit = 0;
    std::vector<SessionRow> links{};
    std::vector<BackupRow> backups{};
};
struct CircuitRow { std::string name, sku; std::vector<PeeringRow> peerings; };
struct NeighborRow { std::string name; SessionRow session; };
struct FibRow { bool enabled = true; std::size_t routes = 0, backup_routes = 0, groups = 0, pending = 0, failed = 0; };
struct SummaryView {
    std::string hostname;
    Asn asn;
    RouterId router_id;
    std::string version;
    std::uint64_t uptime_seconds = 0;
    std::vector<CircuitRow> circuits;
    std::vector<NeighborRow> neighbors;
    FibRow fib;
};

struct SessionView {
    SessionRow row;
    std::uint64_t hold_time_proposed_seconds = 0, hold_time_seconds = 0, keepalive_seconds = 0;
    std::optional<RouterId> peer_router_id;
    std::vector<std::string> families;
    std::vector<std::string> capabilities_sent, capabilities_received;
    session::MessageCounters messages;
    std::uint64_t times_established = 0;
    std::uint64_t hold_remaining_seconds = 0;
    bool md5 = false;
    std::string ttl;                       ///< "1", "gtsm"
    std::size_t limit = 0;
    std::string graceful_restart;          ///< what was agreed on, in words; "" where it is off
    std::size_t stale = 0;                 ///< routes kept of the session before
    std::uint64_t stale_seconds = 0;       ///< for so long yet
    std::uint64_t send_hold_seconds = 0;   ///< 0: off
    std::optional<wire::Notification> last_notification_received{}, last_notification_sent{};  ///< in this process
    std::size_t only_here = 0;             ///< where it is drained: routes that no other session has, and that it still carries
};
struct SentView { std::string session; std::size_t advertised = 0; };
/// What the peer's Cease/1 has taught us of its limit.
struct LearnedView {
    std::size_t limit = 0;                 ///< ours since then
    std::size_t peers_limit = 0;
    bool told = false;                     ///< by the peer; else guessed
    std::size_t had = 0;                   ///< advertised then
    std::uint32_t trips = 0;
};
struct ProposalView { Prefix aggregate; std::size_t replaces = 0; };
/// How a peering, or another neighbour, stands with its limit, in one family.
struct LimitRow {
    std::string name, family;
    std::size_t configured = 0;            ///< 0: none, the limit is learned
    std::size_t limit = 0;                 ///< that counts now
    std::size_t wanted = 0, withheld = 0;
    std::vector<SentView> sessions{};
    std::size_t together = 0;              ///< prefixes that the links' peers hold, each counted once
    std::vector<Prefix> first_withheld{};  ///< in the order in which they will be let out
    std::string on_limit;                  ///< withhold | freeze | shutdown
    std::size_t reserve = 0;
    std::string state;                     ///< ok | warning | withholding | frozen | shutdown
    std::optional<LearnedView> learned{};
    std::optional<double> growth_per_day{};
    std::uint64_t growth_over_seconds = 0;
    std::optional<std::size_t> days_left{};
    std::size_t aggregation_saves = 0;     ///< prefixes, if what is listed were aggregated without a change of what it covers
    std::vector<ProposalView> proposals{}; ///< the best of that
};
struct LimitsView { std::vector<LimitRow> limits; };
/// Prefixes that one link of a pair has and the other has not; for so long something differs.
struct DifferenceRow { std::size_t only_primary = 0, only_secondary = 0; std::uint64_t seconds = 0; };
struct PeeringView {
    std::string circuit;
    PeeringRow row;
    std::vector<SessionView> sessions;     ///< primary, secondary; IPv6 behind
    std::string prefer;
    DifferenceRow received_only{};         ///< prefixes accepted on one link only
    DifferenceRow advertised_only{};
    std::optional<LimitRow> limit{};
};

struct NextHopView { std::string session, address, interface; };
/// One path of one prefix.
struct RouteView {
    Prefix prefix;
    std::string session;                   ///< whom it came from
    std::uint32_t path_id = 0;             ///< RFC 7911; 0 without
    std::vector<NextHopView> next_hops;    ///< of the prefix's best set, on the best path; else the path's own
    std::string as_path;
    std::uint32_t local_pref = 0;
    std::optional<std::uint32_t> med;
    std::string origin;
    std::vector<std::string> communities, large_communities;
    std::vector<std::string> community_names;  ///< of each community, "" where it has none
    bool best = false, multipath = false;
    std::string fib;                       ///< installed | pending | failed | not_wanted
    std::optional<std::string> reason;     ///< why it lost or was rejected
};
struct RoutesPage {
    std::vector<RouteView> routes;
    std::optional<std::uint64_t> next;     ///< cursor to ask on with; nothing at the end
};

/// backup: of routes behind others; next: what one message puts in its members' place when they are all lost.
struct FibGroupView { std::uint32_t id = 0; std::vector<NextHopView> members{}; std::size_t routes = 0; bool backup = false; std::vector<NextHopView> next{}; };
/// A route that the kernel refuses. retry_seconds: until it is tried again.
struct RefusedView { std::string prefix; bool conflict = false; int error = 0; std::string reason; std::uint32_t times = 0; double retry_seconds = 0; };
struct FibView {
    FibRow row;
    bool plain = false;  ///< routes carry their gateways themselves
    std::uint32_t table = 0, metric = 0, backup_metric = 0, protocol = 0;
    std::size_t nexthops = 0;
    std::uint64_t operations = 0;
    std::vector<FibGroupView> groups;
    std::vector<RefusedView> refused;  ///< the first of those that are failed
};

struct BfdRow {
    std::string session, local, peer, interface;
    bool multihop = false, strict = false;
    std::string state, remote_state;           ///< RFC 5880 names
    std::string diagnostic, remote_diagnostic; ///< in words
    std::uint32_t local_discriminator = 0, remote_discriminator = 0;
    std::uint64_t transmit_interval_microseconds = 0, receive_interval_microseconds = 0;  ///< agreed
    std::uint64_t detection_time_microseconds = 0;   ///< 0 while nothing is heard
    std::uint32_t multiplier = 0, remote_multiplier = 0;
    std::uint64_t since_seconds = 0;           ///< in this state
    std::uint64_t sent = 0, received = 0, discarded = 0, times_up = 0;
};
struct BfdView { std::vector<BfdRow> sessions; };

/// One stage a route passed, or where it stopped.
struct WhyStage {
    std::string stage;                     ///< "received", "accepted", "chosen", "kernel", "advertised"
    std::string session;                   ///< "" where it is not about one
    bool passed = false;
    std::string sentence;
    std::string configuration_key;         ///< "accept.max_length"; "" for none
    std::uint32_t configuration_line = 0;  ///< 0: a default
};
struct WhyView {
    std::string asked;
    std::optional<Prefix> prefix;          ///< the longest match that answers
    std::string verdict;                   ///< one line: "10.20.4.7 goes to … by 10.20.0.0/16"
    std::vector<NextHopView> next_hops;
    std::vector<WhyStage> stages;
};

/// A rehearsal of a link's loss, running or over. Times in seconds.
struct DrillView {
    std::string link;
    std::vector<std::string> sessions{}, others{};  ///< shut; those that took over
    std::string state{};                   ///< running | returning | over
    std::string outcome{};                 ///< passed | failed | unverified | not_back | aborted; "" until it is over
    std::string reason{};                  ///< why it ended
    double planned_seconds = 0, began_seconds_ago = 0, remaining_seconds = 0;
    std::size_t prefixes = 0;              ///< that came by the link before
    std::size_t by_other = 0, elsewhere = 0, missing = 0;  ///< of these, in the kernel, at the last look
    std::size_t most_missing = 0;          ///< at any look
    std::vector<std::string> first_missing{};
    std::optional<double> off_link_seconds{}, verified_seconds{}, shut_seconds{};  ///< since it began
    std::optional<double> established_seconds{}, whole_seconds{};                  ///< since it ended
    std::size_t prefixes_after = 0;        ///< that come by the link now
};
struct DrillsView { std::vector<DrillView> drills; };  ///< oldest first; the last may be running

/// What the routes in use gained and lost. back: lost and there again, or there and gone again; the counts are of all, the lists
/// name the first.
struct DiffRow { std::string name; std::size_t gained_count = 0, lost_count = 0, back_count = 0; std::vector<Prefix> gained{}, lost{}, back{}; };
struct DiffView {
    double since_seconds_ago = 0;
    bool complete = true;                  ///< false: what is remembered does not reach back so far
    double known_seconds = 0;              ///< it reaches so far back
    std::vector<DiffRow> peerings{};       ///< those of which there is something to say
};

/// What a driver sees of the host that the Speaker is not told: looked up when somebody asks for it.
struct SeenNeighbour {
    enum class State : std::uint8_t { Incomplete, Failed, Reachable } state = State::Incomplete;
    std::string interface;
    Address address;
    std::string mac;
    std::chrono::seconds age{};            ///< since it was last confirmed
};
struct SeenInterface { std::string name, mac; std::optional<std::uint16_t> vlan{}; bool up = true; };
struct SeenSysctl { std::string name, value, why; };  ///< one that is not as it should be
struct Seen { std::vector<SeenNeighbour> neighbours{}; std::vector<SeenInterface> interfaces{}; std::vector<SeenSysctl> sysctls{}; };

/// One step of `doctor`. state: ok | warning | failed.
struct DoctorStep { std::string step, state, sentence; };
struct DoctorReport {
    std::string session;
    std::vector<DoctorStep> steps{};       ///< up to the first that failed
    std::string owner{};                   ///< you | provider | Microsoft; "" where none failed
    std::string verdict{};
};
struct DoctorView { std::vector<DoctorReport> sessions; };

/// A row of Azure's ARP table. property: On-Prem | Microsoft. mac: "" for Incomplete.
struct ArpRow { std::string session, property; Address address; std::string mac; std::uint64_t age_minutes = 0; };
struct ArpView { std::vector<ArpRow> rows; };

struct NotFound { std::string what; std::vector<std::string> known; };

/// An operator's order, and what became of it at each session it meant.
struct Order {
    enum class What : std::uint8_t { Reset, Refresh, Clear, Drain, Undrain, Drill, DrillEnd } what = What::Refresh;
    std::string name;                      ///< of a session, or of a peering: all of its sessions; of a link
    std::string text{};                    ///< Reset, Drill: words for the neighbour (RFC 9003), 255 octets at most
    bool force = false;                    ///< Drain: also where traffic has nowhere else to go; Drill: where some has not
    std::optional<std::chrono::seconds> span{};  ///< Drill: how long the link is away
};
struct OrderedRow { std::string session; bool done = false; std::string what; };
struct OrderView {
    std::vector<OrderedRow> sessions;
    std::string refused;                   ///< why, where no session could do it; "" where one did
};
using OrderAnswer = std::variant<OrderView, NotFound>;

// Queries.
struct AskSummary {};
struct AskPeering { std::string name; };   ///< "" for all: answered with the first; drivers ask one by one
struct AskSession { std::string name; };
struct AskFib {};
struct AskBfd {};
struct AskLimits {};
struct AskDrills {};
struct AskDoctor { std::string name; Seen seen{}; };  ///< a session, peering or link, "" for all
struct AskArp { Seen seen{}; };
struct AskDiff { Duration since{}; std::string name; };  ///< of the last so long; a peering's or neighbour's, "" for all
enum class RouteFilter : std::uint8_t { LocRib, Received, Accepted, Rejected, Sent, Withheld };
struct AskRoutes {
    RouteFilter filter = RouteFilter::LocRib;
    std::string session;                   ///< for all but LocRib
    std::optional<Prefix> prefix;          ///< this one only, or with longer: it and all below
    bool longer = false;
    std::optional<std::string> community;
    std::uint64_t cursor = 0;
    std::size_t max_rows = 1000;           ///< a page's bound: a turn's work
};
struct AskWhy { std::string subject; std::string sent_to; };  ///< an address or prefix; sent_to: a session name or ""
using Query = std::variant<AskSummary, AskPeering, AskSession, AskFib, AskBfd, AskLimits, AskDrills, AskDiff, AskDoctor, AskArp, AskRoutes, AskWhy>;
using View = std::variant<SummaryView, PeeringView, SessionView, RoutesPage, FibView, BfdView, LimitsView, DrillsView, DiffView, DoctorView, ArpView, WhyView, NotFound>;

}  // namespace dyad::speaker
