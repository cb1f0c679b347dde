#pragma once
#include <chrono>
#include <deque>
#include <optional>
#include <string>

#include "peering/calendar.hpp"
#include "peering/redundancy.hpp"

namespace dyad::peering {

/// Changes that are remembered: a bad night's.
inline constexpr std::size_t kChangesKept = 64;

/// How a peering spent a month, as far as we were there: the SLA holds where both sessions are up (fact F5.4).
struct MonthShare {
    std::chrono::year_month month{};
    Duration full{}, degraded{}, down{};

    Duration observed() const { return full + degraded + down; }
    /// Of the time observed, in percent; 100 where there is none.
    double full_percent() const;
    friend bool operator==(const MonthShare&, const MonthShare&) = default;
};

/// What a peering's redundancy is, was, and has been for how long: no more is kept than what is asked for.
class RedundancyHistory {
public:
    struct Change {
        Instant at;
        Redundancy before, after;
        std::string why;
    };

    /// It is observed from now on, and down until something else is noted.
    RedundancyHistory(Instant now, const Calendar& calendar);

    /// True if that differs from what it was.
    bool note(Instant now, Redundancy redundancy, std::string why);

    Redundancy current() const { return current_; }
    Instant since() const { return since_; }
    const std::deque<Change>& changes() const { return changes_; }  ///< oldest first
    MonthShare this_month(Instant now) const;
    std::optional<MonthShare> last_month(Instant now) const;

private:
    void account(Instant until);
    void add(Duration duration);

    Calendar calendar_;
    Redundancy current_ = Redundancy::Down;
    Instant since_;
    Instant accounted_;  ///< until here the months know
    MonthShare month_;
    std::optional<MonthShare> last_;
    std::deque<Change> changes_;
};

}  // namespace dyad::peering
