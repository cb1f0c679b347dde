#include "rib/path_sets.hpp"

#include <algorithm>

namespace dyad::rib {

PathSets::PathSets() : sets_{Set{}} {}

PathSetId PathSets::intern(std::span<const SessionId> sorted, std::span<const SessionId> fallback,
                           std::span<const SessionId> reserve) {
    if (sorted.empty()) return kNoPaths;
    if (std::ranges::equal(sorted, members(last_)) && std::ranges::equal(fallback, this->fallback(last_)) &&
        std::ranges::equal(reserve, this->reserve(last_)))
        return last_;
    if (sorted.size() == 1 && fallback.empty() && reserve.empty()) {
        const auto session = sorted.front().index();
        if (session >= alone_.size()) alone_.resize(session + 1);
        if (alone_[session] == kNoPaths) alone_[session] = add(sorted, fallback, reserve);
        return last_ = alone_[session];
    }
    auto& id = together_[Lists{std::vector<SessionId>{sorted.begin(), sorted.end()},
                               std::vector<SessionId>{fallback.begin(), fallback.end()},
                               std::vector<SessionId>{reserve.begin(), reserve.end()}}];
    if (id == kNoPaths) id = add(sorted, fallback, reserve);
    return last_ = id;
}

std::span<const SessionId> PathSets::members(PathSetId id) const {
    return list(sets_[id.index()].begin, sets_[id.index()].fallback);
}

std::span<const SessionId> PathSets::fallback(PathSetId id) const {
    return list(sets_[id.index()].fallback, sets_[id.index()].reserve);
}

std::span<const SessionId> PathSets::reserve(PathSetId id) const {
    return list(sets_[id.index()].reserve, sets_[id.index()].end);
}

std::span<const SessionId> PathSets::list(std::uint32_t begin, std::uint32_t end) const {
    return std::span{sessions_}.subspan(begin, end - begin);
}

PathSetId PathSets::add(std::span<const SessionId> sorted, std::span<const SessionId> fallback,
                        std::span<const SessionId> reserve) {
    const auto begin = static_cast<std::uint32_t>(sessions_.size());
    sessions_.insert(sessions_.end(), sorted.begin(), sorted.end());
    const auto behind = static_cast<std::uint32_t>(sessions_.size());
    sessions_.insert(sessions_.end(), fallback.begin(), fallback.end());
    const auto last = static_cast<std::uint32_t>(sessions_.size());
    sessions_.insert(sessions_.end(), reserve.begin(), reserve.end());
    sets_.push_back({begin, behind, last, static_cast<std::uint32_t>(sessions_.size())});
    return PathSetId{static_cast<std::uint32_t>(sets_.size() - 1)};
}

}  // namespace dyad::rib
