#pragma once
#include <cstddef>
#include <deque>
#include <optional>

#include "dyad/base/time.hpp"

namespace dyad::peering {

/// How fast a count grows, so that a limit is seen coming: what it was at each full hour, for two weeks at most. Kept in memory:
/// a restart begins anew.
class Growth {
public:
    /// The count has this value from now on.
    void note(Instant now, std::size_t count);
    void clear() { *this = {}; }

    struct Trend {
        double per_day = 0;    ///< below zero: it falls
        Duration over{};       ///< what it was looked at for
        std::size_t from = 0;  ///< what it was at the beginning of that
        /// Full days until the limit at this rate; nothing where it is not coming nearer.
        std::optional<std::size_t> days_left(std::size_t count, std::size_t limit) const;
    };
    /// Nothing before an hour has gone by: ten prefixes added in the first minute are no trend.
    std::optional<Trend> trend(Instant now) const;

private:
    struct Sample {
        Instant when;
        std::size_t count = 0;
    };
    std::deque<Sample> samples_;  ///< an hour apart, the first where it began
    std::size_t count_ = 0;
};

}  // namespace dyad::peering
