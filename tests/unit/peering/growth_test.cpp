#include "peering/growth.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::peering;
using namespace std::chrono_literals;

TEST_CASE("within the first hour there is no trend") {
    Growth growth;
    const Instant start{};
    growth.note(start, 10);
    growth.note(start + 30min, 400);
    CHECK_FALSE(growth.trend(start + 59min));
    CHECK(growth.trend(start + 60min).has_value());
}

TEST_CASE("ten prefixes a day are ten a day, and the limit is that many days away") {
    Growth growth;
    const Instant start{};
    for (int day = 0; day <= 6; ++day) growth.note(start + 24h * day, 3'900 + static_cast<std::size_t>(day) * 10);
    const auto trend = growth.trend(start + 24h * 6);
    REQUIRE(trend);
    CHECK(trend->per_day == doctest::Approx(10));
    CHECK(trend->from == 3'900);
    CHECK(trend->days_left(3'960, 4'000) == 4);
    CHECK(trend->days_left(4'000, 4'000) == 0);
}

TEST_CASE("what stands still or falls never reaches a limit") {
    Growth growth;
    const Instant start{};
    growth.note(start, 100);
    CHECK_FALSE(growth.trend(start + 48h)->days_left(100, 4'000));
    growth.note(start + 48h, 50);
    CHECK(growth.trend(start + 49h)->per_day < 0);
    CHECK_FALSE(growth.trend(start + 49h)->days_left(50, 4'000));
}

TEST_CASE("what was two weeks ago is forgotten, and a long silence costs nothing") {
    Growth growth;
    const Instant start{};
    growth.note(start, 0);
    growth.note(start + 1h, 1'000);
    const auto later = start + 24h * 365;
    CHECK(growth.trend(later)->per_day == doctest::Approx(0));
    growth.note(later, 2'000);
    CHECK(growth.trend(later + 1h)->per_day > 0);
}
