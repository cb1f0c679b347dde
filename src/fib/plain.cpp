#include <algorithm>
#include <array>
#include <utility>

#include "dyad/base/contains.hpp"
#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// Routes that carry their gateways themselves, for kernels without nexthop objects. The plan is the same, but a leaf is
/// only a way out that can be used, and a group the ways out that its routes carry. Neither is in the kernel, so both are there as
/// soon as they are wanted, and a group never changes: what is one message elsewhere is one for each route here. Rows of a
/// group that holds a dead path are rewritten ahead of the queue where there is another way. Of a group all of whose paths are dead nobody knows
/// what the kernel does: it deletes IPv4 routes over an interface that is switched off, and says nothing. Its rows are
/// "elsewhere": written again when they can be, deleted when they are not wanted.
namespace dyad::fib {

/// Everything is read again, and stands elsewhere until it has been rewritten.
void Fib::switch_nexthops(Instant now) {
    rows_.for_each(
        [&](RowId id, Row& row) { set_installed(id, groups_.holds_routes(row.installed) ? kElsewhere : kNowhere); });
    std::vector<Slot> all;
    groups_.for_each([&](Slot slot) { all.push_back(slot); });
    for (const auto slot : all) groups_.free(slot);
    obsolete_.clear();
    paths_.lost_leaves_are(is_plain() ? Paths::Lost::Kept : Paths::Lost::Forgotten);
    paths_.replace({}, {});
    paths_changed();
    lost_answers(now);
}

void Fib::plan_plain_objects() {
    bool found = false;
    for (auto& leaf : paths_.leaves()) {
        if (!leaf_is_to_be_created(leaf)) continue;
        leaf.present = true;
        found = true;
    }
    if (found) paths_changed();

    std::vector<Slot> unused;
    groups_.for_each([&](Slot slot) {
        const auto& group = groups_.at(slot);
        if (group.rows == 0 && !(group.exists && group_is_wanted(slot))) unused.push_back(slot);
    });
    for (const auto slot : unused) groups_.free(slot);
    // Rows may have found one that was of no use any more.
    if (!unused.empty()) paths_changed();
    drop_unused_leaves();
}

/// Nobody's, and no route carries them.
void Fib::drop_unused_leaves() {
    std::vector<std::uint32_t> unused;
    for (const auto& leaf : paths_.leaves()) {
        bool used = leaf.session.has_value();
        groups_.for_each([&](Slot slot) { used = used || contains(groups_.at(slot).key, leaf.leaf.id); });
        if (!used) unused.push_back(leaf.leaf.id);
    }
    for (const auto id : unused) paths_.erase(id);
}

/// With a group its routes would go: only when none of ours may stand there any more.
void Fib::plan_obsolete() {
    if (groups_.at(kElsewhere).rows > 0) return;
    while (!obsolete_.empty() && batch_.has_room()) {
        batch_.add({.does = Does::DeleteLeftover}, [&](std::uint32_t sequence, Writer& out) {
            encode_delete_nexthop(obsolete_.back(), sequence, netlink::Ack::OnErrorOnly, out);
        });
        obsolete_.pop_back();
    }
}

/// In the order of their leaves, as a group's members.
std::vector<netlink::Hop> Fib::hops_of(Slot slot) const {
    std::vector<netlink::Hop> hops;
    for (const auto id : groups_.at(slot).key) {
        const auto& leaf = paths_.find(id)->leaf;
        hops.push_back({leaf.gateway, leaf.interface_index});
    }
    return hops;
}

/// At start every way out is remembered, whose it is will be seen; later what we do not know is not ours.
Slot Fib::plain_slot_of(const netlink::Route& route) {
    if (route.hops.empty() || route.hops.size() > kMostHops) return kElsewhere;
    LeafIds key;
    for (const auto& hop : route.hops) {
        const auto id = adopted_ ? paths_.find_hop(hop) : paths_.adopt(hop);
        if (!id || contains(key, *id)) return kElsewhere;
        key.push_back(*id);
    }
    std::ranges::sort(key);
    const auto slot = plain_group(*rank_of(route), key);
    groups_.at(slot).adopted = groups_.at(slot).adopted || !adopted_;
    return slot;
}

/// The group for exactly these ways out.
Slot Fib::plain_group(Rank rank, const LeafIds& key) {
    const auto slot = groups_.find(rank, key, {}, netlink::Sharing::Equal);
    return slot != kNowhere && groups_.at(slot).exists ? slot : group_for(rank, {.leaves = key});
}

/// Those of a group's leaves by which traffic may go on, chosen as for a wish.
LeafIds Fib::alive_of(const LeafIds& key) const {
    std::array<LeafIds, 3> alive;  // by standing
    for (const auto id : key) {
        const auto* leaf = paths_.find(id);
        if (!leaf || !leaf->present || (leaf->session && paths_.is_down(*leaf->session))) continue;
        const auto standing = leaf->session ? paths_.standing(*leaf->session) : Standing::Good;
        alive[static_cast<std::size_t>(standing)].push_back(id);
    }
    const auto best = std::ranges::find_if(alive, [](const LeafIds& ids) { return !ids.empty(); });
    return best == alive.end() ? LeafIds{} : *best;
}

void Fib::note_endangered() {
    bool fresh = false;
    groups_.for_each([&](Slot slot) {
        auto& group = groups_.at(slot);
        if (!group.exists) return;
        const auto alive = alive_of(group.key).size();
        group.exists = alive > 0;
        const bool endangered = alive < group.key.size();
        fresh = fresh || (endangered && !group.urgent);
        group.urgent = endangered;
    });
    if (fresh) rows_.restart_rescue();
}

std::optional<RowId> Fib::next_endangered() {
    if (!rows_.rescuing()) return std::nullopt;
    const auto id = rows_.next_to_rescue([&](RowId, const Row& row) {
        return groups_.at(row.installed).urgent && !row.sent && !row.looking && !row.failed;
    });
    if (!id && rescued_ > 0) tell(Moved{.group = 0, .routes = std::exchange(rescued_, 0)});
    return id;
}

void Fib::plan_rescue(RowId id, const PrefixSource& source) {
    const auto& row = rows_.at(id);
    const auto before = batch_.size();
    if (is_held(row, id.kind()))
        write_row(id, plain_group(id.rank(), alive_of(groups_.at(row.installed).key)), source);
    else
        plan_row(id, source);
    rescued_ += batch_.size() - before;
}

/// Somebody deletes what we have no use for: routes of ours that still went through it are gone.
void Fib::plain_nexthop_touched(Instant now, std::uint32_t id) {
    if (contains(obsolete_, id)) look_soon(now);
}

}  // namespace dyad::fib
