#pragma once
#include <array>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"

namespace dyad::rib {

/// A prefix of a known family, as small as it gets: 8 octets.
struct CompactV4 {
    std::uint32_t address = 0;  ///< host order
    std::uint8_t length = 0;
    friend bool operator==(const CompactV4&, const CompactV4&) = default;
};
/// 17 octets, no padding.
struct CompactV6 {
    std::array<std::uint8_t, 16> address{};
    std::uint8_t length = 0;
    friend bool operator==(const CompactV6&, const CompactV6&) = default;
};
static_assert(sizeof(CompactV4) == 8 && sizeof(CompactV6) == 17);

std::uint64_t hash_value_of(const CompactV4& key);
std::uint64_t hash_value_of(const CompactV6& key);

/// Dense keys and a hash set of their indices: the set stores four octets an entry and reaches the key
/// through the array. The array lives on the heap of its own, so that moving the table leaves the set's
/// view of it in place.
template <class Compact>
class PrefixIndex {
public:
    PrefixIndex() : keys_(std::make_unique<std::vector<Compact>>()), ids_(0, Hash{keys_.get()}, Equal{keys_.get()}) {}

    PrefixId intern(const Compact& key) {
        const PrefixId next{static_cast<std::uint32_t>(keys_->size())};
        keys_->push_back(key);
        const auto [at, inserted] = ids_.insert(next);
        if (!inserted) keys_->pop_back();
        return *at;
    }
    std::optional<PrefixId> find(const Compact& key) const {
        const auto at = ids_.find(key);
        return at == ids_.end() ? std::nullopt : std::optional{*at};
    }
    const std::vector<Compact>& keys() const { return *keys_; }
    std::size_t memory_octets() const {
        // Fifteen slots of four octets share sixteen octets of metadata.
        return keys_->capacity() * sizeof(Compact) + ids_.bucket_count() * sizeof(PrefixId) +
               ids_.bucket_count() * 16 / 15;
    }

private:
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        const std::vector<Compact>* keys;
        std::size_t operator()(const Compact& key) const { return hash_value_of(key); }
        std::size_t operator()(PrefixId id) const { return hash_value_of((*keys)[id.index()]); }
    };
    struct Equal {
        using is_transparent = void;
        const std::vector<Compact>* keys;
        bool operator()(PrefixId a, PrefixId b) const { return (*keys)[a.index()] == (*keys)[b.index()]; }
        bool operator()(const Compact& a, PrefixId b) const { return a == (*keys)[b.index()]; }
        bool operator()(PrefixId a, const Compact& b) const { return (*keys)[a.index()] == b; }
    };

    std::unique_ptr<std::vector<Compact>> keys_;
    boost::unordered_flat_set<PrefixId, Hash, Equal> ids_;
};

/// The prefixes of one family, each with a dense id that lives as long as the table: columns (Adj-RIB-In,
/// Loc-RIB, FIB, Adj-RIB-Out) are plain arrays by that id. IPv4 costs about 15 octets a prefix.
class PrefixTable {
public:
    explicit PrefixTable(Family family);

    Family family() const { return family_; }
    PrefixId intern(const Prefix& prefix);
    std::optional<PrefixId> find(const Prefix& prefix) const;
    Prefix prefix(PrefixId id) const;
    /// Without making the whole prefix.
    std::uint8_t length(PrefixId id) const;
    /// Ids are 0 .. size()-1.
    std::size_t size() const;
    /// All prefixes that hold the address (or cover the prefix), longest first.
    std::vector<PrefixId> matches(const Address& address) const;
    std::vector<PrefixId> covering(const Prefix& prefix) const;
    /// Ids in prefix order, for display: sorted on demand.
    std::vector<PrefixId> sorted() const;
    std::size_t memory_octets() const;

private:
    Family family_;
    std::variant<PrefixIndex<CompactV4>, PrefixIndex<CompactV6>> index_;
    /// How many prefixes have each length: a longest match probes only the lengths in use.
    std::array<std::uint32_t, 129> of_length_{};
};

}  // namespace dyad::rib
