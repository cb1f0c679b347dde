#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <string>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/base/time.hpp"
#include "dyad/net/prefix.hpp"
#include "netlink/messages.hpp"

namespace dyad::fib {

struct Settings {
    bool enabled = true;
    std::uint32_t table = 254;
    std::uint32_t metric = 20;
    std::uint8_t protocol = 186;            ///< RTPROT_BGP; the mark of what is ours
    std::optional<Address> source;
    Duration stale_after = std::chrono::seconds{120};
    friend bool operator==(const Settings&, const Settings&) = default;
};

/// Where the planner gets a row's prefix from when it writes the request: the RIB's tables, behind this.
class PrefixSource {
public:
    virtual Prefix prefix(Family family, PrefixId id) const = 0;
    /// The row for a prefix found in the kernel.
    virtual PrefixId intern(const Prefix& prefix) = 0;
protected:
    ~PrefixSource() = default;
};

enum class RowState : std::uint8_t { NotWanted, Pending, Installed, Failed };

/// What happened that an operator should hear of.
struct Failed { Prefix prefix; int error = 0; std::string text; };       ///< retried with back-off
struct Adopted { std::size_t routes = 0; std::size_t groups = 0; };      ///< found at start, kept
struct Swept { std::size_t routes = 0; };                                ///< stale ones removed
struct Moved { std::uint32_t group = 0; std::size_t routes = 0; std::size_t members = 0; };  ///< a path left or joined a group: one message for all
struct Conflict { Prefix prefix; };                                      ///< somebody else's route has that prefix and metric
using News = std::variant<Failed, Adopted, Swept, Moved, Conflict>;

struct Totals { std::size_t routes = 0, wanted = 0, pending = 0, failed = 0, groups = 0, nexthops = 0; std::uint64_t operations = 0; };
struct GroupView { std::uint32_t id = 0; std::vector<SessionId> members; std::size_t routes = 0; };

/// The kernel as it should be (leaf nexthops, groups, routes), as it is, and the requests that turn one into the
/// other. Desired state in, netlink octets out; answers and news in. First sync, change, retry, restart and
/// repair are the same difference.
class Fib {
public:
    explicit Fib(Settings settings);
    void configure(Instant now, Settings settings, PrefixSource& source);

    // What is wanted.
    /// The leaf of a session: its MSEE's address on this interface.
    void define_path(SessionId session, const Address& gateway, std::uint32_t interface_index);
    void forget_path(SessionId session);
    /// Traffic must leave this path now: every group that holds it is rewritten first of all, by one request each.
    void path_down(Instant now, SessionId session);
    void path_up(SessionId session);
    /// Members of a set, once, before it is wanted for the first time. Each family's RIB numbers its own sets.
    void define_set(Family family, PathSetId set, std::span<const SessionId> members);
    /// The row goes through this set; kNoPaths: no route. Written at leisure, latest wish wins.
    void want(Instant now, Family family, PrefixId row, PathSetId set);
    /// The RIB has nothing more to decide: wishes that only add a path to a group may be carried out.
    void settled(Instant now);
    /// All that will come after a restart has come: adopted routes nobody wanted are removed.
    void sweep(Instant now, PrefixSource& source);

    // The kernel's side.
    /// Dumps first: nothing is written before what is there is known.
    void start(Instant now);
    /// The next octets for the command socket; empty when nothing is to do or the last batch is not answered.
    std::span<const std::uint8_t> next_batch(Instant now, const PrefixSource& source);
    void received(Instant now, Bytes octets, PrefixSource& source);
    /// ENOBUFS or worse on the command socket: results are unknown, look again.
    void lost_answers(Instant now);
    /// The kernel drops leaves of a link without carrier by itself, and says nothing of it.
    void link_down(Instant now, std::uint32_t interface_index);
    void link_up(Instant now, std::uint32_t interface_index);
    std::optional<Instant> deadline() const;
    void tick(Instant now);

    std::vector<News> take_news();
    RowState row_state(Family family, PrefixId row) const;
    Totals totals() const;
    std::vector<GroupView> groups() const;
    bool quiet() const;  ///< kernel = wish, as far as answers tell
};

}  // namespace dyad::fib
