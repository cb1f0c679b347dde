#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/base/time.hpp"
#include "dyad/net/prefix.hpp"
#include "fib/backoff.hpp"
#include "fib/batch.hpp"
#include "fib/groups.hpp"
#include "fib/paths.hpp"
#include "fib/rows.hpp"
#include "netlink/messages.hpp"

namespace dyad::fib {

/// How routes say where they go: through nexthop groups, or by gateways of their own, for kernels before 5.3.
enum class Nexthops : std::uint8_t { Groups, Plain };

struct Settings {
    bool enabled = true;
    std::uint32_t table = 254;
    std::uint32_t metric = 20;
    std::uint32_t reserve_metric = 500;  ///< of what the kernel goes by when the better route is gone
    std::uint8_t protocol = 186;         ///< RTPROT_BGP; the mark of what is ours
    std::optional<Address> source;
    Duration stale_after = std::chrono::seconds{120};
    Nexthops nexthops = Nexthops::Groups;

    std::uint32_t metric_of(Rank rank) const { return rank == Rank::Main ? metric : reserve_metric; }
    friend bool operator==(const Settings&, const Settings&) = default;
};

/// Where the planner gets a row's prefix from when it writes the request: the RIB's tables, behind this.
class PrefixSource {
public:
    virtual Prefix prefix(Family family, PrefixId id) const = 0;
    /// The row for a prefix found in the kernel.
    virtual PrefixId intern(const Prefix& prefix) = 0;
    /// The row for a prefix, if there is one already.
    virtual std::optional<PrefixId> find(const Prefix& prefix) const = 0;

protected:
    ~PrefixSource() = default;
};

enum class RowState : std::uint8_t { NotWanted, Pending, Installed, Failed };

// What happened that an operator should hear of.
/// A route (or a session's gateway, as a host prefix) was refused; told once, retried with back-off.
struct Failed {
    Prefix prefix;
    int error = 0;
    std::string text{};
};
/// The first look at the kernel is through: so much of ours was found, and is kept. Told once, also of nothing.
struct Adopted {
    std::size_t routes = 0;
    std::array<std::size_t, 2> of_family{};  ///< IPv4, IPv6
    std::size_t groups = 0;
};
/// Stale ones removed.
struct Swept {
    std::size_t routes = 0;
};
/// A path left or joined a group: one message for all its routes, or the kernel's own doing when a link went. Group 0: plain
/// routes, rewritten one by one.
struct Moved {
    std::uint32_t group = 0;
    std::size_t routes = 0;
    std::size_t members = 0;
};
/// Somebody else's route has that prefix and metric, in the place of ours or in front of it: it is left alone.
struct Conflict {
    Prefix prefix;
};
/// Others deleted or changed what is ours, and it is being put right: so much in one burst.
struct Touched {
    std::size_t routes = 0;
    std::size_t nexthops = 0;
    std::optional<Prefix> first{};  ///< of the routes
    bool lost = false;              ///< news of it was lost: everything is read again
    bool often = false;             ///< so often that it is put right only now and then
};
using News = std::variant<Failed, Adopted, Swept, Moved, Conflict, Touched>;

struct Totals {
    std::size_t routes = 0, reserve_routes = 0, wanted = 0, pending = 0, failed = 0, groups = 0, nexthops = 0;
    std::uint64_t operations = 0;
};
/// A route that is not in the kernel as it should be, and why.
struct Refused {
    int error = 0;
    std::string text{};     ///< the kernel's own words, where it had some
    bool conflict = false;  ///< another's route stands in its place or in front of it
    std::uint32_t times = 0;
    Instant again_at{};
};
struct GroupView {
    std::uint32_t id = 0;  ///< 0: no object of the kernel's, its routes are plain
    Rank rank = Rank::Main;
    std::vector<SessionId> members{};
    std::vector<SessionId> next{};  ///< what one message puts in their place when the last of them is lost
    std::size_t routes = 0;
};

/// The kernel as it should be (leaf nexthops, groups, routes), as it is, and the requests that turn one into the
/// other. Desired state in, netlink octets out; answers and news in. First sync, change, retry, restart and
/// repair are the same difference.
///
/// A row's wish is a set of sessions; its *effective* set are those of them whose leaf is in the kernel and whose path
/// is not down. A row is right when the group it goes through is to hold exactly that. So most of what happens to
/// paths needs no route written: the group changes under its routes and becomes the group of another set ("is
/// re-keyed"), whose rows are then right where they are.
///   path down   its leaf is deleted at once, and the kernel takes it out of all groups: one message for all their routes, which
///               costs the same for any number of them. Where links have an order the group holds who stands by as well, and
///               goes on with that; another group that has the path alone is rewritten to what its routes would use next, which
///               it knows, by one message as well
///   path back   wishes grow, which can wait (traffic flows): when all rows of a group want the same, one message
///   the rest    rows are written one by one; then twins are merged and groups nobody uses deleted
/// A set may have a reserve: paths for when none of the others is left. It stands twice. A group knows the reserve of its
/// rows and is rewritten to it when its last path is told down: one message. And each row has a second one, of rank
/// Reserve, with a worse metric: when the last link loses its carrier, the kernel deletes the group with all its routes
/// before anybody can act, and goes by those; so it does with nobody there. What the reserve carries alone needs no other
/// route, and what went over to it in its group stays there until a link is back: again one message.
/// Where routes are plain, leaves and groups are only thought of, a group never changes, and all is "the rest"; rows whose
/// group holds a dead path come before all others (plain.cpp).
/// Routes found at start stay where they are until the RIB asks for something that needs more than waiting; sweep()
/// ends that.
class Fib {
public:
    explicit Fib(Settings settings);
    void configure(Instant now, Settings settings, PrefixSource& source);

    // What is wanted.
    /// The leaf of a session: its MSEE's address on this interface. Not down, whatever it was before, if either differs.
    void define_path(SessionId session, const Address& gateway, std::uint32_t interface_index);
    void forget_path(SessionId session);
    /// Traffic must leave this path now: every group that holds it is rewritten first of all, by one request each.
    /// The path is not used again until path_up, whatever is wanted.
    void path_down(Instant now, SessionId session);
    /// The session restarts and its routes are kept (RFC 4724 4.2): groups that hold its path and another are rewritten
    /// as for path_down, those that hold it alone go on, and it is used where nothing else is, until path_up or path_down.
    void path_stale(Instant now, SessionId session);
    void path_up(SessionId session);
    /// The path's link is to be free of traffic: groups with another path are rewritten as for path_down, what it alone can
    /// carry stays. Until it is Drained::No, through path_down and path_up.
    void path_drained(SessionId session, Drained drained);
    /// Preferred: the session's path carries all or stands by. Routes go through a group that knows who stands by, so that the
    /// kernel goes over to it by itself.
    void path_order(SessionId session, Order order);
    /// Members of a set, once, before it is wanted for the first time. Each family's RIB numbers its own sets.
    /// reserve: see above. fallback: what the RIB would choose without the members.
    void define_set(Family family, PathSetId set, std::span<const SessionId> members,
                    std::span<const SessionId> reserve = {}, std::span<const SessionId> fallback = {});
    /// The prefix goes through this set; kNoPaths: no route. Written at leisure, latest wish wins.
    void want(Instant now, Family family, PrefixId row, PathSetId set);
    /// The RIB has nothing more to decide: wishes that only add a path to a group may be carried out.
    void settled(Instant now);
    /// All that will come after a restart has come: adopted routes nobody wanted are removed.
    void sweep(Instant now, PrefixSource& source);

    // The kernel's side.
    /// Dumps first: nothing is written before what is there is known.
    void start(Instant now);
    /// What is not to wait for the answers that are awaited, nor behind requests that wait to be written; mostly empty.
    std::span<const std::uint8_t> next_urgent(Instant now);
    /// The next octets for the command socket; empty when nothing is to do before an answer comes. To be asked again
    /// after each received() and tick() until empty.
    std::span<const std::uint8_t> next_batch(Instant now, const PrefixSource& source);
    void received(Instant now, Bytes octets, PrefixSource& source);
    /// ENOBUFS or worse on the command socket: results are unknown, look again.
    void lost_answers(Instant now);
    /// The kernel drops leaves of a link without carrier by itself, and says nothing of it.
    void link_down(Instant now, std::uint32_t interface_index);
    void link_up(Instant now, std::uint32_t interface_index);
    /// What others did to routes and nexthops, as the kernel tells its listeners. What is ours is put right;
    /// what is not is passed over. Our own changes are to be left out.
    void touched(Instant now, Bytes octets, PrefixSource& source);
    /// Some of that was lost: everything is to be looked at again.
    void touches_lost(Instant now);
    /// An address of this host went or came. The kernel silently deletes IPv4 routes whose source it was, or whose last way out
    /// has none any more.
    void address_changed(Instant now, const Address& address);
    std::optional<Instant> deadline() const;
    void tick(Instant now);
    /// Traffic is to leave a dead path, and the kernel was not told.
    bool in_a_hurry() const;
    /// A batch since the last call took traffic off a dead path: it is to go out before anything else is done.
    bool take_urgency();

    std::vector<News> take_news();
    RowState row_state(Family family, PrefixId row) const;
    /// The prefix's better route is not in the kernel, and its reserve is.
    bool only_reserve(Family family, PrefixId row) const;
    /// Of a row that is Failed, as far as it is remembered.
    std::optional<Refused> refused(Family family, PrefixId row) const;
    /// The first so many of those that are.
    std::vector<std::pair<Prefix, Refused>> refused(std::size_t most, const PrefixSource& source) const;
    /// Prefixes that have a reserve in the kernel through this session's path: after a restart what is left of a life before.
    std::vector<PrefixId> reserved(Family family, SessionId session);
    Totals totals() const;
    std::vector<GroupView> groups() const;
    /// Nothing is under way, and nothing will be done before something new comes.
    bool at_rest() const;
    bool quiet() const;  ///< kernel = wish, as far as answers tell

private:
    /// Nothing was asked of the kernel; what is there is being read; it is known.
    enum class Phase : std::uint8_t { Off, DumpNexthops, DumpIpv4, DumpIpv6, Ready };
    /// How a set is to be reached as things are.
    struct Way {
        LeafIds leaves{};         ///< that can carry traffic now
        LeafIds next{};           ///< those to go on with when they are lost
        LeafIds last{};           ///< the reserve's
        Slot group = kNowhere;    ///< the group for exactly those
        bool by_reserve = false;  ///< the leaves are the reserve's: a row of that rank has them already
    };
    struct Set {
        std::vector<SessionId> members;
        std::vector<SessionId> reserve;
        std::vector<SessionId> fallback;
        std::size_t rows = 0;  ///< that want it, of either rank
        // As of `epoch`:
        std::uint64_t epoch = 0;
        std::array<Way, 2> ways{};  ///< by rank
    };
    /// What is to be done about rows that want one set and go through one group.
    enum class Verdict : std::uint8_t {
        Right,  ///< nothing
        Write,  ///< to the effective set's group
        Delete,
        Widen,    ///< the group lacks a path: can wait
        Merge,    ///< the group's twin is the one to use: can wait
        Blocked,  ///< not in the kernel, and no path can carry it now
    };
    struct Retry {
        Instant at;
        RowId row;
        /// A heap's top is its largest: the earliest.
        static bool later(const Retry& a, const Retry& b) { return a.at > b.at; }
    };
    /// What others did to ours: in the window that began at `since`, and since it was last told.
    struct Touches {
        Instant since{};
        std::size_t routes = 0, nexthops = 0;
        Touched untold{};
        std::optional<Instant> tell_at{};
        Instant told{};
    };
    /// A route under a table, metric or protocol that is not ours any more.
    struct Leftover {
        Prefix prefix{};
        RowId row{};
        bool by_row = false;  ///< the prefix is the row's
        std::uint32_t table = 0, metric = 0;
        std::uint8_t protocol = 0;
    };

    // wishes.cpp
    void want_row(Instant now, RowId id, PathSetId set);
    const Way& way(Kind kind, std::uint32_t set) const;
    LeafIds usable(Family family, const std::vector<SessionId>& sessions, Standing standing) const;
    LeafIds reserve(Family family, const Set& set) const;
    netlink::Sharing sharing_of(const LeafIds& leaves) const;
    Way main_way(Family family, const Set& set) const;
    Verdict judge(Kind kind, std::uint32_t set, Slot slot) const;
    static bool only_gains(const LeafIds& key, const Way& wish);
    Slot stands_at(Slot slot) const;
    bool goes_through(Kind kind, std::uint32_t set, Slot slot) const;
    bool is_held(const Row& row, Kind kind) const;
    bool is_awaited(std::uint32_t leaf, const Way& wish) const;
    bool may_wait(Slot slot) const;
    bool needs_work(RowId id, const Row& row) const;
    bool any_row_needs_work() const;
    void set_installed(RowId id, Slot slot);
    enum class Failing : std::uint8_t { No, Yes };
    void set_failed(Row& row, Failing failing);
    enum class Kept : std::uint8_t { No, Yes };
    void set_kept(Row& row, Kept kept);
    void paths_changed();

    // fib.cpp
    std::span<const std::uint8_t> send_batch(Instant now);
    enum class Leaving : std::uint8_t { IfOthers, ForGood };
    void leave_path(SessionId session, Leaving leaving);
    RowState row_state(RowId id) const;
    void queue_retries(Instant now);
    void tell(const News& news);
    void tell_sweep();

    // plan.cpp
    void plan(Instant now, const PrefixSource& source);
    bool more_routes_may_follow(Instant now) const;
    bool nexthops_wait(Instant now) const;
    void plan_urgent();
    void plan_urgent_leaf(LeafObject& leaf);
    bool kernel_may_shrink_groups(std::uint32_t leaf) const;
    void plan_leaves(Instant now);
    void plan_groups(Instant now);
    void plan_rows(const PrefixSource& source);
    void walk_rows();
    void plan_row(RowId id, const PrefixSource& source);
    void plan_to_leave(RowId id, const PrefixSource& source);
    void plan_shadowed(RowId id, const PrefixSource& source);
    bool is_shadowed(const Row& row) const;
    void plan_leftovers(const PrefixSource& source);
    void plan_write(RowId id, const PrefixSource& source);
    void write_row(RowId id, Slot slot, const PrefixSource& source);
    void plan_delete(RowId id, const PrefixSource& source);
    void plan_garbage();
    void write_group(Slot slot);
    bool leaf_is_to_be_created(const LeafObject& leaf) const;
    bool group_is_wanted(Slot slot) const;
    bool has_garbage() const;
    bool leaf_is_garbage(const LeafObject& leaf) const;
    bool group_is_garbage(Slot slot) const;
    bool garbage_is_due(Instant now) const;
    Slot group_for(Rank rank, const Way& way);
    netlink::Route route_of(RowId id, const PrefixSource& source) const;
    std::uint32_t metric(Kind kind) const;
    std::optional<Rank> rank_of(const netlink::Route& route) const;

    // plain.cpp
    bool is_plain() const { return settings_.nexthops == Nexthops::Plain; }
    void switch_nexthops(Instant now);
    void plan_plain_objects();
    void plan_obsolete();
    std::vector<netlink::Hop> hops_of(Slot slot) const;
    Slot plain_slot_of(const netlink::Route& route);
    Slot plain_group(Rank rank, const LeafIds& key);
    LeafIds alive_of(const LeafIds& key) const;
    void note_endangered();
    std::optional<RowId> next_endangered();
    void plan_rescue(RowId id, const PrefixSource& source);
    void drop_unused_leaves();
    void plain_nexthop_touched(Instant now, std::uint32_t id);

    // regroup.cpp
    void regroup(Instant now);
    enum class Widens : std::uint8_t { Later, Now };
    enum class Moves : std::uint8_t { Later, Now };
    void regroup(Slot slot, Widens widens, Moves moves);
    struct Tally;
    std::vector<Tally> tally(Slot slot) const;
    void stay(Slot slot);
    bool deferred_wishes() const;
    bool all_content() const;
    std::optional<Instant> moves_due() const;
    void rekey(Slot slot, LeafIds key, LeafIds next);

    // answers.cpp
    void dump_done(Instant now, const netlink::DumpDone& done, const PrefixSource& source);
    void batch_answered(Instant now, const netlink::Answer& answer, const PrefixSource& source);
    void settle_outcome(Instant now, const Outcome& outcome, const PrefixSource& source);
    void leaf_created(Instant now, const Outcome& outcome);
    void leaf_deleted(Instant now, const Outcome& outcome);
    void tell_moved(const GroupObject& group);
    void group_written(Instant now, const Outcome& outcome);
    void row_written(Instant now, const Outcome& outcome, const PrefixSource& source);
    void nexthop_refused(Instant now);
    void row_refused(Instant now, const Outcome& outcome, const PrefixSource& source);
    void row_in_conflict(Instant now, RowId id, const PrefixSource& source);
    void retry_row(Instant at, RowId id);
    void note_refused(Instant again_at, RowId id, int error, const std::string& text);
    void look_at(RowId id);
    void look_again(Instant now);

    // touches.cpp
    void route_touched(Instant now, const netlink::RouteNews& news, PrefixSource& source);
    void route_removed(Instant now, RowId id, const netlink::RouteNews& news);
    void route_written_over(Instant now, Rank rank, const netlink::RouteNews& news, PrefixSource& source);
    void other_came(Instant now, RowId id, const netlink::RouteNews& news);
    void other_gone(RowId id);
    void row_shadowed(Instant now, RowId id, const Prefix& prefix);
    bool is_uncertain(Row& row);
    void leaf_touched(Instant now, const netlink::LeafNews& news);
    void group_touched(Instant now, const netlink::GroupNews& news);
    void nexthop_touched(Instant now);
    void count_touch(Instant now);
    void count_route(Instant now, const Prefix& prefix);
    void repair(Instant now, RowId id);
    void look_soon(Instant now);
    void tell_touches(Instant now);
    void lose_leaf(std::uint32_t id);

    // adoption.cpp
    void begin_dump(Instant now);
    std::span<const std::uint8_t> next_dump(Instant now);
    void dumped(const netlink::Message& message, PrefixSource& source);
    void adopt_nexthops();
    void adopt_route(const netlink::Route& route, PrefixSource& source);
    void adopt_groups();
    Slot slot_of(const netlink::Route& route);
    void finish_adoption(Instant now, const PrefixSource& source);

    Settings settings_;
    bool started_ = false;
    Phase phase_ = Phase::Off;

    Paths paths_;
    mutable std::array<std::vector<Set>, 2> sets_;
    Groups groups_;
    Rows rows_;
    std::vector<Leftover> leftovers_;
    /// Nexthop objects of ours that plain routes have no use for: leaves, then groups.
    std::vector<std::uint32_t> obsolete_;
    std::size_t rescued_ = 0;              ///< rows rewritten since traffic had to leave a path
    std::array<std::size_t, 2> wanted_{};  ///< by rank
    std::size_t failed_ = 0;
    std::size_t kept_ = 0;
    std::uint64_t epoch_ = 1;  ///< counts what changes effective sets or their groups
    bool swept_ = false;

    Batch batch_;                      ///< being planned
    std::deque<Batch> under_way_;      ///< sent and not answered, oldest first
    std::size_t routes_followed_ = 0;  ///< batches since the last that all was looked at for
    bool stale_batch_ =
        false;  ///< what those under way asked for has been overtaken: their results are to be looked up
    std::uint32_t sequence_ = 1;
    Instant answer_by_{};
    std::vector<std::uint8_t> dump_request_;
    std::uint32_t dump_sequence_ = 0;
    std::vector<netlink::LeafNews> dumped_leaves_;
    std::vector<netlink::GroupNews> dumped_groups_;
    std::array<std::size_t, 2> dumped_routes_{};
    bool adopted_ = false;            ///< the first dump is through
    std::optional<Instant> dump_at_;  ///< look (again) at what the kernel has, at this time
    Backoff dump_backoff_;
    Backoff nexthop_backoff_;  ///< after a group was refused
    int standby_refused_ = 0;  ///< times in a row that a group where one stands by was
    Touches touches_;
    std::optional<std::pair<Prefix, Rank>> stranger_;  ///< the dump's last route of others with a metric of ours

    bool urgent_planned_ = false;
    bool creating_ = false;       ///< the batch being planned makes a leaf or group
    bool planned_group_ = false;  ///< a row asked for a group that is not in the kernel yet
    bool settled_ = false;
    bool moving_ = false;  ///< what could wait is being done
    /// Every group was what all its rows wanted, and no wish was put off; and how the world was then.
    struct Content {
        std::uint64_t epoch = 0, new_wishes = 0;
        friend bool operator==(const Content&, const Content&) = default;
    };
    std::optional<Content> content_;
    Instant last_wish_{};
    std::optional<Instant> deferred_since_;
    Instant last_deferral_{};  ///< of a wish that can wait
    std::vector<Retry> retries_;
    std::map<std::uint32_t, Refused> refused_;  ///< by row; of rows that are failed
    std::vector<News> news_;
    std::uint64_t operations_done_ = 0;
};

}  // namespace dyad::fib
