#include "peering/aggregation.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::peering;

namespace {

std::vector<Prefix> prefixes(std::initializer_list<const char*> texts) {
    std::vector<Prefix> made;
    for (const auto* text : texts) made.push_back(*Prefix::parse(text));
    return made;
}

}  // namespace

TEST_CASE("halves become a whole, up to where an address would be added") {
    const auto cover =
        minimal_cover(prefixes({"10.0.3.0/24", "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24", "10.0.5.0/24"}));
    CHECK(cover.prefixes == prefixes({"10.0.0.0/22", "10.0.5.0/24"}));
    CHECK(cover.saving == 3);
    CHECK(cover.proposals == std::vector{Proposal{*Prefix::parse("10.0.0.0/22"), 4}});
}

TEST_CASE("what an aggregate in the list covers already is saved, whatever the family") {
    const auto cover = minimal_cover(prefixes({"2001:db8::/48", "2001:db8:0:1::/64", "2001:db8:1::/48", "10.0.0.0/8"}));
    CHECK(cover.prefixes == prefixes({"10.0.0.0/8", "2001:db8::/47"}));
    CHECK(cover.saving == 2);
}

TEST_CASE("neighbours that are not halves of one block stay apart, and so do the families") {
    CHECK(minimal_cover(prefixes({"10.0.1.0/24", "10.0.2.0/24", "::/1"})).saving == 0);
    CHECK(minimal_cover({}).prefixes.empty());
    CHECK(minimal_cover(prefixes({"0.0.0.0/1", "128.0.0.0/1"})).prefixes == prefixes({"0.0.0.0/0"}));
}

TEST_CASE("a cover has exactly the addresses of the list, and no two of it make one") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random{seed};
        std::vector<Prefix> list;
        const auto count = random.below(40);
        for (std::uint64_t i = 0; i < count; ++i) {
            const auto length = static_cast<std::uint8_t>(24 + random.below(9));
            list.push_back(Prefix{Address::v4(0x0a000000 + static_cast<std::uint32_t>(random.below(1024))), length});
        }
        const auto cover = minimal_cover(list);
        for (std::uint32_t host = 0x0a000000; host < 0x0a000000 + 1024; ++host) {
            const auto holds = [&](const std::vector<Prefix>& all) {
                return std::ranges::any_of(all, [&](const Prefix& one) { return one.contains(Address::v4(host)); });
            };
            REQUIRE(holds(list) == holds(cover.prefixes));
        }
        REQUIRE(minimal_cover(cover.prefixes).saving == 0);
        REQUIRE(list.size() == cover.prefixes.size() + cover.saving);
    }
}
