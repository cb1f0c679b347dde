#pragma once
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
    std::size_t size() const;
};

}  // namespace dyad::rib
