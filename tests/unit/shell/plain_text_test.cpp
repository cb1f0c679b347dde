#include "shell/plain_text.hpp"

#include <doctest/doctest.h>

using dyad::shell::plain_text;

TEST_CASE("a peer's words cannot command the terminal") {
    CHECK(plain_text("maintenance\x1b[2J\r\n") == "maintenance?[2J??");
    CHECK(plain_text("\xc2\x9b"
                     "31m") == "?31m");
    CHECK(plain_text("\x7f") == "?");
}

TEST_CASE("whole UTF-8 characters stay, what is none becomes a question mark") {
    CHECK(plain_text("Wartung für Ünix → ok 😀") == "Wartung für Ünix → ok 😀");
    CHECK(plain_text("\xff"
                     "a") == "?a");
    CHECK(plain_text("\xe2\x82") == "??");
    CHECK(plain_text("\xc0\xaf") == "??");
    CHECK(plain_text("\xed\xa0\x80") == "???");
    CHECK(plain_text("\xf4\x90\x80\x80") == "????");
}
