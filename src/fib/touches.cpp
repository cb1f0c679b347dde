#include <algorithm>
#include <cerrno>
#include <utility>

#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// What others did to what is ours. News that names a route, a leaf or a group tells all there is to know of it, so the
/// plan is corrected and the difference written: nobody reads a million routes because one was deleted. Only where the news
/// leaves a question (whose route stands there now?) everything is read again.
namespace dyad::fib {

void Fib::touched(Instant now, Bytes octets, PrefixSource& source) {
    // Nothing of the kernel is known yet: it is about to be read.
    if (!settings_.enabled || phase_ == Phase::Off) return;
    netlink::MessageCursor cursor{octets};
    while (const auto message = cursor.next()) {
        if (const auto* route = std::get_if<netlink::RouteNews>(&*message)) route_touched(now, *route, source);
        const auto* leaf = std::get_if<netlink::LeafNews>(&*message);
        const auto* group = std::get_if<netlink::GroupNews>(&*message);
        if (is_plain() && (leaf || group)) {
            plain_nexthop_touched(now, leaf ? leaf->leaf.id : group->group.id);
            continue;
        }
        if (leaf) leaf_touched(now, *leaf);
        if (group) group_touched(now, *group);
    }
}

void Fib::touches_lost(Instant now) {
    if (!settings_.enabled || phase_ == Phase::Off) return;
    count_touch(now);
    touches_.untold.lost = true;
    if (!under_way_.empty() || phase_ != Phase::Ready) stale_batch_ = true;
    look_soon(now);
}

void Fib::route_touched(Instant now, const netlink::RouteNews& news, PrefixSource& source) {
    const auto& route = news.route;
    const auto rank = rank_of(route);
    const bool our_mark = route.protocol == settings_.protocol;
    if (!rank) {
        // Under another key, through a group of ours: to be removed.
        if (our_mark && !news.gone && phase_ == Phase::Ready) adopt_route(route, source);
        return;
    }
    if (our_mark && !news.gone) return route_written_over(now, *rank, news, source);
    const auto found = source.find(route.prefix);
    if (!found) return;
    const auto id = RowId::of(route.prefix.family(), *found, *rank);
    if (our_mark || news.replaces) return route_removed(now, id, news);
    if (rows_.find(id)) news.gone ? other_gone(id) : other_came(now, id, news);
}

/// Another's route has the prefix and metric of ours, beside ours. Of IPv4 routes the first is in effect, and a new one comes first
/// unless it is appended (`ip route prepend`). Of IPv6 routes the older is; but gateways that are no objects become one route.
void Fib::other_came(Instant now, RowId id, const netlink::RouteNews& news) {
    auto& row = rows_.at(id);
    if (!row.sent && phase_ == Phase::Ready && !groups_.holds_routes(stands_at(row.installed))) return;
    if (is_uncertain(row)) return;
    if (id.family() == Family::Ipv6) {
        if (!is_plain() || news.route.hops.size() < 2) return;
        count_route(now, news.route.prefix);
        set_installed(id, kElsewhere);
        return repair(now, id);
    }
    if (!news.behind) row_shadowed(now, id, news.route.prefix);
}

/// What was in conflict with it may be gone.
void Fib::other_gone(RowId id) {
    if (rows_.at(id).conflict) rows_.push(id);
}

/// Ours stays behind the other's, for when that goes.
void Fib::row_shadowed(Instant now, RowId id, const Prefix& prefix) {
    auto& row = rows_.at(id);
    if (!row.conflict) tell(Conflict{.prefix = prefix});
    row.conflict = true;
    const auto again_at = now + std::max(kConflictPause, pause_after(row.retries));
    retry_row(again_at, id);
    note_refused(again_at, id, EEXIST, {});
}

/// It is gone, or another's stands in its place.
void Fib::route_removed(Instant now, RowId id, const netlink::RouteNews& news) {
    if (!rows_.find(id)) return;
    auto& row = rows_.at(id);
    if (!row.sent && !groups_.holds_routes(row.installed)) return;
    // By itself the kernel deletes routes whose link went: nobody's mischief.
    if (!news.by_kernel) count_route(now, news.route.prefix);
    if (is_uncertain(row)) return;
    set_installed(id, kNowhere);
    set_kept(row, Kept::No);
    if (row.wanted == 0) return;
    if (news.gone) return repair(now, id);
    row.looking = true;
    look_soon(now);
}

/// A dump or a request of ours is under way: whose change came last is to be seen when it has ended.
bool Fib::is_uncertain(Row& row) {
    if (phase_ != Phase::Ready) stale_batch_ = true;
    if (phase_ == Phase::Ready && row.sent) row.touched = true;
    return phase_ != Phase::Ready || row.sent;
}

/// Somebody made or changed a route under our mark.
void Fib::route_written_over(Instant now, Rank rank, const netlink::RouteNews& news, PrefixSource& source) {
    const auto& route = news.route;
    const auto id = RowId::of(route.prefix.family(), source.intern(route.prefix), rank);
    const auto slot = slot_of(route);
    auto& row = rows_.at(id);
    if (!row.sent && row.installed == slot) return;
    count_route(now, route.prefix);
    if (is_uncertain(row)) return;
    // What stood in front of ours, perhaps: then ours is behind it as it was.
    if (news.replaces && is_shadowed(row)) return look_soon(now);
    const bool beside = !news.replaces && id.family() == Family::Ipv4 && groups_.holds_routes(row.installed);
    if (beside && news.behind) return;
    // A second one of our mark in front of ours: the first of them goes, and ours is what is left.
    if (beside)
        return leftovers_.push_back(
            {.prefix = route.prefix, .table = route.table, .metric = route.metric, .protocol = route.protocol});
    set_installed(id, slot);
    set_kept(row, Kept::No);
    row.looking = false;
    repair(now, id);
}

void Fib::address_changed(Instant now, const Address& address) {
    // With an interface's last one plain routes go unheard, too.
    const bool concerns_us = settings_.source == address || (is_plain() && address.is_v4());
    if (!concerns_us || !settings_.enabled || phase_ == Phase::Off) return;
    if (!under_way_.empty() || phase_ != Phase::Ready) stale_batch_ = true;
    look_soon(now);
}

void Fib::leaf_touched(Instant now, const netlink::LeafNews& news) {
    const auto id = news.leaf.id;
    auto* leaf = paths_.find(id);
    if (!leaf && news.protocol != settings_.protocol && !in_our_range(id)) return;
    const bool present = leaf && leaf->present;
    if (!news.gone) {
        if (present && leaf->leaf == news.leaf) return;
        nexthop_touched(now);
        return look_soon(now);
    }
    if (!present) {
        // It may be in the batch under way.
        if (!under_way_.empty() || phase_ != Phase::Ready) stale_batch_ = true;
        return;
    }
    nexthop_touched(now);
    if (phase_ != Phase::Ready) return;
    leaf->present = false;
    if (nexthop_backoff_.waits(now)) leaf->backoff = nexthop_backoff_;
    if (!leaf->session) paths_.erase(id);
    lose_leaf(id);
    paths_changed();
}

void Fib::group_touched(Instant now, const netlink::GroupNews& news) {
    const auto slot = groups_.find_id(news.group.id);
    if (slot == kNowhere && news.protocol != settings_.protocol && !in_our_range(news.group.id)) return;
    const bool exists = slot != kNowhere && groups_.at(slot).exists;
    if (!exists) {
        // It may be in the batch under way; if not, somebody makes nexthops of ours.
        if (!under_way_.empty() || phase_ != Phase::Ready) stale_batch_ = true;
        if (news.gone) return;
        nexthop_touched(now);
        return look_soon(now);
    }
    auto members = in_order(news.group);
    auto& group = groups_.at(slot);
    const bool same_kind = news.group.sharing == group.sharing;
    if (!news.gone && !news.weighted && same_kind && members == group.members) return;
    nexthop_touched(now);
    if (phase_ != Phase::Ready) return;
    group.making_room_for.clear();
    // Weights are none of ours: what holds them is as good as unknown, and is written anew.
    group.members = news.weighted ? LeafIds{} : std::move(members);
    group.sharing = news.group.sharing;
    if (news.gone) {
        // Its routes went with it. They need a group, which this one is no more.
        group.exists = false;
        group.members.clear();
        group.key.clear();
        group.next.clear();
        group.sent.clear();
        group.losing = 0;
    }
    paths_changed();
}

void Fib::nexthop_touched(Instant now) {
    count_touch(now);
    ++touches_.untold.nexthops;
    if (!under_way_.empty() || phase_ != Phase::Ready) stale_batch_ = true;
    if (++touches_.nexthops <= kTouchedNexthops) return;
    touches_.untold.often = true;
    nexthop_backoff_ = {.until = touches_.since + kTouchPause, .refusals = 1};
}

void Fib::count_route(Instant now, const Prefix& prefix) {
    count_touch(now);
    ++touches_.routes;
    ++touches_.untold.routes;
    if (!touches_.untold.first) touches_.untold.first = prefix;
}

void Fib::count_touch(Instant now) {
    if (now >= touches_.since + kTouchPause) {
        touches_.since = now;
        touches_.routes = touches_.nexthops = 0;
    }
    if (!touches_.tell_at) touches_.tell_at = std::max(now + kTouchBurst, touches_.told + kTouchPause);
}

void Fib::repair(Instant now, RowId id) {
    set_failed(rows_.at(id), Failing::No);
    if (touches_.routes <= kTouchedRoutes + 2 * (wanted_[0] + wanted_[1])) return rows_.push(id);
    touches_.untold.often = true;
    retry_row(std::max(now, touches_.since + kTouchPause), id);
}

/// As look_again, but not later than a pause from now, however often that was in vain.
void Fib::look_soon(Instant now) {
    const auto at = dump_backoff_.waits(now) ? std::min(dump_backoff_.until, now + kTouchPause) : now;
    if (!dump_at_ || at < *dump_at_) dump_at_ = at;
}

void Fib::tell_touches(Instant now) {
    tell(std::exchange(touches_.untold, {}));
    touches_.tell_at.reset();
    touches_.told = now;
}

}  // namespace dyad::fib
