#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "dyad/base/strong_id.hpp"

namespace dyad::rib {

/// Sorted lists of sessions, each once. There are as many as combinations in use (a handful), so they are
/// never freed; id 0 is the empty list.
class PathSets {
public:
    PathSets();
    PathSetId intern(std::span<const SessionId> sorted);
    std::span<const SessionId> members(PathSetId id) const;
    std::size_t size() const { return ends_.size(); }

private:
    PathSetId add(std::span<const SessionId> sorted);

    std::vector<SessionId> sessions_;  ///< all lists, one after another
    std::vector<std::uint32_t> ends_;  ///< where each list ends
    std::vector<PathSetId> alone_;     ///< by session: the list of that session only, the usual case
    std::map<std::vector<SessionId>, PathSetId> together_;
    PathSetId last_ = kNoPaths;  ///< runs of prefixes share their paths
};

}  // namespace dyad::rib
