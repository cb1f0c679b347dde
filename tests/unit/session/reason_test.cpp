#include "dyad/session/reason.hpp"

#include <doctest/doctest.h>

#include <cerrno>
#include <set>

#include "rig.hpp"
#include "session/diagnosis.hpp"
#include "session/timers.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;

namespace {

const wire::Notification kShutdown = wire::cease(wire::subcode::kAdministrativeShutdown, "maintenance");

constexpr Cause kLastCause = Cause::Restarting;

std::string sentence(Reason reason) { return describe(reason); }

}  // namespace

TEST_CASE("every cause has a name of its own and a sentence without a full stop") {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(kLastCause); ++i) {
        const auto cause = static_cast<Cause>(i);
        CAPTURE(to_string(cause));
        CHECK_FALSE(to_string(cause).empty());
        CHECK(names.insert(to_string(cause)).second);
        const auto text = sentence({.cause = cause});
        REQUIRE_FALSE(text.empty());
        CHECK(text.back() != '.');
    }
}

TEST_CASE("what an operator reads for each cause") {
    CHECK(sentence({.cause = Cause::NeverStarted}) == "not started yet");
    CHECK(sentence({.cause = Cause::AdministrativelyDown}) == "administratively down");
    CHECK(sentence({.cause = Cause::AdministrativelyDown, .detail = "new card"}) == "administratively down: new card");
    CHECK(sentence({.cause = Cause::LinkDown, .detail = "eth1.100 has no carrier"}) ==
          "the link is down: eth1.100 has no carrier");
    CHECK(sentence({.cause = Cause::AddressMissing, .detail = "192.0.2.1, eth1"}) ==
          "our address is not on the interface: 192.0.2.1, eth1");
    CHECK(sentence({.cause = Cause::Connecting, .since = 4s}) == "connecting for 4 s");
    CHECK(sentence({.cause = Cause::WaitingForPeer, .since = 20min}) == "passive: the peer has not called for 20 min");
    CHECK(sentence({.cause = Cause::NoOpenReceived, .since = 12s}) == "TCP is up, the peer has sent no OPEN for 12 s");
    CHECK(sentence({.cause = Cause::NoKeepaliveReceived, .since = 12s}) ==
          "the peer has sent its OPEN, but no KEEPALIVE for 12 s");
    CHECK(sentence({.cause = Cause::WrongPeerAs, .offered_as = Asn{8075}, .configured_as = Asn{12076}}) ==
          "the peer's AS is 8075, 12076 is configured");
    CHECK(sentence({.cause = Cause::CollisionLost}) == "the other one of two connections is kept");
    CHECK(sentence({.cause = Cause::ConfigurationChanged, .detail = "hold_time"}) ==
          "the configuration changed: hold_time");
}

TEST_CASE("the mistake that costs people hours gets its hint") {
    CHECK(sentence({.cause = Cause::WrongPeerAs, .offered_as = Asn{12076}, .configured_as = Asn{8075}}) ==
          "the peer's AS is 12076, 8075 is configured (ExpressRoute's edge is AS 12076 on every peering, not 8075)");
}

TEST_CASE("what an operator reads when a dial fails") {
    const auto none = ConnectHint::None;
    CHECK(describe(dial_failed(ECONNREFUSED, none)) == "connection refused");
    CHECK(describe(dial_failed(ETIMEDOUT, none)) == "connection timed out: no answer from the peer");
    CHECK(describe(dial_failed(EHOSTUNREACH, none)) == "connection failed: no route to host");
    CHECK(describe(dial_failed(EADDRNOTAVAIL, none)) == "our address is not on the interface");
    CHECK(describe(dial_failed(ETIMEDOUT, ConnectHint::Md5WrongKey)) == "MD5: the peer's segments carry another key");
    CHECK(describe(dial_failed(ETIMEDOUT, ConnectHint::Md5PeerSendsNone)) ==
          "MD5: the peer's segments are not signed, and a key is configured here");
    CHECK(describe(dial_failed(ETIMEDOUT, ConnectHint::Md5WeHaveNone)) ==
          "MD5: the peer's segments are signed, and no key is configured here");
}

TEST_CASE("what an operator reads when TCP ends without a NOTIFICATION") {
    CHECK(describe(tcp_ended(State::Established, 0)) == "the peer closed the connection without a NOTIFICATION");
    CHECK(describe(tcp_ended(State::OpenSent, 0)) == "the peer closed the connection before its OPEN");
    CHECK(describe(tcp_ended(State::OpenConfirm, ECONNRESET)) == "the peer reset the connection after its OPEN");
    CHECK(describe(tcp_ended(State::Established, ETIMEDOUT)) == "the connection timed out");
    CHECK(describe(tcp_ended(State::Established, ENETDOWN)) == "the connection broke (network is down)");
}

TEST_CASE("an expired hold timer names what was missing") {
    CHECK(describe(hold_expired(State::OpenSent, kLargeHoldTime)) == "TCP is up, the peer has sent no OPEN for 240 s");
    CHECK(hold_expired(State::OpenConfirm, 9s).cause == Cause::NoKeepaliveReceived);
    CHECK(describe(hold_expired(State::Established, 180s)) == "hold timer expired: nothing heard for 180 s");
    CHECK(sentence({.cause = Cause::HoldTimerExpired}) == "hold timer expired");
}

TEST_CASE("a NOTIFICATION is named, and the peer's operator quoted") {
    CHECK(describe(notification_received(kShutdown)) == "the peer sent Cease/Administrative Shutdown: \"maintenance\"");
    CHECK(describe(notification_received({wire::ErrorCode::Cease, 4, {}})) ==
          "the peer sent Cease/Administrative Reset");
    const wire::Notification malformed{wire::ErrorCode::UpdateMessage, wire::subcode::kInvalidOrigin, {}};
    CHECK(describe(notification_sent(malformed, "ORIGIN has 2 octets, not 1")) ==
          "we sent " + malformed.to_string() + ": ORIGIN has 2 octets, not 1");
}

TEST_CASE("a peer cannot write control characters into our log") {
    const auto evil = wire::cease(wire::subcode::kAdministrativeShutdown, "a\nb\x1b[2Jc");
    const auto text = describe(notification_received(evil));
    CHECK(text.find('\n') == std::string::npos);
    CHECK(text.find('\x1b') == std::string::npos);
}

// What stands in `show summary` while a session waits.

TEST_CASE("a session that was never started says so, and a stopped one why") {
    Rig rig;
    CHECK(rig.why() == "not started yet");
    rig.start();
    rig.session.stop(rig.now, kShutdown, {.cause = Cause::LinkDown, .detail = "eth1 has no carrier"});
    CHECK(rig.why() == "the link is down: eth1 has no carrier");
    rig.session.stop(rig.now, kShutdown, {.cause = Cause::AdministrativelyDown});
    CHECK(rig.why() == "administratively down");
}

TEST_CASE("the first dial is told live, then as what became of it") {
    Rig rig;
    rig.start();
    rig.pass(2s);
    CHECK(rig.why() == "connecting for 2 s");
    rig.refuse(ECONNREFUSED);
    CHECK(rig.session.state() == State::Active);
    CHECK(rig.why() == "connection refused");
}

TEST_CASE("a dial without an answer is told as timed out while the next one is under way") {
    Rig rig;
    rig.start();
    rig.pass(6s);
    CHECK(rig.session.state() == State::Connect);
    CHECK(rig.why() == "connection timed out: no answer from the peer");
}

TEST_CASE("a hint about a hanging dial is told at once, and stays after it") {
    Rig rig;
    rig.start();
    rig.session.hint(rig.dialled(), ConnectHint::Md5WrongKey);
    CHECK(rig.why() == "MD5: the peer's segments carry another key");
    rig.pass(6s);
    CHECK(rig.why() == "MD5: the peer's segments carry another key");
}

TEST_CASE("a passive session waits for its peer") {
    auto parameters = configured();
    parameters.passive = true;
    Rig rig{parameters};
    rig.start();
    rig.pass(40s);
    CHECK(rig.session.state() == State::Active);
    CHECK(rig.why() == "passive: the peer has not called for 40 s");
}

TEST_CASE("a peer that accepts TCP and says nothing is told with the time that has passed") {
    Rig rig;
    rig.start();
    rig.connect();
    rig.pass(12s);
    CHECK(rig.why() == "TCP is up, the peer has sent no OPEN for 12 s");
    CHECK(to_string(rig.session.reason(rig.now).cause) == "no_open_received");
}

TEST_CASE("a peer that sends no KEEPALIVE after its OPEN is told with the time that has passed") {
    Rig rig;
    rig.start();
    rig.receive(rig.connect(), open_message());
    rig.pass(5s);
    CHECK(rig.why() == "the peer has sent its OPEN, but no KEEPALIVE for 5 s");
}

TEST_CASE("the wrong AS stands there through every retry") {
    Rig rig;
    rig.start();
    for (int attempt = 0; attempt < 8; ++attempt) {
        rig.receive(rig.connect(), open_message(peer_open(kHigherId, 180s, Asn{8075})));
        CHECK(rig.why() == "the peer's AS is 8075, 12076 is configured");
        while (rig.session.state() != State::Connect) {
            rig.pass(100ms);
            CHECK(rig.why() == "the peer's AS is 8075, 12076 is configured");
        }
    }
    rig.connect();
    CHECK(rig.session.state() == State::OpenSent);
    CHECK(rig.why() == "the peer's AS is 8075, 12076 is configured");
    rig.pass(12s);  // but silence is the truth then
    CHECK(rig.why() == "TCP is up, the peer has sent no OPEN for 12 s");
}

TEST_CASE("a refused dial does not hide the wrong AS, until that is an old story") {
    Rig rig;
    rig.start();
    rig.receive(rig.connect(), open_message(peer_open(kHigherId, 180s, Asn{8075})));
    rig.pass(1s);
    rig.refuse(ECONNREFUSED);
    CHECK(rig.why() == "the peer's AS is 8075, 12076 is configured");
    CHECK(describe(*rig.session.last_error()) == "connection refused");
    for (int i = 0; i < 30; ++i) {
        rig.pass(5s);
        if (rig.session.state() == State::Connect) rig.refuse(ECONNREFUSED);
    }
    CHECK(rig.why() == "connection refused");
}

TEST_CASE("an expired hold timer stands there while the next dials hang") {
    Rig rig;
    rig.establish();
    rig.pass(180s);
    CHECK(rig.why() == "hold timer expired: nothing heard for 180 s");
    rig.pass(20s);
    CHECK(rig.session.state() == State::Connect);
    CHECK(rig.why() == "hold timer expired: nothing heard for 180 s");
}

TEST_CASE("the peer's Bad Peer AS names the AS we said") {
    Rig rig;
    rig.start();
    rig.receive(rig.connect(), message(wire::MessageType::Notification, {2, 2}));
    CHECK(rig.session.reason(rig.now).received);
    CHECK(rig.why() == "the peer sent " + wire::Notification{wire::ErrorCode::OpenMessage, 2, {}}.to_string() +
                           ": it expects another AS than our 65010");
}

TEST_CASE("no control character of the peer's words reaches a terminal, and no other is harmed") {
    // C0, DEL, C1 (CSI), a line separator, a direction override; letters of two, three and four octets.
    const auto said = std::string{"a\nb\x1b[31m\x7f"} + "\xc2\x9b" + "1m\xe2\x80\xa8\xe2\x80\xae\xe2\x81\xa6" +
                      "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa7";
    const auto reason = notification_received(wire::cease(2, said));
    CHECK(describe(reason) ==
          "the peer sent Cease/Administrative Shutdown: \"a b [31m  1m   "
          "\xc3\xa9\xe2\x82\xac\xf0\x9f\x94\xa7\"");
}

TEST_CASE("words that are not UTF-8 are told as such (RFC 9003 section 2)") {
    CHECK(describe(notification_received({wire::ErrorCode::Cease, 2, {2, 0xc3, 0x28}})) ==
          "the peer sent Cease/Administrative Shutdown: its words are not whole or not UTF-8 (3 octets: 02c328)");
    CHECK(describe(notification_received({wire::ErrorCode::Cease, 2, {0}})) ==
          "the peer sent Cease/Administrative Shutdown");
}
