#include "rib/rib.hpp"

#include <algorithm>

namespace dyad::rib {
namespace {

/// Rows looked at for reconsider() in one settle(): a tenth of a millisecond.
constexpr std::size_t kReconsideredRows = 16'384;

bool stands_in(const RouteCandidate& one) { return one.source->standing == Standing::Backup; }

}  // namespace

SessionRoutes& Rib::session(SessionId id) {
    if (id.index() >= sessions_.size()) sessions_.resize(id.index() + 1);
    return sessions_[id.index()];
}

void Rib::prefetch(SessionId from, PrefixId prefix) const {
    if (from.index() < sessions_.size()) sessions_[from.index()].first.received.prefetch(prefix);
    if (prefix.index() < loc_.size()) __builtin_prefetch(&loc_[prefix.index()]);
}

void Rib::store(SessionRoutes& routes, SessionRoutes::Slot& slot, PrefixId prefix, route::AttributeRef attributes,
                route::AttributePool& pool) {
    const bool was_stale = routes.freshness(slot, prefix) == Freshness::Stale;
    slot.marked.reset(prefix);
    if (slot.received.set(prefix, attributes, pool) || was_stale) dirty_.push(prefix);
}

void Rib::remove(SessionRoutes::Slot& slot, PrefixId prefix, route::AttributePool& pool) {
    slot.marked.reset(prefix);
    if (slot.received.set(prefix, route::kNoAttributes, pool)) dirty_.push(prefix);
}

void Rib::announce(SessionId from, PrefixId prefix, route::AttributeRef attributes, route::AttributePool& pool) {
    auto& said = session(from);
    store(said, said.first, prefix, attributes, pool);
}

void Rib::withdraw(SessionId from, PrefixId prefix, route::AttributePool& pool) {
    remove(session(from).first, prefix, pool);
}

Rib::Kept Rib::announce_path(SessionId from, PrefixId prefix, wire::PathId path, route::AttributeRef attributes,
                             route::AttributePool& pool) {
    auto& said = session(from);
    auto* slot = said.find(prefix, path);
    if (!slot) slot = said.place_for(prefix);
    if (!slot) {
        pool.release(attributes);
        return Kept::No;
    }
    slot->set_id(prefix, path);
    store(said, *slot, prefix, attributes, pool);
    return Kept::Yes;
}

/// RFC 7911 section 5: a path that nobody announced is no error.
void Rib::withdraw_path(SessionId from, PrefixId prefix, wire::PathId path, route::AttributePool& pool) {
    if (auto* slot = session(from).find(prefix, path)) remove(*slot, prefix, pool);
}

void Rib::drop(SessionId from) {
    auto& said = session(from);
    for (std::size_t s = 0; s < said.slots(); ++s) {
        auto& slot = said.slot(s);
        if (slot.received.count() > 0) leaving_.push_back({std::move(slot.received), PrefixId{0}});
    }
    said.first = {};
    said.more.clear();
    std::erase_if(sweeping_, [&](const Sweeping& sweep) { return sweep.session == from; });
}

void Rib::retain(SessionId from, AlreadyStale already, route::AttributePool& pool) {
    finish_sweep(from, pool);
    auto& said = session(from);
    const auto end = PrefixId{static_cast<std::uint32_t>(said.rows())};
    if (already == AlreadyStale::Leave && said.marked_are == Freshness::Stale)
        remove_marked(from, PrefixId{0}, end, pool);
    mark_all(said);
    said.marked_are = Freshness::Stale;
    reconsider(from);
}

void Rib::mark(SessionId from, route::AttributePool& pool) {
    finish_sweep(from, pool);
    auto& said = session(from);
    if (said.marked() > 0 && said.marked_are == Freshness::Stale) return;
    said.marked_are = Freshness::Fresh;
    mark_all(said);
}

void Rib::mark_all(SessionRoutes& said) {
    for (std::size_t s = 0; s < said.slots(); ++s) {
        auto& slot = said.slot(s);
        for (std::uint32_t row = 0; row < slot.received.rows(); ++row)
            if (slot.holds(PrefixId{row})) slot.marked.set(PrefixId{row});
    }
}

void Rib::sweep(SessionId from) {
    const bool under_way = std::ranges::find(sweeping_, from, &Sweeping::session) != sweeping_.end();
    if (session(from).marked() > 0 && !under_way) sweeping_.push_back({from, PrefixId{0}});
}

std::size_t Rib::marked(SessionId of) const {
    return of.index() < sessions_.size() ? sessions_[of.index()].marked() : 0;
}

bool Rib::stale(SessionId of, PrefixId prefix) const {
    if (of.index() >= sessions_.size()) return false;
    const auto& said = sessions_[of.index()];
    for (std::size_t s = 0; s < said.slots(); ++s)
        if (said.freshness(said.slot(s), prefix) == Freshness::Stale) return true;
    return false;
}

void Rib::remove_marked(SessionId from, PrefixId begin, PrefixId end, route::AttributePool& pool) {
    auto& said = session(from);
    for (std::size_t s = 0; s < said.slots(); ++s) {
        auto& slot = said.slot(s);
        for (auto row = begin.value; row < end.value; ++row)
            if (slot.marked.test(PrefixId{row})) remove(slot, PrefixId{row}, pool);
    }
}

/// What a sweep under way would still remove, at once.
void Rib::finish_sweep(SessionId from, route::AttributePool& pool) {
    if (std::erase_if(sweeping_, [&](const Sweeping& sweep) { return sweep.session == from; }) == 0) return;
    remove_marked(from, PrefixId{0}, PrefixId{static_cast<std::uint32_t>(session(from).rows())}, pool);
}

void Rib::drop_slice(std::size_t max_rows, route::AttributePool& pool) {
    while (max_rows > 0 && !leaving_.empty()) {
        auto& [routes, next] = leaving_.front();
        const auto from = next;
        next = routes.clear_slice(from, max_rows, pool, [this](PrefixId prefix) { dirty_.push(prefix); });
        max_rows -= next.index() - from.index();
        if (routes.count() > 0) return;
        leaving_.erase(leaving_.begin());
    }
    while (max_rows > 0 && !sweeping_.empty()) {
        auto& [from, next] = sweeping_.front();
        const auto rows = session(from).rows();
        const auto slice = std::min(max_rows, rows - std::min<std::size_t>(rows, next.index()));
        const PrefixId end{static_cast<std::uint32_t>(next.index() + slice)};
        remove_marked(from, next, end, pool);
        next = end;
        max_rows -= slice;
        if (end.index() >= rows || session(from).marked() == 0) sweeping_.erase(sweeping_.begin());
    }
}

void Rib::reconsider(std::optional<SessionId> of) {
    for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
        if (of && of->value != s) continue;
        std::erase_if(reconsidering_, [&](const Reconsidering& other) { return other.session.value == s; });
        reconsidering_.push_back({SessionId{s}, PrefixId{0}});
    }
}

void Rib::reconsider_slice() {
    for (auto left = kReconsideredRows; left > 0 && !reconsidering_.empty();) {
        auto& [of, next] = reconsidering_.front();
        const auto& said = session(of);
        const auto end = std::min(said.rows(), next.index() + left);
        left -= end - std::min(end, next.index());
        for (; next.index() < end; ++next.value) {
            if (said.holds(next)) dirty_.push(next);
        }
        if (end == said.rows()) reconsidering_.erase(reconsidering_.begin());
    }
}

std::vector<LocChange> Rib::settle(std::size_t max, std::span<const Neighbour> neighbours, route::AttributePool& pool) {
    std::vector<LocChange> changes;
    reconsider_slice();
    const auto prefixes = dirty_.take(max);
    changes.reserve(prefixes.size());
    decided_ += prefixes.size();
    for (const auto prefix : prefixes) {
        weigh(prefix, neighbours, pool);
        note_accepted(prefix);
        const auto before = loc_route(prefix);
        const auto after = choose();
        if (before == after) continue;
        note_used(prefix, before.paths, after.paths);
        store(prefix, after, pool);
        changes.push_back({prefix, before, after});
    }
    return changes;
}

/// Collects what import accepts of the prefix and lets the decision process mark it.
void Rib::weigh(PrefixId id, std::span<const Neighbour> neighbours, const route::AttributePool& pool) {
    candidates_.clear();
    paths_of_candidates_.clear();
    const auto prefix = table_.prefix(id);
    const auto known = std::min(sessions_.size(), neighbours.size());
    for (std::uint32_t s = 0; s < known; ++s) {
        const auto& said = sessions_[s];
        for (std::size_t number = 0; number < said.slots(); ++number) {
            const auto& slot = said.slot(number);
            const auto attributes = slot.received.at(id);
            if (attributes == route::kNoAttributes) continue;
            const auto verdict = policy::judge_import(neighbours[s].import, prefix, attributes, pool);
            if (!verdict.accepted()) continue;
            candidates_.push_back({.facts = &pool.facts(attributes),
                                   .local_preference = verdict.local_preference,
                                   .source = &neighbours[s].source,
                                   .freshness = said.freshness(slot, id),
                                   .path_id = slot.id(id)});
            paths_of_candidates_.push_back({SessionId{s}, attributes});
        }
    }
    decide(candidates_);
}

/// The Loc-RIB entry that the marks of the candidates make.
LocRoute Rib::choose() {
    LocRoute route;
    used_.clear();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const auto& [session, attributes] = paths_of_candidates_[i];
        // Two paths of one session go the same way: forwarding is by session.
        if (candidates_[i].multipath && (used_.empty() || used_.back() != session)) used_.push_back(session);
        if (!candidates_[i].best) continue;
        route.best = session;
        route.attributes = attributes;
    }
    if (used_.empty()) return route;
    find_fallback();
    find_reserve();
    route.paths = path_sets_.intern(used_, fallback_, reserve_);
    return route;
}

/// The decision among those that lost. Known beforehand, so that the kernel's groups can turn to it while the prefixes are
/// still to be decided.
void Rib::find_fallback() {
    fallback_.clear();
    if (candidates_.size() == used_.size()) return;  // nobody lost, as nearly always
    losers_.clear();
    sessions_of_losers_.clear();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        const auto session = paths_of_candidates_[i].session;
        const bool regular = candidates_[i].source->standing == Standing::Regular;
        if (!regular || std::ranges::binary_search(used_, session)) continue;
        losers_.push_back(candidates_[i]);
        sessions_of_losers_.push_back(session);
    }
    choose_among_losers(fallback_);
}

/// What would be best of the ways round: the candidates that stand in for others, whether they do now or not.
void Rib::find_reserve() {
    reserve_.clear();
    if (std::ranges::none_of(candidates_, stands_in)) return;
    losers_.clear();
    sessions_of_losers_.clear();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        if (!stands_in(candidates_[i])) continue;
        losers_.push_back(candidates_[i]);
        sessions_of_losers_.push_back(paths_of_candidates_[i].session);
    }
    choose_among_losers(reserve_);
}

void Rib::choose_among_losers(std::vector<SessionId>& chosen) {
    decide(losers_);
    for (std::size_t i = 0; i < losers_.size(); ++i)
        if (losers_[i].multipath && (chosen.empty() || chosen.back() != sessions_of_losers_[i]))
            chosen.push_back(sessions_of_losers_[i]);
}

void Rib::note_accepted(PrefixId prefix) {
    const auto first = paths_of_candidates_.begin();
    auto accepted = first;
    const auto end = paths_of_candidates_.end();
    for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
        auto& said = sessions_[s];
        bool prolonged = false;
        if (accepted != end && accepted->session.value == s) {
            said.accepted.set(prefix);
            for (; accepted != end && accepted->session.value == s; ++accepted)
                prolonged = prolonged || candidates_[static_cast<std::size_t>(accepted - first)].facts->prolonged;
        } else {
            said.accepted.reset(prefix);
        }
        if (prolonged)
            said.prolonged.set(prefix);
        else if (said.prolonged.count() > 0)
            said.prolonged.reset(prefix);
    }
}

void Rib::note_used(PrefixId prefix, PathSetId before, PathSetId after) {
    if (before == after) return;
    for (const auto s : path_sets_.members(before)) session(s).used.reset(prefix);
    for (const auto s : path_sets_.members(after)) session(s).used.set(prefix);
}

void Rib::store(PrefixId prefix, const LocRoute& route, route::AttributePool& pool) {
    if (prefix.index() >= loc_.size()) loc_.resize(prefix.index() + 1);
    auto& row = loc_[prefix.index()];
    const auto before = row.attributes;
    if (route.attributes != route::kNoAttributes) {
        pool.retain(route.attributes);
        ++loc_size_;
    }
    if (before != route::kNoAttributes) {
        pool.release(before);
        --loc_size_;
    }
    row = {route.attributes, intern({route.best, route.paths})};
}

std::uint32_t Rib::intern(const Choice& choice) {
    if (choices_[last_choice_] == choice) return last_choice_;
    const auto [at, added] = choice_of_.try_emplace(choice, static_cast<std::uint32_t>(choices_.size()));
    if (added) choices_.push_back(choice);
    return last_choice_ = at->second;
}

LocRoute Rib::loc_route(PrefixId prefix) const {
    if (prefix.index() >= loc_.size()) return {};
    const auto& [attributes, choice] = loc_[prefix.index()];
    return {choices_[choice].best, attributes, choices_[choice].paths};
}

route::AttributeRef Rib::received(SessionId from, PrefixId prefix) const {
    if (from.index() >= sessions_.size()) return route::kNoAttributes;
    const auto& said = sessions_[from.index()];
    for (std::size_t s = 0; s < said.slots(); ++s)
        if (said.slot(s).holds(prefix)) return said.slot(s).received.at(prefix);
    return route::kNoAttributes;
}

std::uint32_t Rib::local_preference(PrefixId prefix, std::span<const Neighbour> neighbours,
                                    const route::AttributePool& pool) const {
    const auto route = loc_route(prefix);
    if (route.attributes == route::kNoAttributes || route.best.index() >= neighbours.size()) return 0;
    const auto& import = neighbours[route.best.index()].import;
    return policy::judge_import(import, table_.prefix(prefix), route.attributes, pool).local_preference;
}

std::vector<Explained> Rib::explain(PrefixId prefix, std::span<const Neighbour> neighbours,
                                    const route::AttributePool& pool) const {
    std::vector<Explained> paths;
    std::vector<RouteCandidate> candidates;
    std::vector<std::size_t> path_of_candidate;
    const auto known = std::min(sessions_.size(), neighbours.size());
    for (std::uint32_t s = 0; s < known; ++s) {
        const auto& said = sessions_[s];
        for (std::size_t number = 0; number < said.slots(); ++number) {
            const auto& slot = said.slot(number);
            const auto attributes = slot.received.at(prefix);
            if (attributes == route::kNoAttributes) continue;
            const auto verdict = policy::judge_import(neighbours[s].import, table_.prefix(prefix), attributes, pool);
            if (verdict.accepted()) {
                candidates.push_back({.facts = &pool.facts(attributes),
                                      .local_preference = verdict.local_preference,
                                      .source = &neighbours[s].source,
                                      .freshness = said.freshness(slot, prefix),
                                      .path_id = slot.id(prefix)});
                path_of_candidate.push_back(paths.size());
            }
            paths.push_back(
                {.session = SessionId{s}, .path_id = slot.id(prefix), .attributes = attributes, .verdict = verdict});
        }
    }
    decide(candidates);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        auto& path = paths[path_of_candidate[i]];
        path.lost_at = candidates[i].lost_at;
        path.best = candidates[i].best;
        path.multipath = candidates[i].multipath;
    }
    return paths;
}

bool Rib::accepts(SessionId of, PrefixId prefix) const {
    return of.index() < sessions_.size() && sessions_[of.index()].accepted.test(prefix);
}

SessionCounts Rib::counts(SessionId of) const {
    if (of.index() >= sessions_.size()) return {};
    const auto& s = sessions_[of.index()];
    return {s.received(), s.accepted.count(), s.used.count()};
}

std::size_t Rib::accepted_only(SessionId one, SessionId other) const {
    static const BitColumn kNone;
    const auto of = [&](SessionId id) -> const BitColumn& {
        return id.index() < sessions_.size() ? sessions_[id.index()].accepted : kNone;
    };
    return BitColumn::only_in(of(one), of(other));
}

std::size_t Rib::prolonged(SessionId id) const {
    return id.index() < sessions_.size() ? sessions_[id.index()].prolonged.count() : 0;
}

bool Rib::is_only_path(SessionId of, PrefixId prefix) const {
    const auto paths = loc_route(prefix).paths;
    const auto members = path_sets_.members(paths);
    return members.size() == 1 && members.front() == of && path_sets_.fallback(paths).empty();
}

std::uint64_t Rib::references() const {
    std::uint64_t count = loc_size_;
    for (const auto& s : sessions_) count += s.received();
    for (const auto& l : leaving_) count += l.routes.count();
    return count;
}

std::size_t Rib::memory_octets() const {
    auto octets = table_.memory_octets() + dirty_.memory_octets() + loc_.capacity() * sizeof(Row);
    for (const auto& s : sessions_) octets += s.memory_octets();
    for (const auto& l : leaving_) octets += l.routes.memory_octets();
    return octets;
}

}  // namespace dyad::rib
