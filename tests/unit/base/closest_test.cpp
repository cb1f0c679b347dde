#include "dyad/base/closest.hpp"

#include <doctest/doctest.h>

#include <array>

using dyad::Closest;

namespace {

std::string meant(std::string_view written) {
    static constexpr std::array<std::string_view, 5> kWords{"show", "session", "sessions", "hold_time", "as"};
    Closest closest{written};
    for (const auto word : kWords) closest.offer(word);
    return std::string{closest.best().value_or("nothing")};
}

}  // namespace

TEST_CASE("a letter that changed, came, went, or two that were swapped: the word is known") {
    CHECK(meant("show") == "show");
    CHECK(meant("shiw") == "show");
    CHECK(meant("shoow") == "show");
    CHECK(meant("sesion") == "session");
    CHECK(meant("shwo") == "show");
}

TEST_CASE("a third of the letters may be wrong, and no more") {
    CHECK(meant("hld_tme") == "hold_time");
    CHECK(meant("foo") == "nothing");
    CHECK(meant("") == "nothing");
    CHECK(meant("a") == "as");
    CHECK(meant(std::string(1000, 's')) == "nothing");
}
