#pragma once
#include <cstdint>
#include <span>

namespace dyad {

/// Octets that somebody else owns. As an argument it lives for one call; only cursors keep one longer.
using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

}  // namespace dyad
