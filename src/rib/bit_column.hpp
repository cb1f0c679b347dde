#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dyad/base/strong_id.hpp"

namespace dyad::rib {

/// A property that some prefixes have, and how many: one bit a row, in pages that exist where a bit was ever set.
class BitColumn {
public:
    bool test(PrefixId id) const {
        const auto* word = find(id);
        return word && (*word & bit(id)) != 0;
    }
    void set(PrefixId id) {
        const auto number = page_of(id);
        if (number >= pages_.size()) pages_.resize(number + 1);
        if (!pages_[number]) pages_[number] = std::make_unique<Page>();
        auto& word = (*pages_[number])[word_of(id)];
        count_ += (word & bit(id)) == 0 ? 1 : 0;
        word |= bit(id);
    }
    void reset(PrefixId id) {
        if (!test(id)) return;
        (*pages_[page_of(id)])[word_of(id)] &= ~bit(id);
        --count_;
    }
    void clear() {
        pages_.clear();
        count_ = 0;
    }
    std::size_t count() const { return count_; }
    std::size_t memory_octets() const {
        const auto used =
            static_cast<std::size_t>(std::ranges::count_if(pages_, [](const auto& page) { return page != nullptr; }));
        return pages_.capacity() * sizeof(pages_[0]) + used * sizeof(Page);
    }

private:
    /// 256 octets a page: 2,048 rows.
    static constexpr std::size_t kPageWords = 32;
    using Page = std::array<std::uint64_t, kPageWords>;

    static constexpr std::size_t page_of(PrefixId id) { return id.index() / (kPageWords * 64); }
    static constexpr std::size_t word_of(PrefixId id) { return id.index() / 64 % kPageWords; }
    static constexpr std::uint64_t bit(PrefixId id) { return std::uint64_t{1} << (id.index() % 64); }
    const std::uint64_t* find(PrefixId id) const {
        const auto number = page_of(id);
        return number < pages_.size() && pages_[number] ? &(*pages_[number])[word_of(id)] : nullptr;
    }

    std::vector<std::unique_ptr<Page>> pages_;
    std::size_t count_ = 0;
};

}  // namespace dyad::rib
