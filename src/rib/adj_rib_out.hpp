#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dyad/wire/attributes.hpp"
#include "rib/column.hpp"
#include "rib/dirty_queue.hpp"
#include "rib/prefix_table.hpp"

namespace dyad::rib {

/// What one neighbour has been told (one family) and what it is to be told next. advertised is exactly what the
/// peer holds once it has read our octets: rows change when an UPDATE is written, not when it is decided.
class AdjRibOut {
public:
    /// The neighbour is to hear this of the prefix (a reference passes in; 0: withdraw). No change asks for nothing.
    void want(PrefixId id, route::AttributeRef ref, route::AttributePool& pool);
    /// How many prefixes the peer may hold; announcements beyond it wait and are counted as withheld.
    void set_limit(std::size_t prefixes);

    /// Appends whole UPDATEs to out while they fit into room octets: withdrawals first, in messages of their own,
    /// then announcements grouped by attribute set, never letting the advertised count pass the limit at any octet.
    /// True while more is waiting that only room holds back.
    struct Packed { std::size_t octets = 0; std::size_t messages = 0; bool more = false; };
    Packed pack(const PrefixTable& table, route::AttributePool& pool, const wire::AttributeContext& context,
                std::size_t room, std::vector<std::uint8_t>& out);

    std::size_t advertised() const;
    std::size_t withheld() const;
    std::size_t pending() const;
    route::AttributeRef advertised_at(PrefixId id) const;
    bool withheld_at(PrefixId id) const;
    /// The session is gone: the peer holds nothing.
    void clear(route::AttributePool& pool);
    /// RFC 2918: everything advertised is to be sent again.
    void resend(route::AttributePool& pool);
};

}  // namespace dyad::rib
