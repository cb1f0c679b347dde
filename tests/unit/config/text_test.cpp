#include "config/text.hpp"

#include <doctest/doctest.h>

#include "config/schema.hpp"
#include "dyad/config/parse.hpp"

using namespace dyad::config;
using namespace std::chrono_literals;

TEST_CASE("a duration is a number and its unit") {
    CHECK(parse_duration("300ms") == 300ms);
    CHECK(parse_duration("180s") == 180s);
    CHECK(parse_duration("5m") == 5min);
    CHECK(parse_duration("1h") == 1h);
    for (const auto text : {"", "180", "s", "1.5s", "-1s", "1 s", "5M", "99999999999s", "4294967295h"})
        CHECK_FALSE(parse_duration(text));
    CHECK(duration_text(180s) == "180s");
    CHECK(duration_text(1500ms) == "1500ms");
    CHECK(duration_text(2h) == "2h");
}

TEST_CASE("a community's pattern has a star for any rest, or none") {
    for (const auto text : {"12076:51*", "12076:*", "12*", "*", "1:2"}) CHECK(is_community_pattern(text));
    for (const auto text : {"12076:5*1", "a*", "1:2:*", "99999:*", "1:01*"}) CHECK_FALSE(is_community_pattern(text));
}

TEST_CASE("a misspelt key resembles the right one, a foreign word none") {
    CHECK(similar_key(Section::Peering, "secondry") == "secondary");
    CHECK(similar_key(Section::Peering, "hold-time") == "hold_time");
    CHECK(similar_key(Section::Peering, "Advertise") == "advertise");
    CHECK(similar_key(Section::Peering, "advretise") == "advertise");
    CHECK_FALSE(similar_key(Section::Peering, "banana"));
    CHECK(similar_choice("local|standard|premium", "premum") == "premium");
    CHECK(similar_choice("local|standard|premium", "Standard") == "standard");
    CHECK_FALSE(similar_choice("local|standard|premium", "basic"));
}

TEST_CASE("columns count code points, and the mark stands under the place") {
    const std::string text = "asn = 65010\n[[circuit]]\nlocation = \"Zürich\"\nname = \"ü\" \n";
    const auto parsed = parse(text);
    REQUIRE(parsed.diagnostics.size() >= 1);
    CHECK(render(parsed.diagnostics.back(), "f", text)
              .starts_with("f:4:8: error: \"ü\" cannot be the name of a circuit\n"
                           "   4 | name = \"ü\" \n"
                           "     |        ^^^ letters"));
}

TEST_CASE("a tab before the mark takes one column, and no control character reaches the terminal") {
    const std::string text = "asn = 65010\nlab\t=\t1 # \x1b[31m\n";
    const Diagnostic diagnostic{.line = 2, .column = 7, .end_column = 8, .what = "w"};
    CHECK(render(diagnostic, "f", text) == "f:2:7: error: w\n   2 | lab = 1 # \xef\xbf\xbd[31m\n     |       ^\n");
}

TEST_CASE("of a line too long to read the part around the mark is shown") {
    const std::string text = "advertise = [" + std::string(5000, 'x') + "HERE" + std::string(5000, 'y') + "]\n";
    const Diagnostic diagnostic{.line = 1, .column = 5014, .end_column = 5018, .what = "w"};
    const auto said = render(diagnostic, "f", text);
    CHECK(said.size() < 600);
    CHECK(said.contains("xHEREy"));
    const auto mark_line = said.substr(said.rfind("|"));
    CHECK(mark_line == "| " + std::string(41, ' ') + "^^^^\n");
}

TEST_CASE("line ends of Windows are not part of the line") {
    const std::string text = "asn = 65010\r\nbanana = 1\r\n";
    const auto parsed = parse(text);
    REQUIRE(parsed.diagnostics.size() >= 1);
    CHECK(render(parsed.diagnostics[0], "f", text) ==
          "f:2:1: error: unknown key \"banana\" at the top of the file\n   2 | banana = 1\n     | ^^^^^^\n");
}
