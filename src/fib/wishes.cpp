#include <algorithm>

#include "dyad/base/ensure.hpp"
#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// What is wanted of a row, against where it is.
namespace dyad::fib {

void Fib::want(Instant now, Family family, PrefixId prefix, PathSetId set) {
    const auto id = RowId::of(family, prefix);
    auto& row = rows_.at(id);
    if (row.wanted == set.value) return;
    auto& sets = sets_[index_of(family)];
    ensure(set.index() < sets.size());

    settled_ = false;
    last_wish_ = now;
    if (row.wanted != 0) --sets[row.wanted].rows, --wanted_;
    if (set != kNoPaths) ++sets[set.index()].rows, ++wanted_;
    groups_.count(family, row.wanted, row.installed, -1);
    groups_.count(family, set.value, row.installed, +1);
    row.wanted = set.value;
    set_failed(row, Failing::No);
    if (row.kept && !is_held(row, family)) set_kept(row, Kept::No);
    if (set == kNoPaths && row.kept) set_kept(row, Kept::No);
    if (!settings_.enabled || row.queued || row.kept) return;

    switch (judge(family, row.wanted, row.installed)) {
        case Verdict::Write:
        case Verdict::Delete:
            return rows_.push(id);
        case Verdict::Widen:
        case Verdict::Merge:
            if (!deferred_since_) deferred_since_ = now;
            return;
        case Verdict::Right:
        case Verdict::Blocked:
            return;
    }
}

/// The set with its effective leaves and its group as of now.
const Fib::Set& Fib::refreshed(Family family, std::uint32_t id) const {
    auto& set = sets_[index_of(family)][id];
    if (set.epoch == epoch_) return set;
    set.effective = effective(family, set);
    set.group = set.effective.empty() ? kNowhere : groups_.find(set.effective);
    set.epoch = epoch_;
    return set;
}

LeafIds Fib::effective(Family family, const Set& set) const {
    LeafIds ids, stale_ids;
    for (const auto session : set.members) {
        const auto* leaf = paths_.usable(session);
        // The kernel lets an IPv4 route go through an IPv6 gateway (RFC 8950), not the other way round.
        if (!leaf || (family == Family::Ipv6 && leaf->leaf.gateway.is_v4())) continue;
        (paths_.is_stale(session) ? stale_ids : ids).push_back(leaf->leaf.id);
    }
    if (ids.empty()) ids = std::move(stale_ids);
    // Sorted: the order of a group's members decides which flow goes where, and must not depend on who came first.
    std::ranges::sort(ids);
    return ids;
}

Fib::Verdict Fib::judge(Family family, std::uint32_t set, Slot slot) const {
    const bool in_kernel = groups_.holds_routes(slot);
    if (set == 0) return in_kernel ? Verdict::Delete : Verdict::Right;
    const auto& wish = refreshed(family, set);
    // No path can carry it now. If it goes through one of them it stays, until the RIB or the path says otherwise.
    if (wish.effective.empty() && in_kernel) return goes_through(wish, slot) ? Verdict::Right : Verdict::Delete;
    if (wish.effective.empty()) return Verdict::Blocked;
    if (!in_kernel || slot == kElsewhere) return Verdict::Write;
    if (slot == wish.group) return Verdict::Right;
    const auto& key = groups_.at(slot).key;
    if (key == wish.effective) return Verdict::Merge;
    return includes(wish.effective, key) ? Verdict::Widen : Verdict::Write;
}

bool Fib::goes_through(const Set& set, Slot slot) const {
    if (slot == kElsewhere) return true;
    const auto& key = groups_.at(slot).key;
    return std::ranges::any_of(set.members, [&](SessionId session) {
        const auto* leaf = paths_.leaf_of(session);
        return leaf && std::ranges::binary_search(key, leaf->leaf.id);
    });
}

/// A route found at start stays as it is before the sweep while the RIB wants nothing of it yet, or only some of
/// its paths: the others' tables may be on their way.
bool Fib::is_held(const Row& row, Family family) const {
    if (!row.kept || swept_ || !groups_.holds_routes(row.installed)) return false;
    if (row.wanted == 0) return true;
    if (row.installed == kElsewhere) return false;
    const auto& wish = refreshed(family, row.wanted);
    const auto& key = groups_.at(row.installed).key;
    return wish.effective.size() < key.size() && includes(key, wish.effective);
}

bool Fib::may_wait(Slot slot) const { return !moving_ || (groups_.at(slot).adopted && !swept_); }

/// What a walk over all rows looks for.
bool Fib::needs_work(RowId id, const Row& row) const {
    if (row.wanted == 0 && row.installed == kNowhere) return false;
    if (row.failed || row.looking || row.queued || row.sent) return false;
    if (!groups_.holds_routes(row.installed)) return true;
    if (is_held(row, id.family())) return false;
    switch (judge(id.family(), row.wanted, row.installed)) {
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
        groups_.for_each_wish(slot, [&](Family family, std::uint32_t set, std::size_t) {
            const auto verdict = judge(family, set, slot);
            found = found || verdict == Verdict::Write || verdict == Verdict::Delete ||
                    ((verdict == Verdict::Widen || verdict == Verdict::Merge) && !may_wait(slot));
        });
    }
    return found;
}

void Fib::set_installed(RowId id, Slot slot) {
    auto& row = rows_.at(id);
    if (row.installed == slot) return;
    groups_.count(id.family(), row.wanted, row.installed, -1);
    groups_.count(id.family(), row.wanted, slot, +1);
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
}

}  // namespace dyad::fib
