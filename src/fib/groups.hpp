#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "fib/backoff.hpp"
#include "fib/rows.hpp"
#include "netlink/requests.hpp"

namespace dyad::fib {

/// Sorted ids of leaf nexthops.
using LeafIds = std::vector<std::uint32_t>;

/// A nexthop group: what it holds, what it is to hold, and how many rows go through it.
struct GroupObject {
    std::uint32_t id = 0;  ///< 0: the slot is free
    LeafIds key{};         ///< what it is to hold
    LeafIds next{};        ///< what it is to hold when its last path is lost: the reserve of all its rows
    LeafIds members{};     ///< what it holds in the kernel, as far as answers and link news tell
    LeafIds sent{};        ///< what the request under way asks for
    netlink::Sharing sharing = netlink::Sharing::Equal;  ///< as it was created: never changes
    bool exists = false;                                 ///< in the kernel
    std::uint32_t losing = 0;   ///< the leaf whose deletion is under way, and which the kernel takes out of it; 0: none
    bool urgent = false;        ///< to be rewritten ahead of everything: a path in it is dead
    bool adopted = false;       ///< found at start
    LeafIds making_room_for{};  ///< not empty: rows that want anything else move out, so that it can become this
    std::size_t rows = 0;
    /// Rows by what they want: [kind][PathSetId].
    std::array<std::vector<std::uint32_t>, kKinds> by_set{};

    /// What it is to hold in the kernel: where the first carries all, with those that stand by.
    LeafIds to_hold() const;
    /// Where there is but one to carry, the first carries all in either.
    bool serves(netlink::Sharing wanted) const;
};

/// A group's members as we write them: sorted, behind the first where that carries all.
LeafIds in_order(netlink::Group group);
/// True if every member of part is one of whole.
bool includes(const LeafIds& whole, const LeafIds& part);

/// The groups, and how many rows want which set while going through which group: a few hundred numbers that tell
/// what is to be done for a million rows without looking at them.
class Groups {
public:
    Groups();

    GroupObject& at(Slot slot) { return slots_[slot]; }
    const GroupObject& at(Slot slot) const { return slots_[slot]; }
    /// Slots are 0 .. size()-1; the first two are no groups.
    std::size_t size() const { return slots_.size(); }
    Slot add(GroupObject group);
    void free(Slot slot);
    bool is_free(Slot slot) const { return slots_[slot].id == 0; }
    /// A row installed there is in the kernel.
    bool holds_routes(Slot slot) const { return slot == kElsewhere || slots_[slot].exists; }
    /// A group for exactly these leaves and that reserve, the one with the most rows if there are twins; kNowhere if there is
    /// none.
    Slot find(Rank rank, const LeafIds& key, const LeafIds& next, netlink::Sharing sharing) const;
    Slot find_id(std::uint32_t id) const;

    /// A row that wants this set goes (no more) through this slot.
    void count(Kind kind, std::uint32_t set, Slot slot, int change);
    /// How often a first row came to want some set through some slot: as long as it stands nobody wants anything new.
    std::uint64_t new_wishes() const { return new_wishes_; }
    /// Calls visit(kind, set, rows) for each set that rows of the slot want.
    template <class Visit>
    void for_each_wish(Slot slot, Visit&& visit) const {
        for (const auto kind : kAllKinds) {
            const auto& counts = slots_[slot].by_set[index_of(kind)];
            for (std::uint32_t set = 0; set < counts.size(); ++set)
                if (counts[set] != 0) visit(kind, set, counts[set]);
        }
    }
    /// Calls visit(slot) for each group (not the two that are none).
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t slot = kElsewhere + 1; slot < slots_.size(); ++slot)
            if (slots_[slot].id != 0) visit(static_cast<Slot>(slot));
    }

private:
    std::vector<GroupObject> slots_;
    std::uint64_t new_wishes_ = 0;
};

}  // namespace dyad::fib
