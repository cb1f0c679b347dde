#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "dyad/base/strong_id.hpp"

namespace dyad::rib {

/// The sessions a prefix is forwarded by, behind them those that are next when all of these fail, and behind all what stands
/// in for others: three sorted lists, each combination once. There are as many as are in use (a handful), so they are never
/// freed; id 0 is the empty one.
class PathSets {
public:
    PathSets();
    PathSetId intern(std::span<const SessionId> sorted, std::span<const SessionId> fallback = {},
                     std::span<const SessionId> reserve = {});
    std::span<const SessionId> members(PathSetId id) const;
    /// What the decision would be without the members: none of them is in it.
    std::span<const SessionId> fallback(PathSetId id) const;
    /// What stands in (Standing::Backup, or by the link that `prefer` does not name), whether it is among the members or not.
    std::span<const SessionId> reserve(PathSetId id) const;
    std::size_t size() const { return sets_.size(); }

private:
    struct Set {
        std::uint32_t begin = 0, fallback = 0, reserve = 0, end = 0;  ///< places in sessions_
    };
    std::span<const SessionId> list(std::uint32_t begin, std::uint32_t end) const;
    PathSetId add(std::span<const SessionId> sorted, std::span<const SessionId> fallback,
                  std::span<const SessionId> reserve);

    std::vector<SessionId> sessions_;  ///< all lists, one after another
    std::vector<Set> sets_;
    std::vector<PathSetId> alone_;  ///< by session: that session only, the usual case
    using Lists = std::array<std::vector<SessionId>, 3>;
    std::map<Lists, PathSetId> together_;
    PathSetId last_ = kNoPaths;  ///< runs of prefixes share their paths
};

}  // namespace dyad::rib
