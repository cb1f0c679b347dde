#pragma once
#include <optional>
#include <span>
#include <vector>

#include "policy/import.hpp"
#include "rib/column.hpp"
#include "rib/decision.hpp"
#include "rib/dirty_queue.hpp"
#include "rib/path_sets.hpp"
#include "rib/prefix_table.hpp"

namespace dyad::rib {

/// What the RIB must know of each session, by SessionId. The owner keeps it and hands it in.
struct Neighbour {
    Source source;
    policy::ImportPolicy import;
};

/// The Loc-RIB's entry for a prefix.
struct LocRoute {
    SessionId best;                                        ///< means something only where attributes is not 0
    route::AttributeRef attributes = route::kNoAttributes; ///< as received from best (Adj-RIB-In's handle; no reference of its own)
    PathSetId paths = kNoPaths;                            ///< best and all that are multipath with it
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
/// Kept for each prefix: a handle per session, the Loc-RIB entry, a few bits.
class Rib {
public:
    explicit Rib(Family family);

    PrefixTable& table();
    const PrefixTable& table() const;
    const PathSets& path_sets() const;

    /// A session said so (the reference passes in). Marks dirty if it differs from what it said before.
    void announce(SessionId session, PrefixId prefix, route::AttributeRef attributes, route::AttributePool& pool);
    void withdraw(SessionId session, PrefixId prefix, route::AttributePool& pool);
    /// The session went down: its routes leave in slices, oldest ids first, as drop_slice is called.
    void drop(SessionId session);
    bool dropping() const;
    void drop_slice(std::size_t max_rows, route::AttributePool& pool);
    /// Policy changed: every prefix that holds a route of the session is decided again (all sessions: of any).
    void reconsider(std::optional<SessionId> session);

    /// Decides up to max dirty prefixes; calls changed(LocChange) for each whose Loc-RIB entry differs now.
    /// Attributes in `before` may be released already: compare handles, do not look them up.
    std::vector<LocChange> settle(std::size_t max, std::span<const Neighbour> neighbours, const route::AttributePool& pool);
    bool settled() const;  ///< nothing dirty, nothing dropping

    LocRoute loc_route(PrefixId prefix) const;
    route::AttributeRef received(SessionId session, PrefixId prefix) const;
    /// All paths of the prefix, decided as settle would: const, for queries.
    std::vector<Explained> explain(PrefixId prefix, std::span<const Neighbour> neighbours, const route::AttributePool& pool) const;
    SessionCounts counts(SessionId session) const;
    std::size_t loc_size() const;  ///< prefixes with a best route
    std::size_t memory_octets() const;
};

}  // namespace dyad::rib
