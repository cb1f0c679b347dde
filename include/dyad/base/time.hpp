#pragma once
#include <chrono>
#include <compare>
#include <optional>

namespace dyad {

using Duration = std::chrono::nanoseconds;

/// A point in time, as nanoseconds since an origin the driver chose. Deliberately not a std clock's
/// time_point: nothing inside the core can ask for one, time is always an argument.
struct Instant {
    Duration since_origin{};

    friend constexpr auto operator<=>(Instant, Instant) = default;
    friend constexpr Instant operator+(Instant t, Duration d) { return {t.since_origin + d}; }
    friend constexpr Instant operator-(Instant t, Duration d) { return {t.since_origin - d}; }
    friend constexpr Duration operator-(Instant a, Instant b) { return a.since_origin - b.since_origin; }
};

/// The earlier of two deadlines, where "none" is later than any.
constexpr std::optional<Instant> earlier(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a) return b;
    if (!b) return a;
    return *a < *b ? a : b;
}

}  // namespace dyad
