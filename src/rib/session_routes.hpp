#pragma once
#include <algorithm>
#include <cstddef>
#include <vector>

#include "dyad/wire/update.hpp"
#include "rib/bit_column.hpp"
#include "rib/column.hpp"
#include "rib/decision.hpp"

namespace dyad::rib {

/// Paths of one prefix that a session with ADD-PATH (RFC 7911) may have here. More than an edge router's neighbours have
/// upstreams; the decision compares each with each, and a peer must not make us remember without end.
inline constexpr std::size_t kMaxPaths = 16;

/// One session's Adj-RIB-In of one family. A session says one thing of a prefix: four octets a prefix. With ADD-PATH it may
/// say several, each with an identifier: then the prefix's paths stand in any order in as many slots as are needed, one
/// column each, with the identifiers beside them.
struct SessionRoutes {
    struct Slot {
        Column received;
        BitColumn marked;               ///< not said again since mark() or retain()
        std::vector<wire::PathId> ids;  ///< by prefix id; 0 behind its end

        wire::PathId id(PrefixId prefix) const {
            return prefix.index() < ids.size() ? ids[prefix.index()] : wire::PathId{};
        }
        void set_id(PrefixId prefix, wire::PathId id) {
            if (id == this->id(prefix)) return;
            if (prefix.index() >= ids.size()) ids.resize(prefix.index() + 1);
            ids[prefix.index()] = id;
        }
        bool holds(PrefixId prefix) const { return received.at(prefix) != route::kNoAttributes; }
        std::size_t memory_octets() const {
            return received.memory_octets() + marked.memory_octets() + ids.capacity() * sizeof(wire::PathId);
        }
    };

    Slot first;
    std::vector<Slot> more;
    BitColumn accepted;
    BitColumn prolonged;  ///< accepted with a path that says that traffic is led away
    BitColumn used;
    Freshness marked_are = Freshness::Fresh;

    std::size_t slots() const { return 1 + more.size(); }
    Slot& slot(std::size_t number) { return number == 0 ? first : more[number - 1]; }
    const Slot& slot(std::size_t number) const { return number == 0 ? first : more[number - 1]; }

    /// Some path of it.
    bool holds(PrefixId prefix) const {
        return first.holds(prefix) || std::ranges::any_of(more, [&](const Slot& slot) { return slot.holds(prefix); });
    }
    Freshness freshness(const Slot& slot, PrefixId prefix) const {
        return marked_are == Freshness::Stale && slot.marked.test(prefix) ? Freshness::Stale : Freshness::Fresh;
    }
    /// The slot with this path of the prefix, or null.
    Slot* find(PrefixId prefix, wire::PathId id);
    /// A slot for one more path of the prefix: one that is free, a new one, or one whose path is stale; null if there is none.
    Slot* place_for(PrefixId prefix);
    std::size_t received() const;
    std::size_t marked() const;
    /// Rows that may hold a route are 0 .. rows()-1.
    std::size_t rows() const;
    std::size_t memory_octets() const;
};

}  // namespace dyad::rib
