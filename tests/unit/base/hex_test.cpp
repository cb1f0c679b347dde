#include "dyad/base/hex.hpp"

#include <doctest/doctest.h>

#include <array>

using namespace dyad;

TEST_CASE("octets as hex: two digits each, cut where that was asked for, and then it shows") {
    constexpr std::array<std::uint8_t, 3> octets{0x0a, 0x00, 0xff};
    CHECK(hex_text({}) == "");
    CHECK(hex_text(octets) == "0a00ff");
    CHECK(hex_text(octets, 3) == "0a00ff");
    CHECK(hex_text(octets, 2) == "0a00…");
}
