#include "rib/column.hpp"

namespace dyad::rib {

bool Column::set(PrefixId id, route::AttributeRef ref, route::AttributePool& pool) {
    const auto number = id.index() / kPageRows;
    if (number >= pages_.size() || !pages_[number]) {
        if (ref == route::kNoAttributes) return false;
        if (number >= pages_.size()) pages_.resize(number + 1);
        pages_[number] = std::make_unique<Page>();
    }
    auto& held = (*pages_[number])[id.index() % kPageRows];
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

std::size_t Column::memory_octets() const {
    const auto used =
        static_cast<std::size_t>(std::ranges::count_if(pages_, [](const auto& page) { return page != nullptr; }));
    return pages_.capacity() * sizeof(pages_[0]) + used * sizeof(Page);
}

}  // namespace dyad::rib
