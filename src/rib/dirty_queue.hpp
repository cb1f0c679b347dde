#pragma once
#include <cstddef>
#include <vector>

#include "dyad/base/strong_id.hpp"

namespace dyad::rib {

/// Prefixes to be looked at again, each at most once, in the order they became so. Last state wins: what
/// happened in between does not matter to whoever takes it out.
class DirtyQueue {
public:
    /// False if it was waiting already.
    bool push(PrefixId id);
    /// Up to max ids, oldest first.
    std::vector<PrefixId> take(std::size_t max);
    std::size_t size() const;
    bool empty() const { return size() == 0; }
    bool holds(PrefixId id) const;
    void clear();
};

}  // namespace dyad::rib
