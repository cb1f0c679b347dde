#include "rib/rib.hpp"

#include <algorithm>

namespace dyad::rib {

Rib::Session& Rib::session(SessionId id) {
    if (id.index() >= sessions_.size()) sessions_.resize(id.index() + 1);
    return sessions_[id.index()];
}

void Rib::announce(SessionId from, PrefixId prefix, route::AttributeRef attributes, route::AttributePool& pool) {
    auto& said = session(from);
    const bool was_stale = freshness(said, prefix) == Freshness::Stale;
    said.marked.reset(prefix);
    if (said.received.set(prefix, attributes, pool) || was_stale) dirty_.push(prefix);
}

void Rib::withdraw(SessionId from, PrefixId prefix, route::AttributePool& pool) {
    session(from).marked.reset(prefix);
    if (session(from).received.set(prefix, route::kNoAttributes, pool)) dirty_.push(prefix);
}

void Rib::drop(SessionId from) {
    auto& received = session(from).received;
    if (received.count() > 0) leaving_.push_back({std::move(received), PrefixId{0}});
    received = {};
    session(from).marked.clear();
    std::erase_if(sweeping_, [&](const Sweeping& sweep) { return sweep.session == from; });
}

void Rib::retain(SessionId from, AlreadyStale already, route::AttributePool& pool) {
    finish_sweep(from, pool);
    auto& said = session(from);
    const auto end = PrefixId{static_cast<std::uint32_t>(said.received.rows())};
    if (already == AlreadyStale::Leave && said.marked_are == Freshness::Stale)
        remove_marked(from, PrefixId{0}, end, pool);
    mark_all(said);
    said.marked_are = Freshness::Stale;
    reconsider(from);
}

void Rib::mark(SessionId from, route::AttributePool& pool) {
    finish_sweep(from, pool);
    auto& said = session(from);
    if (said.marked.count() > 0 && said.marked_are == Freshness::Stale) return;
    said.marked_are = Freshness::Fresh;
    mark_all(said);
}

void Rib::mark_all(Session& said) const {
    for (std::uint32_t row = 0; row < said.received.rows(); ++row)
        if (said.received.at(PrefixId{row}) != route::kNoAttributes) said.marked.set(PrefixId{row});
}

void Rib::sweep(SessionId from) {
    const bool under_way = std::ranges::find(sweeping_, from, &Sweeping::session) != sweeping_.end();
    if (session(from).marked.count() > 0 && !under_way) sweeping_.push_back({from, PrefixId{0}});
}

std::size_t Rib::marked(SessionId of) const {
    return of.index() < sessions_.size() ? sessions_[of.index()].marked.count() : 0;
}

bool Rib::stale(SessionId of, PrefixId prefix) const {
    return of.index() < sessions_.size() && freshness(sessions_[of.index()], prefix) == Freshness::Stale;
}

Freshness Rib::freshness(const Session& said, PrefixId prefix) const {
    return said.marked_are == Freshness::Stale && said.marked.test(prefix) ? Freshness::Stale : Freshness::Fresh;
}

void Rib::remove_marked(SessionId from, PrefixId begin, PrefixId end, route::AttributePool& pool) {
    for (auto row = begin.value; row < end.value; ++row)
        if (session(from).marked.test(PrefixId{row})) withdraw(from, PrefixId{row}, pool);
}

/// What a sweep under way would still remove, at once.
void Rib::finish_sweep(SessionId from, route::AttributePool& pool) {
    if (std::erase_if(sweeping_, [&](const Sweeping& sweep) { return sweep.session == from; }) == 0) return;
    remove_marked(from, PrefixId{0}, PrefixId{static_cast<std::uint32_t>(session(from).received.rows())}, pool);
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
        const auto rows = session(from).received.rows();
        const auto slice = std::min(max_rows, rows - std::min<std::size_t>(rows, next.index()));
        const PrefixId end{static_cast<std::uint32_t>(next.index() + slice)};
        remove_marked(from, next, end, pool);
        next = end;
        max_rows -= slice;
        if (end.index() >= rows || session(from).marked.count() == 0) sweeping_.erase(sweeping_.begin());
    }
}

void Rib::reconsider(std::optional<SessionId> of) {
    for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
        if (of && of->value != s) continue;
        const auto& received = sessions_[s].received;
        for (std::uint32_t row = 0; row < received.rows(); ++row) {
            if (received.at(PrefixId{row}) != route::kNoAttributes) dirty_.push(PrefixId{row});
        }
    }
}

std::vector<LocChange> Rib::settle(std::size_t max, std::span<const Neighbour> neighbours, route::AttributePool& pool) {
    std::vector<LocChange> changes;
    for (const auto prefix : dirty_.take(max)) {
        weigh(prefix, neighbours, pool);
        note_accepted(prefix);
        const auto before = loc_route(prefix);
        const auto after = choose(prefix);
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
    sessions_of_candidates_.clear();
    const auto prefix = table_.prefix(id);
    const auto known = std::min(sessions_.size(), neighbours.size());
    for (std::uint32_t s = 0; s < known; ++s) {
        const auto attributes = sessions_[s].received.at(id);
        if (attributes == route::kNoAttributes) continue;
        const auto verdict = policy::judge_import(neighbours[s].import, prefix, attributes, pool);
        if (!verdict.accepted()) continue;
        candidates_.push_back({.facts = &pool.facts(attributes),
                               .local_preference = verdict.local_preference,
                               .source = &neighbours[s].source,
                               .freshness = freshness(sessions_[s], id)});
        sessions_of_candidates_.push_back(SessionId{s});
    }
    decide(candidates_);
}

/// The Loc-RIB entry that the marks of the candidates make.
LocRoute Rib::choose(PrefixId prefix) {
    LocRoute route;
    used_.clear();
    for (std::size_t i = 0; i < candidates_.size(); ++i) {
        if (candidates_[i].multipath) used_.push_back(sessions_of_candidates_[i]);
        if (candidates_[i].best) route.best = sessions_of_candidates_[i];
    }
    if (used_.empty()) return route;
    route.attributes = received(route.best, prefix);
    route.paths = path_sets_.intern(used_);
    return route;
}

void Rib::note_accepted(PrefixId prefix) {
    auto accepted = sessions_of_candidates_.begin();
    for (std::uint32_t s = 0; s < sessions_.size(); ++s) {
        if (accepted != sessions_of_candidates_.end() && accepted->value == s) {
            sessions_[s].accepted.set(prefix);
            ++accepted;
        } else {
            sessions_[s].accepted.reset(prefix);
        }
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
    return from.index() < sessions_.size() ? sessions_[from.index()].received.at(prefix) : route::kNoAttributes;
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
        const auto attributes = received(SessionId{s}, prefix);
        if (attributes == route::kNoAttributes) continue;
        const auto verdict = policy::judge_import(neighbours[s].import, table_.prefix(prefix), attributes, pool);
        if (verdict.accepted()) {
            candidates.push_back({.facts = &pool.facts(attributes),
                                  .local_preference = verdict.local_preference,
                                  .source = &neighbours[s].source,
                                  .freshness = freshness(sessions_[s], prefix)});
            path_of_candidate.push_back(paths.size());
        }
        paths.push_back({.session = SessionId{s}, .attributes = attributes, .verdict = verdict});
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

SessionCounts Rib::counts(SessionId of) const {
    if (of.index() >= sessions_.size()) return {};
    const auto& s = sessions_[of.index()];
    return {s.received.count(), s.accepted.count(), s.used.count()};
}

std::uint64_t Rib::references() const {
    std::uint64_t count = loc_size_;
    for (const auto& s : sessions_) count += s.received.count();
    for (const auto& l : leaving_) count += l.routes.count();
    return count;
}

std::size_t Rib::memory_octets() const {
    auto octets = table_.memory_octets() + dirty_.memory_octets() + loc_.capacity() * sizeof(Row);
    for (const auto& s : sessions_)
        octets +=
            s.received.memory_octets() + s.accepted.memory_octets() + s.used.memory_octets() + s.marked.memory_octets();
    for (const auto& l : leaving_) octets += l.routes.memory_octets();
    return octets;
}

}  // namespace dyad::rib
