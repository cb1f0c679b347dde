#include <doctest/doctest.h>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;

// RFC 9687

namespace {

const wire::Notification kSendHoldExpired{wire::ErrorCode::SendHoldTimerExpired, 0, {}};

/// Established, and the peer reads no octet of ours from now on, though it goes on to speak.
struct Closed : Rig {
    explicit Closed(std::chrono::seconds send_hold_time = 480s, std::chrono::seconds hold_time = 90s)
        : Rig([&] {
              auto parameters = configured();
              parameters.send_hold_time = send_hold_time;
              return parameters;
          }()) {
        id = establish(peer_open(kHigherId, hold_time));
        session.sent(now, id, 10'000);  // all so far
        take();
    }
    /// It keeps us from our hold timer.
    void speak_for(Duration time) {
        for (const Instant end = now + time; now < end && session.established() == id;) {
            pass(std::min<Duration>(30s, end - now));
            receive(id, keepalive());
        }
    }
    ConnectionId id;
};

}  // namespace

TEST_CASE("octets that nobody takes for the send hold time end the session with 8/0") {
    Closed rig;
    rig.session.queued(rig.now, 4096);
    rig.speak_for(480s - 1s);
    CHECK(rig.session.established() == rig.id);
    rig.speak_for(1s);
    CHECK(rig.notifications(rig.id) == std::vector{kSendHoldExpired});
    CHECK(rig.dropped(rig.id));
    REQUIRE(rig.all<WentDown>().size() == 1);
    CHECK(describe(rig.all<WentDown>()[0].reason) == "send hold timer expired: the peer took nothing for 8 min");
}

TEST_CASE("our own KEEPALIVEs that nobody takes are enough") {
    Closed rig;
    rig.speak_for(480s + 31s);
    CHECK(rig.session.state() != State::Established);
}

TEST_CASE("any progress restarts the send hold timer") {
    Closed rig;
    rig.session.queued(rig.now, 1'000'000);
    for (int i = 0; i < 20; ++i) {
        rig.speak_for(470s);
        rig.session.sent(rig.now, rig.id, 1);
    }
    CHECK(rig.session.established() == rig.id);
    rig.speak_for(481s);
    CHECK(rig.session.state() != State::Established);
}

TEST_CASE("with nothing waiting the send hold timer does not run") {
    Closed rig;
    for (int i = 0; i < 100; ++i) {
        rig.pass(30s);
        rig.receive(rig.id, keepalive());
        rig.session.sent(rig.now, rig.id, 10'000);
    }
    CHECK(rig.session.established() == rig.id);
}

TEST_CASE("a negotiated hold time of 0, or a send hold time of 0, turns it off") {
    for (const auto& [send_hold, hold] : {std::pair{480s, 0s}, std::pair{0s, 90s}}) {
        Closed rig{send_hold, hold};
        rig.session.queued(rig.now, 4096);
        rig.speak_for(1h);
        CHECK(rig.session.established() == rig.id);
    }
}

TEST_CASE("what waited on a connection that is gone does not count on the next") {
    Closed rig;
    rig.session.queued(rig.now, 4096);
    rig.close(rig.id);
    rig.pass(2s);
    rig.id = rig.connect();
    rig.receive(rig.id, open_message(peer_open(kHigherId, 90s)) + keepalive());
    rig.session.sent(rig.now, rig.id, 10'000);
    const auto expires = rig.now + 480s;
    while (rig.now < expires) {
        rig.pass(20s);
        rig.receive(rig.id, keepalive());
        rig.session.sent(rig.now, rig.id, 10'000);
    }
    CHECK(rig.session.established() == rig.id);
}
