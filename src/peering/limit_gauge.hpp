#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace dyad::peering {

/// Percent a count must fall below a threshold before the same warning may come again: a table that breathes
/// around 75 % warns once, not each time.
inline constexpr std::size_t kHysteresisPercent = 2;

/// Watches how near a count of advertised prefixes is to its limit, and speaks once for each threshold crossed.
class LimitGauge {
public:
    LimitGauge() = default;
    LimitGauge(std::size_t limit, std::span<const std::uint32_t> warn_at_percent);

    /// The highest threshold that this count crossed upwards since the last call, if any.
    std::optional<std::uint32_t> crossed(std::size_t count);
    std::size_t limit() const { return limit_; }

private:
    std::size_t limit_ = 0;
    std::vector<std::uint32_t> warn_at_;  ///< percent, ascending
    std::size_t passed_ = 0;              ///< how many thresholds have spoken
};

}  // namespace dyad::peering
