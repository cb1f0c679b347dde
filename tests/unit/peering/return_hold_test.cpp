#include <doctest/doctest.h>

#include "peering/return_hold.hpp"

using namespace dyad;
using namespace dyad::peering;
using namespace std::chrono_literals;

namespace {
constexpr Instant kStart{1000s};
}

TEST_CASE("a link that stood long before it was lost is held as long as the file says") {
    ReturnHold link;
    link.use(kStart);
    link.lost(kStart + 1h);
    link.begin(kStart + 2h, 10s);
    CHECK(link.holds());
    CHECK_FALSE(link.over(kStart + 2h + 9s));
    CHECK(link.over(kStart + 2h + 10s));
}

TEST_CASE("each time a link is lost soon after its return its hold is doubled, five times at most") {
    ReturnHold link;
    auto now = kStart;
    link.use(now);
    for (const auto expected : {20s, 40s, 80s, 160s, 320s, 320s}) {
        now = now + 5s;
        link.lost(now);
        link.begin(now, 10s);
        CHECK(link.until() == now + expected);
        now = link.until();
        link.use(now);
    }
}

TEST_CASE("a link lost while it is held flaps too") {
    ReturnHold link;
    link.use(kStart);
    link.lost(kStart + 1h);
    link.begin(kStart + 1h, 10s);
    link.lost(kStart + 1h + 1s);
    link.begin(kStart + 1h + 2s, 10s);
    CHECK(link.until() == kStart + 1h + 22s);
}

TEST_CASE("a link that has stood for two minutes is steady again") {
    ReturnHold link;
    link.use(kStart);
    link.lost(kStart + 1s);
    CHECK(link.flaps() == 1);
    link.use(kStart + 10s);
    link.lost(kStart + 10s + kSteady);
    CHECK(link.flaps() == 0);
}
