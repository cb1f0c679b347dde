#include "peering/redundancy.hpp"

#include <doctest/doctest.h>

using namespace dyad::peering;

TEST_CASE("redundancy is full only when every link carries routes") {
    CHECK(redundancy_of(2, 2) == Redundancy::Full);
    CHECK(redundancy_of(2, 1) == Redundancy::Degraded);
    CHECK(redundancy_of(2, 0) == Redundancy::Down);
    CHECK(redundancy_of(1, 1) == Redundancy::Full);
    CHECK(to_string(Redundancy::Degraded) == "degraded");
}
