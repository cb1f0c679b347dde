#pragma once
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "dyad/base/bytes.hpp"

namespace dyad::wire {

using Octets = std::vector<std::uint8_t>;

/// Pieces one behind the other, so that each field of a message stands on its own line.
inline Octets join(std::initializer_list<Octets> pieces) {
    Octets whole;
    for (const auto& piece : pieces) whole.insert(whole.end(), piece.begin(), piece.end());
    return whole;
}

inline Octets marker() { return Octets(16, 0xff); }

inline Octets octets_of(Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace dyad::wire
