#include "rib/session_routes.hpp"

#include <algorithm>

namespace dyad::rib {

SessionRoutes::Slot* SessionRoutes::find(PrefixId prefix, wire::PathId id) {
    for (std::size_t s = 0; s < slots(); ++s)
        if (slot(s).holds(prefix) && slot(s).id(prefix) == id) return &slot(s);
    return nullptr;
}

SessionRoutes::Slot* SessionRoutes::place_for(PrefixId prefix) {
    for (std::size_t s = 0; s < slots(); ++s)
        if (!slot(s).holds(prefix)) return &slot(s);
    if (slots() < kMaxPaths) return &more.emplace_back();
    // RFC 7911 section 5: identifiers may change over a restart, so what was retained makes way.
    for (std::size_t s = 0; s < slots(); ++s)
        if (freshness(slot(s), prefix) == Freshness::Stale) return &slot(s);
    return nullptr;
}

std::size_t SessionRoutes::received() const {
    auto count = first.received.count();
    for (const auto& slot : more) count += slot.received.count();
    return count;
}

std::size_t SessionRoutes::marked() const {
    auto count = first.marked.count();
    for (const auto& slot : more) count += slot.marked.count();
    return count;
}

std::size_t SessionRoutes::rows() const {
    auto rows = first.received.rows();
    for (const auto& slot : more) rows = std::max(rows, slot.received.rows());
    return rows;
}

std::size_t SessionRoutes::memory_octets() const {
    auto octets = first.memory_octets() + accepted.memory_octets() + prolonged.memory_octets() + used.memory_octets();
    for (const auto& slot : more) octets += slot.memory_octets();
    return octets;
}

}  // namespace dyad::rib
