#include <doctest/doctest.h>

#include "msee/script.hpp"
#include "msee/script_messages.hpp"

using namespace dyad;
using namespace dyad::msee;

namespace {

const ScriptDefaults kDefaults{.as = Asn{12076}, .id = {0xc0a80f12}, .local = Address::v4(0xc0a80f12)};

Script parsed(std::string_view text) {
    auto script = parse_script(text, kDefaults);
    REQUIRE(script);
    return std::move(*script);
}

std::vector<ScriptError> errors(std::string_view text) {
    auto script = parse_script(text, kDefaults);
    REQUIRE(!script);
    return script.error();
}

/// What the script's last step says, without the header.
Octets body(std::string_view text) {
    const auto script = parsed(text);
    const auto& send = std::get<ScriptSend>(script.steps.back().action);
    REQUIRE(send.octets.size() >= 19);
    CHECK((send.octets[16] << 8 | send.octets[17]) == static_cast<int>(send.octets.size()));
    return {send.octets.begin() + 19, send.octets.end()};
}

}  // namespace

TEST_CASE("an empty script has nothing to play") {
    CHECK(parsed("").steps.empty());
    CHECK(parsed("  \n# only words\n").steps.empty());
}

TEST_CASE("a script that begins with what it says dials first, or listens where it was told to") {
    CHECK(std::holds_alternative<ScriptDial>(parsed("send keepalive").steps.at(0).action));
    CHECK(std::holds_alternative<ScriptListen>(parsed("listen\nsend keepalive").steps.at(0).action));
    auto passive = kDefaults;
    passive.opening = ScriptDefaults::Opening::Listen;
    CHECK(std::holds_alternative<ScriptListen>(parse_script("send keepalive", passive)->steps.at(0).action));
}

TEST_CASE("an OPEN is written as the line says") {
    CHECK(body("send open as=70000 hold=9 id=1.2.3.4 capabilities=as4,refresh") ==
          Octets{4,                             // version
                 0x5b, 0xa0,                    // AS_TRANS
                 0,    9,                       // hold time
                 1,    2,    3, 4,              // identifier
                 10,   2,    8,                 // one parameter: capabilities
                 65,   4,    0, 1, 0x11, 0x70,  // four-octet AS 70000
                 2,    0});                     // route refresh
    CHECK(body("send open as=1 hold=0 id=0.0.0.0 version=3 capabilities=none") == Octets{3, 0, 1, 0, 0, 0, 0, 0, 0, 0});
    CHECK(body("send open as=1 hold=0 id=0.0.0.0 parameters=0100") == Octets{4, 0, 1, 0, 0, 0, 0, 0, 0, 2, 1, 0});
}

TEST_CASE("an UPDATE is written as the line says") {
    CHECK(body("send update announce=10.9.0.0/24 withdraw=10.8.0.0/16 path=1,2") ==
          Octets{0,    3,  16, 10,  8,                              // withdrawn
                 0,    24,                                          // attributes
                 0x40, 1,  1,  0,                                   // ORIGIN
                 0x40, 2,  10, 2,   2,   0,  0,  0, 1, 0, 0, 0, 2,  // AS_PATH
                 0x40, 3,  4,  192, 168, 15, 18,                    // NEXT_HOP
                 24,   10, 9,  0});
    CHECK(body("send update announce=10.9.0.0/24 attributes=400101 path-id=7") ==
          Octets{0, 0, 0, 3, 0x40, 1, 1, 0, 0, 0, 7, 24, 10, 9, 0});
    CHECK(body("send update announce=2001:db8::/32 next-hop=fe80::1 attributes=")[5] == 14);
}

TEST_CASE("numbers that need four octets travel in AS4_PATH where only two are agreed") {
    const auto script = parsed("send update announce=10.0.0.0/8 path=70000");
    const auto& send = std::get<ScriptSend>(script.steps.back().action);
    const Octets as4_path{0xc0, 17, 6, 2, 1, 0, 1, 0x11, 0x70};
    CHECK(std::ranges::search(send.octets, as4_path).empty());
    CHECK(!std::ranges::search(send.narrow, as4_path).empty());
}

TEST_CASE("other messages are written as the line says") {
    CHECK(body("send keepalive").empty());
    CHECK(body("send refresh ipv6 begin") == Octets{0, 2, 1, 1});
    CHECK(body("send notification 6/2 \"hi\" data=ff") == Octets{6, 2, 2, 'h', 'i', 0xff});
    CHECK(body("send message 9 00:11 22") == Octets{0, 0x11, 0x22});
    CHECK(body("send end-of-rib ipv6") == Octets{0, 0, 0, 6, 0x80, 15, 3, 0, 2, 1});
}

TEST_CASE("a rate may stand before or behind what is sent") {
    for (const auto* text :
         {"send slowly 2 octets every 10ms keepalive", "send keepalive slowly 2 octets every 10ms"}) {
        const auto script = parsed(text);
        const auto& pace = std::get<ScriptSend>(script.steps.back().action).pace;
        REQUIRE(pace);
        CHECK(pace->octets == 2);
        CHECK(pace->every == std::chrono::milliseconds{10});
    }
}

TEST_CASE("every capability that the list names can be sent") {
    for (const auto* name : {"ipv4", "ipv6", "refresh", "enhanced-refresh", "as4", "as4:7", "extended",
                             "extended-next-hop", "graceful", "graceful:5", "graceful:5:restarting", "add-path",
                             "add-path:send", "add-path:receive", "add-path:both", "role:rs-client"})
        CHECK_MESSAGE(capability_octets(name, Asn{1}), name);
    for (const auto* name : {"", "ipv5", "role", "role:king", "graceful:x", "graceful:4096", "refresh:1", "add-path:x"})
        CHECK_MESSAGE(!capability_octets(name, Asn{1}), name);
}

TEST_CASE("`on` names connections, and counts them") {
    const auto script = parsed("dial\non b dial\nsend keepalive\non c\nclose");
    CHECK(script.connections == std::vector<std::string>{"", "b", "c"});
    CHECK(script.steps[2].connection == 1);
    CHECK(script.steps[3].connection == 2);
    CHECK(errors("on 1\non 2\non 3\non 4\non 5\non 6\non 7\non 8\n").size() == 1);
}

TEST_CASE("all errors come at once, each with its line, its place and a hint") {
    const auto found = errors("expcet open\nsend keepalive\nrepeat 2\nsend updaet\nwait 3\nend\nend\n");
    REQUIRE(found.size() == 4);
    CHECK(found[0].line == 1);
    CHECK(found[0].hint == "did you mean `expect`?");
    CHECK(found[1].line == 4);
    CHECK(found[1].column == 6);
    CHECK(found[1].end_column == 12);
    CHECK(found[1].hint == "did you mean `update`?");
    CHECK(found[2].what == "`3` is no time");
    CHECK(found[3].what == "`end` of what?");
}

TEST_CASE("what makes no sense is an error and nothing else") {
    for (const auto* text : {"send",
                             "send open as=x",
                             "send open as=1 as=2",
                             "send open colour=red",
                             "send open id=::1",
                             "send open capabilities=x",
                             "send update announce=10.0.0.1/24",
                             "send update announce=x",
                             "send update communities=1",
                             "send update attributes=4",
                             "send notification",
                             "send notification 6/2/1",
                             "send notification 300/1",
                             "send hex",
                             "send hex xy",
                             "send message",
                             "send message 256",
                             "send keepalive now",
                             "send keepalive slowly",
                             "send keepalive slowly 0 octets every 1s",
                             "expect",
                             "expect next",
                             "expect nothing",
                             "expect nothing for",
                             "expect open within",
                             "expect open within 2 s",
                             "expect update announce=x",
                             "expect end-of-rib ipv5",
                             "wait",
                             "wait 2h",
                             "wait 100000m",
                             "stop",
                             "dial refused soon",
                             "repeat",
                             "repeat 1000001",
                             "repeat 2",
                             "end",
                             "on",
                             "\"send\" keepalive\"",
                             "=",
                             "x=1"})
        CHECK_MESSAGE(!parse_script(text, kDefaults), text);
    CHECK(!parse_script("repeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nend\nend\nend\nend\nend", kDefaults));
    CHECK(!parse_script(std::string(kMaxScriptOctets + 1, '#'), kDefaults));
}
