#include <doctest/doctest.h>

#include <set>

#include "dyad/wire/open.hpp"
#include "rig.hpp"

/// RFC 4271 4.2 and 6.2, RFC 5492, RFC 6286, RFC 6793, RFC 9072: the OPEN, both ways.
namespace dyad::conformance {
namespace {

/// What becomes of the connection on which this OPEN is sent to a fresh Speaker.
std::string fate_of(const OpenMessage& open) {
    Rig rig;
    rig.a.picks_up().sends(open);
    return rig.a.fate();
}

/// The state of the session after this OPEN of a's and a KEEPALIVE.
std::string state_after(const OpenMessage& open) {
    Rig rig;
    rig.a.picks_up().sends(open);
    rig.a.sends(keepalive());
    return rig.a.state();
}

const OpenMessage sound{65001, "10.0.0.1"};

HeardOpen open_of_speaker(Rig& rig, Neighbour& neighbour) {
    (void)rig;
    neighbour.picks_up();
    return read_open(neighbour.call().heard().at(0));
}

TEST_CASE("O-01 O-33: version 3 is unsupported, and the answer names version 4") {
    Rig rig;
    rig.a.picks_up().sends(sound.version(3));
    CHECK(rig.a.fate() == "NOTIFICATION 2/1, closed");
    CHECK(to_hex(rig.a.call().data()) == "0004");
}

TEST_CASE("O-02: version 5 is unsupported") { CHECK(fate_of(sound.version(5)) == "NOTIFICATION 2/1, closed"); }

TEST_CASE("O-03: an AS that is not the configured one is a bad peer AS") {
    CHECK(fate_of(OpenMessage{65009, "10.0.0.1"}) == "NOTIFICATION 2/2, closed");
}

TEST_CASE("O-04: AS 0 in the two-octet field of a two-octet speaker is a bad peer AS") {
    CHECK(fate_of(sound.as_field(0).without(kFourOctetAs)) == "NOTIFICATION 2/2, closed");
}

TEST_CASE("O-05: AS 0 in the four-octet capability is a bad peer AS") {
    CHECK(fate_of(sound.without(kFourOctetAs).capability(kFourOctetAs, u32(0))) == "NOTIFICATION 2/2, closed");
}

TEST_CASE("O-06: a hold time of 1 s is unacceptable") {
    CHECK(fate_of(sound.hold_time(1)) == "NOTIFICATION 2/6, closed");
}

TEST_CASE("O-07: a hold time of 2 s is unacceptable") {
    CHECK(fate_of(sound.hold_time(2)) == "NOTIFICATION 2/6, closed");
}

TEST_CASE("O-08: the identifier 0.0.0.0 is bad") {
    CHECK(fate_of(sound.router_id("0.0.0.0")) == "NOTIFICATION 2/3, closed");
}

TEST_CASE("O-09: our own identifier from an internal neighbour is bad") {
    Rig rig;
    rig.i.picks_up().sends(rig.i.open().router_id("10.0.0.10"));
    CHECK(rig.i.fate() == "NOTIFICATION 2/3, closed");
}

TEST_CASE("O-10: optional parameter 3 is unsupported") {
    CHECK(fate_of(sound.optional_parameters(hex("04 03 02 00 00"))) == "NOTIFICATION 2/4, closed");
}

TEST_CASE("O-11: an optional parameters length beyond the message is unspecific") {
    CHECK(fate_of(sound.optional_parameters(hex("20 02 02 02 00"))) == "NOTIFICATION 2/0, closed");
}

TEST_CASE("O-12: a capability that overruns its parameter is unspecific") {
    CHECK(fate_of(sound.optional_parameters(hex("06 02 04 41 08 00 00"))) == "NOTIFICATION 2/0, closed");
}

TEST_CASE("O-13: a parameter that overruns the message is unspecific") {
    CHECK(fate_of(sound.optional_parameters(hex("04 02 20 02 00"))) == "NOTIFICATION 2/0, closed");
}

TEST_CASE("O-14: our own identifier from another AS is no error") {
    CHECK(state_after(sound.router_id("10.0.0.10")) == "Established");
}

TEST_CASE("O-15: an identifier that looks like a multicast address is a number like others") {
    CHECK(state_after(sound.router_id("224.0.0.9")) == "Established");
}

TEST_CASE("O-16: capabilities that nobody knows are ignored") {
    CHECK(state_after(sound.capability(222, hex("01 02 03")).capability(128, {})) == "Established");
}

TEST_CASE("O-17: capabilities in a parameter each are all taken") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open().one_parameter_each());
    rig.a.sends(keepalive());
    CHECK(rig.a.state() == "Established");
    CHECK(rig.session("a").families.size() == 2);
    CHECK(rig.session("a").capabilities_received.size() == 4);
}

TEST_CASE("O-18: capabilities that come twice count once") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open()
                               .capability(kMultiprotocol, hex("0001 00 01"))
                               .capability(kMultiprotocol, hex("0002 00 01"))
                               .capability(kRouteRefreshCapability, {})
                               .capability(kFourOctetAs, u32(65001)));
    rig.a.sends(keepalive());
    CHECK(rig.a.state() == "Established");
    CHECK(rig.session("a").families.size() == 2);
}

TEST_CASE("O-19: without capabilities the session is for IPv4 and two-octet AS numbers") {
    Rig rig;
    rig.a.width = AsOctets::Two;
    rig.a.comes_up(OpenMessage{65001, "10.0.0.1"}.without_capabilities());
    CHECK(rig.session("a").families == std::vector<std::string>{"ipv4"});
    rig.a.announces("10.1.0.0/16");
    CHECK(rig.best("10.1.0.0/16")->as_path == "65001");
}

TEST_CASE("O-20 O-38: a short OPEN in the extended format is accepted") {
    const auto open = sound.extended_format();
    REQUIRE(open.octets().size() < 100);
    CHECK(state_after(open) == "Established");
}

TEST_CASE("O-21: more than 255 octets of capabilities in the extended format are accepted") {
    auto open = sound.extended_format();
    for (int n = 0; n < 10; ++n) open = open.capability(222, times(40, 7));
    REQUIRE(open.octets().size() > 400);
    Rig rig;
    rig.a.comes_up(open);
    CHECK(rig.session("a").capabilities_received.size() >= 4);
    rig.a.announces("10.1.0.0/16");
    CHECK(rig.used("10.1.0.0/16") == "a");
}

TEST_CASE("O-22: 255 octets of ordinary parameters are read in the ordinary format") {
    const auto ordinary = Octets{255} + hex("02 08 01 04 0001 00 01 02 00") + hex("02 f3 de f1") + times(241, 1);
    REQUIRE(ordinary.size() == 256);
    CHECK(state_after(sound.without(kFourOctetAs).optional_parameters(ordinary)) == "Established");
}

TEST_CASE("O-23: with a hold time of 0 the session stays up in silence, and nothing is sent") {
    Rig rig;
    rig.a.comes_up(rig.a.open().hold_time(0));
    rig.a.falls_silent();
    const auto before = rig.a.call().count(kKeepalive);
    rig.run_for(1h);
    CHECK(rig.a.state() == "Established");
    CHECK(rig.a.call().count(kKeepalive) == before);
}

TEST_CASE("O-24: the smaller hold time rules: with 3 s a KEEPALIVE comes every second") {
    Rig rig;
    rig.a.keeps_alive(1s);
    rig.a.comes_up(rig.a.open().hold_time(3));
    const auto before = rig.a.call().count(kKeepalive);
    rig.run_for(60s);
    const auto sent = rig.a.call().count(kKeepalive) - before;
    CHECK(sent >= 55);
    CHECK(sent <= 61);
    CHECK(rig.session("a").hold_time_seconds == 3);
}

TEST_CASE("O-25: the Speaker's OPEN says version 4, its AS, its identifier and a sound hold time") {
    Rig rig;
    const auto open = open_of_speaker(rig, rig.a);
    CHECK(open.version == 4);
    CHECK(open.as_field == 65010);
    CHECK(open.router_id == "10.0.0.10");
    CHECK((open.hold_time == 0 || open.hold_time >= 3));
}

TEST_CASE("O-26: the Speaker's OPEN holds its whole AS in the four-octet capability") {
    Rig rig{lab().with("asn", "4200000010")};
    const auto open = open_of_speaker(rig, rig.a);
    REQUIRE(open.find(kFourOctetAs) != nullptr);
    CHECK(open.find(kFourOctetAs)->value == u32(4200000010));
}

TEST_CASE("O-27: the Speaker's OPEN offers route refresh and IPv4 unicast") {
    Rig rig;
    const auto open = open_of_speaker(rig, rig.c);
    CHECK(open.find(kRouteRefreshCapability) != nullptr);
    REQUIRE(open.find(kMultiprotocol) != nullptr);
    CHECK(to_hex(open.find(kMultiprotocol)->value) == "00010001");
}

TEST_CASE("O-28: AS_TRANS in the field and the number in the capability is the number") {
    Rig rig{lab().with("a.asn", "4200000001")};
    rig.a.asn = 4200000001;
    rig.a.comes_up();
    rig.a.announces("10.1.0.0/16");
    CHECK(rig.best("10.1.0.0/16")->as_path == "4200000001");
}

TEST_CASE("O-29: a neighbour that offers only IPv4 is told no IPv6 routes") {
    Rig rig;
    rig.six.comes_up();
    rig.six.sends(rig.six.update().announce6("2001:db8:1::/48", "2001:db8:6::2"));
    rig.b.comes_up(OpenMessage{65002, "10.0.0.2"});
    rig.a.comes_up();
    rig.a.announces("10.1.0.0/16");
    REQUIRE(rig.used("2001:db8:1::/48") == "six");
    REQUIRE(rig.b.holds("10.1.0.0/16"));
    CHECK(rig.session("b").families == std::vector<std::string>{"ipv4"});
    for (const auto& update : rig.b.updates()) {
        CHECK(update.find(kMpReach) == nullptr);
        CHECK(update.find(kMpUnreach) == nullptr);
    }
}

TEST_CASE("O-30: a neighbour that connects and says nothing hears our OPEN at once") {
    Rig rig;
    auto& call = rig.a.calls();
    CHECK(call.count(kOpen) == 1);
    CHECK(call.open());
}

TEST_CASE("O-31: a NOTIFICATION in OpenSent closes the connection without an answer") {
    Rig rig;
    rig.a.picks_up().sends(notification(2, 6));
    CHECK(rig.a.fate() == "closed");
}

TEST_CASE("O-32: who is no neighbour is closed before anything is said") {
    Rig rig;
    rig.stranger.calls();
    CHECK(rig.stranger.fate() == "closed");
    CHECK(rig.stranger.call().octets_heard() == 0);
}

TEST_CASE("O-34: a hold time of 1 or 2 s cannot be configured") {
    CHECK(Rig::refusal(lab().with("a.hold_time", "\"2s\"")).find("hold_time") != std::string::npos);
    CHECK(Rig::refusal(lab().with("a.hold_time", "\"1s\"")) != "");
    CHECK(Rig::refusal(lab().with("a.hold_time", "\"30s\"")) == "");
}

TEST_CASE("O-35: a neighbour without the only family it is configured for lacks a capability, which is named") {
    Rig rig;
    rig.six.picks_up().sends(OpenMessage{65006, "10.0.0.6"});
    CHECK(rig.six.fate() == "NOTIFICATION 2/7, closed");
    CHECK(to_hex(rig.six.call().data()) == "010400020001");
}

TEST_CASE("O-36: a neighbour that knows no optional parameters is tried again without them") {
    Rig rig;
    rig.a.picks_up().sends(notification(2, 4));
    CHECK(rig.a.fate() == "closed");
    const auto open = open_of_speaker(rig, rig.a);
    CHECK(open.capabilities.empty());
    rig.a.sends(OpenMessage{65001, "10.0.0.1"}.without_capabilities());
    rig.a.sends(keepalive());
    CHECK(rig.a.state() == "Established");
}

TEST_CASE("O-37: only what is longer than 255 octets is written in the extended format") {
    // No configuration makes the Speaker's OPEN so long: its encoder is asked.
    Rig rig;
    CHECK(!open_of_speaker(rig, rig.a).extended_format);
    wire::Open open{Asn{65010}, 90s, RouterId{1}, {}};
    for (int n = 0; n < 3; ++n) open.capabilities.emplace_back(wire::UnknownCapability{200, times(100, 7)});
    const auto whole = wire::encode_open(open);
    const auto read = read_open(frame(whole, 4096).at(0));
    CHECK(read.extended_format);
    CHECK(read.capabilities.size() == 3);
    open.capabilities.pop_back();
    CHECK(!read_open(frame(wire::encode_open(open), 4096).at(0)).extended_format);
}

TEST_CASE("O-39: the configured hold time rules where it is the smaller one") {
    Rig rig{lab().with("a.hold_time", "\"10s\"")};
    rig.a.comes_up(rig.a.open().hold_time(90));
    CHECK(rig.session("a").hold_time_seconds == 10);
    rig.a.falls_silent();
    rig.run_for(11s);
    CHECK(rig.a.fate() == "NOTIFICATION 4/0, closed");
}

TEST_CASE("O-40: a neighbour without the four-octet capability is told two-octet AS numbers") {
    Rig rig;
    rig.b.width = AsOctets::Two;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update()
                    .attribute(kAggregator, kOptionalTransitive, u32(65001) + address("10.9.9.9"))
                    .announce("10.1.0.0/16"));
    CHECK(rig.b.told("10.1.0.0/16", kAsPath) == to_hex(segment(kAsSequence, {65010, 65001}, AsOctets::Two)));
    CHECK(rig.b.told("10.1.0.0/16", kAggregator) == to_hex(u16(65001) + address("10.9.9.9")));
}

TEST_CASE("O-41: a router id of 0.0.0.0 cannot be configured") {
    CHECK(Rig::refusal(lab().with("router_id", "\"0.0.0.0\"")).find("router_id") != std::string::npos);
}

TEST_CASE("O-42: the Speaker's OPEN lists no capability twice") {
    Rig rig;
    const auto open = open_of_speaker(rig, rig.a);
    std::set<std::pair<std::uint8_t, Octets>> seen;
    for (const auto& capability : open.capabilities) CHECK(seen.insert({capability.code, capability.value}).second);
}

}  // namespace
}  // namespace dyad::conformance
