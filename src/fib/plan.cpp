#include <algorithm>

#include "dyad/base/contains.hpp"
#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// What the next batch asks for, in order: groups that must leave a dead path; leaves; groups; routes; and when
/// nothing is left of these, what is in the way: routes under an old key, groups and leaves nobody uses. A route is
/// only written to a group the kernel has acknowledged, a group only with such leaves.
namespace dyad::fib {

using netlink::Ack;
using netlink::Mode;

void Fib::plan(Instant now, const PrefixSource& source) {
    batch_.start(sequence_);
    creating_ = false;
    if (is_plain()) {
        plan_plain_objects();
        regroup(now);
    } else {
        plan_urgent();
        regroup(now);
        plan_leaves(now);
        plan_groups(now);
    }
    // Routes of a leaf or group that is just being made would be written twice, or refused.
    if (!creating_) plan_rows(source);
    if (batch_.empty() && !planned_group_) plan_leftovers(source);
    if (batch_.empty() && !planned_group_ && garbage_is_due(now)) is_plain() ? plan_obsolete() : plan_garbage();
    // Whatever a group was refused for has gone away.
    if (batch_.empty() && !nexthop_backoff_.waits(now)) nexthop_backoff_ = {};
}

/// Behind a batch that was full, more of routes may be under way before the answer: routes do not depend on each other.
/// Everything else is only judged by what the kernel has said; where something of it is to be done, no more follow.
bool Fib::more_routes_may_follow(Instant now) const {
    if (phase_ != Phase::Ready || stale_batch_ || dump_at_ || planned_group_ || creating_ ||
        routes_followed_ == kRoutesFollow)
        return false;
    if (under_way_.size() >= kBatchesUnderWay || under_way_.back().has_room()) return false;
    return !nexthops_wait(now);
}

bool Fib::nexthops_wait(Instant now) const {
    const auto& leaves = paths_.leaves();
    bool waits = std::ranges::any_of(
        leaves, [&](const LeafObject& leaf) { return leaf_is_to_be_created(leaf) && !leaf.backoff.waits(now); });
    groups_.for_each([&](Slot slot) {
        const auto& group = groups_.at(slot);
        waits = waits || (group.exists && group.sent.empty() && group.members != group.to_hold());
    });
    return waits;
}

/// What is urgent overtakes whatever is under way; only an answer about the same group is waited for.
void Fib::plan_urgent() {
    for (auto& leaf : paths_.leaves()) plan_urgent_leaf(leaf);
    groups_.for_each([&](Slot slot) {
        auto& group = groups_.at(slot);
        if (!group.urgent || !group.sent.empty() || !batch_.has_room()) return;
        if (group.exists && group.members != group.to_hold()) {
            write_group(slot);
            urgent_planned_ = true;
        }
        group.urgent = false;
    });
}

/// An IPv6 group that is replaced costs the kernel a look at each of its routes; one that loses a leaf with the leaf itself
/// costs it none.
void Fib::plan_urgent_leaf(LeafObject& leaf) {
    if (!std::exchange(leaf.urgent, false)) return;
    const auto id = leaf.leaf.id;
    const bool dead = leaf.present && leaf.session && paths_.is_down(*leaf.session);
    if (!dead || !batch_.has_room() || !kernel_may_shrink_groups(id)) return;
    batch_.add({.does = Does::DeleteLeaf, .id = id}, [&](std::uint32_t sequence, Writer& out) {
        encode_delete_nexthop(id, sequence, Ack::OnErrorOnly, out);
    });
    urgent_planned_ = true;
    groups_.for_each([&](Slot slot) {
        auto& group = groups_.at(slot);
        if (!group.exists || !contains(group.members, id)) return;
        group.sent = group.to_hold();
        group.losing = id;
        group.urgent = false;
    });
}

/// With this leaf gone each group is what it is to be. Never its last: with that the kernel deletes the group and its routes.
bool Fib::kernel_may_shrink_groups(std::uint32_t leaf) const {
    bool any = false, all = true;
    groups_.for_each([&](Slot slot) {
        const auto& group = groups_.at(slot);
        all = all && !contains(group.sent, leaf);
        if (!group.exists || !contains(group.members, leaf)) return;
        any = true;
        auto left = group.members;
        std::erase(left, leaf);
        all = all && group.sent.empty() && !left.empty() && left == group.to_hold();
    });
    return any && all;
}

void Fib::plan_leaves(Instant now) {
    for (auto& leaf : paths_.leaves()) {
        if (!leaf_is_to_be_created(leaf) || leaf.backoff.waits(now) || !batch_.has_room()) continue;
        creating_ = true;
        batch_.add({.does = Does::CreateLeaf, .id = leaf.leaf.id}, [&](std::uint32_t sequence, Writer& out) {
            encode_leaf(leaf.leaf, Mode::CreateOnly, sequence, Ack::OnErrorOnly, out, settings_.protocol);
        });
    }
}

bool Fib::leaf_is_to_be_created(const LeafObject& leaf) const {
    if (leaf.present || !paths_.creatable(leaf) || paths_.is_down(*leaf.session)) return false;
    for (const auto& sets : sets_)
        for (const auto& set : sets)
            if (set.rows > 0 && (contains(set.members, *leaf.session) || contains(set.fallback, *leaf.session) ||
                                 contains(set.reserve, *leaf.session)))
                return true;
    return false;
}

void Fib::plan_groups(Instant now) {
    std::vector<Slot> unused;
    groups_.for_each([&](Slot slot) {
        auto& group = groups_.at(slot);
        if (!group.sent.empty() || (group.exists && group.members == group.to_hold())) return;
        if (!group.exists && group.rows > 0) return;  // the kernel deleted it; its rows are on their way elsewhere
        if (!group.exists && !group_is_wanted(slot)) return unused.push_back(slot);
        if (nexthop_backoff_.waits(now) || !batch_.has_room()) return;
        creating_ = creating_ || !group.exists;
        write_group(slot);
    });
    for (const auto slot : unused) groups_.free(slot);
    if (!unused.empty()) ++epoch_;
}

void Fib::write_group(Slot slot) {
    auto& group = groups_.at(slot);
    group.sent = group.to_hold();
    const auto mode = group.exists ? Mode::CreateOrReplace : Mode::CreateOnly;
    batch_.add({.does = Does::WriteGroup, .slot = slot}, [&](std::uint32_t sequence, Writer& out) {
        encode_group({group.id, group.sent, group.sharing}, mode, sequence, Ack::OnErrorOnly, out, settings_.protocol);
    });
}

/// This is the group for what rows want.
bool Fib::group_is_wanted(Slot slot) const {
    for (const auto kind : kAllKinds) {
        const auto& sets = sets_[index_of(kind.family)];
        for (std::uint32_t set = 1; set < sets.size(); ++set)
            if (sets[set].rows > 0 && way(kind, set).group == slot) return true;
    }
    return false;
}

Slot Fib::group_for(Rank rank, const Way& way) {
    auto id = rank == Rank::Main ? kFirstGroupId : kFirstReserveGroupId;
    while (!paths_.is_free(id) || groups_.find_id(id) != kNowhere) ++id;
    const auto slot = groups_.add({.id = id, .key = way.leaves, .next = way.next, .sharing = sharing_of(way.leaves)});
    ++epoch_;
    if (is_plain()) {
        groups_.at(slot).members = way.leaves;
        groups_.at(slot).exists = true;
    } else {
        planned_group_ = true;
    }
    return slot;
}

/// A walk has its part in every batch: neither does it wait for the wishes of a whole table, nor they for all it finds.
void Fib::plan_rows(const PrefixSource& source) {
    if (rows_.walking()) walk_rows();
    while (batch_.has_room() && !planned_group_) {
        if (const auto id = next_endangered()) {
            plan_rescue(*id, source);
            continue;
        }
        if (rows_.queue_empty() && rows_.walking()) walk_rows();
        const auto id = rows_.pop();
        if (!id) return;
        plan_row(*id, source);
    }
}

/// Looks for rows to queue, unless the counts tell that there are none.
void Fib::walk_rows() {
    if (rows_.walk_begins() && !any_row_needs_work()) return rows_.stop_walk();
    // Neighbours mostly want and have the same: the last answer is good for the next row too.
    Row like;
    auto like_kind = Kind{};
    bool needs = false;
    rows_.walk(kBatchMessages / 2, [&](RowId id, const Row& row) {
        const bool plain = !(row.queued || row.sent || row.failed || row.looking || row.kept);
        if (!plain) return needs_work(id, row);
        if (row.wanted != like.wanted || row.installed != like.installed || id.kind() != like_kind) {
            needs = needs_work(id, row);
            like = row;
            like_kind = id.kind();
        }
        return needs;
    });
}

void Fib::plan_row(RowId id, const PrefixSource& source) {
    auto& row = rows_.at(id);
    // The kernel deleted a group with its routes.
    if (!row.sent && !groups_.holds_routes(row.installed))
        set_installed(id, is_plain() ? stands_at(row.installed) : kNowhere);
    // What is under way is looked at when it is answered.
    if (row.sent || row.looking) return;
    if (is_shadowed(row)) return plan_shadowed(id, source);
    if (is_held(row, id.kind())) return plan_to_leave(id, source);
    switch (judge(id.kind(), row.wanted, row.installed)) {
        case Verdict::Right:
        case Verdict::Blocked:
            return plan_to_leave(id, source);
        case Verdict::Delete:
            return plan_delete(id, source);
        case Verdict::Widen:
        case Verdict::Merge:
            // One that was refused is walked over like the others when its time comes.
            if (may_wait(row.installed)) return plan_to_leave(id, source);
            if (groups_.at(row.installed).making_room_for == way(id.kind(), row.wanted).leaves) return;
            return plan_write(id, source);
        case Verdict::Write:
            return plan_write(id, source);
    }
}

/// Nothing is to be done about it now. But where the last request for it was refused, nobody has said that it is the first of its
/// prefix and metric: that is asked again.
void Fib::plan_to_leave(RowId id, const PrefixSource& source) {
    auto& row = rows_.at(id);
    const bool stands = row.installed > kElsewhere && groups_.holds_routes(row.installed);
    if (row.failed && stands) return write_row(id, row.installed, source);
    set_failed(row, Failing::No);
}

/// Ours is in the kernel, and another's in front of it.
bool Fib::is_shadowed(const Row& row) const { return row.conflict && groups_.holds_routes(stands_at(row.installed)); }

/// Written again as it is, a route that is the first changes nothing, and one that is behind another is refused (EEXIST). To be
/// changed it must be deleted: replacing would hit the other's.
void Fib::plan_shadowed(RowId id, const PrefixSource& source) {
    const auto& row = rows_.at(id);
    const bool right = is_held(row, id.kind()) || judge(id.kind(), row.wanted, row.installed) == Verdict::Right;
    if (right && row.installed != kElsewhere) return write_row(id, row.installed, source);
    plan_delete(id, source);
}

void Fib::plan_write(RowId id, const PrefixSource& source) {
    auto& row = rows_.at(id);
    const auto& wish = way(id.kind(), row.wanted);
    if (wish.group == kNowhere) {
        rows_.push_first(id);
        group_for(id.rank(), Way{wish});
        return;
    }
    // Not acknowledged yet: all rows are walked over when it is.
    if (!groups_.at(wish.group).exists) return set_failed(row, Failing::No);
    write_row(id, wish.group, source);
}

void Fib::write_row(RowId id, Slot slot, const PrefixSource& source) {
    auto& row = rows_.at(id);
    auto route = route_of(id, source);
    if (is_plain())
        route.hops = hops_of(slot);
    else
        route.nexthop_id = groups_.at(slot).id;
    const bool fresh = row.installed == kNowhere;
    // Nothing of ours stands there: whatever does is somebody else's, and is not to be overwritten (EEXIST).
    const auto mode = fresh ? Mode::CreateOnly : Mode::CreateOrReplace;
    const auto does = fresh ? Does::InstallRow : Does::ReplaceRow;
    row.sent = true;
    batch_.add({.does = does, .slot = slot, .row = id}, [&](std::uint32_t sequence, Writer& out) {
        encode_route(route, mode, sequence, Ack::OnErrorOnly, out);
    });
}

void Fib::plan_delete(RowId id, const PrefixSource& source) {
    rows_.at(id).sent = true;
    batch_.add({.does = Does::DeleteRow, .row = id}, [&](std::uint32_t sequence, Writer& out) {
        encode_delete_route(route_of(id, source), sequence, Ack::OnErrorOnly, out);
    });
}

/// All of a route but where it goes.
netlink::Route Fib::route_of(RowId id, const PrefixSource& source) const {
    netlink::Route route{.prefix = source.prefix(id.family(), id.prefix()),
                         .table = settings_.table,
                         .metric = metric(id.kind()),
                         .protocol = settings_.protocol};
    if (settings_.source && settings_.source->family() == id.family()) route.source = settings_.source;
    return route;
}

/// The kernel makes 1024 of an IPv6 metric of 0.
std::uint32_t Fib::metric(Kind kind) const {
    constexpr std::uint32_t kIpv6Default = 1024;
    const auto metric = settings_.metric_of(kind.rank);
    return kind.family == Family::Ipv6 && metric == 0 ? kIpv6Default : metric;
}

/// Which of our two routes for a prefix this is, by its key; none: another's, whatever its mark says.
std::optional<Rank> Fib::rank_of(const netlink::Route& route) const {
    if (route.table != settings_.table) return std::nullopt;
    for (const auto rank : {Rank::Main, Rank::Reserve})
        if (route.metric == metric({route.prefix.family(), rank})) return rank;
    return std::nullopt;
}

/// New before old: only when every route stands under its new key. And nothing found at start before the sweep.
void Fib::plan_leftovers(const PrefixSource& source) {
    if (!swept_) return;
    while (!leftovers_.empty() && batch_.has_room()) {
        const auto& left = leftovers_.back();
        const netlink::Route route{
            .prefix = left.by_row ? source.prefix(left.row.family(), left.row.prefix()) : left.prefix,
            .table = left.table,
            .metric = left.metric,
            .protocol = left.protocol};
        batch_.add({.does = Does::DeleteLeftover}, [&](std::uint32_t sequence, Writer& out) {
            encode_delete_route(route, sequence, Ack::OnErrorOnly, out);
        });
        leftovers_.pop_back();
    }
}

/// What is deleted may be wanted again in a moment, so not while the RIB is at work.
bool Fib::garbage_is_due(Instant now) const {
    return swept_ && (settled_ || now >= last_wish_ + kLongestDeferral) && !nexthop_backoff_.waits(now);
}

void Fib::plan_garbage() {
    groups_.for_each([&](Slot slot) {
        if (!group_is_garbage(slot) || !batch_.has_room()) return;
        batch_.add({.does = Does::DeleteGroup, .slot = slot}, [&](std::uint32_t sequence, Writer& out) {
            encode_delete_nexthop(groups_.at(slot).id, sequence, Ack::OnErrorOnly, out);
        });
    });
    if (!batch_.empty()) return;
    for (const auto& leaf : paths_.leaves()) {
        if (!leaf_is_garbage(leaf) || !batch_.has_room()) continue;
        batch_.add({.does = Does::DeleteLeaf, .id = leaf.leaf.id}, [&](std::uint32_t sequence, Writer& out) {
            encode_delete_nexthop(leaf.leaf.id, sequence, Ack::OnErrorOnly, out);
        });
    }
}

/// Ours beyond doubt, no route goes through it and none is to.
bool Fib::group_is_garbage(Slot slot) const {
    const auto& group = groups_.at(slot);
    return group.exists && group.rows == 0 && in_our_range(group.id) && !group_is_wanted(slot);
}

/// A session's leaf stays for when it comes back, unless nothing at all is wanted any more.
bool Fib::leaf_is_garbage(const LeafObject& leaf) const {
    if (!leaf.present || !in_our_range(leaf.leaf.id) || (leaf.session && wanted_[0] > 0)) return false;
    bool used = false;
    groups_.for_each([&](Slot slot) {
        const auto& group = groups_.at(slot);
        used = used || std::ranges::find(group.members, leaf.leaf.id) != group.members.end() ||
               contains(group.key, leaf.leaf.id) || contains(group.next, leaf.leaf.id);
    });
    return !used;
}

bool Fib::has_garbage() const {
    if (is_plain()) return !obsolete_.empty();
    bool found = std::ranges::any_of(paths_.leaves(), [&](const LeafObject& leaf) { return leaf_is_garbage(leaf); });
    groups_.for_each([&](Slot slot) { found = found || group_is_garbage(slot); });
    return found;
}

}  // namespace dyad::fib
