#pragma once
#include <bit>
#include <cstddef>
#include <cstdint>

#include "dyad/base/paged.hpp"
#include "dyad/base/strong_id.hpp"

namespace dyad::rib {

/// A property that some prefixes have, and how many: one bit a row.
class BitColumn {
public:
    bool test(PrefixId id) const {
        const auto* word = words_.find(word_of(id));
        return word != nullptr && (*word & bit(id)) != 0;
    }
    void set(PrefixId id) {
        auto& word = words_.at(word_of(id));
        count_ += (word & bit(id)) == 0 ? 1 : 0;
        word |= bit(id);
    }
    void reset(PrefixId id) {
        if (!test(id)) return;
        words_.at(word_of(id)) &= ~bit(id);
        --count_;
    }
    void clear() {
        words_.clear();
        count_ = 0;
    }
    std::size_t count() const { return count_; }
    /// Prefixes that the one has and the other has not: 64 rows a look.
    static std::size_t only_in(const BitColumn& one, const BitColumn& other) {
        std::size_t count = 0;
        for (std::size_t number = 0; number < one.words_.pages(); ++number) {
            const auto* here = one.words_.page(number);
            if (here == nullptr) continue;
            const auto* there = number < other.words_.pages() ? other.words_.page(number) : nullptr;
            for (std::size_t word = 0; word < here->size(); ++word)
                count +=
                    static_cast<std::size_t>(std::popcount(there ? (*here)[word] & ~(*there)[word] : (*here)[word]));
        }
        return count;
    }
    std::size_t memory_octets() const { return words_.memory_octets(); }

private:
    static constexpr std::size_t word_of(PrefixId id) { return id.index() / 64; }
    static constexpr std::uint64_t bit(PrefixId id) { return std::uint64_t{1} << (id.index() % 64); }

    /// 256 octets a page: 2,048 rows.
    Paged<std::uint64_t, 32> words_;
    std::size_t count_ = 0;
};

}  // namespace dyad::rib
