#include "bfd/session.hpp"

#include <doctest/doctest.h>

#include "packets.hpp"

using namespace dyad;
using namespace dyad::bfd;

namespace {

constexpr State kStates[] = {State::AdminDown, State::Down, State::Init, State::Up};

/// RFC 5880 6.8.6 and the diagram of 6.2: where a packet of that state leads.
State after_packet(State state, State received) {
    constexpr State kTable[4][4] = {
        // received: AdminDown, Down, Init, Up
        {State::AdminDown, State::AdminDown, State::AdminDown, State::AdminDown},  // AdminDown
        {State::Down, State::Init, State::Up, State::Down},                        // Down
        {State::Down, State::Init, State::Up, State::Up},                          // Init
        {State::Down, State::Down, State::Up, State::Up},                          // Up
    };
    return kTable[static_cast<int>(state)][static_cast<int>(received)];
}

/// 6.8.4: silence.
State after_detection(State state) { return state == State::Init || state == State::Up ? State::Down : state; }

/// When the peer is heard every 100 ms and we are asked whenever we like: the times at which packets left.
std::vector<Instant> departures(Session& session, Instant from, Duration span) {
    std::vector<Instant> times;
    for (auto now = from; now < from + span; now = now + 1ms) {
        if ((now - from) % 100ms == 0ms) (void)give(session, now, from_peer(State::Up));
        session.tick(now);
        for (std::size_t i = 0; i < take(session).packets.size(); ++i) times.push_back(now);
    }
    return times;
}

}  // namespace

TEST_CASE("every state goes where RFC 5880 6.2 says, for every state a packet can bring") {
    for (const auto state : kStates)
        for (const auto received : kStates) {
            CAPTURE(to_string(state));
            CAPTURE(to_string(received));
            auto session = session_in(state);
            const auto accepted = give(session, kStart, from_peer(received));
            CHECK(session.state() == after_packet(state, received));
            CHECK(accepted.has_value() == (state != State::AdminDown));
        }
}

TEST_CASE("every state goes where RFC 5880 6.8.4 says when the peer falls silent") {
    for (const auto state : kStates) {
        CAPTURE(to_string(state));
        auto session = session_in(state);
        session.tick(kStart + 3s - 1ns);
        CHECK(session.state() == state);
        session.tick(kStart + 3s);
        CHECK(session.state() == after_detection(state));
    }
}

TEST_CASE("every state can be disabled and enabled") {
    for (const auto state : kStates) {
        auto session = session_in(state);
        session.disable(kStart, Diagnostic::PathDown);
        CHECK(session.state() == State::AdminDown);
        session.enable(kStart);
        CHECK(session.state() == State::Down);
    }
}

TEST_CASE("every state survives a change of parameters") {
    for (const auto state : kStates) {
        auto session = session_in(state);
        session.configure(kStart, {.transmit = 50ms, .receive = 50ms, .multiplier = 5});
        CHECK(session.state() == state);
        CHECK(take(session).changes.empty());
    }
}

TEST_CASE("a change of state is told with its diagnostic and what the peer said") {
    auto session = session_in(State::Up);
    auto packet = from_peer(State::Down);
    packet.diagnostic = Diagnostic::DetectionTimeExpired;
    (void)give(session, kStart, packet);
    const auto seen = take(session);
    REQUIRE(seen.changes.size() == 1);
    CHECK(seen.changes[0] == Change{.before = State::Up,
                                    .after = State::Down,
                                    .diagnostic = Diagnostic::NeighborSignaledDown,
                                    .remote = State::Down,
                                    .remote_diagnostic = Diagnostic::DetectionTimeExpired});
    CHECK(means_path_failure(seen.changes[0]));
}

TEST_CASE("silence is told as an expired detection time") {
    auto session = session_in(State::Up);
    session.tick(kStart + 3s);
    const auto seen = take(session);
    REQUIRE(seen.changes.size() == 1);
    CHECK(seen.changes[0].diagnostic == Diagnostic::DetectionTimeExpired);
    CHECK(means_path_failure(seen.changes[0]));
}

TEST_CASE("RFC 5882 4.2: the peer's AdminDown is no failure of the path, nor is ours") {
    auto theirs = session_in(State::Up);
    (void)give(theirs, kStart, from_peer(State::AdminDown));
    CHECK_FALSE(means_path_failure(take(theirs).changes.at(0)));
    auto ours = session_in(State::Up);
    ours.disable(kStart, Diagnostic::AdministrativelyDown);
    CHECK_FALSE(means_path_failure(take(ours).changes.at(0)));
}

TEST_CASE("RFC 5882 3.3: a peer that is Down without a reason has begun anew, and that is no failure of the path") {
    auto session = session_in(State::Up);
    (void)give(session, kStart, from_peer(State::Down));
    const auto seen = take(session);
    CHECK(session.state() == State::Down);
    CHECK_FALSE(means_path_failure(seen.changes.at(0)));
}

TEST_CASE("RFC 5882 3.3: a session that comes up or never did is no failure") {
    auto session = session_in(State::Init);
    session.tick(kStart + 3s);
    const auto seen = take(session);
    REQUIRE(seen.changes.size() == 1);
    CHECK_FALSE(means_path_failure(seen.changes[0]));
}

TEST_CASE("a change of state is said at once, between the periodic packets") {
    auto session = session_in(State::Down);
    (void)give(session, kStart + 10ms, from_peer(State::Down));
    const auto seen = take(session);
    REQUIRE(seen.packets.size() == 1);
    CHECK(seen.packets[0].state == State::Init);
    CHECK(seen.packets[0].your_discriminator == kTheirs);
}

TEST_CASE("a packet that changes nothing is not answered") {
    auto session = session_in(State::Up);
    (void)give(session, kStart + 10ms, from_peer(State::Up));
    CHECK(take(session).packets.empty());
}

TEST_CASE("a poll is answered at once with a Final, without P, and the periodic packet still comes") {
    auto session = session_in(State::Up, {.transmit = 1s});
    const auto due = *session.deadline();
    auto poll = from_peer(State::Up);
    poll.poll = true;
    (void)give(session, kStart + 10ms, poll);
    const auto seen = take(session);
    REQUIRE(seen.packets.size() == 1);
    CHECK(seen.packets[0].final);
    CHECK_FALSE(seen.packets[0].poll);
    session.tick(due);
    CHECK(take(session).packets.size() == 1);
}

TEST_CASE("a change of state and a poll in one packet cost one answer") {
    auto session = session_in(State::Down);
    auto poll = from_peer(State::Init);
    poll.poll = true;
    (void)give(session, kStart, poll);
    const auto seen = take(session);
    REQUIRE(seen.packets.size() == 1);
    CHECK(seen.packets[0].final);
    CHECK(seen.packets[0].state == State::Up);
}

TEST_CASE("not more often than once a second is sent until Up, even where more is configured") {
    auto session = session_in(State::Down, {.transmit = 10ms});
    CHECK(*session.deadline() >= kStart + 750ms);
    session.tick(*session.deadline());
    const auto seen = take(session);
    REQUIRE(seen.packets.size() == 1);
    CHECK(seen.packets[0].desired_min_tx == 1s);
    CHECK(seen.packets[0].your_discriminator == 0);
}

TEST_CASE("on Up the configured interval is used at once and polled for") {
    Session session{kStart, kOurs, {.transmit = 50ms}, 7};
    session.tick(kStart);
    auto init = from_peer(State::Init);
    init.required_min_rx = 10ms;
    (void)give(session, kStart, init);
    const auto seen = take(session);
    REQUIRE(seen.packets.size() == 2);
    CHECK(seen.packets[1].poll);
    CHECK(seen.packets[1].desired_min_tx == 50ms);
    CHECK(*session.deadline() <= kStart + 50ms);
}

TEST_CASE("P is set until a Final comes, and then no more") {
    auto session = session_in(State::Up);
    session.tick(kStart + 300ms);
    CHECK(take(session).packets.at(0).poll);
    auto final = from_peer(State::Up);
    final.final = true;
    (void)give(session, kStart + 301ms, final);
    session.tick(kStart + 600ms);
    CHECK_FALSE(take(session).packets.at(0).poll);
}

TEST_CASE("packets are sent at the slower of what we want to send and the peer to receive") {
    auto session = session_in(State::Up, {.transmit = 50ms});
    auto slow = from_peer(State::Up);
    slow.required_min_rx = 400ms;
    (void)give(session, kStart, slow);
    CHECK(session.facts().transmit_interval == 400ms);
    slow.required_min_rx = 20ms;
    (void)give(session, kStart, slow);
    CHECK(session.facts().transmit_interval == 50ms);
}

TEST_CASE("a shorter interval that the peer allows holds for the packet that is waited for") {
    auto session = session_in(State::Up, {.transmit = 50ms});
    auto slow = from_peer(State::Up);
    slow.required_min_rx = 10s;
    (void)give(session, kStart, slow);
    CHECK(session.facts().transmit_interval == 10s);
    slow.required_min_rx = 10ms;
    (void)give(session, kStart + 200ms, slow);
    CHECK(*session.deadline() <= kStart + 200ms);
}

TEST_CASE("intervals are jittered by 0 to 25 per cent, evenly") {
    auto session = session_in(State::Up);
    const auto times = departures(session, kStart, 600s);
    Duration least = 1h, most{}, sum{};
    for (std::size_t i = 2; i < times.size(); ++i) {
        const auto gap = times[i] - times[i - 1];
        least = std::min(least, gap);
        most = std::max(most, gap);
        sum += gap;
    }
    CHECK(least >= 225ms);
    CHECK(least <= 227ms);
    CHECK(most <= 301ms);
    CHECK(most >= 298ms);
    const auto mean = sum / (times.size() - 2);
    CHECK(mean > 261ms);
    CHECK(mean < 265ms);
}

TEST_CASE("with a multiplier of 1 the jitter is 10 to 25 per cent") {
    auto session = session_in(State::Up, {.multiplier = 1});
    const auto times = departures(session, kStart, 300s);
    Duration least = 1h, most{};
    for (std::size_t i = 2; i < times.size(); ++i) {
        least = std::min(least, times[i] - times[i - 1]);
        most = std::max(most, times[i] - times[i - 1]);
    }
    CHECK(least >= 225ms);
    CHECK(most <= 271ms);
    CHECK(most >= 267ms);
}

TEST_CASE("the detection time is the peer's multiplier times the slower of its sending and our receiving") {
    auto session = session_in(State::Up, {.receive = 100ms});
    auto packet = from_peer(State::Up);
    packet.detect_multiplier = 5;
    packet.desired_min_tx = 200ms;
    (void)give(session, kStart, packet);
    CHECK(session.facts().detection_time == 1s);
    packet.desired_min_tx = 20ms;
    (void)give(session, kStart, packet);
    CHECK(session.facts().detection_time == 500ms);
}

TEST_CASE("a discarded packet does not count as heard") {
    auto session = session_in(State::Up);
    auto packet = from_peer(State::Up);
    packet.authentication_present = true;
    CHECK_FALSE(give(session, kStart + 2s, packet));
    session.tick(kStart + 3s);
    CHECK(session.state() == State::Down);
}

TEST_CASE("while Up we send slower only after the peer has answered the poll") {
    auto session = session_in(State::Up);
    auto final = from_peer(State::Up);
    final.final = true;
    session.tick(kStart + 300ms);
    (void)give(session, kStart + 300ms, final);
    session.configure(kStart + 300ms, {.transmit = 900ms});
    CHECK(session.facts().transmit_interval == 300ms);
    session.tick(kStart + 600ms);
    const auto seen = take(session);
    CHECK(seen.packets.back().poll);
    CHECK(seen.packets.back().desired_min_tx == 900ms);
    (void)give(session, kStart + 601ms, final);
    CHECK(session.facts().transmit_interval == 900ms);
}

TEST_CASE("while Up we expect packets faster only after the peer has answered the poll") {
    auto session = session_in(State::Up, {.receive = 500ms});
    auto final = from_peer(State::Up);
    final.final = true;
    (void)give(session, kStart, final);
    session.configure(kStart, {.receive = 300ms});
    CHECK(session.facts().detection_time == 1500ms);
    session.tick(kStart + 300ms);
    (void)give(session, kStart + 301ms, final);
    CHECK(session.facts().detection_time == 900ms);
}

TEST_CASE("while Up we send faster, and expect packets slower, at once") {
    auto session = session_in(State::Up);
    auto packet = from_peer(State::Up);
    packet.required_min_rx = 10ms;
    (void)give(session, kStart, packet);
    session.configure(kStart, {.transmit = 50ms, .receive = 600ms});
    CHECK(session.facts().transmit_interval == 50ms);
    CHECK(session.facts().detection_time == 1800ms);
}

TEST_CASE("a change during a poll is polled for again, after a packet without F") {
    auto session = session_in(State::Up);
    session.tick(kStart + 300ms);
    session.configure(kStart + 310ms, {.transmit = 700ms});
    auto final = from_peer(State::Up);
    final.final = true;
    (void)give(session, kStart + 320ms, final);
    CHECK(session.facts().transmit_interval == 300ms);
    session.tick(kStart + 650ms);
    CHECK_FALSE(take(session).packets.back().poll);
    (void)give(session, kStart + 660ms, from_peer(State::Up));
    session.tick(kStart + 990ms);
    CHECK(take(session).packets.back().poll);
    (void)give(session, kStart + 1000ms, final);
    CHECK(session.facts().transmit_interval == 700ms);
}

TEST_CASE("a Final that answers nothing ends nothing") {
    auto session = session_in(State::Up);
    auto final = from_peer(State::Up);
    final.final = true;
    session.tick(kStart + 300ms);
    (void)give(session, kStart + 300ms, final);
    session.configure(kStart + 301ms, {.transmit = 900ms});
    (void)give(session, kStart + 302ms, final);  // a straggler: no P of the new poll has left
    CHECK(session.facts().transmit_interval == 300ms);
}

TEST_CASE("going down slows down at once, to a second") {
    auto session = session_in(State::Up);
    (void)give(session, kStart, from_peer(State::Down));
    const auto seen = take(session);
    CHECK(seen.packets.at(0).desired_min_tx == 1s);
    CHECK(*session.deadline() >= kStart + 750ms);
}

TEST_CASE("a peer that wants to receive nothing is sent nothing, but for a Final") {
    auto session = session_in(State::Up);
    auto quiet = from_peer(State::Up);
    quiet.required_min_rx = 0ms;
    (void)give(session, kStart, quiet);
    session.take_actions();
    session.tick(kStart + 800ms);
    CHECK(take(session).packets.empty());
    quiet.poll = true;
    (void)give(session, kStart + 801ms, quiet);
    CHECK(take(session).packets.size() == 1);
}

TEST_CASE("after a detection time of silence the peer's wish to receive nothing is forgotten") {
    auto session = session_in(State::Up);
    auto quiet = from_peer(State::Up);
    quiet.required_min_rx = 0ms;
    (void)give(session, kStart, quiet);
    session.take_actions();
    session.tick(kStart + 3s);
    CHECK_FALSE(take(session).packets.empty());
}

TEST_CASE("after a detection time of silence Your Discriminator is zero, in Down too") {
    auto session = session_in(State::Up);
    (void)give(session, kStart, from_peer(State::AdminDown));
    session.take_actions();
    CHECK(session.facts().remote_discriminator == kTheirs);
    session.tick(kStart + 3s);
    CHECK(session.facts().remote_discriminator == 0);
    CHECK(take(session).packets.back().your_discriminator == 0);
}

TEST_CASE("a peer in demand mode is sent nothing periodic while both are Up, and polls for a change") {
    auto session = session_in(State::Up);
    session.tick(kStart + 300ms);
    auto demand = from_peer(State::Up);
    demand.demand = true;
    demand.final = true;
    (void)give(session, kStart + 300ms, demand);
    session.take_actions();
    session.tick(kStart + 1100ms);
    CHECK(take(session).packets.empty());
    session.configure(kStart + 1100ms, {.multiplier = 9});
    session.tick(kStart + 1100ms);
    CHECK(take(session).packets.at(0).poll);
    auto down = demand;
    down.final = false;
    down.state = State::Down;
    (void)give(session, kStart + 1200ms, down);
    session.take_actions();
    session.tick(kStart + 2200ms);
    CHECK_FALSE(take(session).packets.empty());
}

TEST_CASE("the passive role says nothing until it has heard the peer") {
    Session session{kStart, kOurs, {.role = Role::Passive}, 7};
    CHECK_FALSE(session.deadline());
    session.tick(kStart + 10s);
    CHECK(take(session).packets.empty());
    auto first = from_peer(State::Down);
    first.your_discriminator = 0;
    (void)give(session, kStart + 10s, first);
    CHECK(take(session).packets.at(0).state == State::Init);
}

TEST_CASE("AdminDown is said at once and for as long as the session is asked") {
    auto session = session_in(State::Up);
    session.disable(kStart, Diagnostic::AdministrativelyDown);
    const auto seen = take(session);
    REQUIRE(seen.packets.size() == 1);
    CHECK(seen.packets[0].state == State::AdminDown);
    CHECK(seen.packets[0].diagnostic == Diagnostic::AdministrativelyDown);
    session.tick(kStart + 1s);
    CHECK(take(session).packets.at(0).state == State::AdminDown);
}

TEST_CASE("why a session failed is said until it is Up again") {
    auto session = session_in(State::Up);
    session.tick(kStart + 3s);
    (void)give(session, kStart + 4s, from_peer(State::Down));
    CHECK(take(session).packets.back().diagnostic == Diagnostic::DetectionTimeExpired);
    (void)give(session, kStart + 4s, from_peer(State::Init));
    CHECK(take(session).packets.back().diagnostic == Diagnostic::None);
}

TEST_CASE("neither demand, multipoint, echo nor independence of the control plane is claimed") {
    auto session = session_in(State::Up);
    session.tick(kStart + 300ms);
    const auto packet = take(session).packets.at(0);
    CHECK_FALSE(packet.demand);
    CHECK_FALSE(packet.control_plane_independent);
    CHECK(packet.required_min_echo_rx == 0ms);
}
