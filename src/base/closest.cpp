#include "dyad/base/closest.hpp"

#include <algorithm>
#include <array>

namespace dyad {
namespace {

/// No word of ours is longer: what is, resembles none.
constexpr std::size_t kLongest = 40;

/// How many letters must change, come or go, neighbouring ones swapped counting as one change.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    if (a.size() > kLongest || b.size() > kLongest) return std::max(a.size(), b.size());
    std::array<std::array<std::size_t, kLongest + 1>, kLongest + 1> cost{};
    for (std::size_t i = 0; i <= a.size(); ++i) cost[i][0] = i;
    for (std::size_t j = 0; j <= b.size(); ++j) cost[0][j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            cost[i][j] = std::min({change, cost[i - 1][j] + 1, cost[i][j - 1] + 1});
            const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
    }
    return cost[a.size()][b.size()];
}

}  // namespace

Closest::Closest(std::string_view written)
    : written_(written), nearest_(std::max<std::size_t>(1, written.size() / 3) + 1) {}

void Closest::offer(std::string_view candidate) {
    const auto distance = edit_distance(written_, candidate);
    if (distance >= nearest_) return;
    nearest_ = distance;
    best_ = candidate;
}

}  // namespace dyad
