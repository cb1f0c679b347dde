#pragma once
#include <algorithm>
#include <cstddef>

#include "dyad/base/paged.hpp"
#include "dyad/base/strong_id.hpp"
#include "route/pool.hpp"

namespace dyad::rib {

/// One session's routes of one family: an attribute handle for each prefix id, 0 where there is none. Used for
/// Adj-RIB-In (what the peer said) and Adj-RIB-Out (what it was told). Holds the pool's references.
class Column {
public:
    route::AttributeRef at(PrefixId id) const {
        const auto* row = rows_.find(id.index());
        return row != nullptr ? *row : route::kNoAttributes;
    }
    /// Brings the row's memory on its way.
    void prefetch(PrefixId id) const {
        if (const auto* row = rows_.find(id.index())) __builtin_prefetch(row);
    }
    /// Puts a handle (whose reference passes to the column) in place of another, which is released. True if they differ.
    bool set(PrefixId id, route::AttributeRef ref, route::AttributePool& pool);
    /// Clears up to max_rows rows from `from` on, calling visit(id) for each that held a route; the id to go on at.
    template <class Visit>
    PrefixId clear_slice(PrefixId from, std::size_t max_rows, route::AttributePool& pool, Visit&& visit) {
        const auto end = std::min(rows(), from.index() + max_rows);
        auto index = from.index();
        for (; index < end; ++index) {
            const PrefixId id{static_cast<std::uint32_t>(index)};
            if (set(id, route::kNoAttributes, pool)) visit(id);
        }
        return PrefixId{static_cast<std::uint32_t>(index)};
    }
    /// Rows that may hold a route are 0 .. rows()-1.
    std::size_t rows() const { return rows_.rows(); }
    std::size_t count() const { return count_; }
    std::size_t memory_octets() const { return rows_.memory_octets(); }
    /// Rows that have a route in one of two, or in both.
    static std::size_t together(const Column& one, const Column& other);

private:
    /// A kilobyte: an edge router's session of a few thousand routes wastes half of one at most, and the list of pages
    /// is a hundredth of a full column.
    static constexpr std::size_t kPageRows = 256;

    Paged<route::AttributeRef, kPageRows> rows_;
    std::size_t count_ = 0;
};

}  // namespace dyad::rib
