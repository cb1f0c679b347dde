#pragma once
#include <chrono>
#include <cstdint>
#include <string>

#include "dyad/base/time.hpp"

namespace dyad::peering {

/// Which day it is, for what is reckoned by the month: UTC, from what the driver said once. A clock that is set right
/// later is not heard of.
class Calendar {
public:
    Calendar() = default;
    /// It was so many seconds since 1970 at that time.
    Calendar(Instant at, std::int64_t unix_seconds) : at_(at), unix_(std::chrono::seconds{unix_seconds}) {}

    std::chrono::year_month month(Instant time) const;
    Instant begin_of(std::chrono::year_month month) const;
    std::string text(Instant time) const;  ///< "2026-11-23T22:10:41Z"

private:
    std::chrono::sys_seconds seconds(Instant time) const;

    Instant at_{};
    std::chrono::sys_seconds unix_{};
};

}  // namespace dyad::peering
