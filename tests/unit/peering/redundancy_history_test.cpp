#include "peering/redundancy_history.hpp"

#include <doctest/doctest.h>

#include "peering/link_health.hpp"

using namespace dyad;
using namespace dyad::peering;
using namespace std::chrono_literals;

namespace {

/// 2026-11-30T23:00:00Z: an hour before December.
constexpr std::int64_t kLastHour = 1796079600;
const Instant kStart{5s};
const Calendar kCalendar{kStart, kLastHour};

}  // namespace

TEST_CASE("the calendar knows months and their beginnings, in UTC") {
    CHECK(kCalendar.text(kStart) == "2026-11-30T23:00:00Z");
    CHECK(kCalendar.text(kStart + 61min + 1s) == "2026-12-01T00:01:01Z");
    CHECK(kCalendar.month(kStart + 59min) == std::chrono::year{2026} / 11);
    CHECK(kCalendar.month(kStart + 60min) == std::chrono::year{2026} / 12);
    CHECK(kCalendar.begin_of(std::chrono::year{2026} / 12) == kStart + 1h);
    CHECK(kCalendar.begin_of(std::chrono::year{2026} / 11) == kStart - 30 * 24h + 1h);
    // February of a leap year, and a year's end.
    CHECK(kCalendar.begin_of(std::chrono::year{2028} / 3) - kCalendar.begin_of(std::chrono::year{2028} / 2) ==
          29 * 24h);
}

TEST_CASE("the month's share is of what was observed, exactly") {
    RedundancyHistory history{kStart, kCalendar};
    CHECK(history.current() == Redundancy::Down);
    CHECK(history.note(kStart + 10s, Redundancy::Full, ""));
    CHECK_FALSE(history.note(kStart + 20s, Redundancy::Full, ""));
    CHECK(history.note(kStart + 910s, Redundancy::Degraded, "primary: hold timer expired"));
    CHECK(history.note(kStart + 1000s, Redundancy::Full, ""));
    const auto share = history.this_month(kStart + 2000s);
    CHECK(share.down == 10s);
    CHECK(share.degraded == 90s);
    CHECK(share.full == 1900s);
    CHECK(share.full_percent() == doctest::Approx(95.0));
    CHECK(history.since() == kStart + 1000s);
    REQUIRE(history.changes().size() == 3);
    CHECK(history.changes()[1].why == "primary: hold timer expired");
    CHECK(history.changes()[1].before == Redundancy::Full);
    CHECK_FALSE(history.last_month(kStart + 2000s));
}

TEST_CASE("a state that outlasts months is in each of them, and asking changes nothing") {
    RedundancyHistory history{kStart, kCalendar};
    history.note(kStart, Redundancy::Full, "");
    history.note(kStart + 30min, Redundancy::Degraded, "secondary: shut down");
    const auto december = kStart + 1h;
    for (int asked = 0; asked < 2; ++asked) {
        CHECK(history.this_month(december + 40min).degraded == 40min);
        CHECK(history.this_month(december + 40min).full == 0s);
        CHECK(history.last_month(december + 40min)->full == 30min);
        CHECK(history.last_month(december + 40min)->degraded == 30min);
    }
    history.note(december + 24h * 35, Redundancy::Full, "");  // the fourth of January
    const auto january = history.this_month(december + 24h * 36);
    CHECK(january.month == std::chrono::year{2027} / 1);
    CHECK(january.degraded == 24h * 4);
    CHECK(january.full == 24h);
    CHECK(history.last_month(december + 24h * 36)->degraded == 31 * 24h);
}

TEST_CASE("of many changes the latest are kept") {
    RedundancyHistory history{kStart, kCalendar};
    for (int i = 0; i < 200; ++i)
        history.note(kStart + i * 1s, i % 2 == 0 ? Redundancy::Full : Redundancy::Degraded, std::to_string(i));
    CHECK(history.changes().size() == kChangesKept);
    CHECK(history.changes().back().why == "199");
    CHECK(history.this_month(kStart + 200s).observed() == 200s);
}

TEST_CASE("a link is healthy when it is Established, carries routes, and BFD finds nothing wrong") {
    using Sign = BfdSign;
    CHECK(LinkHealth{true, true, Sign::Silent}.healthy());
    CHECK(LinkHealth{true, true, Sign::Up}.healthy());
    CHECK_FALSE(LinkHealth{true, true, Sign::Down}.healthy());
    CHECK_FALSE(LinkHealth{true, false, Sign::Up}.healthy());
    CHECK_FALSE(LinkHealth{}.healthy());
    CHECK(fault_of(LinkHealth{}).empty());  // its session says why
    CHECK(fault_of(LinkHealth{true, true, Sign::Up}).empty());
    CHECK(fault_of(LinkHealth{true, false, Sign::Up}) == "it brings fewer routes than are expected");
    CHECK(fault_of(LinkHealth{true, true, Sign::Down}) == "BFD finds its path dead");
}
