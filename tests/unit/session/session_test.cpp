#include <doctest/doctest.h>

#include <algorithm>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;
using wire::MessageType;

namespace {
const std::vector<MessageType> kNothing;
}

TEST_CASE("a session dials, exchanges OPENs and KEEPALIVEs, and is Established") {
    Rig rig;
    CHECK(rig.session.state() == State::Idle);
    rig.start();
    CHECK(rig.session.state() == State::Connect);

    const auto id = rig.connect();
    CHECK(rig.session.state() == State::OpenSent);
    CHECK(rig.sent(id) == std::vector{MessageType::Open});

    CHECK(rig.receive(id, open_message()) == kNothing);
    CHECK(rig.session.state() == State::OpenConfirm);
    CHECK(rig.sent(id) == std::vector{MessageType::Open, MessageType::Keepalive});

    rig.receive(id, keepalive());
    CHECK(rig.session.state() == State::Established);
    CHECK(rig.session.established() == id);
    CHECK(rig.session.established_since() == rig.now);
    CHECK(rig.session.times_established() == 1);
    REQUIRE(rig.all<WentUp>().size() == 1);
    CHECK(rig.all<WentUp>()[0].negotiated == *rig.session.negotiated());
}

TEST_CASE("OPEN and KEEPALIVE in one read establish the session, and the UPDATE behind them comes through") {
    Rig rig;
    rig.start();
    const auto id = rig.connect();
    CHECK(rig.receive(id, open_message() + keepalive() + update() + route_refresh() + keepalive()) ==
          std::vector{MessageType::Update, MessageType::RouteRefresh});
    CHECK(rig.session.established() == id);
}

TEST_CASE("a session comes up octet by octet too") {
    Rig rig;
    rig.start();
    const auto id = rig.connect();
    std::vector<MessageType> through;
    for (const auto octet : open_message() + keepalive() + update() + update())
        for (const auto type : rig.receive(id, {octet})) through.push_back(type);
    CHECK(through == std::vector{MessageType::Update, MessageType::Update});
}

TEST_CASE("messages are counted by type, both ways") {
    Rig rig;
    const auto id = rig.establish();
    rig.receive(id, update() + update() + keepalive() + route_refresh());
    rig.session.count_sent(MessageType::Update);
    const auto& counters = rig.session.counters();
    CHECK(counters.received == std::array<std::uint64_t, 6>{0, 1, 2, 0, 2, 1});
    CHECK(counters.sent == std::array<std::uint64_t, 6>{0, 1, 1, 0, 1, 0});
}

TEST_CASE("a session goes on where it was moved") {
    Rig rig;
    const auto id = rig.establish();
    rig.receive(id, {0xff});
    Session moved = std::move(rig.session);
    CHECK(moved.established() == id);
    auto rest = update();
    rest.erase(rest.begin());
    moved.feed(id, rest);
    CHECK(moved.next(rig.now)->type == MessageType::Update);
}

// RFC 6608

TEST_CASE("a message that does not belong there is an FSM error with its type") {
    struct {
        Octets before;
        Octets unexpected;
        wire::Notification answer;
    } const cases[] = {
        {{}, keepalive(), fsm_error(1, MessageType::Keepalive)},
        {{}, update(), fsm_error(1, MessageType::Update)},
        {{}, route_refresh(), fsm_error(1, MessageType::RouteRefresh)},
        {open_message(), open_message(), fsm_error(2, MessageType::Open)},
        {open_message(), update(), fsm_error(2, MessageType::Update)},
        {open_message(), route_refresh(), fsm_error(2, MessageType::RouteRefresh)},
        {open_message() + keepalive(), open_message(), fsm_error(3, MessageType::Open)},
    };
    for (const auto& one : cases) {
        Rig rig;
        rig.start();
        const auto id = rig.connect();
        CHECK(rig.receive(id, one.before + one.unexpected).empty());
        CHECK(rig.notifications(id) == std::vector{one.answer});
        CHECK(rig.dropped(id));
        CHECK(rig.session.state() == State::Idle);
    }
}

// RFC 4271 6.1, 6.2

TEST_CASE("a bad header is answered with NOTIFICATION 1 in every state, and nothing behind it is read") {
    auto bad_marker = keepalive();
    bad_marker[0] = 0x7f;
    for (const auto& before : {Octets{}, open_message(), open_message() + keepalive()}) {
        Rig rig;
        rig.start();
        const auto id = rig.connect();
        CHECK(rig.receive(id, before + bad_marker + update()) == kNothing);
        CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::MessageHeader, 1, {}}});
        CHECK(rig.dropped(id));
        CHECK(rig.session.counters().received[2] == 0);
    }
}

TEST_CASE("the wrong AS is answered with Bad Peer AS") {
    Rig rig;
    rig.start();
    const auto id = rig.connect();
    rig.receive(id, open_message(peer_open(kHigherId, 180s, Asn{8075})));
    CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::OpenMessage, 2, {}}});
    REQUIRE(rig.all<StayedDown>().size() == 1);
    CHECK(rig.all<StayedDown>()[0].reason.cause == Cause::WrongPeerAs);
    CHECK(rig.session.last_error()->cause == Cause::WrongPeerAs);
}

TEST_CASE("an OPEN of another version is answered with ours") {
    Rig rig;
    rig.start();
    const auto id = rig.connect();
    auto open = open_message();
    open[wire::kHeaderOctets] = 3;
    rig.receive(id, open);
    CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::OpenMessage, 1, {0, 4}}});
}

// RFC 4271 6.4, 6.5

TEST_CASE("a NOTIFICATION ends the session and is not answered") {
    for (const auto& before : {Octets{}, open_message(), open_message() + keepalive()}) {
        Rig rig;
        rig.start();
        const auto id = rig.connect();
        rig.receive(id, before + message(MessageType::Notification, {99, 99}));
        CHECK(rig.notifications(id).empty());
        CHECK(rig.dropped(id));
        CHECK(rig.session.state() == State::Idle);
        CHECK(rig.session.last_error()->received);
    }
}

TEST_CASE("a Cease in Established takes the routes down and quotes the peer") {
    Rig rig;
    const auto id = rig.establish();
    rig.pass(30s);
    const auto cease = wire::encode_notification(wire::cease(wire::subcode::kAdministrativeShutdown, "card swap"));
    rig.receive(id, cease);
    REQUIRE(rig.all<WentDown>().size() == 1);
    CHECK(rig.all<WentDown>()[0].was_up == 30s);
    CHECK(describe(rig.all<WentDown>()[0].reason) == "the peer sent Cease/Administrative Shutdown: \"card swap\"");
    CHECK_FALSE(rig.session.established_since());
}

TEST_CASE("the hold timer expires after exactly the hold time of silence, never before") {
    for (const auto hold : {3s, 9s, 180s}) {
        Rig rig;
        const auto id = rig.establish(peer_open(kHigherId, hold));
        rig.pass(hold - 1ns);
        CHECK(rig.session.state() == State::Established);
        rig.pass(1ns);
        CHECK(rig.session.state() == State::Idle);
        CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::HoldTimerExpired, 0, {}}});
        CHECK(rig.all<WentDown>()[0].reason.cause == Cause::HoldTimerExpired);
    }
}

TEST_CASE("KEEPALIVEs alone, UPDATEs alone and ROUTE-REFRESHs alone keep the session up") {
    for (const auto& sign : {keepalive(), update(), route_refresh()}) {
        Rig rig;
        const auto id = rig.establish(peer_open(kHigherId, 3s));
        for (int i = 0; i < 50; ++i) {
            rig.pass(2900ms);
            rig.receive(id, sign);
        }
        CHECK(rig.session.established() == id);
        rig.pass(3s);
        CHECK(rig.session.state() == State::Idle);
    }
}

TEST_CASE("half a message is silence") {
    Rig rig;
    const auto id = rig.establish(peer_open(kHigherId, 3s));
    rig.pass(2s);
    rig.receive(id, {0xff, 0xff});
    rig.pass(1s);
    CHECK(rig.session.state() == State::Idle);
}

TEST_CASE("with a hold time of 0 nothing is sent and nothing expires") {
    Rig rig;
    const auto id = rig.establish(peer_open(kHigherId, 0s));
    const auto keepalives = rig.session.counters().sent[4];
    CHECK(rig.session.deadline() == std::nullopt);
    rig.pass(48h);
    CHECK(rig.session.established() == id);
    CHECK(rig.session.counters().sent[4] == keepalives);
}

TEST_CASE("KEEPALIVEs come at a third of the hold time, jittered by 0.75 to 1") {
    Rig rig;
    const auto id = rig.establish(peer_open(kHigherId, 9s));
    std::vector<Duration> gaps;
    for (auto last = rig.now; gaps.size() < 50;) {
        const auto due = *rig.session.deadline();
        rig.take();
        rig.pass(due - rig.now);
        REQUIRE(rig.sent(id) == std::vector{MessageType::Keepalive});
        gaps.push_back(rig.now - last);
        last = rig.now;
        rig.receive(id, keepalive());
    }
    for (const auto gap : gaps) {
        CHECK(gap >= 2250ms);
        CHECK(gap <= 3s);
    }
    CHECK(*std::ranges::max_element(gaps) - *std::ranges::min_element(gaps) > 300ms);
}

TEST_CASE("a peer that sends no OPEN is let go after four minutes") {
    Rig rig;
    rig.start();
    const auto id = rig.connect();
    rig.pass(240s - 1ns);
    CHECK(rig.session.state() == State::OpenSent);
    rig.pass(1ns);
    CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::HoldTimerExpired, 0, {}}});
    CHECK(rig.session.last_error()->cause == Cause::NoOpenReceived);
}

TEST_CASE("an OPEN with hold time 3 and no KEEPALIVE after it is let go after three seconds") {
    Rig rig;
    rig.start();
    const auto id = rig.connect();
    rig.receive(id, open_message(peer_open(kHigherId, 3s)));
    rig.pass(3s);
    CHECK(rig.notifications(id) == std::vector{wire::Notification{wire::ErrorCode::HoldTimerExpired, 0, {}}});
}

TEST_CASE("a late tick finds both timers due, and the silence counts") {
    Rig rig;
    const auto id = rig.establish(peer_open(kHigherId, 9s));
    rig.take();
    rig.now = rig.now + 1min;
    rig.session.tick(rig.now);
    rig.carry_out();
    CHECK(rig.sent(id) == std::vector{MessageType::Notification});
}

// TCP

TEST_CASE("a refused dial is repeated after a jittered retry time, for ever") {
    Rig rig;
    rig.start();
    for (int i = 0; i < 30; ++i) {
        rig.refuse(111);
        CHECK(rig.session.state() == State::Active);
        const auto wait = *rig.session.next_attempt() - rig.now;
        CHECK(wait >= 3750ms);
        CHECK(wait <= 5s);
        rig.take();
        rig.pass(wait);
        CHECK(rig.all<OpenConnection>().size() == 1);
        CHECK(rig.session.state() == State::Connect);
    }
}

TEST_CASE("a dial that hangs is replaced by a new one") {
    Rig rig;
    rig.start();
    const auto hanging = rig.dialled();
    rig.pass(5s);
    CHECK(rig.dropped(hanging));
    CHECK(rig.dialled() != hanging);
    CHECK(rig.session.last_error()->cause == Cause::ConnectTimedOut);
    rig.session.connected(rig.now, hanging);  // too late: the id is dead
    CHECK(rig.session.state() == State::Connect);
}

TEST_CASE("a peer that closes before its OPEN is dialled again after the retry time") {
    Rig rig;
    rig.start();
    rig.close(rig.connect(), 104);
    CHECK(rig.session.state() == State::Active);
    CHECK(rig.session.last_error()->cause == Cause::PeerClosed);
    rig.take();
    rig.pass(5s);
    CHECK(rig.all<OpenConnection>().size() == 1);
}

TEST_CASE("a session waiting in Active takes the peer's call") {
    Rig rig;
    rig.start();
    rig.refuse(111);
    const auto id = rig.call();
    REQUIRE(id);
    CHECK(rig.sent(*id) == std::vector{MessageType::Open});
    rig.receive(*id, open_message() + keepalive());
    CHECK(rig.session.established() == id);
}

TEST_CASE("a passive session never dials, and takes calls again and again") {
    auto parameters = configured();
    parameters.passive = true;
    Rig rig{parameters};
    rig.start();
    for (int i = 0; i < 5; ++i) {
        CHECK(rig.session.state() == State::Active);
        rig.pass(5min);
        const auto id = rig.call();
        REQUIRE(id);
        rig.receive(*id, open_message() + keepalive());
        CHECK(rig.session.established() == id);
        rig.receive(*id, keepalive());
        rig.close(*id);
        rig.pass(20s);  // longer than the hold of the fifth short session
    }
    CHECK(rig.all<OpenConnection>().empty());
    CHECK(rig.session.next_attempt() == std::nullopt);
}

TEST_CASE("news of a dead connection changes nothing") {
    Rig rig;
    const auto id = rig.establish();
    rig.receive(id, message(MessageType::Notification, {6, 2}));
    rig.take();
    const auto error = rig.session.last_error();
    rig.close(id, 104);
    rig.session.connect_failed(rig.now, id, 111);
    CHECK(rig.receive(id, update()) == kNothing);
    rig.session.fail(rig.now, {wire::ErrorCode::UpdateMessage, 1, {}}, "late");
    rig.carry_out();
    CHECK(rig.done.empty());
    CHECK(rig.session.last_error() == error);
}

TEST_CASE("a number for a dial that is not wanted any more is closed at once") {
    Rig rig;
    rig.session.start(rig.now);
    CHECK(rig.session.take_actions().size() == 1);
    rig.session.stop(rig.now, wire::cease(2), {.cause = Cause::AdministrativelyDown});
    rig.session.take_actions();
    rig.session.connecting(ConnectionId{8});
    rig.carry_out();
    CHECK(rig.dropped(ConnectionId{8}));
}

TEST_CASE("a dial that is called off before the owner hears of it is never asked for") {
    Rig rig;
    rig.session.start(rig.now);
    rig.session.stop(rig.now, wire::cease(2), {.cause = Cause::AdministrativelyDown});
    rig.carry_out();
    CHECK(rig.all<OpenConnection>().empty());
}

// The operator

TEST_CASE("stop says Cease with the operator's words, and stays Idle") {
    Rig rig;
    const auto id = rig.establish();
    const auto cease = wire::cease(wire::subcode::kAdministrativeShutdown, "card swap");
    rig.session.stop(rig.now, cease, {.cause = Cause::AdministrativelyDown, .detail = "card swap"});
    rig.carry_out();
    CHECK(rig.notifications(id) == std::vector{cease});
    CHECK(rig.dropped(id));
    CHECK(rig.all<WentDown>()[0].reason.cause == Cause::AdministrativelyDown);
    CHECK(rig.session.deadline() == std::nullopt);
    CHECK_FALSE(rig.call());
    rig.pass(1h);
    CHECK(rig.session.state() == State::Idle);
}

TEST_CASE("stop before any OPEN was sent says nothing on the wire") {
    Rig rig;
    rig.start();
    const auto dial = rig.dialled();
    rig.session.stop(rig.now, wire::cease(2), {.cause = Cause::AdministrativelyDown});
    rig.carry_out();
    CHECK(rig.sent(dial).empty());
    CHECK(rig.dropped(dial));
}

TEST_CASE("stop ends both connections of a collision, with one word about the session") {
    Rig rig;
    const auto ours = rig.establish();
    const auto theirs = rig.call();
    rig.session.stop(rig.now, wire::cease(2), {.cause = Cause::AdministrativelyDown});
    rig.carry_out();
    CHECK(rig.dropped(ours));
    CHECK(rig.dropped(*theirs));
    CHECK(rig.all<WentDown>().size() == 1);
    CHECK(rig.all<StayedDown>().empty());
}

TEST_CASE("reset says its NOTIFICATION and dials again when the peer can have read it") {
    Rig rig;
    const auto id = rig.establish();
    rig.take();
    rig.session.reset(rig.now, wire::cease(wire::subcode::kAdministrativeReset, "please"),
                      {.cause = Cause::ConfigurationChanged});
    rig.carry_out();
    CHECK(rig.notifications(id) == std::vector{wire::cease(wire::subcode::kAdministrativeReset, "please")});
    CHECK(rig.all<OpenConnection>().empty());
    CHECK(rig.session.last_error()->cause == Cause::ConfigurationChanged);
    rig.pass(250ms);
    CHECK(rig.all<OpenConnection>().size() == 1);
    CHECK(rig.session.state() == State::Connect);
}

TEST_CASE("the owner's error is told to the peer and kept with its words") {
    Rig rig;
    const auto id = rig.establish();
    rig.receive(id, update());
    const wire::Notification malformed{wire::ErrorCode::UpdateMessage, 1, {4}};
    rig.session.fail(rig.now, malformed, "attribute 5 overruns");
    rig.carry_out();
    CHECK(rig.notifications(id) == std::vector{malformed});
    CHECK(rig.session.last_error()->notification == malformed);
    CHECK(rig.session.last_error()->detail == "attribute 5 overruns");
    CHECK(rig.all<WentDown>().size() == 1);
}

TEST_CASE("after the owner's error nothing more of that read is given") {
    Rig rig;
    const auto id = rig.establish();
    const auto octets = update() + update();
    rig.session.feed(id, octets);
    REQUIRE(rig.session.next(rig.now));
    rig.session.fail(rig.now, {wire::ErrorCode::UpdateMessage, 1, {}}, "");
    CHECK_FALSE(rig.session.next(rig.now));
}

// DampPeerOscillations

TEST_CASE("a peer that keeps failing is held in Idle for 1 s doubling to 60 s, jittered") {
    Rig rig;
    rig.start();
    for (const auto longest : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s, 60s}) {
        rig.receive(rig.connect(), open_message(peer_open(kHigherId, 180s, Asn{1})));
        CHECK(rig.session.state() == State::Idle);
        const auto wait = *rig.session.next_attempt() - rig.now;
        CHECK(wait <= longest);
        CHECK(wait >= longest * 3 / 4);
        if (longest > 1s) CHECK_FALSE(rig.call());  // Idle refuses calls, from the second failure on
        rig.pass(wait);
        CHECK(rig.session.state() == State::Connect);
    }
}

TEST_CASE("an Established session that lasted clears the count, one that did not leaves it") {
    for (const auto lasted : {Duration{59s}, Duration{60s}}) {
        Rig rig;
        rig.start();
        for (int i = 0; i < 4; ++i) {
            rig.receive(rig.connect(), open_message(peer_open(kHigherId, 180s, Asn{1})));
            rig.pass(*rig.session.next_attempt() - rig.now);
        }
        const auto id = rig.establish();
        rig.pass(lasted);
        rig.close(id);
        const auto wait = *rig.session.next_attempt() - rig.now;
        CHECK((wait <= 1s) == (lasted >= 60s));
    }
}

TEST_CASE("start ends the hold") {
    Rig rig;
    rig.start();
    for (int i = 0; i < 6; ++i) {
        rig.receive(rig.connect(), open_message(peer_open(kHigherId, 180s, Asn{1})));
        if (i < 5) rig.pass(60s);
        if (rig.session.state() == State::Connect) continue;
    }
    REQUIRE(rig.session.state() == State::Idle);
    rig.start();
    CHECK(rig.session.state() == State::Connect);
}

TEST_CASE("a passive session refuses a failing peer's calls while the hold lasts") {
    auto parameters = configured();
    parameters.passive = true;
    Rig rig{parameters};
    rig.start();
    for (int i = 0; i < 2; ++i) rig.receive(*rig.call(), open_message(peer_open(kHigherId, 180s, Asn{1})));
    CHECK_FALSE(rig.call());
    rig.pass(2s);
    CHECK(rig.call());
}

TEST_CASE("a peer that ended the session in order may call again at once") {
    Rig rig;
    const auto id = rig.establish();
    rig.receive(id, message(MessageType::Notification, {6, 2}));
    CHECK(rig.session.state() == State::Idle);
    const auto again = rig.call();
    REQUIRE(again);
    rig.receive(*again, open_message() + keepalive());
    CHECK(rig.session.established() == again);
}

TEST_CASE("equal seeds give equal timers, different seeds different ones") {
    const auto first_retry = [](std::uint64_t seed) {
        Rig rig{configured(), seed};
        rig.start();
        return *rig.session.deadline();
    };
    CHECK(first_retry(7) == first_retry(7));
    CHECK(first_retry(7) != first_retry(8));
}

TEST_CASE("a call of ours that is rejected (6/5) is no failure: we listen, and call again after the retry time") {
    Rig rig;
    rig.start();
    for (int i = 0; i < 10; ++i) {
        const auto id = rig.connect();
        rig.receive(id, message(MessageType::Notification, {6, 5}));
        CHECK(rig.dropped(id));
        CHECK(rig.session.state() == State::Active);
        rig.take();
        rig.pass(5s);
        CHECK(rig.all<OpenConnection>().size() == 1);
    }
    rig.receive(rig.connect(), message(MessageType::Notification, {6, 5}));
    CHECK(rig.call());
}
