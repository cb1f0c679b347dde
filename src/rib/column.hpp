#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "route/pool.hpp"

namespace dyad::rib {

/// One session's routes of one family: an attribute handle for each prefix id, 0 where there is none. Used for
/// Adj-RIB-In (what the peer said) and Adj-RIB-Out (what it was told). Holds the pool's references.
class Column {
public:
    route::AttributeRef at(PrefixId id) const {
        return id.index() < refs_.size() ? refs_[id.index()] : route::kNoAttributes;
    }
    /// Puts a handle (whose reference passes to the column) in place of another, which is released. True if they differ.
    bool set(PrefixId id, route::AttributeRef ref, route::AttributePool& pool);
    /// Clears up to max_rows rows from `from` on, calling visit(id) for each that held a route; the id to go on at.
    template <class Visit>
    PrefixId clear_slice(PrefixId from, std::size_t max_rows, route::AttributePool& pool, Visit&& visit) {
        const auto end = std::min(refs_.size(), from.index() + max_rows);
        auto index = from.index();
        for (; index < end; ++index) {
            const PrefixId id{static_cast<std::uint32_t>(index)};
            if (set(id, route::kNoAttributes, pool)) visit(id);
        }
        return PrefixId{static_cast<std::uint32_t>(index)};
    }
    /// Rows that may hold a route are 0 .. rows()-1.
    std::size_t rows() const { return refs_.size(); }
    std::size_t count() const { return count_; }
    std::size_t memory_octets() const { return refs_.capacity() * sizeof(route::AttributeRef); }

private:
    std::vector<route::AttributeRef> refs_;
    std::size_t count_ = 0;
};

}  // namespace dyad::rib
