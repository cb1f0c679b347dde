#include "shell/groups.hpp"

#include <doctest/doctest.h>

using dyad::shell::find_group;

TEST_CASE("a group is found by its whole name, or is a number") {
    constexpr std::string_view kText = "root:x:0:\ndyad-old:x:7:\ndyad:x:998:anna,ben\nbroken\n";
    CHECK(find_group(kText, "dyad") == 998u);
    CHECK(find_group(kText, "root") == 0u);
    CHECK(find_group(kText, "12") == 12u);
    CHECK_FALSE(find_group(kText, "dya").has_value());
    CHECK_FALSE(find_group(kText, "broken").has_value());
    CHECK_FALSE(find_group(kText, "").has_value());
}
