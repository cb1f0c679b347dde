#include "msee/held.hpp"

#include <algorithm>

#include "msee/export.hpp"

namespace dyad::msee {

namespace {

std::size_t count_of(wire::NlriField field) {
    std::size_t count = 0;
    for (wire::NlriCursor prefixes{field}; prefixes.next();) ++count;
    return count;
}

std::size_t announced_by(const wire::UpdateView& update) {
    return count_of(update.announced) + (update.mp_announced ? count_of(*update.mp_announced) : 0);
}

}  // namespace

void Held::begin(Rules rules) {
    clear();
    rules_ = rules;
    peak_ = 0;
}

void Held::clear() {
    routes_.clear();
    sets_.clear();
}

std::expected<void, Held::LimitExceeded> Held::apply(const wire::UpdateView& update) {
    if (rules_.allowance.counting == Counting::HeldAndIncoming)
        if (const auto incoming = announced_by(update); incoming > 0 && count() + incoming > rules_.allowance.most())
            return std::unexpected(LimitExceeded{count(), incoming});
    withdraw(update.withdrawn);
    if (update.mp_withdrawn) withdraw(*update.mp_withdrawn);
    if (!update.announced.octets.empty())
        if (auto held = announce(update.announced, intern(update, std::nullopt)); !held) return held;
    if (update.mp_announced)
        if (auto held = announce(*update.mp_announced, intern(update, update.mp_next_hop)); !held) return held;
    return {};
}

std::optional<wire::Attributes> Held::find(const Prefix& prefix) const {
    const auto at = routes_.find(prefix);
    if (at == routes_.end()) return std::nullopt;
    return at->second->second.attributes;
}

std::vector<Held::Route> Held::all() const {
    std::vector<Route> routes;
    routes.reserve(routes_.size());
    for (const auto& [prefix, set] : routes_) routes.push_back({prefix, set->second.attributes});
    std::ranges::sort(routes, {}, &Route::prefix);
    return routes;
}

/// set is null where the routes are not to be held: each of them replaces, that is removes, what stood before.
std::expected<void, Held::LimitExceeded> Held::announce(wire::NlriField field, Node set) {
    if (set != nullptr) ++set->second.routes;  // ours while we work: no route of it may be its last
    std::expected<void, LimitExceeded> result;
    wire::NlriCursor prefixes{field};
    while (const auto prefix = prefixes.next()) {
        ++announcements_;
        const bool wanted = accepts(rules_.kind, *prefix);
        if (!wanted) ++unwanted_;
        if (set == nullptr || !wanted) {
            erase(*prefix);
            continue;
        }
        const auto at = routes_.find(*prefix);
        if (at != routes_.end()) {
            release(at->second);
            at->second = set;
        } else {
            if (routes_.size() >= rules_.allowance.most()) {
                result = std::unexpected(LimitExceeded{.held = routes_.size()});
                break;
            }
            routes_.emplace(*prefix, set);
            peak_ = std::max(peak_, routes_.size());
        }
        ++set->second.routes;
    }
    if (set != nullptr) release(set);
    return result;
}

void Held::withdraw(wire::NlriField field) {
    wire::NlriCursor prefixes{field};
    while (const auto prefix = prefixes.next()) {
        ++withdrawals_;
        erase(*prefix);
    }
}

void Held::erase(const Prefix& prefix) {
    const auto at = routes_.find(prefix);
    if (at == routes_.end()) return;
    release(at->second);
    routes_.erase(at);
}

void Held::release(Node set) {
    if (--set->second.routes == 0) sets_.erase(set->first);
}

/// The set of the UPDATE's attributes, or null where its routes cannot be held.
Held::Node Held::intern(const wire::UpdateView& update, const std::optional<Address>& next_hop) {
    const auto block = wire::attributes_without_mp(update, scratch_);
    Key key{block.begin(), block.end()};
    if (next_hop) key.insert(key.end(), next_hop->bytes().begin(), next_hop->bytes().end());
    if (const auto at = sets_.find(key); at != sets_.end()) return &*at;

    auto decoded = wire::decode_attributes(block, {.four_octet_as = rules_.four_octet_as});
    if (!decoded) {
        ++damaged_;
        last_damage_ = decoded.error().what;
        return nullptr;
    }
    if (decoded->attributes.as_path.contains(rules_.own_asn)) {
        ++loops_;
        return nullptr;
    }
    if (!accepts(rules_.kind, decoded->attributes.as_path)) {
        ++unwanted_;
        return nullptr;
    }
    // What a customer prepends of private numbers has no effect there.
    if (rules_.kind != PeeringKind::Private) strip_private(decoded->attributes.as_path);
    if (next_hop) decoded->attributes.next_hop = next_hop;
    return &*sets_.emplace(std::move(key), Set{std::move(decoded->attributes)}).first;
}

}  // namespace dyad::msee
