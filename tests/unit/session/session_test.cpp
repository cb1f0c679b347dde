#include <doctest/doctest.h>

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
