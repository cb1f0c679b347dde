#include "shell/md5_counters.hpp"

#include <doctest/doctest.h>

using namespace dyad::shell;
using dyad::session::ConnectHint;

TEST_CASE("the MD5 counters are found by their names, wherever they stand") {
    const auto counters = parse_md5_counters(
        "TcpExt: SyncookiesSent TCPMD5NotFound TCPMD5Unexpected TCPMD5Failure\n"
        "TcpExt: 1 2 3 4\n"
        "IpExt: InNoRoutes\n"
        "IpExt: 9\n");
    CHECK(counters == Md5Counters{.wrong_key = 4, .peer_sends_none = 2, .we_have_none = 3});
}

TEST_CASE("a text that is none gives zeros") {
    CHECK(parse_md5_counters("") == Md5Counters{});
    CHECK(parse_md5_counters("TCPMD5Failure") == Md5Counters{});
    CHECK(parse_md5_counters("TCPMD5Failure x\nTcpExt: many\n\n\n") == Md5Counters{});
}

TEST_CASE("a hint needs a counter that moved and a key it can be about") {
    const Md5Counters before{};
    CHECK(md5_hint(before, {.wrong_key = 1}, HasKey::Yes) == ConnectHint::Md5WrongKey);
    CHECK(md5_hint(before, {.peer_sends_none = 1}, HasKey::Yes) == ConnectHint::Md5PeerSendsNone);
    CHECK(md5_hint(before, {.we_have_none = 1}, HasKey::No) == ConnectHint::Md5WeHaveNone);
    CHECK(md5_hint(before, {.we_have_none = 1}, HasKey::Yes) == ConnectHint::None);
    CHECK(md5_hint(before, {.wrong_key = 1}, HasKey::No) == ConnectHint::None);
    CHECK(md5_hint(before, before, HasKey::Yes) == ConnectHint::None);
}
