#include "session/offer.hpp"

#include <doctest/doctest.h>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;
using wire::MessageType;

// RFC 5492 section 3

namespace {

Parameters generous() {
    auto parameters = configured();
    parameters.extended_messages = true;
    parameters.enhanced_refresh = true;
    parameters.graceful_restart = wire::GracefulRestart{};
    return parameters;
}

Octets refusal(std::uint8_t subcode) { return message(MessageType::Notification, {2, subcode}); }

std::size_t capabilities_offered(Rig& rig, ConnectionId id) {
    for (const auto& sent : rig.all<SendMessage>()) {
        const auto view = wire::next_message(sent.octets);
        if (sent.connection == id && (*view)->type == MessageType::Open)
            return wire::decode_open((*view)->body())->capabilities.size();
    }
    return 99;
}

/// The peer refuses this OPEN; the next dial is up.
ConnectionId refused_once_more(Rig& rig, ConnectionId id, std::uint8_t subcode) {
    rig.receive(id, refusal(subcode));
    rig.pass(10s);
    return rig.connect();
}

}  // namespace

TEST_CASE("a peer that answers 2/7 is tried again without optional capabilities, then without any") {
    Rig rig{generous()};
    rig.start();
    auto id = rig.connect();
    CHECK(capabilities_offered(rig, id) == 6);
    rig.receive(id, refusal(7));
    CHECK(rig.why() ==
          "the peer sent OPEN Message Error/Unsupported Capability: trying again without optional capabilities");
    rig.pass(10s);
    id = rig.connect();
    CHECK(capabilities_offered(rig, id) == 3);
    id = refused_once_more(rig, id, 7);
    CHECK(capabilities_offered(rig, id) == 0);
    rig.receive(id, open_message() + keepalive());
    REQUIRE(rig.session.established() == id);
    CHECK_FALSE(rig.session.negotiated()->four_octet_as);
    CHECK_FALSE(rig.session.negotiated()->route_refresh);
    CHECK(rig.session.offered().capabilities.empty());
}

TEST_CASE("a peer that knows no optional parameters (2/4) gets an OPEN without any at once") {
    Rig rig{generous()};
    rig.start();
    const auto id = refused_once_more(rig, rig.connect(), 4);
    CHECK(capabilities_offered(rig, id) == 0);
}

TEST_CASE("what nobody offered is not agreed on, though the peer offers it") {
    Rig rig{generous()};
    rig.start();
    const auto id = refused_once_more(rig, rig.connect(), 7);
    auto open = peer_open();
    open.capabilities.emplace_back(wire::EnhancedRouteRefresh{});
    open.capabilities.emplace_back(wire::GracefulRestart{.families = {{1, 1, true}}});
    rig.receive(id, open_message(open) + keepalive());
    REQUIRE(rig.session.established() == id);
    CHECK_FALSE(rig.session.negotiated()->enhanced_refresh);
    rig.close(id);
    CHECK_FALSE(rig.all<WentDown>().at(0).retained);
}

TEST_CASE("without IPv4 there is nothing below the essentials") {
    auto parameters = generous();
    parameters.families = {Family::Ipv6};
    CHECK(less_than(Offer::Everything, parameters, {wire::ErrorCode::OpenMessage, 7, {}}) == Offer::Essentials);
    CHECK_FALSE(less_than(Offer::Essentials, parameters, {wire::ErrorCode::OpenMessage, 7, {}}));
    CHECK_FALSE(less_than(Offer::Everything, parameters, {wire::ErrorCode::OpenMessage, 4, {}}));
}

TEST_CASE("where nothing helps all is offered again, and so it is after a session that was up") {
    Rig rig{generous()};
    rig.start();
    auto id = rig.connect();
    for (int i = 0; i < 2; ++i) id = refused_once_more(rig, id, 7);
    SUBCASE("refused to the last") {
        id = refused_once_more(rig, id, 7);
        CHECK(capabilities_offered(rig, id) == 6);
    }
    SUBCASE("up, and down again") {
        rig.receive(id, open_message() + keepalive());
        rig.close(id);
        rig.take();
        rig.pass(60s);
        CHECK(capabilities_offered(rig, rig.connect()) == 6);
    }
}

TEST_CASE("both connections' OPENs refused make one step, not two") {
    Rig rig{generous()};
    rig.start();
    const auto ours = rig.connect(), theirs = *rig.call();
    rig.receive(ours, refusal(7));
    rig.receive(theirs, refusal(7));
    rig.pass(60s);
    CHECK(rig.session.offered().capabilities.size() == 3);
}
