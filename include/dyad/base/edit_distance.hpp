#pragma once
#include <cstddef>
#include <string_view>

namespace dyad {

/// How many letters must change to make one of the other, neighbouring ones swapped counting as one change.
std::size_t edit_distance(std::string_view a, std::string_view b);

}  // namespace dyad
