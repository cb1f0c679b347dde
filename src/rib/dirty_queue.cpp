#include "rib/dirty_queue.hpp"

#include <algorithm>

namespace dyad::rib {
namespace {

/// A queue that has emptied keeps this much room for the next change; what a whole table needed goes back.
constexpr std::size_t kKeptCapacity = 16'384;

}  // namespace

bool DirtyQueue::push(PrefixId id) {
    if (is_waiting_.test(id)) return false;
    is_waiting_.set(id);
    waiting_.push_back(id);
    return true;
}

std::vector<PrefixId> DirtyQueue::take(std::size_t max) {
    const auto count = std::min(max, size());
    const auto first = waiting_.begin() + static_cast<std::ptrdiff_t>(taken_);
    std::vector<PrefixId> ids(first, first + static_cast<std::ptrdiff_t>(count));
    for (const auto id : ids) is_waiting_.reset(id);
    taken_ += count;
    if (taken_ == waiting_.size()) {
        waiting_.clear();
        taken_ = 0;
        if (waiting_.capacity() > kKeptCapacity) waiting_.shrink_to_fit();
    } else if (taken_ > waiting_.size() / 2) {
        // Moves fewer than have left since the last time: constant work for each id that passes.
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(taken_));
        taken_ = 0;
    }
    return ids;
}

void DirtyQueue::clear() { *this = {}; }

}  // namespace dyad::rib
