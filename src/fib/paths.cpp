#include "fib/paths.hpp"

#include <algorithm>
#include <utility>

namespace dyad::fib {

void Paths::define(SessionId session, const Address& gateway, std::uint32_t interface_index) {
    if (session.index() >= paths_.size()) paths_.resize(session.index() + 1);
    auto& path = paths_[session.index()];
    if (path.defined && path.gateway == gateway && path.interface_index == interface_index) return;
    unbind(session);
    path = Path{.defined = true,
                .drained = path.drained,
                .order = path.order,
                .gateway = gateway,
                .interface_index = interface_index};
    bind(session);
}

void Paths::forget(SessionId session) {
    if (session.index() >= paths_.size()) return;
    unbind(session);
    paths_[session.index()] = {};
}

void Paths::set_down(SessionId session) {
    if (session.index() < paths_.size()) paths_[session.index()].down = true;
}

void Paths::set_stale(SessionId session) {
    if (session.index() < paths_.size()) paths_[session.index()].stale = true;
}

void Paths::set_up(SessionId session) {
    if (session.index() >= paths_.size()) return;
    paths_[session.index()].down = false;
    paths_[session.index()].stale = false;
}

bool Paths::is_down(SessionId session) const {
    const auto* found = path(session);
    return found && found->down;
}

void Paths::set_drained(SessionId session, Drained drained) {
    if (session.index() >= paths_.size()) paths_.resize(session.index() + 1);
    paths_[session.index()].drained = drained == Drained::Yes;
}

void Paths::set_order(SessionId session, Order order) {
    if (session.index() >= paths_.size()) paths_.resize(session.index() + 1);
    paths_[session.index()].order = order;
}

Order Paths::order(SessionId session) const {
    const auto* found = path(session);
    return found ? found->order : Order::None;
}

bool Paths::is_drained(SessionId session) const {
    const auto* found = path(session);
    return found && found->drained;
}

Standing Paths::standing(SessionId session) const {
    const auto* found = path(session);
    if (!found) return Standing::Good;
    return found->stale ? Standing::Stale : found->drained ? Standing::Drained : Standing::Good;
}

std::vector<std::uint32_t> Paths::link_down(std::uint32_t interface_index) {
    if (!link_is_down(interface_index)) links_down_.push_back(interface_index);
    std::vector<std::uint32_t> lost;
    for (auto& leaf : leaves_) {
        if (leaf.leaf.interface_index != interface_index) continue;
        leaf.present = false;
        lost.push_back(leaf.leaf.id);
    }
    // Nobody's leaf, and the kernel has dropped it: nothing is left of it.
    if (lost_ == Lost::Forgotten)
        std::erase_if(leaves_, [](const LeafObject& leaf) { return !leaf.present && !leaf.session; });
    return lost;
}

void Paths::link_up(std::uint32_t interface_index) {
    std::erase(links_down_, interface_index);
    for (auto& leaf : leaves_)
        if (leaf.leaf.interface_index == interface_index) leaf.backoff = {};
}

const LeafObject* Paths::usable(SessionId session) const {
    const auto* leaf = leaf_of(session);
    return leaf && leaf->present && !is_down(session) ? leaf : nullptr;
}

const LeafObject* Paths::leaf_of(SessionId session) const {
    const auto* found = path(session);
    return found && found->leaf_id != 0 ? find(found->leaf_id) : nullptr;
}

LeafObject* Paths::find(std::uint32_t id) {
    const auto found = std::ranges::find(leaves_, id, [](const LeafObject& leaf) { return leaf.leaf.id; });
    return found == leaves_.end() ? nullptr : &*found;
}

const LeafObject* Paths::find(std::uint32_t id) const {
    const auto found = std::ranges::find(leaves_, id, [](const LeafObject& leaf) { return leaf.leaf.id; });
    return found == leaves_.end() ? nullptr : &*found;
}

bool Paths::creatable(const LeafObject& leaf) const {
    return leaf.session && leaf.leaf.interface_index != 0 && !link_is_down(leaf.leaf.interface_index);
}

void Paths::erase(std::uint32_t id) {
    std::erase_if(leaves_, [&](const LeafObject& leaf) { return leaf.leaf.id == id; });
}

void Paths::replace(std::vector<netlink::Leaf> ours, std::vector<std::uint32_t> taken) {
    std::vector<LeafObject> before = std::exchange(leaves_, {});
    taken_ = std::move(taken);
    for (auto& leaf : ours) leaves_.push_back({.leaf = leaf, .present = true});
    for (std::uint32_t index = 0; index < paths_.size(); ++index) {
        auto& path = paths_[index];
        if (!path.defined) continue;
        // Its own leaf of before if that is still what it was; else any that fits; else a new one.
        auto* own = find(path.leaf_id);
        const auto old = std::ranges::find(before, path.leaf_id, [](const LeafObject& leaf) { return leaf.leaf.id; });
        if (own && !own->session && old != before.end() && own->leaf == old->leaf)
            own->session = SessionId{index};
        else
            path.leaf_id = 0;
    }
    for (std::uint32_t index = 0; index < paths_.size(); ++index) bind(SessionId{index});
    for (const auto& old : before)
        if (auto* leaf = find(old.leaf.id); leaf && leaf->leaf == old.leaf) leaf->told = old.told;
}

bool Paths::is_free(std::uint32_t id) const { return !find(id) && std::ranges::find(taken_, id) == taken_.end(); }

const Paths::Path* Paths::path(SessionId session) const {
    return session.index() < paths_.size() ? &paths_[session.index()] : nullptr;
}

void Paths::bind(SessionId session) {
    auto& path = paths_[session.index()];
    if (!path.defined || path.leaf_id != 0) return;
    for (auto& leaf : leaves_) {
        if (leaf.session || leaf.leaf.gateway != path.gateway || leaf.leaf.interface_index != path.interface_index)
            continue;
        leaf.session = session;
        path.leaf_id = leaf.leaf.id;
        return;
    }
    const auto id = free_id();
    leaves_.push_back({.leaf = {id, path.gateway, path.interface_index}, .session = session});
    path.leaf_id = id;
}

std::uint32_t Paths::free_id() const {
    auto id = kFirstLeafId;
    while (!is_free(id)) ++id;
    return id;
}

std::optional<std::uint32_t> Paths::find_hop(const netlink::Hop& hop) const {
    for (const auto& leaf : leaves_)
        if (leaf.leaf.gateway == hop.gateway && leaf.leaf.interface_index == hop.interface_index) return leaf.leaf.id;
    return std::nullopt;
}

std::optional<std::uint32_t> Paths::adopt(const netlink::Hop& hop) {
    auto id = find_hop(hop);
    if (!id && leaves_.size() >= kMostLeaves) return std::nullopt;
    if (!id) {
        id = free_id();
        leaves_.push_back({.leaf = {*id, hop.gateway, hop.interface_index}});
    }
    find(*id)->present = !link_is_down(hop.interface_index);
    return id;
}

void Paths::unbind(SessionId session) {
    auto& path = paths_[session.index()];
    if (path.leaf_id == 0) return;
    auto* leaf = find(path.leaf_id);
    path.leaf_id = 0;
    if (!leaf) return;
    leaf->session.reset();
    // One that may be in the kernel stays listed until it has been deleted there.
    if (!leaf->present && lost_ == Lost::Forgotten) erase(leaf->leaf.id);
}

bool Paths::link_is_down(std::uint32_t interface_index) const {
    return std::ranges::find(links_down_, interface_index) != links_down_.end();
}

}  // namespace dyad::fib
