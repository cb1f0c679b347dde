#include <doctest/doctest.h>

#include <algorithm>

#include "dyad/session/reason.hpp"
#include "rig.hpp"

/// RFC 4271 6.4 and 6.7, RFC 4486, RFC 9003: NOTIFICATIONs, both ways.
namespace dyad::conformance {
namespace {

Octets with_length(const Octets& words) { return Octets{static_cast<std::uint8_t>(words.size())} + words; }

/// What the operator is told of an Established session that ended so.
std::string told_of(const Octets& message) {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message);
    CHECK(rig.a.fate() == "closed");
    const auto downs = rig.events<speaker::SessionDown>();
    REQUIRE(downs.size() == 1);
    return session::describe(downs[0].reason);
}

Lab ten_at_most() { return lab().with("a.limits", "{ receive = 10, on_receive = \"shutdown\" }"); }

UpdateMessage announcing(const UpdateMessage& update, int count) {
    auto many = update;
    for (int n = 0; n < count; ++n) many = many.announce("20." + std::to_string(n) + ".0.0/16");
    return many;
}

TEST_CASE("H-12: a NOTIFICATION of 20 octets closes the connection, and the operator is told (see disputed.csv)") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message(kNotification, hex("06")));
    CHECK(!rig.a.call().open());
    CHECK(rig.events<speaker::SessionDown>().size() == 1);
}

TEST_CASE("4271-6.1-a: a NOTIFICATION below its minimum length is a Bad Message Length") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message(kNotification, hex("06")));
    CHECK(rig.a.fate() == "NOTIFICATION 1/2, closed");
    CHECK(to_hex(rig.a.call().data()) == "0014");
}

TEST_CASE(
    "N-01 N-09 4271-6.7-a: twelve prefixes where ten are allowed end the session, and the answer names the limit") {
    Rig rig{ten_at_most()};
    rig.a.comes_up();
    rig.a.sends(announcing(rig.a.update(), 12));
    CHECK(rig.a.fate() == "NOTIFICATION 6/1, closed");
    CHECK(to_hex(rig.a.call().data()) ==
          "000101"
          "0000000a");
    CHECK(rig.used("20.1.0.0/16") == "none");
}

TEST_CASE("N-02: the same ten prefixes again and again do not hit a limit of ten") {
    Rig rig{ten_at_most()};
    rig.a.comes_up();
    for (int n = 0; n < 5; ++n) rig.a.sends(announcing(rig.a.update().med(static_cast<std::uint32_t>(n)), 10));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.session("a").row.received == 10);
}

TEST_CASE("N-03: a NOTIFICATION that nobody defined closes the connection without an answer") {
    CHECK(told_of(notification(99, 99)).find("99") != std::string::npos);
}

TEST_CASE("N-04: the words of a shutdown are shown to the operator") {
    const auto words = "Wartung bis 04:00 – Grüße";
    CHECK(told_of(notification(6, 2, with_length(text(words)))).find(words) != std::string::npos);
}

TEST_CASE("N-05: 255 octets of words are shown whole") {
    const std::string words(255, 'w');
    CHECK(told_of(notification(6, 2, with_length(text(words)))).find(words) != std::string::npos);
}

TEST_CASE("N-06: words whose length exceeds the data are not shown") {
    CHECK(told_of(notification(6, 2, hex("40") + text("cut"))).find("cut") == std::string::npos);
}

TEST_CASE("N-07: words that are not UTF-8 are shown in a safe form") {
    const auto told = told_of(notification(6, 2, with_length(text("bad \xff\xfe words"))));
    CHECK(std::ranges::none_of(told, [](char letter) { return static_cast<unsigned char>(letter) >= 0x80; }));
    CHECK((told.find("bad") != std::string::npos || told.find("62616420fffe") != std::string::npos));
}

TEST_CASE("N-08 N-18: errors of every class close the connection and are never told as a Cease") {
    const std::vector<std::pair<Octets, int>> provocations{{times(19, 0), 1},
                                                           {message(77, {}), 1},
                                                           {UpdateMessage{}.withdrawn_length(99).octets(), 3},
                                                           {OpenMessage{65001, "10.0.0.1"}.octets(), 5}};
    for (const auto& [octets, code] : provocations) {
        Rig rig;
        rig.a.comes_up();
        rig.a.sends(octets);
        CHECK(rig.a.fate().starts_with("NOTIFICATION " + std::to_string(code) + "/"));
    }
    Rig rig;
    rig.a.picks_up().sends(rig.a.open().version(3));
    CHECK(rig.a.fate().starts_with("NOTIFICATION 2/"));
    rig.b.comes_up(rig.b.open().hold_time(3));
    rig.b.falls_silent();
    rig.run_for(4s);
    CHECK(rig.b.fate().starts_with("NOTIFICATION 4/"));
}

TEST_CASE("N-10: a neighbour taken out of the configuration is told Peer De-configured") {
    Rig rig;
    rig.a.comes_up();
    rig.reload(lab().without_neighbor("a"));
    CHECK(rig.a.fate() == "NOTIFICATION 6/3, closed");
}

TEST_CASE("N-11: a neighbour that is reset by command is told Administrative Reset, and comes back") {
    Rig rig;
    rig.a.comes_up();
    rig.reset("a");
    CHECK(rig.a.fate() == "NOTIFICATION 6/4, closed");
    rig.a.comes_up();
}

TEST_CASE("N-12: a neighbour that calls while nobody is accepted for it is told Connection Rejected") {
    Rig rig;
    // A session that keeps failing is held in Idle (RFC 4271 8.1.1): no call of its neighbour is taken meanwhile.
    for (int flap = 0; flap < 4; ++flap) rig.a.comes_up().sends(notification(6, 4));
    rig.a.calls();
    CHECK(rig.a.fate() == "NOTIFICATION 6/5, closed");
    CHECK(rig.a.call().count(kOpen) == 0);
}

TEST_CASE("N-13: a setting that needs a new session is told as Other Configuration Change") {
    Rig rig;
    rig.a.comes_up();
    rig.reload(lab().with("a.hold_time", "\"33s\""));
    CHECK(rig.a.fate() == "NOTIFICATION 6/6, closed");
}

TEST_CASE("N-19: a path that BFD finds dead ends its session with BFD Down") {
    Rig rig{lab().with("a.bfd", "true")};
    rig.a.comes_up();
    rig.bfd(bfd::State::Down, bfd::State::Up);
    CHECK(rig.a.state() == "Established");
    rig.bfd(bfd::State::Up, bfd::State::Down, bfd::Diagnostic::DetectionTimeExpired);
    CHECK(rig.a.fate() == "NOTIFICATION 6/10, closed");
}

TEST_CASE("N-17: the words of a shutdown are cut to 255 octets, and to whole characters") {
    Rig rig;
    rig.a.comes_up();
    std::string words;
    for (int n = 0; n < 100; ++n) words += "Grüße ";
    rig.shut_down(words);
    CHECK(rig.a.fate() == "NOTIFICATION 6/2, closed");
    const auto data = rig.a.call().data();
    REQUIRE(!data.empty());
    CHECK(data[0] == data.size() - 1);
    const std::string sent{data.begin() + 1, data.end()};
    CHECK(words.starts_with(sent));
    CHECK(sent.size() >= 250);
    CHECK((static_cast<unsigned char>(words[sent.size()]) & 0xc0) != 0x80);
}

TEST_CASE("N-90: when the Speaker stops, every neighbour is told Administrative Shutdown") {
    Rig rig;
    for (auto* neighbour : {&rig.a, &rig.b, &rig.i, &rig.six}) neighbour->comes_up();
    rig.shut_down("");
    for (auto* neighbour : {&rig.a, &rig.b, &rig.i, &rig.six}) CHECK(neighbour->fate() == "NOTIFICATION 6/2, closed");
    CHECK(rig.speaker().idle());
}

}  // namespace
}  // namespace dyad::conformance
