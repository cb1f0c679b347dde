#include "ctl/table.hpp"

#include <doctest/doctest.h>

#include "ctl/answer.hpp"

using namespace dyad::ctl;

TEST_CASE("columns are as wide as what stands in them, and no line ends with a blank") {
    Table table{{{"Name"}, {"Count", Align::Right}, {"Rest"}}};
    table.row({{"a"}, {"1"}, {"x"}});
    table.row({{"longer"}, {"1000000"}, {""}});
    CHECK(table.render(Colours::Off) ==
          "Name      Count  Rest\n"
          "a             1  x\n"
          "longer  1000000\n");
}

TEST_CASE("colours change no column") {
    Table table{{{"A"}, {"B"}}};
    table.row({{"x", Colour::Bad}, {"y"}});
    CHECK(table.render(Colours::On) == "\x1b[2mA\x1b[0m  \x1b[2mB\x1b[0m\n\x1b[1;31mx\x1b[0m  y\n");
}

TEST_CASE("width counts characters, not octets") {
    CHECK(width("…") == 1);
    CHECK(pad_right("é", 3) == "é  ");
    CHECK(cut("secondary", 5) == "seco…");
    CHECK(cut("abc", 3) == "abc");
}

TEST_CASE("long reasons break between words before column 80") {
    const std::string words =
        "192.168.15.22: the peer closed the connection without a NOTIFICATION while its OPEN was awaited";
    const auto wrapped = wrap(words, 4, 4);
    CHECK(wrapped.find("\n    ") != std::string::npos);
    CHECK(wrapped.find('\n') <= 76);
    CHECK(wrap("one", 4, 4) == "one");
    CHECK(wrap("", 4, 4) == "");
}

TEST_CASE("durations are short") {
    CHECK(short_duration(0) == "0s");
    CHECK(short_duration(252) == "4m12s");
    CHECK(short_duration(8121) == "2h15m");
    CHECK(short_duration(273'600) == "3d04h");
}
