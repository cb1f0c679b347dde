#include <doctest/doctest.h>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;
using wire::MessageType;

// RFC 4724 4.2 and section 5, RFC 8538: what the session lets its owner keep, and when a second connection wins.

namespace {

enum class N { No, Yes };

wire::GracefulRestart restart(N n = N::No, std::chrono::seconds time = 120s) {
    return {.restarting = false, .notification = n == N::Yes, .restart_time = time, .families = {{1, 1, true}}};
}

Parameters ours(N n = N::No) {
    auto parameters = configured();
    parameters.graceful_restart = restart(n);
    return parameters;
}

wire::Open theirs(const wire::GracefulRestart& capability) {
    auto open = peer_open();
    open.capabilities.emplace_back(capability);
    return open;
}

/// Established with both sides' capability, and settled.
struct Agreed : Rig {
    explicit Agreed(N our_n = N::No, const wire::GracefulRestart& peers = restart()) : Rig(ours(our_n)) {
        id = establish(theirs(peers));
        pass(10s);
        take();
    }
    std::optional<Retained> retained() const {
        REQUIRE(all<WentDown>().size() == 1);
        return all<WentDown>()[0].retained;
    }
    ConnectionId id;
};

}  // namespace

TEST_CASE("TCP that ends without a word retains the families the peer has named") {
    Agreed rig;
    rig.close(rig.id, 104);
    const Retained expected{.families = {Family::Ipv4}, .restart_time = 120s, .by_notification = false};
    CHECK(rig.retained() == expected);
}

TEST_CASE("nothing is retained") {
    SUBCASE("of a peer that announced nothing") {
        Rig rig{ours()};
        rig.close(rig.establish());
        CHECK_FALSE(rig.all<WentDown>()[0].retained);
    }
    SUBCASE("of a peer that names no family") {
        auto helper = restart();
        helper.families.clear();
        Agreed rig{N::No, helper};
        rig.close(rig.id);
        CHECK_FALSE(rig.retained());
    }
    SUBCASE("of a family that is not agreed on") {
        auto other = restart();
        other.families = {{2, 1, true}};
        Agreed rig{N::No, other};
        rig.close(rig.id);
        CHECK_FALSE(rig.retained());
    }
    SUBCASE("where we have announced nothing") {
        Rig rig;
        rig.close(rig.establish(theirs(restart())));
        CHECK_FALSE(rig.all<WentDown>()[0].retained);
    }
    SUBCASE("after a NOTIFICATION, ours or the peer's, without N on both sides") {
        for (const auto& [our_n, peers_n] : {std::pair{N::No, N::Yes}, std::pair{N::Yes, N::No}}) {
            Agreed rig{our_n, restart(peers_n)};
            rig.receive(rig.id, message(MessageType::Notification, {6, 4}));
            CHECK_FALSE(rig.retained());
            Agreed other{our_n, restart(peers_n)};
            other.session.fail(other.now, {wire::ErrorCode::UpdateMessage, 1, {}}, "");
            other.carry_out();
            CHECK_FALSE(other.retained());
        }
    }
    SUBCASE("after the hold timer without N") {
        Agreed rig;
        rig.pass(180s);
        CHECK_FALSE(rig.retained());
    }
    SUBCASE("after a Hard Reset") {
        Agreed rig{N::Yes, restart(N::Yes)};
        rig.receive(rig.id, message(MessageType::Notification, {6, 9, 6, 2}));
        CHECK_FALSE(rig.retained());
    }
    SUBCASE("by an operator's order, which is a Hard Reset where N was exchanged") {
        for (const auto n : {N::No, N::Yes}) {
            Agreed rig{n, restart(n)};
            const auto cease = wire::cease(wire::subcode::kAdministrativeShutdown, "card swap");
            rig.session.stop(rig.now, cease, {.cause = Cause::AdministrativelyDown});
            rig.carry_out();
            CHECK_FALSE(rig.retained());
            CHECK(rig.notifications(rig.id) == std::vector{n == N::Yes ? wire::hard_reset(cease) : cease});
        }
    }
}

TEST_CASE("with N on both sides a NOTIFICATION retains, whoever sends it (RFC 8538 section 4)") {
    Agreed rig{N::Yes, restart(N::Yes)};
    SUBCASE("the peer's") { rig.receive(rig.id, message(MessageType::Notification, {6, 4})); }
    SUBCASE("an UPDATE error of ours") {
        rig.session.fail(rig.now, {wire::ErrorCode::UpdateMessage, 1, {}}, "");
        rig.carry_out();
    }
    SUBCASE("the hold timer's") { rig.pass(180s); }
    SUBCASE("an order that means to be back at once") {
        rig.session.reset(rig.now, wire::cease(6), {.cause = Cause::ConfigurationChanged}, Session::Ending::Graceful);
        rig.carry_out();
        CHECK(rig.notifications(rig.id) == std::vector{wire::cease(6)});
    }
    const Retained expected{.families = {Family::Ipv4}, .restart_time = 120s, .by_notification = true};
    CHECK(rig.retained() == expected);
}

TEST_CASE("a Hard Reset is shown with what is inside") {
    Agreed rig{N::Yes, restart(N::Yes)};
    rig.receive(rig.id, wire::encode_notification(wire::hard_reset(wire::cease(2, "power"))));
    CHECK(describe(rig.all<WentDown>()[0].reason) ==
          "the peer sent Cease/Hard Reset: Cease/Administrative Shutdown: \"power\"");
}

TEST_CASE("a call beside an Established session whose peer may restart is the restart (RFC 4724 section 5)") {
    Agreed rig;
    const auto fresh = rig.call();
    REQUIRE(fresh);
    CHECK(rig.dropped(rig.id));
    CHECK(rig.notifications(rig.id).empty());  // simply closed
    CHECK(rig.retained());
    CHECK(rig.all<WentDown>()[0].reason.cause == Cause::PeerRestarted);
    rig.receive(*fresh, open_message(theirs(restart())) + keepalive());
    CHECK(rig.session.established() == fresh);
    SUBCASE("and the next one is the next restart") {
        rig.pass(10s);
        const auto again = rig.call();
        REQUIRE(again);
        CHECK(rig.dropped(*fresh));
        rig.receive(*again, open_message(theirs(restart())) + keepalive());
        CHECK(rig.session.established() == again);
    }
}

TEST_CASE("C-18: however young the Established connection is, a call beside it replaces it at once") {
    Rig rig{ours()};
    const auto first = rig.establish(theirs(restart()));
    const auto late = rig.call();
    REQUIRE(late);
    CHECK(rig.dropped(first));
    CHECK(rig.notifications(first).empty());
    rig.receive(*late, open_message(theirs(restart())) + keepalive());
    CHECK(rig.session.established() == late);
}

TEST_CASE("of two connections of a collision one stays, though both OPENs say R") {
    auto capability = restart();
    capability.restarting = true;
    Rig rig{ours()};
    rig.start();
    const auto first = rig.connect(), second = *rig.call();
    rig.receive(first, open_message(theirs(capability)) + keepalive());
    rig.receive(second, open_message(theirs(capability)));
    CHECK(rig.session.established() == first);
    CHECK(rig.dropped(second));
}

TEST_CASE("a call beside an Established session whose peer announced no family is tracked as ever") {
    auto helper = restart();
    helper.families.clear();
    Agreed rig{N::No, helper};
    const auto late = rig.call();
    REQUIRE(late);
    CHECK(rig.session.established() == rig.id);
    rig.receive(*late, open_message());
    CHECK(rig.notifications(*late) == std::vector{wire::Notification{wire::ErrorCode::Cease, 7, {}}});
}

TEST_CASE("before our own restart a peer that has agreed is left without a word, any other not") {
    Agreed rig;
    CHECK(rig.session.leave(rig.now, wire::cease(2), {.cause = Cause::Restarting}));
    rig.carry_out();
    CHECK(rig.notifications(rig.id).empty());
    CHECK(rig.dropped(rig.id));
    CHECK(rig.session.state() == State::Idle);
    CHECK_FALSE(rig.call());

    Rig other{ours()};
    const auto id = other.establish();
    CHECK_FALSE(other.session.leave(other.now, wire::cease(2), {.cause = Cause::Restarting}));
    CHECK(other.session.established() == id);
}

TEST_CASE("what is announced of restarts changes with the next OPEN") {
    Rig rig{ours()};
    auto now_restarted = restart();
    now_restarted.restarting = true;
    rig.session.announce(now_restarted);
    rig.start();
    const auto id = rig.connect();
    const auto sent = rig.all<SendMessage>().at(0);
    CHECK(sent.connection == id);
    CHECK(wire::decode_open((*wire::next_message(sent.octets))->body())->capabilities.back() ==
          wire::Capability{now_restarted});
}
