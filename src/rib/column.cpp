#include "rib/column.hpp"

namespace dyad::rib {

bool Column::set(PrefixId id, route::AttributeRef ref, route::AttributePool& pool) {
    auto* row = rows_.find(id.index());
    if (row == nullptr && ref == route::kNoAttributes) return false;
    auto& held = row != nullptr ? *row : rows_.at(id.index());
    const auto before = held;
    held = ref;
    if (before == route::kNoAttributes) {
        count_ += ref != route::kNoAttributes ? 1 : 0;
        return ref != route::kNoAttributes;
    }
    // The row held one reference and another came with ref: where they are equal, one goes back.
    pool.release(before);
    if (ref == route::kNoAttributes) --count_;
    return before != ref;
}

std::size_t Column::together(const Column& one, const Column& other) {
    auto count = one.count_ + other.count_;
    const auto pages = std::min(one.rows_.pages(), other.rows_.pages());
    for (std::size_t number = 0; number < pages; ++number) {
        const auto* first = one.rows_.page(number);
        const auto* second = other.rows_.page(number);
        if (first == nullptr || second == nullptr) continue;
        for (std::size_t row = 0; row < kPageRows; ++row)
            count -= (*first)[row] != route::kNoAttributes && (*second)[row] != route::kNoAttributes ? 1 : 0;
    }
    return count;
}

}  // namespace dyad::rib
