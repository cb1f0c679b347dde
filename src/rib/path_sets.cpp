#include "rib/path_sets.hpp"

#include <algorithm>

namespace dyad::rib {

PathSets::PathSets() : ends_{0} {}

PathSetId PathSets::intern(std::span<const SessionId> sorted) {
    if (sorted.empty()) return kNoPaths;
    if (std::ranges::equal(sorted, members(last_))) return last_;
    if (sorted.size() == 1) {
        const auto session = sorted.front().index();
        if (session >= alone_.size()) alone_.resize(session + 1);
        if (alone_[session] == kNoPaths) alone_[session] = add(sorted);
        return last_ = alone_[session];
    }
    auto& id = together_[{sorted.begin(), sorted.end()}];
    if (id == kNoPaths) id = add(sorted);
    return last_ = id;
}

std::span<const SessionId> PathSets::members(PathSetId id) const {
    const auto begin = id == kNoPaths ? 0 : ends_[id.index() - 1];
    return std::span{sessions_}.subspan(begin, ends_[id.index()] - begin);
}

PathSetId PathSets::add(std::span<const SessionId> sorted) {
    sessions_.insert(sessions_.end(), sorted.begin(), sorted.end());
    ends_.push_back(static_cast<std::uint32_t>(sessions_.size()));
    return PathSetId{static_cast<std::uint32_t>(ends_.size() - 1)};
}

}  // namespace dyad::rib
