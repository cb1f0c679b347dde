#include "msee/vnets.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace dyad;
using namespace dyad::msee;

TEST_CASE("made-up networks never overlap and stay below 11.0.0.0") {
    for (const std::size_t count : {1u, 4'000u, 10'000u, 160'000u, 577'706u, 2'000'000u}) {
        const auto prefixes = vnets(Family::Ipv4, count);
        CHECK(prefixes.size() == count);
        const auto overlap = std::ranges::adjacent_find(
            prefixes, [](const Prefix& a, const Prefix& b) { return a.covers(b) || b.covers(a) || b < a; });
        CHECK(overlap == prefixes.end());
        CHECK(prefixes.back().address() < Address::v4(0x0b000000));
    }
}

TEST_CASE("fewer networks are the beginning of more") {
    const auto few = vnets(Family::Ipv4, 10);
    const auto more = vnets(Family::Ipv4, 4'000);
    CHECK(std::equal(few.begin(), few.end(), more.begin()));
    CHECK(few[0].to_string() == "10.64.0.0/16");
}

TEST_CASE("IPv6 networks are /48s one after the other") {
    const auto prefixes = vnets(Family::Ipv6, 2);
    CHECK(prefixes[0].to_string() == "fd64::/48");
    CHECK(prefixes[1].to_string() == "fd64:0:1::/48");
}
