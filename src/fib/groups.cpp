#include "fib/groups.hpp"

#include <algorithm>
#include <iterator>
#include <limits>

#include "dyad/base/contains.hpp"
#include "dyad/base/ensure.hpp"
#include "fib/paths.hpp"

namespace dyad::fib {

LeafIds in_order(netlink::Group group) {
    auto& ids = group.members;
    const bool first_carries = group.sharing == netlink::Sharing::First && !ids.empty();
    std::sort(ids.begin() + (first_carries ? 1 : 0), ids.end());
    return std::move(ids);
}

bool includes(const LeafIds& whole, const LeafIds& part) { return std::ranges::includes(whole, part); }

Groups::Groups() : slots_(kElsewhere + 1) {}

Slot Groups::add(GroupObject group) {
    ensure(group.id != 0);
    for (std::size_t slot = kElsewhere + 1; slot < slots_.size(); ++slot) {
        if (slots_[slot].id != 0) continue;
        slots_[slot] = std::move(group);
        return static_cast<Slot>(slot);
    }
    ensure(slots_.size() < std::numeric_limits<Slot>::max());
    slots_.push_back(std::move(group));
    return static_cast<Slot>(slots_.size() - 1);
}

void Groups::free(Slot slot) {
    ensure(slot > kElsewhere && slots_[slot].rows == 0);
    slots_[slot] = {};
}

LeafIds GroupObject::to_hold() const {
    auto ids = key;
    if (sharing == netlink::Sharing::First)
        std::ranges::copy_if(next, std::back_inserter(ids), [&](std::uint32_t leaf) { return !contains(key, leaf); });
    return ids;
}

bool GroupObject::serves(netlink::Sharing wanted) const {
    return sharing == wanted || (sharing == netlink::Sharing::First && key.size() == 1);
}

Slot Groups::find(Rank rank, const LeafIds& key, const LeafIds& next, netlink::Sharing sharing) const {
    Slot best = kNowhere;
    for_each([&](Slot slot) {
        const auto& group = at(slot);
        if (group.key != key || group.next != next || !group.making_room_for.empty()) return;
        if (!group.serves(sharing)) return;
        if (rank_of_group(group.id) != rank) return;
        // Rows of a group that the kernel deleted are counted until each has been looked at: not the place to go.
        if (!group.exists && group.rows > 0) return;
        if (best == kNowhere || group.rows > at(best).rows || (group.exists && !at(best).exists)) best = slot;
    });
    return best;
}

Slot Groups::find_id(std::uint32_t id) const {
    Slot found = kNowhere;
    for_each([&](Slot slot) {
        if (at(slot).id == id) found = slot;
    });
    return found;
}

void Groups::count(Kind kind, std::uint32_t set, Slot slot, int change) {
    if (set == 0 && slot == kNowhere) return;
    auto& group = slots_[slot];
    auto& counts = group.by_set[index_of(kind)];
    if (set >= counts.size()) counts.resize(set + 1);
    if (counts[set] == 0 && set != 0) ++new_wishes_;
    counts[set] += static_cast<std::uint32_t>(change);
    group.rows += static_cast<std::size_t>(change);
}

}  // namespace dyad::fib
