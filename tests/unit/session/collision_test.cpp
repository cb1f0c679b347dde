#include "session/collision.hpp"

#include <doctest/doctest.h>

#include <array>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;

namespace {

struct Case {
    const char* name;
    RouterId peer_id;
    Asn our_as;
    Opener survivor;
};
// RFC 4271 6.8 by the identifiers; RFC 6286 2.3 by the AS (the peer's is 12076) where they are equal.
constexpr std::array kCases{
    Case{"our identifier is lower", kHigherId, kOurAs, Opener::Peer},
    Case{"our identifier is higher", kLowerId, kOurAs, Opener::Us},
    Case{"our identifier is lower, our AS larger", kHigherId, Asn{65010}, Opener::Peer},
    Case{"our identifier is higher, our AS smaller", kLowerId, Asn{100}, Opener::Us},
    Case{"equal identifiers, our AS is larger", kOurId, Asn{65010}, Opener::Us},
    Case{"equal identifiers, our AS is smaller", kOurId, Asn{100}, Opener::Peer},
    Case{"equal identifiers, our AS has four octets", kOurId, Asn{4200000001}, Opener::Us},
};

const wire::Notification kLost{wire::ErrorCode::Cease, 7, {}};

/// Both connections up, both OPENs of ours sent.
struct Colliding : Rig {
    explicit Colliding(const Case& one)
        : Rig({.local_as = one.our_as, .peer_as = kPeerAs, .router_id = kOurId}),
          open(open_message(peer_open(one.peer_id))) {
        start();
        ours = connect();
        theirs = *call();
    }
    Octets open;
    ConnectionId ours, theirs;
    ConnectionId of(Opener opener) const { return opener == Opener::Us ? ours : theirs; }
};

constexpr Opener other_than(Opener opener) { return opener == Opener::Us ? Opener::Peer : Opener::Us; }

}  // namespace

TEST_CASE("the higher identifier's connection survives, the larger AS's among equals") {
    for (const auto& one : kCases) {
        CAPTURE(one.name);
        CHECK(collision_survivor({kOurId, one.our_as}, {one.peer_id, kPeerAs}) == one.survivor);
    }
}

TEST_CASE("both sides of a collision keep the same connection") {
    for (const auto& one : kCases) {
        CAPTURE(one.name);
        CHECK(collision_survivor({one.peer_id, kPeerAs}, {kOurId, one.our_as}) == other_than(one.survivor));
    }
}

TEST_CASE("an OPEN beside a connection in OpenSent decides nothing yet") {
    for (const auto& one : kCases)
        for (const auto first : {Opener::Us, Opener::Peer}) {
            CAPTURE(one.name);
            Colliding rig{one};
            rig.receive(rig.of(first), rig.open);
            CHECK(rig.session.state() == State::OpenConfirm);
            CHECK_FALSE(rig.dropped(rig.ours));
            CHECK_FALSE(rig.dropped(rig.theirs));
        }
}

TEST_CASE("an OPEN beside a connection in OpenConfirm leaves the survivor, whichever came first") {
    for (const auto& one : kCases)
        for (const auto first : {Opener::Us, Opener::Peer}) {
            CAPTURE(one.name);
            CAPTURE(static_cast<int>(first));
            Colliding rig{one};
            rig.receive(rig.of(first), rig.open);
            rig.receive(rig.of(other_than(first)), rig.open);

            const auto kept = rig.of(one.survivor), lost = rig.of(other_than(one.survivor));
            CHECK(rig.notifications(lost) == std::vector{kLost});
            CHECK(rig.dropped(lost));
            CHECK(rig.notifications(kept).empty());
            CHECK_FALSE(rig.dropped(kept));
            CHECK(rig.session.state() == State::OpenConfirm);

            rig.receive(kept, keepalive());
            CHECK(rig.session.established() == kept);
            CHECK(rig.all<StayedDown>().empty());  // a lost collision is no failure
            CHECK(rig.session.next_attempt() == std::nullopt);
        }
}

TEST_CASE("an OPEN beside an Established connection loses, whatever the identifiers") {
    for (const auto& one : kCases)
        for (const auto first : {Opener::Us, Opener::Peer}) {
            CAPTURE(one.name);
            Colliding rig{one};
            const auto kept = rig.of(first), late = rig.of(other_than(first));
            rig.receive(kept, rig.open + keepalive());
            CHECK(rig.session.established() == kept);
            CHECK_FALSE(rig.dropped(late));  // tracked until its OPEN (8.2.2)

            rig.receive(late, rig.open);
            CHECK(rig.notifications(late) == std::vector{kLost});
            CHECK(rig.dropped(late));
            CHECK(rig.session.established() == kept);
            CHECK(rig.all<WentDown>().empty());
        }
}

TEST_CASE("a call while Established is tracked, and closed once its OPEN is there") {
    Rig rig;
    const auto kept = rig.establish();
    const auto late = rig.call();
    REQUIRE(late);
    CHECK(rig.session.established() == kept);
    rig.receive(*late, open_message());
    CHECK(rig.dropped(*late));
    CHECK(rig.session.established() == kept);
    CHECK(rig.all<StayedDown>().empty());
}

TEST_CASE("a tracked second connection that fails in any other way leaves the Established one alone") {
    Rig rig;
    const auto kept = rig.establish();
    const auto late = rig.call();
    SUBCASE("the peer closes it") { rig.close(*late); }
    SUBCASE("garbage") { rig.receive(*late, Octets(19, 0)); }
    SUBCASE("the wrong AS") { rig.receive(*late, open_message(peer_open(kHigherId, 180s, Asn{1}))); }
    SUBCASE("silence") {
        const auto end = rig.now + 241s;
        while (rig.now < end) {
            rig.pass(30s);
            rig.receive(kept, keepalive());
        }
        CHECK(rig.dropped(*late));
    }
    CHECK(rig.session.established() == kept);
    CHECK(rig.all<StayedDown>().empty());
    CHECK(rig.all<WentDown>().empty());
}

TEST_CASE("our dial is given up once the peer's connection is Established") {
    Rig rig;
    rig.start();
    const auto dial = rig.dialled();
    const auto theirs = rig.call();
    rig.receive(*theirs, open_message() + keepalive());
    CHECK(rig.session.established() == theirs);
    CHECK(rig.dropped(dial));
    CHECK(rig.all<StayedDown>().empty());
    rig.session.connected(rig.now, dial);  // crossed with the close
    rig.carry_out();
    CHECK(rig.session.established() == theirs);
    CHECK(rig.sent(dial).empty());
}

TEST_CASE("no new dial while the peer's connection is past its OPEN") {
    Rig rig;
    rig.start();
    const auto theirs = rig.call();
    rig.receive(*theirs, open_message());
    rig.take();
    rig.pass(60s);
    CHECK(rig.all<OpenConnection>().empty());
    rig.close(*theirs);
    rig.take();
    rig.pass(10s);
    CHECK(rig.all<OpenConnection>().size() >= 1);
}

TEST_CASE("a collision that the peer resolves is no failure of ours") {
    Rig rig;
    rig.start();
    const auto ours = rig.connect();
    const auto theirs = rig.call();
    rig.receive(ours, message(wire::MessageType::Notification, {6, 7}));
    rig.receive(*theirs, open_message() + keepalive());
    CHECK(rig.session.established() == theirs);
    CHECK(rig.all<StayedDown>().empty());
}

TEST_CASE("a peer that calls again has given up its call before") {
    Rig rig;
    rig.start();
    const auto ours = rig.connect();
    const auto first = rig.call();
    SUBCASE("which said nothing") {}
    SUBCASE("which had sent its OPEN") { rig.receive(*first, open_message()); }
    const auto second = rig.call();
    REQUIRE(second);
    CHECK(rig.dropped(*first));
    CHECK_FALSE(rig.dropped(ours));
    CHECK(rig.all<StayedDown>().empty());
    rig.receive(*second, open_message() + keepalive());
    CHECK(rig.session.established() == second);
}

TEST_CASE("beside an Established call another one is not wanted") {
    Rig rig;
    rig.start();
    const auto first = rig.call();
    rig.receive(*first, open_message() + keepalive());
    CHECK_FALSE(rig.call());
    CHECK(rig.session.established() == first);
}

TEST_CASE("after a lost collision the survivor's end starts both ways again") {
    Colliding rig{kCases[0]};  // theirs survives
    rig.receive(rig.ours, rig.open);
    rig.receive(rig.theirs, rig.open);
    rig.close(rig.theirs, 104);
    CHECK(rig.session.state() == State::Idle);
    rig.take();
    rig.pass(2s);
    CHECK(rig.all<OpenConnection>().size() == 1);
    CHECK(rig.session.state() == State::Connect);
}
