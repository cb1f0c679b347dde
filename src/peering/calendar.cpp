#include "peering/calendar.hpp"

#include <array>
#include <cstdio>

namespace dyad::peering {

using namespace std::chrono;

sys_seconds Calendar::seconds(Instant time) const { return unix_ + floor<std::chrono::seconds>(time - at_); }

year_month Calendar::month(Instant time) const {
    const year_month_day day{floor<days>(seconds(time))};
    return day.year() / day.month();
}

Instant Calendar::begin_of(year_month month) const { return at_ + (sys_days{month / 1} - unix_); }

std::string Calendar::text(Instant time) const {
    const auto whole = seconds(time);
    const auto midnight = floor<days>(whole);
    const year_month_day day{midnight};
    const hh_mm_ss clock{whole - midnight};
    std::array<char, 64> out{};
    const auto length = std::snprintf(
        out.data(), out.size(), "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(day.year()),
        static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()), static_cast<int>(clock.hours().count()),
        static_cast<int>(clock.minutes().count()), static_cast<int>(clock.seconds().count()));
    return {out.data(), static_cast<std::size_t>(length)};
}

}  // namespace dyad::peering
