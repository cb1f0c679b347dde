#include "peering/limit_gauge.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace dyad::peering;

TEST_CASE("each threshold speaks once on the way up") {
    const std::array<std::uint32_t, 2> warn_at{75, 90};
    LimitGauge gauge{4000, warn_at};
    CHECK_FALSE(gauge.crossed(2999));
    CHECK(gauge.crossed(3000) == 75);
    CHECK_FALSE(gauge.crossed(3100));
    CHECK(gauge.crossed(3600) == 90);
    CHECK_FALSE(gauge.crossed(4000));
}

TEST_CASE("a count that breathes around a threshold does not speak again") {
    const std::array<std::uint32_t, 1> warn_at{75};
    LimitGauge gauge{4000, warn_at};
    CHECK(gauge.crossed(3000) == 75);
    CHECK_FALSE(gauge.crossed(2990));
    CHECK_FALSE(gauge.crossed(3000));
    CHECK_FALSE(gauge.crossed(2800));
    CHECK(gauge.crossed(3000) == 75);
}

TEST_CASE("a jump over all thresholds tells the highest") {
    const std::array<std::uint32_t, 2> warn_at{90, 75};
    LimitGauge gauge{200, warn_at};
    CHECK(gauge.crossed(200) == 90);
}

TEST_CASE("without a limit there is nothing to warn of") {
    LimitGauge gauge;
    CHECK_FALSE(gauge.crossed(1'000'000));
}
