#include <algorithm>
#include <tuple>
#include <utility>

#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// Changing a group under its routes, where that does what writing each of them would.
namespace dyad::fib {

void Fib::regroup(Instant now) {
    const Content as_now{epoch_, groups_.new_wishes()};
    if (content_ == as_now) return;
    if (!deferred_wishes())
        deferred_since_.reset();
    else if (!deferred_since_)
        deferred_since_ = last_deferral_ = now;
    const bool waited = deferred_since_ && now >= *deferred_since_ + kLongestDeferral;
    const auto moves_at = moves_due();
    const auto moves = moves_at && now >= *moves_at ? Moves::Now : Moves::Later;
    const auto widens = settled_ || waited ? Widens::Now : Widens::Later;
    if (!nexthop_backoff_.waits(now) && !is_plain()) groups_.for_each([&](Slot slot) { regroup(slot, widens, moves); });

    const bool was_moving = std::exchange(moving_, moves == Moves::Now);
    if (moving_ && !was_moving) rows_.restart_walk();
    content_ = !deferred_since_ && !moving_ && all_content() ? std::optional{as_now} : std::nullopt;
}

/// Rows that come and go change nothing of it; a wish that nobody had, and whatever is told by paths_changed(), may.
bool Fib::all_content() const {
    bool content = true;
    groups_.for_each([&](Slot slot) {
        const auto& group = groups_.at(slot);
        content = content && !(group.adopted && !swept_) && group.making_room_for.empty();
        groups_.for_each_wish(slot, [&](Kind kind, std::uint32_t set, std::size_t) {
            if (set == 0) return;
            const auto& wish = way(kind, set);
            content = content && wish.leaves == group.key && wish.next == group.next;
        });
    });
    return content;
}

/// The ways that rows of a group are to go, and how many rows each.
struct Fib::Tally {
    LeafIds key, next, last;
    std::size_t rows = 0;
};

std::vector<Fib::Tally> Fib::tally(Slot slot) const {
    std::vector<Tally> tallies;
    groups_.for_each_wish(slot, [&](Kind kind, std::uint32_t set, std::size_t rows) {
        if (set == 0) return;
        const auto& wish = way(kind, set);
        if (wish.leaves.empty()) return;
        const auto same = std::ranges::find_if(
            tallies, [&](const Tally& tally) { return tally.key == wish.leaves && tally.next == wish.next; });
        if (same == tallies.end())
            tallies.push_back({wish.leaves, wish.next, wish.last, rows});
        else
            same->rows += rows;
    });
    // Most rows first; equals in the order of their leaves.
    std::ranges::sort(tallies, [](const Tally& a, const Tally& b) {
        return std::tie(b.rows, a.key, a.next) < std::tie(a.rows, b.key, b.next);
    });
    return tallies;
}

void Fib::regroup(Slot slot, Widens widens, Moves moves) {
    auto& group = groups_.at(slot);
    if (!group.exists || group.rows == 0) return;
    const auto wishes = tally(slot);
    if (wishes.empty()) return stay(slot);
    const auto& wish = wishes.front();
    std::size_t counted = 0;
    for (const auto& tally : wishes) counted += tally.rows;

    // Before the sweep an adopted group changes only if the RIB has confirmed all of its routes, and only to grow.
    const bool grows =
        wish.key != group.key && only_gains(group.key, {.leaves = wish.key, .next = wish.next, .last = wish.last});
    if (group.adopted && !swept_ && (counted < group.rows || !grows)) return;

    // Of several none can be the first.
    if (group.sharing == netlink::Sharing::First && wish.key.size() > 1) return stay(slot);
    const auto other = groups_.find(rank_of_group(group.id), wish.key, wish.next, sharing_of(wish.key));
    // What it falls back on is known to us alone: no message.
    if (wish.key == group.key && wish.next != group.next && other == kNowhere) rekey(slot, wish.key, wish.next);
    // What comes next is no reason to wait: those who want another are moved when all go by the right path.
    if (std::ranges::all_of(wishes, [&](const Tally& tally) { return tally.key == wish.key; })) {
        if (wish.key == group.key) return stay(slot);
        if (grows && widens == Widens::Later) return;
        const bool few = group.rows <= kFewRoutes;
        // Few routes: better moved than their group left behind as another's twin, or changed under rows still to come.
        if (few && (!grows || other != kNowhere)) return stay(slot);
        return rekey(slot, wish.key, wish.next);
    }
    if (moves == Moves::Later) return;
    // Most want to grow and some do not: cheaper that the few move out and the group changes under the others.
    const auto move_out = counted - wish.rows;
    const auto merge_later = other == kNowhere ? 0 : std::min(groups_.at(other).rows, wish.rows);
    if (!grows || move_out + merge_later >= wish.rows) return stay(slot);
    if (group.making_room_for == wish.key) return;
    group.making_room_for = wish.key;
    paths_changed();
}

/// The group's rows move one by one, if they are to move.
void Fib::stay(Slot slot) {
    auto& group = groups_.at(slot);
    if (group.making_room_for.empty()) return;
    group.making_room_for.clear();
    paths_changed();
}

void Fib::rekey(Slot slot, LeafIds key, LeafIds next) {
    auto& group = groups_.at(slot);
    group.key = std::move(key);
    group.next = std::move(next);
    group.making_room_for.clear();
    paths_changed();
}

bool Fib::deferred_wishes() const {
    bool found = false;
    groups_.for_each([&](Slot slot) {
        groups_.for_each_wish(slot, [&](Kind kind, std::uint32_t set, std::size_t) {
            const auto verdict = judge(kind, set, slot);
            found = found || verdict == Verdict::Widen || verdict == Verdict::Merge;
        });
    });
    return found;
}

/// When rows whose wish can wait are moved one by one; nothing if there are none.
std::optional<Instant> Fib::moves_due() const {
    if (!deferred_since_) return std::nullopt;
    const auto latest = *deferred_since_ + kLongestBeforeMoves;
    return std::min(latest, settled_ ? last_wish_ + kQuietBeforeMoves : last_deferral_ + kQuietWhileBusy);
}

}  // namespace dyad::fib
