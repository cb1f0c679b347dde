#include "peering/redundancy_history.hpp"

#include <utility>

namespace dyad::peering {

double MonthShare::full_percent() const {
    const auto all = observed();
    if (all <= Duration{}) return 100;
    return 100.0 * std::chrono::duration<double>(full) / std::chrono::duration<double>(all);
}

RedundancyHistory::RedundancyHistory(Instant now, const Calendar& calendar)
    : calendar_(calendar), since_(now), accounted_(now), month_{.month = calendar.month(now)} {}

bool RedundancyHistory::note(Instant now, Redundancy redundancy, std::string why) {
    if (redundancy == current_) return false;
    account(now);
    if (changes_.size() == kChangesKept) changes_.pop_front();
    changes_.push_back({now, current_, redundancy, std::move(why)});
    current_ = redundancy;
    since_ = now;
    return true;
}

MonthShare RedundancyHistory::this_month(Instant now) const {
    auto then = *this;
    then.account(now);
    return then.month_;
}

std::optional<MonthShare> RedundancyHistory::last_month(Instant now) const {
    auto then = *this;
    then.account(now);
    return then.last_;
}

/// Month by month: who was full from September to December was so in each.
void RedundancyHistory::account(Instant until) {
    while (calendar_.month(until) != month_.month) {
        const auto next = month_.month + std::chrono::months{1};
        const auto end = calendar_.begin_of(next);
        add(end - accounted_);
        accounted_ = end;
        last_ = std::exchange(month_, MonthShare{.month = next});
    }
    add(until - accounted_);
    accounted_ = until;
}

void RedundancyHistory::add(Duration duration) {
    switch (current_) {
        case Redundancy::Full:
            month_.full += duration;
            return;
        case Redundancy::Degraded:
            month_.degraded += duration;
            return;
        case Redundancy::Down:
            month_.down += duration;
            return;
    }
}

}  // namespace dyad::peering
