#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "route/pool.hpp"

namespace dyad::rib {

/// What waits to be told to a neighbour: rows grouped by the attribute set they are to be sent with, so that one
/// UPDATE carries as many prefixes as share one. A row leaves from anywhere in constant time. Groups are given out
/// in the order in which they came to be, rows of a group in the order they joined.
class PendingRows {
public:
    enum class Kind : std::uint8_t {
        Withdrawal,
        Replacement,  ///< the peer holds the prefix with other attributes (or is to hear the same again)
        New,          ///< the peer does not hold it
    };
    /// A row's number while it waits; 0 is none.
    using Number = std::uint32_t;
    struct Row {
        PrefixId prefix;
        route::AttributeRef attributes;
        Kind kind = Kind::Withdrawal;
        Number previous = 0, next = 0;  ///< in its group
        Number group = 0;
    };
    struct Group {
        route::AttributeRef attributes;
        Number first = 0, last = 0;
        Number previous = 0, next = 0;  ///< among the groups
    };

    PendingRows() : rows_(1), groups_(1) {}

    Number find(PrefixId prefix) const;
    const Row& operator[](Number row) const { return rows_[row]; }
    /// The prefix must not wait yet. Who owns the reference is the caller's business.
    void add(PrefixId prefix, route::AttributeRef attributes, Kind kind);
    void remove(Number row);

    /// First row of the withdrawals, of the oldest group of announcements; 0 if there is none.
    Number first_withdrawal() const { return groups_[0].first; }
    Number first_announcement() const { return groups_[0].next == 0 ? 0 : groups_[groups_[0].next].first; }
    Number next(Number row) const { return rows_[row].next; }

    std::size_t count() const { return row_of_.size(); }
    bool empty() const { return row_of_.empty(); }
    /// Visits the rows that have attributes, in no order that means anything, from a place that starts at 0 and moves on:
    /// at most max_rows places; how many it was.
    template <class Visit>
    std::size_t visit(std::size_t& from, std::size_t max_rows, Visit&& visit) const {
        const auto begin = from;
        for (; from < rows_.size() && from - begin < max_rows; ++from) {
            if (rows_[from].attributes != route::kNoAttributes) visit(rows_[from]);
        }
        return from - begin;
    }
    std::size_t memory_octets() const;

private:
    void join(Number row);
    void leave(Number row);
    Number group_for(route::AttributeRef attributes);
    void drop_group(Number group);

    std::vector<Row> rows_;
    std::vector<Group> groups_;  ///< 0: the withdrawals, and both ends of the list of groups
    std::vector<Number> free_rows_, free_groups_;
    boost::unordered_flat_map<PrefixId, Number, std::hash<PrefixId>> row_of_;
    boost::unordered_flat_map<route::AttributeRef, Number, std::hash<route::AttributeRef>> group_of_;
};

}  // namespace dyad::rib
