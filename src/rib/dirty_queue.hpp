#pragma once
#include <cstddef>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "rib/bit_column.hpp"

namespace dyad::rib {

/// Prefixes to be looked at again, each at most once, in the order they became so. Last state wins: what
/// happened in between does not matter to whoever takes it out.
class DirtyQueue {
public:
    /// False if it was waiting already.
    bool push(PrefixId id);
    /// Up to max ids, oldest first.
    std::vector<PrefixId> take(std::size_t max);
    std::size_t size() const { return waiting_.size() - taken_; }
    bool empty() const { return size() == 0; }
    bool holds(PrefixId id) const { return is_waiting_.test(id); }
    void clear();

    std::size_t memory_octets() const { return waiting_.capacity() * sizeof(PrefixId) + is_waiting_.memory_octets(); }

private:
    std::vector<PrefixId> waiting_;  ///< those before taken_ have left
    std::size_t taken_ = 0;
    BitColumn is_waiting_;
};

}  // namespace dyad::rib
