#include "peering/limit_gauge.hpp"

#include <algorithm>

namespace dyad::peering {

LimitGauge::LimitGauge(std::size_t limit, std::span<const std::uint32_t> warn_at_percent)
    : limit_(limit), warn_at_(warn_at_percent.begin(), warn_at_percent.end()) {
    std::ranges::sort(warn_at_);
}

std::optional<std::uint32_t> LimitGauge::crossed(std::size_t count) {
    if (limit_ == 0) return std::nullopt;
    const auto percent = count * 100 / limit_;
    while (passed_ > 0 && percent + kHysteresisPercent < warn_at_[passed_ - 1]) --passed_;
    const auto before = passed_;
    while (passed_ < warn_at_.size() && percent >= warn_at_[passed_]) ++passed_;
    if (passed_ == before) return std::nullopt;
    return warn_at_[passed_ - 1];
}

}  // namespace dyad::peering
