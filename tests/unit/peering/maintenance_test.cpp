#include "peering/maintenance.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::peering;
using namespace std::chrono_literals;
using News = Maintenance::News;

TEST_CASE("nine of ten prefixes with a prolonged path are a maintenance, until most have their usual one") {
    Maintenance maintenance;
    const Instant start{10s};
    CHECK(maintenance.note(start, 0, 0) == News::None);
    CHECK(maintenance.note(start, 0, 100) == News::None);
    CHECK(maintenance.note(start, 89, 100) == News::None);
    CHECK(maintenance.note(start + 1s, 90, 100) == News::Suspected);
    CHECK(maintenance.suspected());
    CHECK(maintenance.note(start + 2s, 100, 100) == News::None);
    CHECK(maintenance.note(start + 3s, 60, 100) == News::None);
    CHECK(maintenance.note(start + 4s, 0, 0) == News::None);  // the session is down: the work goes on
    CHECK(maintenance.suspected());
    CHECK(maintenance.note(start + 61s, 49, 100) == News::Over);
    CHECK(maintenance.lasted() == 60s);
    CHECK_FALSE(maintenance.suspected());
    CHECK(maintenance.note(start + 62s, 0, 1) == News::None);
    CHECK(maintenance.note(start + 63s, 1, 1) == News::Suspected);
}
