#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "policy/import.hpp"
#include "rib/bit_column.hpp"
#include "rib/column.hpp"
#include "rib/decision.hpp"
#include "rib/dirty_queue.hpp"
#include "rib/path_sets.hpp"
#include "rib/prefix_table.hpp"
#include "rib/session_routes.hpp"

namespace dyad::rib {

/// What the RIB must know of each session, by SessionId. The owner keeps it and hands it in.
struct Neighbour {
    Source source;
    policy::ImportPolicy import;
};

/// The Loc-RIB's entry for a prefix.
struct LocRoute {
    SessionId best;  ///< means something only where attributes is not 0
    route::AttributeRef attributes =
        route::kNoAttributes;  ///< as received from best (Adj-RIB-In's handle; no reference of its own)
    PathSetId paths =
        kNoPaths;  ///< best and all that are multipath with it; behind them what is next, and what stands in
    friend bool operator==(const LocRoute&, const LocRoute&) = default;
};

/// What settle() changed.
struct LocChange {
    PrefixId prefix;
    LocRoute before;
    LocRoute after;
};

/// One path of one prefix, and what became of it: for `show routes` and `why`.
struct Explained {
    SessionId session;
    wire::PathId path_id;  ///< 0 without ADD-PATH
    route::AttributeRef attributes;
    policy::Verdict verdict;
    Step lost_at = Step::None;
    bool best = false;
    bool multipath = false;
};

struct SessionCounts {
    std::size_t received = 0, accepted = 0, best = 0;  ///< best counts multipath members too
};

/// Adj-RIB-In of all sessions, decision and Loc-RIB, for one family. Level-triggered: announce, withdraw and
/// drop only mark prefixes dirty; settle() decides each dirty prefix once, however often it changed.
/// Kept for each prefix: a handle per session, the Loc-RIB entry (eight octets), a few bits.
///
/// The Loc-RIB holds references of its own: what settle() answered stays readable while the sessions already say
/// something else, and a freed handle given out again cannot pass for "no change".
class Rib {
public:
    explicit Rib(Family family) : table_(family) {}

    PrefixTable& table() { return table_; }
    const PrefixTable& table() const { return table_; }
    const PathSets& path_sets() const { return path_sets_; }

    /// Brings on their way what announce() and withdraw() of it touch, and settle() after them: several rows are waited for
    /// once.
    void prefetch(SessionId session, PrefixId prefix) const;
    /// A session said so (the reference passes in). Marks dirty if it differs from what it said before.
    void announce(SessionId session, PrefixId prefix, route::AttributeRef attributes, route::AttributePool& pool);
    void withdraw(SessionId session, PrefixId prefix, route::AttributePool& pool);
    /// The same where the session has agreed on ADD-PATH (RFC 7911): this path of the prefix. Beyond kMaxPaths of a prefix
    /// it is refused.
    enum class Kept : std::uint8_t { Yes, No };
    Kept announce_path(SessionId session, PrefixId prefix, wire::PathId path, route::AttributeRef attributes,
                       route::AttributePool& pool);
    void withdraw_path(SessionId session, PrefixId prefix, wire::PathId path, route::AttributePool& pool);
    /// The session went down: its routes leave in slices, oldest ids first, as drop_slice is called. None of them
    /// is a candidate from now on, and what the session says when it is up again is kept apart from them.
    void drop(SessionId session);
    /// The session went down in a way that lets its routes be used on (RFC 4724 4.2): each is stale from now on, which
    /// ranks it below every fresh one. Those that were stale already leave, or stay where RFC 8538 4.1 allows it.
    enum class AlreadyStale : std::uint8_t { Leave, Stay };
    void retain(SessionId session, AlreadyStale already, route::AttributePool& pool);
    /// RFC 7313 section 4: the session begins to say everything once more. What it does not repeat before sweep() leaves
    /// then; until then it is as good as it was. Nothing happens while retained ones wait for their sweep.
    void mark(SessionId session, route::AttributePool& pool);
    /// What is stale or marked and was not said again leaves, in slices as drop_slice is called.
    void sweep(SessionId session);
    /// Routes that a sweep would remove now.
    std::size_t marked(SessionId session) const;
    /// Retained, and not said again: some path of it.
    bool stale(SessionId session, PrefixId prefix) const;
    bool dropping() const { return !leaving_.empty() || !sweeping_.empty(); }
    void drop_slice(std::size_t max_rows, route::AttributePool& pool);
    /// Policy changed: every prefix that holds a route of the session is decided again (nothing: of any); which these are,
    /// settle() finds out in slices.
    void reconsider(std::optional<SessionId> session);

    /// Decides up to max dirty prefixes and answers those whose Loc-RIB entry differs now.
    /// Attributes in `before` may be released already: compare handles, do not look them up.
    std::vector<LocChange> settle(std::size_t max, std::span<const Neighbour> neighbours, route::AttributePool& pool);
    bool settled() const { return dirty_.empty() && reconsidering_.empty() && !dropping(); }

    LocRoute loc_route(PrefixId prefix) const;
    /// The degree of preference of the Loc-RIB's route: LOCAL_PREF for internal peers.
    std::uint32_t local_preference(PrefixId prefix, std::span<const Neighbour> neighbours,
                                   const route::AttributePool& pool) const;
    /// Of several paths one.
    route::AttributeRef received(SessionId session, PrefixId prefix) const;
    /// All paths of the prefix, decided as settle would: const, for queries.
    std::vector<Explained> explain(PrefixId prefix, std::span<const Neighbour> neighbours,
                                   const route::AttributePool& pool) const;
    SessionCounts counts(SessionId session) const;
    /// The session's route for it came through import, when it was last decided.
    bool accepts(SessionId session, PrefixId prefix) const;
    /// Prefixes that import accepts of the one session and not of the other.
    std::size_t accepted_only(SessionId one, SessionId other) const;
    /// Of those accepted of the session: that many have route::Facts::prolonged.
    std::size_t prolonged(SessionId session) const;
    /// Decisions made: as long as it stands, so does everything above.
    std::uint64_t decided() const { return decided_; }
    /// The session's is the only route of the prefix that may be used.
    bool is_only_path(SessionId session, PrefixId prefix) const;
    std::size_t loc_size() const { return loc_size_; }  ///< prefixes with a best route
    std::uint64_t references() const;                   ///< held in the pool, for the invariant checkers
    std::size_t memory_octets() const;

private:
    /// What a session that went down had said, from `next` on.
    struct Leaving {
        Column routes;
        PrefixId next;
    };
    struct Sweeping {
        SessionId session;
        PrefixId next;
    };
    /// What a session says is to be decided again, from `next` on.
    struct Reconsidering {
        SessionId session;
        PrefixId next;
    };
    /// Which session is best and which are used with it: there are few such combinations, so a row names one.
    struct Choice {
        SessionId best;
        PathSetId paths = kNoPaths;
        friend auto operator<=>(const Choice&, const Choice&) = default;
    };
    /// Whose a RouteCandidate is.
    struct Candidate {
        SessionId session;
        route::AttributeRef attributes;
    };
    struct Row {
        route::AttributeRef attributes = route::kNoAttributes;
        std::uint32_t choice = 0;
    };

    SessionRoutes& session(SessionId id);
    void store(SessionRoutes& routes, SessionRoutes::Slot& slot, PrefixId prefix, route::AttributeRef attributes,
               route::AttributePool& pool);
    void remove(SessionRoutes::Slot& slot, PrefixId prefix, route::AttributePool& pool);
    static void mark_all(SessionRoutes& routes);
    void remove_marked(SessionId session, PrefixId from, PrefixId end, route::AttributePool& pool);
    void finish_sweep(SessionId session, route::AttributePool& pool);
    void reconsider_slice();
    void weigh(PrefixId prefix, std::span<const Neighbour> neighbours, const route::AttributePool& pool);
    LocRoute choose();
    void find_fallback();
    void find_reserve();
    void choose_among_losers(std::vector<SessionId>& chosen);
    void note_accepted(PrefixId prefix);
    void note_used(PrefixId prefix, PathSetId before, PathSetId after);
    void store(PrefixId prefix, const LocRoute& route, route::AttributePool& pool);
    std::uint32_t intern(const Choice& choice);

    PrefixTable table_;
    PathSets path_sets_;
    DirtyQueue dirty_;
    std::vector<SessionRoutes> sessions_;
    std::vector<Leaving> leaving_;
    std::vector<Sweeping> sweeping_;
    std::vector<Reconsidering> reconsidering_;
    std::vector<Row> loc_;
    std::size_t loc_size_ = 0;
    std::uint64_t decided_ = 0;
    std::vector<Choice> choices_{1};
    std::map<Choice, std::uint32_t> choice_of_;
    std::uint32_t last_choice_ = 0;
    // Used by settle() for one prefix at a time; members so that their room is kept.
    std::vector<RouteCandidate> candidates_;
    std::vector<Candidate> paths_of_candidates_;
    std::vector<SessionId> used_, fallback_, reserve_;
    std::vector<RouteCandidate> losers_;
    std::vector<SessionId> sessions_of_losers_;
};

}  // namespace dyad::rib
