#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dyad/base/strong_id.hpp"

namespace dyad::rib {

/// A property that some prefixes have, and how many: one bit a row.
class BitColumn {
public:
    bool test(PrefixId id) const { return word(id) < words_.size() && (words_[word(id)] & bit(id)) != 0; }
    void set(PrefixId id) {
        if (word(id) >= words_.size()) words_.resize(word(id) + 1);
        count_ += (words_[word(id)] & bit(id)) == 0 ? 1 : 0;
        words_[word(id)] |= bit(id);
    }
    void reset(PrefixId id) {
        if (!test(id)) return;
        words_[word(id)] &= ~bit(id);
        --count_;
    }
    void clear() {
        words_.clear();
        count_ = 0;
    }
    std::size_t count() const { return count_; }
    std::size_t memory_octets() const { return words_.capacity() * sizeof(std::uint64_t); }

private:
    static constexpr std::size_t word(PrefixId id) { return id.index() / 64; }
    static constexpr std::uint64_t bit(PrefixId id) { return std::uint64_t{1} << (id.index() % 64); }

    std::vector<std::uint64_t> words_;
    std::size_t count_ = 0;
};

}  // namespace dyad::rib
