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

std::size_t Column::together(const Column& one, const Column& other) {
    auto count = one.count_ + other.count_;
    const auto pages = std::min(one.pages_.size(), other.pages_.size());
    for (std::size_t page = 0; page < pages; ++page) {
        if (!one.pages_[page] || !other.pages_[page]) continue;
        for (std::size_t row = 0; row < kPageRows; ++row) {
            const bool both =
                (*one.pages_[page])[row] != route::kNoAttributes && (*other.pages_[page])[row] != route::kNoAttributes;
            count -= both ? 1 : 0;
        }
    }
    return count;
}

std::size_t Column::memory_octets() const {
    const auto used =
        static_cast<std::size_t>(std::ranges::count_if(pages_, [](const auto& page) { return page != nullptr; }));
    return pages_.capacity() * sizeof(pages_[0]) + used * sizeof(Page);
}

}  // namespace dyad::rib
