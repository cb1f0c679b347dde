#include <doctest/doctest.h>

#include "rig.hpp"

/// RFC 4271 4.1 and 6.1: what every message begins with.
namespace dyad::conformance {
namespace {

constexpr auto kNotSynchronized = "NOTIFICATION 1/1, closed", kBadLength = "NOTIFICATION 1/2, closed",
               kBadType = "NOTIFICATION 1/3, closed";

/// A header alone: whatever its Length promises.
Octets header(std::size_t length, std::uint8_t type) { return times(16, 0xff) + u16(length) + Octets{type}; }

/// RFC 8654 section 4: its announcement says what we take, and this session has none.
const Lab takes_none_longer = lab().with("a.extended_messages", "false");

TEST_CASE("H-01: a marker that is not all ones ends an Established session as not synchronized") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(times(15, 0xff) + hex("fe 0013 04"));
    CHECK(rig.a.fate() == kNotSynchronized);
    CHECK(rig.a.call().data().empty());
}

TEST_CASE("H-02: an OPEN whose first marker octet is 0x7f is not synchronized") {
    Rig rig;
    rig.a.picks_up();
    auto open = rig.a.open().octets();
    open[0] = 0x7f;
    rig.a.sends(open);
    CHECK(rig.a.fate() == kNotSynchronized);
}

TEST_CASE("H-03 H-16: Length 18 is answered with Bad Message Length and the two octets of it") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(header(18, kKeepalive));
    CHECK(rig.a.fate() == kBadLength);
    CHECK(to_hex(rig.a.call().data()) == "0012");
}

TEST_CASE("H-04 H-17: an UPDATE of 4097 octets is answered with Bad Message Length and its Length") {
    Rig rig{takes_none_longer};
    rig.a.comes_up();
    rig.a.sends(header(4097, kUpdate));
    CHECK(rig.a.fate() == kBadLength);
    CHECK(to_hex(rig.a.call().data()) == "1001");
}

TEST_CASE("H-05: a KEEPALIVE of 20 octets is a Bad Message Length") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message(kKeepalive, {0}));
    CHECK(rig.a.fate() == kBadLength);
    CHECK(to_hex(rig.a.call().data()) == "0014");
}

TEST_CASE("H-06: an UPDATE of 22 octets is a Bad Message Length") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message(kUpdate, hex("00 00 00")));
    CHECK(rig.a.fate() == kBadLength);
}

TEST_CASE("H-07: an UPDATE of 65535 octets is a Bad Message Length where no longer messages were agreed") {
    Rig rig{takes_none_longer};
    rig.a.comes_up();
    rig.a.sends(header(65535, kUpdate));
    CHECK(rig.a.fate() == kBadLength);
    CHECK(to_hex(rig.a.call().data()) == "ffff");
}

TEST_CASE("H-08: an OPEN of 28 octets is a Bad Message Length") {
    Rig rig;
    rig.a.picks_up();
    rig.a.sends(message(kOpen, times(9, 4)));
    CHECK(rig.a.fate() == kBadLength);
}

TEST_CASE("H-09 H-18: message type 0 is a Bad Message Type, and the answer holds the type") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message(0, {}));
    CHECK(rig.a.fate() == kBadType);
    CHECK(to_hex(rig.a.call().data()) == "00");
}

TEST_CASE("H-10: message type 9 is a Bad Message Type") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message(9, hex("01 02 03")));
    CHECK(rig.a.fate() == kBadType);
    CHECK(to_hex(rig.a.call().data()) == "09");
}

TEST_CASE("H-11: message type 255 is a Bad Message Type") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(message(255, {}));
    CHECK(rig.a.fate() == kBadType);
}

TEST_CASE("H-13: OPEN and KEEPALIVE come one octet a segment, and the session comes up") {
    Rig rig;
    rig.a.picks_up().trickles(rig.a.open().octets() + keepalive());
    CHECK(rig.a.state() == "Established");
}

TEST_CASE("H-14: OPEN, KEEPALIVE and UPDATE come in one segment, and the route is used") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open().octets() + keepalive() + rig.a.update().announce("10.1.0.0/16").octets());
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "a");
    CHECK(rig.in_kernel("10.1.0.0/16"));
}

TEST_CASE("H-15: every prefix of an UPDATE of nearly 4096 octets is used") {
    Rig rig;
    rig.a.comes_up();
    auto update = rig.a.update();
    for (std::uint32_t n = 0; n < 1000; ++n)
        update = update.nlri(Octets{24} + Octets{20, Octets::value_type(n >> 8), Octets::value_type(n)});
    REQUIRE(update.octets().size() > 4000);
    REQUIRE(update.octets().size() <= 4096);
    rig.a.sends(update);
    CHECK(rig.session("a").row.accepted == 1000);
    CHECK(rig.in_kernel("20.0.0.0/24"));
    CHECK(rig.in_kernel("20.3.231.0/24"));
}

TEST_CASE("H-19: a Length of 0 is a Bad Message Length and ends in no loop") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(times(16, 0xff) + times(64, 0));
    CHECK(rig.a.fate() == kBadLength);
    CHECK(to_hex(rig.a.call().data()) == "0000");
}

TEST_CASE("H-20: a connection that ends inside a header ends the session, and the cut message does nothing") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.announces("10.1.0.0/16");
    rig.a.sends(times(16, 0xff) + hex("00"));
    rig.a.call().ends();
    CHECK(rig.a.state() != "Established");
    CHECK(rig.used("10.1.0.0/16") == "none");
    CHECK(!rig.b.holds("10.1.0.0/16"));
}

TEST_CASE("H-21: every message that is sent has a marker of ones, its true Length and no padding") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    for (const auto* route : {"10.1.0.0/16", "10.2.0.0/15", "10.8.0.0/13"}) rig.a.announces(route);
    rig.a.withdraws("10.2.0.0/15");
    rig.run_for(120s);
    rig.b.sends(header(18, kKeepalive));
    // Framing them is the check: heard() wants ones, and lengths that add up to all that came.
    const auto heard = rig.b.call().heard();
    CHECK(heard.front().type == kOpen);
    CHECK(heard.back().type == kNotification);
    for (const auto& message : heard)
        if (message.type == kKeepalive) CHECK(message.whole.size() == 19);
}

TEST_CASE("H-22: with a hold time of 3 s there is never more than one KEEPALIVE a second") {
    Rig rig;
    rig.a.keeps_alive(1s);
    auto& call = rig.a.comes_up(rig.a.open().hold_time(3));
    for (int second = 0; second < 60; ++second) {
        const auto before = call.count(kKeepalive);
        rig.run_for(1s);
        CHECK(call.count(kKeepalive) - before <= 1);
    }
    CHECK(rig.a.state() == "Established");
}

}  // namespace
}  // namespace dyad::conformance
