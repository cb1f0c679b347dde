#pragma once
#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "dyad/config/config.hpp"
#include "dyad/speaker/input.hpp"
#include "dyad/speaker/output.hpp"
#include "dyad/speaker/speaker.hpp"
#include "fib/fib.hpp"
#include "rib/rib.hpp"
#include "route/pool.hpp"
#include "peering/link_health.hpp"
#include "speaker/changes.hpp"
#include "speaker/conditions.hpp"
#include "speaker/drill.hpp"
#include "speaker/interfaces.hpp"
#include "speaker/pair.hpp"
#include "speaker/peer.hpp"
#include "speaker/quota.hpp"

namespace dyad::speaker {

/// Prefixes decided in one turn, rows dropped or judged for export in one turn: about a millisecond each, so that
/// keepalives and answers never wait behind a table.
inline constexpr std::size_t kSettleRows = 4096;
inline constexpr std::size_t kDropRows = 16384;
inline constexpr std::size_t kScanRows = 16384;
/// Octets a neighbour may have waiting in the driver: enough to keep a fast link busy, little for a slow one to hold.
inline constexpr std::size_t kSendWindow = 256 * 1024;

/// After a restart with routes found in the kernel: how far we are with learning what they should be. Frozen: we are
/// about to leave, and the kernel keeps what it has.
enum class Recovery : std::uint8_t { Dumping, Waiting, Applying, Done, Frozen };

/// The RIBs as the FIB planner sees them: rows to prefixes and back.
class RibRows final : public fib::PrefixSource {
public:
    explicit RibRows(std::array<rib::Rib, kFamilies>& ribs) : ribs_(ribs) {}
    Prefix prefix(Family family, PrefixId id) const override { return ribs_[slot(family)].table().prefix(id); }
    PrefixId intern(const Prefix& prefix) override { return ribs_[slot(prefix.family())].table().intern(prefix); }
    std::optional<PrefixId> find(const Prefix& prefix) const override {
        return ribs_[slot(prefix.family())].table().find(prefix);
    }

private:
    std::array<rib::Rib, kFamilies>& ribs_;
};

/// Everything a Speaker is made of. The files beside this one each do one thing to it.
struct State {
    State(Instant now, Host host_);
    State(const State&) = delete;  ///< rows refers to ribs
    State& operator=(const State&) = delete;

    Host host;
    Instant started;
    config::Config config;
    bool configured = false;
    bool shutting_down = false;

    Interfaces interfaces;
    enum class Discovery : std::uint8_t { NotAsked, Links, Addresses, Known } discovery = Discovery::NotAsked;
    bool discovered = false;  ///< links and addresses were Known once

    std::vector<Peer> peers;                 ///< by SessionId
    std::vector<rib::Neighbour> neighbours;  ///< the RIB's view of them, by SessionId
    std::vector<Quota> quotas;               ///< one without members is a name no longer configured
    struct Connection {
        SessionId session;
        bool dialing = false;  ///< ours, and not there yet
    };
    boost::unordered_flat_map<std::uint32_t, Connection> connections;
    std::uint32_t next_connection = 2;  ///< even: ours

    route::AttributePool pool;
    std::array<rib::Rib, kFamilies> ribs{rib::Rib{Family::Ipv4}, rib::Rib{Family::Ipv6}};
    RibRows rows{ribs};
    fib::Fib fib{fib::Settings{}};
    std::array<std::size_t, kFamilies> sets_defined{
        1, 1};  ///< path sets the FIB was told of; the empty one needs no telling
    Recovery recovery = Recovery::Dumping;
    std::optional<Instant> recovery_ends;
    std::array<std::size_t, kFamilies> recovery_scan{};
    std::array<bool, kFamilies> adopted{};  ///< routes of an earlier run were found in the kernel
    std::optional<Instant>
        kernel_known_by;  ///< sessions wait for the kernel's tables so long: an OPEN says what is in them

    peering::Calendar calendar;
    std::vector<Pair> pairs;
    bool drains_changed = false;  ///< which the routers where other links end are to hear of
    std::vector<peering::LinkHealth> health;  ///< by session, as of the last turn; emptied by a reload
    std::vector<SessionId> stand_ins;                    ///< sessions whose routes stand in for others
    std::vector<SessionId> ways_round;                   ///< those of them that do not speak
    std::map<std::string, Instant> round_since;          ///< peerings whose traffic goes the way round
    /// Prefixes of stand-ins that are longer than a link's.
    struct Longer {
        bool changed = false;
        std::optional<Instant> due{};
        std::size_t told = 0;
    } longer;
    ChangeLog changes;
    Conditions conditions;
    std::map<std::string, std::string> registered_told;  ///< by peering
    std::optional<Drill> drill;                          ///< running, or on its way back
    struct DrillReport {
        Instant at;
        DrillView view;
    };
    std::deque<DrillReport> drill_reports;
    std::vector<ListenAddress> listening;
    std::map<std::string, int> listen_errors;  ///< "address:port" to errno

    std::uint32_t next_bfd = 1;             ///< BfdSessionId, never used twice
    std::vector<bfd::Wanted> bfd_sessions;  ///< as last told the driver

    std::vector<Output> outputs;
    std::uint64_t digest = 0;

    /// Rows in display order that an answer under way will want next: those behind `last`.
    struct RowsAhead {
        std::optional<Prefix> last;
        std::vector<PrefixId> rows;
    };
    mutable std::array<std::optional<RowsAhead>, kFamilies> rows_ahead;

    Peer& peer(SessionId id) { return peers[id.index()]; }
    const Peer& peer(SessionId id) const { return peers[id.index()]; }
    std::optional<SessionId> find_session(std::string_view name) const;
    void emit(EventKind kind) { outputs.emplace_back(Event{std::move(kind)}); }
};

/// Shutting down with [fib] on_exit = "keep": nothing is taken out of the kernel any more.
bool leaves_routes_behind(const State& state);

/// Established, with as many accepted routes behind it as are expected: traffic can use it.
bool carries(const State& state, SessionId id);

}  // namespace dyad::speaker
