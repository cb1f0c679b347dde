#include "fib/fib.hpp"

#include <algorithm>
#include <utility>

#include "dyad/base/ensure.hpp"
#include "fib/limits.hpp"

namespace dyad::fib {

Fib::Fib(Settings settings) : settings_(std::move(settings)), sets_{{{Set{}}, {Set{}}}} {
    if (is_plain()) paths_.lost_leaves_are(Paths::Lost::Kept);
}

void Fib::configure(Instant now, Settings settings, PrefixSource&) {
    if (settings == settings_) return;
    const auto old = std::exchange(settings_, std::move(settings));
    const bool elsewhere = old.table != settings_.table || old.protocol != settings_.protocol;
    const auto moved = [&](Rank rank) { return elsewhere || old.metric_of(rank) != settings_.metric_of(rank); };
    const bool any_moved = moved(Rank::Main) || moved(Rank::Reserve);
    const bool resourced = old.source != settings_.source;
    if (any_moved || resourced) {
        if (!under_way_.empty()) stale_batch_ = true;
        rows_.for_each([&](RowId id, Row& row) {
            if (!groups_.holds_routes(row.installed)) return;
            const bool leaves = moved(id.rank());
            if (!leaves && !resourced) return;
            if (leaves)
                leftovers_.push_back({.row = id,
                                      .by_row = true,
                                      .table = old.table,
                                      .metric = old.metric_of(id.rank()),
                                      .protocol = old.protocol});
            // Under the new key nothing stands yet; with a new source, something that must be written again.
            set_installed(id, leaves ? kNowhere : kElsewhere);
        });
        rows_.restart_walk();
    }
    if (old.nexthops != settings_.nexthops) switch_nexthops(now);
    if (!started_) return;
    if (settings_.enabled && !old.enabled) dump_at_ = now;
    if (settings_.enabled && any_moved) dump_at_ = now;  // something of ours may stand under the new key
    if (settings_.enabled) return;
    phase_ = Phase::Off;
    under_way_.clear();
    dump_at_.reset();
}

void Fib::define_path(SessionId session, const Address& gateway, std::uint32_t interface_index) {
    paths_.define(session, gateway, interface_index);
    paths_changed();
}

void Fib::forget_path(SessionId session) {
    paths_.forget(session);
    paths_changed();
}

void Fib::path_down(Instant, SessionId session) {
    if (paths_.is_down(session)) return;
    paths_.set_down(session);
    settled_ = false;
    leave_path(session, Leaving::ForGood);
    paths_changed();
}

void Fib::path_stale(Instant, SessionId session) {
    if (paths_.is_down(session) || paths_.standing(session) == Standing::Stale) return;
    paths_.set_stale(session);
    settled_ = false;
    leave_path(session, Leaving::IfOthers);
    paths_changed();
}

void Fib::path_up(SessionId session) {
    if (!paths_.is_down(session) && paths_.standing(session) != Standing::Stale) return;
    paths_.set_up(session);
    paths_changed();
}

void Fib::path_drained(SessionId session, Drained drained) {
    if (paths_.is_drained(session) == (drained == Drained::Yes)) return;
    paths_.set_drained(session, drained);
    settled_ = false;
    if (drained == Drained::Yes) leave_path(session, Leaving::IfOthers);
    paths_changed();
}

void Fib::path_order(SessionId session, Order order) {
    if (paths_.order(session) == order) return;
    paths_.set_order(session, order);
    paths_changed();
}

/// Takes the session's leaf out of each group that has another, or a reserve to go on with. Else a last member stays: without
/// it the kernel would drop the routes, and that is for the RIB to say.
void Fib::leave_path(SessionId session, Leaving leaving) {
    if (is_plain()) return;  // its groups do not change: rows leave them
    const auto* its = paths_.leaf_of(session);
    if (!its) return;
    const auto id = its->leaf.id;
    if (leaving == Leaving::ForGood) paths_.find(id)->urgent = true;
    std::vector<Slot> unwritten;
    groups_.for_each([&](Slot slot) {
        auto& group = groups_.at(slot);
        if (leaving == Leaving::ForGood) std::erase(group.next, id);
        if (!std::ranges::binary_search(group.key, id)) return;
        if (!group.exists && group.rows == 0) unwritten.push_back(slot);
        if (!group.exists) return;
        if (group.key.size() > 1)
            std::erase(group.key, id);
        else if (leaving == Leaving::ForGood && !group.next.empty())
            group.key = std::exchange(group.next, {});
        else
            return;
        group.making_room_for.clear();
        group.urgent = true;
    });
    for (const auto slot : unwritten)
        if (groups_.at(slot).sent.empty()) groups_.free(slot);
}

void Fib::link_down(Instant, std::uint32_t interface_index) {
    settled_ = false;
    const auto lost = paths_.link_down(interface_index);
    if (!is_plain()) {
        if (!under_way_.empty() || phase_ != Phase::Ready) stale_batch_ = true;
        for (const auto id : lost) lose_leaf(id);
    }
    paths_changed();
}

/// The kernel has no such leaf any more: it has taken it out of its groups.
void Fib::lose_leaf(std::uint32_t id) {
    groups_.for_each([&](Slot slot) {
        auto& group = groups_.at(slot);
        std::erase(group.key, id);
        std::erase(group.next, id);
        std::erase(group.sent, id);
        const bool held = std::erase(group.members, id) > 0;
        // The kernel deletes an emptied group and its routes: it is no group for anything any more.
        if (held && group.members.empty()) {
            group.exists = false;
            group.next.clear();
        }
        if (group.exists && group.key.empty() && !group.next.empty()) {
            group.key = std::exchange(group.next, {});
            group.urgent = true;
        }
        if (!held) return;
        group.making_room_for.clear();
        if (group.exists) tell_moved(group);
    });
}

void Fib::link_up(Instant, std::uint32_t interface_index) {
    paths_.link_up(interface_index);
    paths_changed();
}

void Fib::define_set(Family family, PathSetId set, std::span<const SessionId> members,
                     std::span<const SessionId> reserve, std::span<const SessionId> fallback) {
    auto& sets = sets_[index_of(family)];
    if (set.index() >= sets.size()) sets.resize(set.index() + 1);
    sets[set.index()].members.assign(members.begin(), members.end());
    sets[set.index()].reserve.assign(reserve.begin(), reserve.end());
    sets[set.index()].fallback.assign(fallback.begin(), fallback.end());
    sets[set.index()].epoch = 0;
}

void Fib::settled(Instant) { settled_ = true; }

void Fib::sweep(Instant, PrefixSource&) {
    if (swept_) return;
    swept_ = true;
    kept_ = 0;
    rows_.restart_walk();
    if (adopted_) tell_sweep();
}

void Fib::tell_sweep() {
    std::size_t routes = leftovers_.size();
    for (std::size_t slot = kElsewhere; slot < groups_.size(); ++slot)
        groups_.for_each_wish(static_cast<Slot>(slot), [&](Kind kind, std::uint32_t set, std::size_t rows) {
            if (judge(kind, set, static_cast<Slot>(slot)) == Verdict::Delete) routes += rows;
        });
    if (routes > 0) tell(Swept{.routes = routes});
}

void Fib::start(Instant now) {
    started_ = true;
    adopted_ = false;
    swept_ = false;
    if (settings_.enabled) dump_at_ = now;
}

std::span<const std::uint8_t> Fib::next_urgent(Instant now) {
    if (!settings_.enabled || is_plain() || phase_ != Phase::Ready || under_way_.empty()) return {};
    batch_.start(sequence_);
    plan_urgent();
    return send_batch(now);
}

std::span<const std::uint8_t> Fib::next_batch(Instant now, const PrefixSource& source) {
    if (!settings_.enabled || !started_) return {};
    if (!under_way_.empty()) {
        if (!more_routes_may_follow(now)) return {};
        ++routes_followed_;
        batch_.start(sequence_);
        plan_rows(source);
    } else {
        // What can be read can wait for what must leave a dead path.
        if (dump_at_ && now >= *dump_at_ && !(phase_ == Phase::Ready && rows_.rescuing())) begin_dump(now);
        if (phase_ == Phase::Off) return {};
        if (phase_ != Phase::Ready) return next_dump(now);
        queue_retries(now);
        // A row may need a group that nobody planned yet: then the next round has the group to write.
        do {
            planned_group_ = false;
            plan(now, source);
        } while (batch_.empty() && planned_group_);
        routes_followed_ = 0;
        stale_batch_ = false;
    }
    return send_batch(now);
}

std::span<const std::uint8_t> Fib::send_batch(Instant now) {
    if (batch_.empty()) return {};
    sequence_ += static_cast<std::uint32_t>(batch_.size());
    answer_by_ = now + kAnswerTime;
    under_way_.push_back(std::exchange(batch_, {}));
    return under_way_.back().seal();
}

std::optional<Instant> Fib::deadline() const {
    if (!settings_.enabled || !started_) return std::nullopt;
    std::optional<Instant> at = touches_.tell_at;
    if (!under_way_.empty() || dump_sequence_ != 0) return earlier(at, answer_by_);
    at = earlier(at, dump_at_);
    if (phase_ != Phase::Ready) return at;
    if (!retries_.empty()) at = earlier(at, retries_.front().at);
    for (const auto& leaf : paths_.leaves())
        if (leaf.backoff.refusals > 0 && leaf_is_to_be_created(leaf)) at = earlier(at, leaf.backoff.until);
    if (nexthop_backoff_.refusals > 0) at = earlier(at, nexthop_backoff_.until);
    if (!moving_) at = earlier(at, moves_due());
    if (swept_ && !settled_ && has_garbage()) at = earlier(at, last_wish_ + kLongestDeferral);
    return at;
}

void Fib::tick(Instant now) {
    if (touches_.tell_at && now >= *touches_.tell_at) tell_touches(now);
    const bool waits = !under_way_.empty() || dump_sequence_ != 0;
    if (waits && now >= answer_by_) return lost_answers(now);
    queue_retries(now);
}

bool Fib::in_a_hurry() const {
    bool urgent = std::ranges::any_of(paths_.leaves(), &LeafObject::urgent);
    groups_.for_each([&](Slot slot) { urgent = urgent || groups_.at(slot).urgent; });
    return urgent;
}

bool Fib::take_urgency() { return std::exchange(urgent_planned_, false); }

void Fib::queue_retries(Instant now) {
    while (!retries_.empty() && retries_.front().at <= now) {
        std::ranges::pop_heap(retries_, Retry::later);
        const auto id = retries_.back().row;
        retries_.pop_back();
        if (rows_.at(id).failed) rows_.push(id);
    }
}

void Fib::tell(const News& news) {
    if (news_.size() < kNewsLimit) news_.push_back(news);
}

std::vector<News> Fib::take_news() { return std::exchange(news_, {}); }

std::optional<Refused> Fib::refused(Family family, PrefixId id) const {
    for (const auto rank : {Rank::Main, Rank::Reserve}) {
        const auto row_id = RowId::of(family, id, rank);
        const auto* row = rows_.find(row_id);
        const auto found = refused_.find(row_id.packed);
        if (row && row->failed && found != refused_.end()) return found->second;
    }
    return std::nullopt;
}

std::vector<std::pair<Prefix, Refused>> Fib::refused(std::size_t most, const PrefixSource& source) const {
    std::vector<std::pair<Prefix, Refused>> found;
    for (const auto& [packed, refused] : refused_) {
        if (found.size() == most) break;
        const RowId id{packed};
        if (const auto* row = rows_.find(id); row && row->failed)
            found.emplace_back(source.prefix(id.family(), id.prefix()), refused);
    }
    return found;
}

RowState Fib::row_state(Family family, PrefixId id) const {
    const auto main = row_state(RowId::of(family, id));
    // What only the reserve carries has no other route.
    return main != RowState::NotWanted ? main : row_state(RowId::of(family, id, Rank::Reserve));
}

bool Fib::only_reserve(Family family, PrefixId id) const {
    const auto in_kernel = [&](Rank rank) {
        const auto* row = rows_.find(RowId::of(family, id, rank));
        return row && groups_.holds_routes(row->installed);
    };
    return !in_kernel(Rank::Main) && in_kernel(Rank::Reserve);
}

RowState Fib::row_state(RowId id) const {
    const auto* row = rows_.find(id);
    if (!row || !settings_.enabled) return RowState::NotWanted;
    if (row->failed) return RowState::Failed;
    const bool in_kernel = groups_.holds_routes(stands_at(row->installed));
    if (is_held(*row, id.kind())) return row->wanted == 0 ? RowState::NotWanted : RowState::Installed;
    switch (judge(id.kind(), row->wanted, row->installed)) {
        case Verdict::Right:
        case Verdict::Merge:
            return in_kernel ? RowState::Installed : RowState::NotWanted;
        case Verdict::Write:
        case Verdict::Delete:
        case Verdict::Widen:
        case Verdict::Blocked:
            return RowState::Pending;
    }
    return RowState::Pending;
}

Totals Fib::totals() const {
    Totals totals{.operations = operations_done_};
    if (!settings_.enabled) return totals;
    std::size_t undone = 0;
    for (std::size_t slot = 0; slot < groups_.size(); ++slot) {
        const auto at = static_cast<Slot>(slot);
        const bool in_kernel = groups_.holds_routes(stands_at(at));
        totals.groups += slot > kElsewhere && in_kernel && !is_plain() ? 1u : 0u;
        groups_.for_each_wish(at, [&](Kind kind, std::uint32_t set, std::size_t rows) {
            if (in_kernel) (kind.rank == Rank::Main ? totals.routes : totals.reserve_routes) += rows;
            // A twin's rows forward as they should, but their move to the one group is still to come.
            if (judge(kind, set, at) != Verdict::Right) undone += rows;
        });
    }
    const auto waiting = failed_ + (swept_ ? 0 : kept_);
    totals.wanted = wanted_[index_of(Rank::Main)];
    totals.failed = failed_;
    totals.pending = undone > waiting ? undone - waiting : 0;
    if (!is_plain())
        totals.nexthops = static_cast<std::size_t>(std::ranges::count_if(paths_.leaves(), &LeafObject::present));
    return totals;
}

std::vector<GroupView> Fib::groups() const {
    std::vector<GroupView> views;
    groups_.for_each([&](Slot slot) {
        const auto& group = groups_.at(slot);
        if (!group.exists || (is_plain() && group.rows == 0)) return;
        GroupView view{.id = is_plain() ? 0 : group.id, .rank = rank_of_group(group.id), .routes = group.rows};
        const auto name = [&](const LeafIds& ids, std::vector<SessionId>& sessions) {
            for (const auto id : ids)
                if (const auto* leaf = paths_.find(id); leaf && leaf->session) sessions.push_back(*leaf->session);
            std::ranges::sort(sessions);
        };
        const bool first_carries = group.sharing == netlink::Sharing::First && !group.members.empty();
        name(first_carries ? LeafIds{group.members.front()} : group.members, view.members);
        name(group.next, view.next);
        views.push_back(std::move(view));
    });
    return views;
}

bool Fib::at_rest() const { return phase_ == Phase::Ready && under_way_.empty() && !deadline(); }

bool Fib::quiet() const {
    if (!settings_.enabled) return true;
    if (phase_ != Phase::Ready || !under_way_.empty() || dump_at_ || deferred_wishes()) return false;
    bool written = true;
    groups_.for_each([&](Slot slot) {
        const auto& group = groups_.at(slot);
        if (group.exists && group.members != group.to_hold()) written = false;
    });
    const auto now = totals();
    return written && now.pending == 0 && now.failed == 0 && (!swept_ || (leftovers_.empty() && !has_garbage()));
}

}  // namespace dyad::fib
