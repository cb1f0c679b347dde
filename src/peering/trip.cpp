#include "peering/trip.hpp"

#include <algorithm>
#include <array>

namespace dyad::peering {
namespace {

/// What Azure's edge is documented to count by: a peer that does not say its limit most likely has one of these.
constexpr std::array<std::size_t, 4> kUsualLimits{10'000, 4'000, 200, 100};

/// A peer that trips without saying its limit trips at the prefix behind it; where that is a usual number, or above one, it is
/// that number. One that tripped at less than we had learned is come down to by an eighth a time.
std::size_t guess(const std::optional<LearnedLimit>& before, std::size_t had) {
    if (before) return had - std::max<std::size_t>(had / 8, 1);
    for (const auto usual : kUsualLimits)
        // Far below what was advertised it would be a guess that costs more than it saves.
        if (usual < had && had <= usual * 3) return usual;
    return had - 1;
}

}  // namespace

Duration TripPause::tripped(Duration was_up) {
    if (was_up >= kTaken) over();
    return refused();
}

Duration TripPause::refused() {
    pause_ = running() ? std::min(pause_ * 2, kLongestPause) : kFirstPause;
    ++attempts_;
    return pause_;
}

LearnedLimit learn(const std::optional<LearnedLimit>& before, std::optional<std::size_t> told, std::size_t had) {
    had = std::max<std::size_t>(had, 2);
    // Told again, and tripped again at what it told: it counts otherwise than it says.
    const bool believed = told && *told > 1 && !(before && before->told && before->peers_limit == *told);
    LearnedLimit learned{.told = believed, .had = had, .trips = before ? before->trips + 1 : 1};
    learned.peers_limit = believed ? *told : guess(before, had);
    learned.limit = std::max<std::size_t>(learned.peers_limit - 1, 1);
    if (before) learned.limit = std::min(learned.limit, before->limit);
    return learned;
}

}  // namespace dyad::peering
