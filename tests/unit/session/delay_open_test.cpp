#include <doctest/doctest.h>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;
using wire::MessageType;

// RFC 4271 8.1.1 DelayOpen, DelayOpenTime; events 12 and 20

namespace {

Parameters delaying() {
    auto parameters = configured();
    parameters.delay_open = 5s;
    return parameters;
}

const std::vector<MessageType> kOpenOnly{MessageType::Open};

}  // namespace

TEST_CASE("with delay_open our OPEN waits for the DelayOpenTimer, on either connection") {
    for (const bool calls : {false, true}) {
        Rig rig{delaying()};
        rig.start();
        const auto id = calls ? *rig.call() : rig.connect();
        CHECK(rig.session.state() < State::OpenSent);
        rig.pass(5s - 1ns);
        CHECK(rig.sent(id).empty());
        rig.pass(1ns);
        CHECK(rig.sent(id) == kOpenOnly);
        CHECK(rig.session.state() == State::OpenSent);
        rig.receive(id, open_message() + keepalive());
        CHECK(rig.session.established() == id);
    }
}

TEST_CASE("an OPEN that comes meanwhile is answered with OPEN and KEEPALIVE at once") {
    for (const bool calls : {false, true}) {
        Rig rig{delaying()};
        rig.start();
        const auto id = calls ? *rig.call() : rig.connect();
        rig.receive(id, open_message());
        CHECK(rig.sent(id) == std::vector{MessageType::Open, MessageType::Keepalive});
        CHECK(rig.session.state() == State::OpenConfirm);
        rig.receive(id, keepalive());
        CHECK(rig.session.established() == id);
        rig.take();
        rig.pass(10s);  // the DelayOpenTimer is stopped
        CHECK(rig.session.established() == id);
    }
}

TEST_CASE("what ends a connection whose OPEN is delayed") {
    Rig rig{delaying()};
    rig.start();
    const auto id = rig.connect();
    SUBCASE("TCP that fails: listening, and another dial after the retry time") {
        rig.close(id);
        CHECK(rig.session.state() == State::Active);
        CHECK(rig.session.last_error()->cause == Cause::PeerClosed);
        rig.pass(5s);
        CHECK(rig.dialled() != id);
    }
    SUBCASE("an OPEN with the wrong AS is told so") {
        rig.receive(id, open_message(peer_open(kHigherId, 180s, Asn{1})));
        CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::OpenMessage, 2, {}}});
        CHECK(rig.session.state() == State::Idle);
    }
    SUBCASE("a KEEPALIVE before any OPEN") {
        rig.receive(id, keepalive());
        CHECK(rig.sent(id).empty());
        CHECK(rig.dropped(id));
        CHECK(rig.session.state() == State::Idle);
    }
    SUBCASE("a bad header") {
        rig.receive(id, Octets(19, 0));
        CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::MessageHeader, 1, {}}});
    }
    SUBCASE("a NOTIFICATION about the version is nobody's failure") {
        rig.receive(id, message(MessageType::Notification, {2, 1, 0, 3}));
        CHECK(rig.sent(id).empty());
        CHECK(rig.dropped(id));
    }
    SUBCASE("the operator") {
        rig.session.stop(rig.now, wire::cease(2), {.cause = Cause::AdministrativelyDown});
        rig.carry_out();
        CHECK(rig.notifications(id) == std::vector{wire::cease(2)});
        CHECK(rig.dropped(id));
    }
}

TEST_CASE("the peer's call is Established while our own OPEN is delayed: ours is given up") {
    Rig rig{delaying()};
    rig.start();
    const auto ours = rig.connect();
    const auto theirs = *rig.call();
    rig.receive(theirs, open_message() + keepalive());
    CHECK(rig.session.established() == theirs);
    CHECK(rig.dropped(ours));
}

TEST_CASE("OPENs of a collision that come while ours are delayed leave the survivor") {
    for (const auto id : {kHigherId, kLowerId}) {
        Rig rig{delaying()};
        rig.start();
        const auto ours = rig.connect(), theirs = *rig.call();
        rig.receive(ours, open_message(peer_open(id)));
        rig.receive(theirs, open_message(peer_open(id)));
        const auto kept = id == kHigherId ? theirs : ours, lost = id == kHigherId ? ours : theirs;
        CHECK(rig.notifications(lost) == std::vector{wire::Notification{wire::ErrorCode::Cease, 7, {}}});
        rig.receive(kept, keepalive());
        CHECK(rig.session.established() == kept);
    }
}

TEST_CASE("while a delayed OPEN waits for the peer's, the reason says so") {
    Rig rig{delaying()};
    rig.start();
    rig.connect();
    rig.pass(4s);
    CHECK(rig.why() == "TCP is up, the peer has sent no OPEN for 4 s");
}
