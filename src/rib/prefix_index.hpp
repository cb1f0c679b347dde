#pragma once
#include <array>
#include <boost/endian/buffers.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dyad/base/strong_id.hpp"

namespace dyad::rib {

/// A prefix of a known family, as small as it gets: 5 octets.
struct CompactV4 {
    boost::endian::big_uint32_buf_t address;  ///< a buffer, for it needs no alignment
    std::uint8_t length = 0;
    friend bool operator==(const CompactV4& a, const CompactV4& b) {
        return a.address.value() == b.address.value() && a.length == b.length;
    }
};
/// 17 octets, no padding.
struct CompactV6 {
    std::array<std::uint8_t, 16> address{};
    std::uint8_t length = 0;
    friend bool operator==(const CompactV6&, const CompactV6&) = default;
};
static_assert(sizeof(CompactV4) == 5 && sizeof(CompactV6) == 17);

/// Where a prefix is looked for: all sixteen of its length in one block have the same hash and stand in a row.
struct PrefixHash {
    std::uint64_t block = 0;
    std::uint8_t offset = 0;  ///< the prefix's last four bits
};
PrefixHash hash_of(const CompactV4& key);
PrefixHash hash_of(const CompactV6& key);

/// Dense keys, and where to find each: an open table of ids (never erased from) with linear probing. Neighbouring
/// prefixes, which come together in UPDATEs, lie together in the table as they do in keys(): what an ordinary hash
/// table fetches from memory anew for each is then in the cache. Five octets a slot, half to three quarters used.
template <class Compact>
class PrefixIndex {
public:
    PrefixId intern(const Compact& key) {
        const auto hash = hash_of(key);
        if (const auto found = find(key, hash)) return *found;
        keys_.push_back(key);
        const PrefixId id{static_cast<std::uint32_t>(keys_.size() - 1)};
        if (keys_.size() * 4 > capacity_ * 3 || !place(id, hash)) grow();
        return id;
    }
    std::optional<PrefixId> find(const Compact& key) const { return find(key, hash_of(key)); }
    /// The two things that a look-up of this key fetches from memory, one after the other since the second depends on the
    /// first: brought on their way, so that looking up several keys waits for them once.
    void prefetch_slot(const Compact& key) const {
        if (capacity_ == 0) return;
        const auto slot = home(hash_of(key));
        __builtin_prefetch(&tags_[slot]);
        __builtin_prefetch(&ids_[slot]);
    }
    void prefetch_key(const Compact& key) const {
        if (capacity_ == 0) return;
        const auto hash = hash_of(key);
        const auto slot = home(hash);
        if (tags_[slot] == tag(hash)) __builtin_prefetch(&keys_[ids_[slot].index()]);
    }
    const std::vector<Compact>& keys() const { return keys_; }
    std::size_t memory_octets() const {
        return keys_.capacity() * sizeof(Compact) + ids_.capacity() * sizeof(PrefixId) + tags_.capacity();
    }

private:
    /// Slots behind the last home, so that a run of used slots never has to wrap round.
    static constexpr std::size_t kOverhang = 1'024;
    static constexpr std::size_t kFirstCapacity = 64;
    static constexpr std::uint8_t kEmpty = 0;

    std::size_t home(const PrefixHash& hash) const {
        __extension__ using Wide = unsigned __int128;
        return static_cast<std::size_t>(static_cast<Wide>(hash.block) * capacity_ >> 64) + hash.offset;
    }
    /// Eight bits that keep most other keys from being compared.
    static std::uint8_t tag(const PrefixHash& hash) {
        const auto bits = static_cast<std::uint8_t>(hash.block + hash.offset * 29u);
        return bits == kEmpty ? 1 : bits;
    }
    std::optional<PrefixId> find(const Compact& key, const PrefixHash& hash) const {
        if (capacity_ == 0) return std::nullopt;
        const auto wanted = tag(hash);
        for (auto slot = home(hash); slot < tags_.size() && tags_[slot] != kEmpty; ++slot) {
            if (tags_[slot] == wanted && keys_[ids_[slot].index()] == key) return ids_[slot];
        }
        return std::nullopt;
    }
    /// False if the overhang is full.
    bool place(PrefixId id, const PrefixHash& hash) {
        auto slot = home(hash);
        while (slot < tags_.size() && tags_[slot] != kEmpty) ++slot;
        if (slot == tags_.size()) return false;
        tags_[slot] = tag(hash);
        ids_[slot] = id;
        return true;
    }
    void grow() {
        do capacity_ = capacity_ == 0 ? kFirstCapacity : capacity_ + capacity_ / 2;
        while (!build());
    }
    bool build() {
        // From the keys alone, and with the old table gone: the two are never there at once.
        tags_ = {};
        ids_ = {};
        tags_.resize(capacity_ + kOverhang, kEmpty);
        ids_.resize(capacity_ + kOverhang);
        for (std::uint32_t i = 0; i < keys_.size(); ++i) {
            if (!place(PrefixId{i}, hash_of(keys_[i]))) return false;
        }
        return true;
    }

    std::vector<Compact> keys_;
    std::vector<std::uint8_t> tags_;
    std::vector<PrefixId> ids_;
    std::size_t capacity_ = 0;  ///< homes; a few slots more than that exist
};

}  // namespace dyad::rib
