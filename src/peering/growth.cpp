#include "peering/growth.hpp"

namespace dyad::peering {
namespace {

constexpr Duration kEvery = std::chrono::hours{1};
/// Long enough to see a branch a week, short enough that last month's migration is forgotten.
constexpr std::size_t kMostSamples = 14 * 24;
constexpr double kDay = 24 * 3600.0;
/// Further away nobody plans, and the number only looks exact.
constexpr double kMostDays = 3650;

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

}  // namespace

void Growth::note(Instant now, std::size_t count) {
    if (samples_.empty()) samples_.push_back({now, count});
    // It stood where it was until now.
    while (now - samples_.back().when >= kEvery) {
        samples_.push_back({samples_.back().when + kEvery, count_});
        if (samples_.size() <= kMostSamples) continue;
        samples_.pop_front();
        // After a long silence the hours between are all the same.
        if (now - samples_.back().when > kEvery * kMostSamples) samples_.back().when = now - kEvery * kMostSamples;
    }
    count_ = count;
}

std::optional<Growth::Trend> Growth::trend(Instant now) const {
    auto later = *this;
    if (!samples_.empty()) later.note(now, count_);
    if (later.samples_.size() < 2) return std::nullopt;
    const auto& first = later.samples_.front();
    const auto over = now - first.when;
    const auto grown = static_cast<double>(count_) - static_cast<double>(first.count);
    return Trend{.per_day = grown / seconds(over) * kDay, .over = over, .from = first.count};
}

std::optional<std::size_t> Growth::Trend::days_left(std::size_t count, std::size_t limit) const {
    if (count >= limit) return 0;
    if (per_day <= 0) return std::nullopt;
    const auto days = static_cast<double>(limit - count) / per_day;
    if (days > kMostDays) return std::nullopt;
    return static_cast<std::size_t>(days);
}

}  // namespace dyad::peering
