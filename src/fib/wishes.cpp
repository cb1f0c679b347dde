#include <algorithm>

#include "dyad/base/contains.hpp"
#include "dyad/base/ensure.hpp"
#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// What is wanted of a row, against where it is.
namespace dyad::fib {

void Fib::want(Instant now, Family family, PrefixId prefix, PathSetId set) {
    const auto& sets = sets_[index_of(family)];
    ensure(set.index() < sets.size());
    want_row(now, RowId::of(family, prefix), set);
    const auto reserve = RowId::of(family, prefix, Rank::Reserve);
    const bool has_reserve = !sets[set.index()].reserve.empty();
    if (has_reserve || rows_.find(reserve)) want_row(now, reserve, has_reserve ? set : kNoPaths);
}

void Fib::want_row(Instant now, RowId id, PathSetId set) {
    auto& row = rows_.at(id);
    if (row.wanted == set.value) return;
    const auto kind = id.kind();
    auto& sets = sets_[index_of(kind.family)];
    auto& wanted = wanted_[index_of(kind.rank)];

    settled_ = false;
    last_wish_ = now;
    if (row.wanted != 0) --sets[row.wanted].rows, --wanted;
    if (set != kNoPaths) ++sets[set.index()].rows, ++wanted;
    groups_.count(kind, row.wanted, row.installed, -1);
    groups_.count(kind, set.value, row.installed, +1);
    row.wanted = set.value;
    const bool shadowed = is_shadowed(row);
    if (!shadowed) set_failed(row, Failing::No);
    if (row.kept && !is_held(row, kind)) set_kept(row, Kept::No);
    if (set == kNoPaths && row.kept) set_kept(row, Kept::No);
    if (!settings_.enabled || row.queued || row.kept) return;
    if (shadowed) return rows_.push(id);

    switch (judge(kind, row.wanted, row.installed)) {
        case Verdict::Write:
        case Verdict::Delete:
            return rows_.push(id);
        case Verdict::Widen:
        case Verdict::Merge:
            if (!deferred_since_) deferred_since_ = now;
            last_deferral_ = now;
            // The walk that looks for these is over, perhaps.
            if (moving_) rows_.push(id);
            return;
        case Verdict::Right:
        case Verdict::Blocked:
            return;
    }
}

/// How rows of this kind that want the set go now.
const Fib::Way& Fib::way(Kind kind, std::uint32_t id) const {
    auto& set = sets_[index_of(kind.family)][id];
    if (set.epoch != epoch_) {
        set.epoch = epoch_;
        auto& [main, reserved] = set.ways;
        reserved = {.leaves = reserve(kind.family, set)};
        main = main_way(kind.family, set);
        main.group =
            main.leaves.empty() ? kNowhere : groups_.find(Rank::Main, main.leaves, main.next, sharing_of(main.leaves));
        reserved.group = reserved.leaves.empty()
                             ? kNowhere
                             : groups_.find(Rank::Reserve, reserved.leaves, {}, sharing_of(reserved.leaves));
    }
    return set.ways[index_of(kind.rank)];
}

/// The best of a set's paths that can carry traffic, and what comes next: the members before the fallback, but any path in
/// good standing before one that is drained or stale. The reserve is last.
Fib::Way Fib::main_way(Family family, const Set& set) const {
    Way way;
    for (const auto standing : {Standing::Good, Standing::Drained, Standing::Stale})
        for (const auto* sessions : {&set.members, &set.fallback}) {
            auto& place = way.leaves.empty() ? way.leaves : way.next;
            if (place.empty()) place = usable(family, *sessions, standing);
        }
    way.last = reserve(family, set);
    if (way.leaves.empty())
        way.leaves = way.last;
    else if (way.next.empty() && way.leaves != way.last)
        way.next = way.last;
    // With something else to go on with it is to have a group that knows it.
    way.by_reserve = !way.leaves.empty() && way.leaves == way.last && way.next.empty();
    // A group of plain routes never changes.
    if (is_plain()) way.next.clear();
    return way;
}

LeafIds Fib::reserve(Family family, const Set& set) const {
    for (const auto standing : {Standing::Good, Standing::Drained, Standing::Stale})
        if (auto ids = usable(family, set.reserve, standing); !ids.empty()) return ids;
    return {};
}

/// In what group these are to be. A kernel that twice refuses one where somebody stands by has none.
netlink::Sharing Fib::sharing_of(const LeafIds& leaves) const {
    const auto* leaf = leaves.size() == 1 ? paths_.find(leaves.front()) : nullptr;
    const bool ordered = leaf && leaf->session && paths_.order(*leaf->session) == Order::Preferred;
    return ordered && !is_plain() && standby_refused_ < 2 ? netlink::Sharing::First : netlink::Sharing::Equal;
}

/// The leaves of those that can carry traffic now and stand so.
LeafIds Fib::usable(Family family, const std::vector<SessionId>& sessions, Standing standing) const {
    LeafIds ids;
    for (const auto session : sessions) {
        const auto* leaf = paths_.standing(session) == standing ? paths_.usable(session) : nullptr;
        // The kernel lets an IPv4 route go through an IPv6 gateway (RFC 8950), not the other way round.
        if (leaf && (family == Family::Ipv4 || !leaf->leaf.gateway.is_v4())) ids.push_back(leaf->leaf.id);
    }
    // Sorted: the order of a group's members decides which flow goes where, and must not depend on who came first.
    std::ranges::sort(ids);
    if (is_plain() && ids.size() > kMostHops) ids.resize(kMostHops);
    return ids;
}

/// Plain routes all of whose paths are dead: whether they are still there nobody knows.
Slot Fib::stands_at(Slot slot) const {
    const bool unknown = is_plain() && slot > kElsewhere && !groups_.holds_routes(slot);
    return unknown ? kElsewhere : slot;
}

Fib::Verdict Fib::judge(Kind kind, std::uint32_t set, Slot installed) const {
    const auto slot = stands_at(installed);
    const bool in_kernel = groups_.holds_routes(slot);
    if (set == 0) return in_kernel ? Verdict::Delete : Verdict::Right;
    const auto& wish = way(kind, set);
    // A plain reserve whose path is dead: the kernel keeps it, and nobody withdraws it.
    if (wish.leaves.empty() && is_plain() && kind.rank == Rank::Reserve && slot == kElsewhere) return Verdict::Delete;
    // No path can carry it now. If it goes through one of them it stays, until the RIB or the path says otherwise.
    if (wish.leaves.empty() && in_kernel) return goes_through(kind, set, slot) ? Verdict::Right : Verdict::Delete;
    if (wish.leaves.empty()) return Verdict::Blocked;
    // The kernel dropped it with the last link, and goes by the reserve: a second route to the same would be for nothing.
    if (!in_kernel && wish.by_reserve) return Verdict::Right;
    if (!in_kernel || slot == kElsewhere) return Verdict::Write;
    if (slot == wish.group) return Verdict::Right;
    const auto& key = groups_.at(slot).key;
    if (key == wish.leaves) return Verdict::Merge;
    return only_gains(key, wish) ? Verdict::Widen : Verdict::Write;
}

/// From these leaves to that way no packet is in a hurry: all of them stay, or they are what it falls back on.
bool Fib::only_gains(const LeafIds& key, const Way& wish) {
    return includes(wish.leaves, key) || (!wish.next.empty() && key == wish.next) ||
           (!wish.last.empty() && key == wish.last);
}

bool Fib::goes_through(Kind kind, std::uint32_t id, Slot slot) const {
    if (slot == kElsewhere) return true;
    const auto& key = groups_.at(slot).key;
    const auto holds = [&](SessionId session) {
        const auto* leaf = paths_.leaf_of(session);
        return leaf && std::ranges::binary_search(key, leaf->leaf.id);
    };
    const auto& set = sets_[index_of(kind.family)][id];
    return std::ranges::any_of(set.members, holds) || std::ranges::any_of(set.fallback, holds) ||
           std::ranges::any_of(set.reserve, holds);
}

/// A route found at start stays as it is before the sweep while the RIB wants nothing of it yet, or only some of
/// its paths, or what stands in for them, or what they are preferred to: the others' tables may be on their way.
bool Fib::is_held(const Row& row, Kind kind) const {
    if (!row.kept || swept_ || !groups_.holds_routes(row.installed)) return false;
    if (row.wanted == 0) return true;
    if (row.installed == kElsewhere) return false;
    const auto& wish = way(kind, row.wanted);
    const auto& key = groups_.at(row.installed).key;
    return wish.by_reserve || (wish.leaves.size() < key.size() && includes(key, wish.leaves)) ||
           std::ranges::all_of(key, [&](std::uint32_t leaf) { return is_awaited(leaf, wish); });
}

/// A path that can carry traffic, and of which the RIB has not heard yet.
bool Fib::is_awaited(std::uint32_t id, const Way& wish) const {
    const auto* leaf = paths_.find(id);
    if (!leaf || !leaf->session || contains(wish.leaves, id) || contains(wish.next, id)) return false;
    return paths_.usable(*leaf->session) && paths_.standing(*leaf->session) == Standing::Good;
}

bool Fib::may_wait(Slot slot) const { return !moving_ || (groups_.at(slot).adopted && !swept_); }

/// What a walk over all rows looks for.
bool Fib::needs_work(RowId id, const Row& row) const {
    if (row.wanted == 0 && row.installed == kNowhere) return false;
    if (row.failed || row.looking || row.queued || row.sent) return false;
    if (row.installed != kNowhere && !groups_.holds_routes(row.installed)) return true;
    if (is_held(row, id.kind())) return false;
    switch (judge(id.kind(), row.wanted, row.installed)) {
        case Verdict::Write:
        case Verdict::Delete:
            return true;
        case Verdict::Widen:
        case Verdict::Merge:
            return !may_wait(row.installed);
        case Verdict::Right:
        case Verdict::Blocked:
            return false;
    }
    return false;
}

/// The same, asked of the counts: true where one row may need work.
bool Fib::any_row_needs_work() const {
    bool found = false;
    for (std::size_t i = 0; i < groups_.size() && !found; ++i) {
        const auto slot = static_cast<Slot>(i);
        // Rows of a group that the kernel deleted are to be told so.
        found = slot > kElsewhere && !groups_.holds_routes(slot) && groups_.at(slot).rows > 0;
        groups_.for_each_wish(slot, [&](Kind kind, std::uint32_t set, std::size_t) {
            const auto verdict = judge(kind, set, slot);
            found = found || verdict == Verdict::Write || verdict == Verdict::Delete ||
                    ((verdict == Verdict::Widen || verdict == Verdict::Merge) && !may_wait(slot));
        });
    }
    return found;
}

void Fib::set_installed(RowId id, Slot slot) {
    auto& row = rows_.at(id);
    if (row.installed == slot) return;
    groups_.count(id.kind(), row.wanted, row.installed, -1);
    groups_.count(id.kind(), row.wanted, slot, +1);
    row.installed = slot;
}

void Fib::set_failed(Row& row, Failing failing) {
    const bool failed = failing == Failing::Yes;
    if (!failed) {
        row.retries = 0;
        row.conflict = false;
    }
    if (row.failed == failed) return;
    row.failed = failed;
    failed ? ++failed_ : --failed_;
}

void Fib::set_kept(Row& row, Kept kept) {
    const bool keep = kept == Kept::Yes;
    if (row.kept == keep) return;
    row.kept = keep;
    if (!swept_) keep ? ++kept_ : --kept_;
}

/// Which leaves can carry traffic, or which groups there are, is not what it was.
void Fib::paths_changed() {
    ++epoch_;
    rows_.restart_walk();
    if (is_plain()) note_endangered();
}

}  // namespace dyad::fib
