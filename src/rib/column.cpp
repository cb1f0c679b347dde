#include "rib/column.hpp"

namespace dyad::rib {

bool Column::set(PrefixId id, route::AttributeRef ref, route::AttributePool& pool) {
    if (id.index() >= refs_.size()) {
        if (ref == route::kNoAttributes) return false;
        refs_.resize(id.index() + 1);
    }
    auto& held = refs_[id.index()];
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

}  // namespace dyad::rib
