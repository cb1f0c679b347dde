#include "dyad/base/text.hpp"

#include <doctest/doctest.h>

using namespace dyad;

TEST_CASE("a number is the whole text, and within its bound") {
    CHECK(whole_number("65010") == 65010);
    CHECK(whole_number("4294967295") == 4294967295);
    for (const auto* text : {"", " 1", "1 ", "+1", "-1", "1x", "0x10", "4294967296"})
        CHECK_MESSAGE(!whole_number(text), text);
    CHECK(whole_number("255", 255) == 255);
    CHECK(!whole_number("256", 255));
}

TEST_CASE("a text is split at every separator") {
    CHECK(split("a,b", ',') == std::vector<std::string>{"a", "b"});
    CHECK(split(",", ',') == std::vector<std::string>{"", ""});
    CHECK(split("", ',') == std::vector<std::string>{""});
}

TEST_CASE("one has a word of its own") {
    CHECK(counted(1, "entry", "entries") == "1 entry");
    CHECK(counted(0, "entry", "entries") == "0 entries");
}
