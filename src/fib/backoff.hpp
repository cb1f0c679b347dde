#pragma once
#include <algorithm>
#include <cstdint>

#include "dyad/base/time.hpp"

namespace dyad::fib {

/// The first pause after a refusal: most pass in a moment (an address not yet there, a link coming up).
inline constexpr Duration kFirstPause = std::chrono::milliseconds{100};
/// The longest: a lasting refusal costs one request in this time.
inline constexpr Duration kLongestPause = std::chrono::seconds{30};

/// How long to wait after this many refusals in a row: twice as long each time.
constexpr Duration pause_after(std::uint32_t refusals) {
    return std::min(kLongestPause, kFirstPause * (1u << std::min(refusals, 16u)));
}

/// Not before `until`, after `refusals` in a row.
struct Backoff {
    Instant until{};
    std::uint32_t refusals = 0;

    void refused(Instant now) { until = now + pause_after(refusals++); }
    bool waits(Instant now) const { return refusals > 0 && now < until; }
};

}  // namespace dyad::fib
