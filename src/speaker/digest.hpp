#pragma once
#include <cstdint>
#include <span>

#include "dyad/speaker/output.hpp"

namespace dyad::speaker {

/// Folds what a turn put out into a running number: two runs that agree on it have said the same octets to the same
/// connections in the same order.
std::uint64_t fold(std::uint64_t digest, std::span<const Output> outputs);

}  // namespace dyad::speaker
