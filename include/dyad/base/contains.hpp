#pragma once
#include <algorithm>
#include <ranges>

namespace dyad {

/// std::ranges::contains, which gcc 12 does not have yet.
template <std::ranges::input_range Range, class Value>
constexpr bool contains(const Range& range, const Value& value) {
    return std::ranges::find(range, value) != std::ranges::end(range);
}

}  // namespace dyad
