#pragma once
#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "dyad/base/ensure.hpp"
#include "dyad/base/hash.hpp"
#include "route/octet_store.hpp"

namespace dyad::route {

/// What a row is found by: a block of octets, a next hop that may stand beside it, and a tag that keeps apart
/// what must not be taken for one another.
struct OctetKey {
    Bytes block;
    Bytes next_hop;  ///< 0, 4 or 16 octets
    std::uint8_t tag = 0;

    std::uint32_t hash() const {
        const auto beside = hash_bytes(next_hop, tag);
        return static_cast<std::uint32_t>(hash_bytes(block, beside) >> 32);
    }
};

/// Rows found by their octets, each once; a freed row's number is given out again, last freed first.
/// Rows are numbered from 1.
template <class Payload>
class OctetTable {
public:
    OctetTable() : rows_(std::make_unique<Rows>()), index_(0, Hash{rows_.get()}, Equal{rows_.get()}) {}

    std::optional<std::uint32_t> find(const OctetKey& key, std::uint32_t hash) const {
        const auto at = index_.find(Probe{key, hash});
        return at == index_.end() ? std::nullopt : std::optional{*at};
    }
    /// The key must not be there yet.
    std::uint32_t add(const OctetKey& key, std::uint32_t hash, const Payload& payload) {
        std::uint32_t number = free_;
        if (number != 0) {
            free_ = rows_->rows[number].place;
        } else {
            number = static_cast<std::uint32_t>(rows_->rows.size());
            rows_->rows.emplace_back();
        }
        const auto octets = key.block.size() + key.next_hop.size();
        ensure(octets > 0 && octets <= std::numeric_limits<std::uint16_t>::max());
        rows_->rows[number] = {.place = rows_->octets.add(key.block, key.next_hop),
                               .hash = hash,
                               .octets = static_cast<std::uint16_t>(octets),
                               .next_hop_octets = static_cast<std::uint8_t>(key.next_hop.size()),
                               .tag = key.tag,
                               .payload = payload};
        index_.insert(number);
        ++size_;
        return number;
    }
    void remove(std::uint32_t number) {
        index_.erase(number);
        auto& row = rows_->rows[number];
        rows_->octets.remove(row.place, row.octets);
        row = {};
        row.place = free_;
        free_ = number;
        if (--size_ == 0) *this = {};
    }

    Payload& operator[](std::uint32_t number) { return rows_->rows[number].payload; }
    const Payload& operator[](std::uint32_t number) const { return rows_->rows[number].payload; }
    Bytes block(std::uint32_t number) const {
        const auto& row = rows_->rows[number];
        return rows_->octets.at(row.place, row.octets).first(row.octets - row.next_hop_octets);
    }
    Bytes next_hop(std::uint32_t number) const {
        const auto& row = rows_->rows[number];
        return rows_->octets.at(row.place, row.octets).last(row.next_hop_octets);
    }
    /// Is this a number that add() gave and remove() has not taken back?
    bool holds(std::uint32_t number) const {
        return number != 0 && number < rows_->rows.size() && rows_->rows[number].octets != 0;
    }
    std::size_t size() const { return size_; }
    std::size_t memory_octets() const {
        return rows_->rows.capacity() * sizeof(Row) + rows_->octets.memory_octets() +
               index_.bucket_count() * sizeof(std::uint32_t) + index_.bucket_count() * 16 / 15;
    }

private:
    struct Row {
        OctetStore::Place place = 0;  ///< of a freed row: the next freed one
        std::uint32_t hash = 0;
        std::uint16_t octets = 0;  ///< next hop included; 0: free
        std::uint8_t next_hop_octets = 0;
        std::uint8_t tag = 0;
        Payload payload{};
    };
    /// On the heap, so that the index's view of it outlives a move.
    struct Rows {
        std::vector<Row> rows{1};
        OctetStore octets;
    };
    struct Probe {
        const OctetKey& key;
        std::uint32_t hash;
    };
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        const Rows* rows;
        static std::size_t spread(std::uint32_t hash) { return hash_mix(hash, 0); }
        std::size_t operator()(const Probe& probe) const { return spread(probe.hash); }
        std::size_t operator()(std::uint32_t number) const { return spread(rows->rows[number].hash); }
    };
    struct Equal {
        using is_transparent = void;
        const Rows* rows;
        bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
        bool operator()(const Probe& probe, std::uint32_t number) const {
            const auto& row = rows->rows[number];
            const auto& [block, next_hop, tag] = probe.key;
            if (row.hash != probe.hash || row.tag != tag || row.next_hop_octets != next_hop.size() ||
                row.octets != block.size() + next_hop.size())
                return false;
            const auto octets = rows->octets.at(row.place, row.octets);
            return std::ranges::equal(octets.first(block.size()), block) &&
                   std::ranges::equal(octets.last(next_hop.size()), next_hop);
        }
        bool operator()(std::uint32_t number, const Probe& probe) const { return (*this)(probe, number); }
    };

    std::unique_ptr<Rows> rows_;
    boost::unordered_flat_set<std::uint32_t, Hash, Equal> index_;
    std::uint32_t free_ = 0;
    std::size_t size_ = 0;
};

}  // namespace dyad::route
