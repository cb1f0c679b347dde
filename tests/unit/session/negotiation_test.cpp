#include "session/negotiation.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;

TEST_CASE("our OPEN carries our families, route refresh and the four-octet AS") {
    auto ours = configured();
    ours.families = {Family::Ipv4, Family::Ipv6};
    ours.local_as = Asn{4200000001};
    const auto open = our_open(ours);
    CHECK(open.hold_time == 180s);
    CHECK(open.router_id == kOurId);
    CHECK(open.capabilities == std::vector<wire::Capability>{wire::Multiprotocol{1, 1}, wire::Multiprotocol{2, 1},
                                                             wire::RouteRefreshCapability{},
                                                             wire::FourOctetAs{Asn{4200000001}}});
}

TEST_CASE("the lower hold time counts, and a keepalive is a third of it") {
    struct {
        std::chrono::seconds ours, theirs, agreed, keepalive;
    } const cases[] = {
        {180s, 180s, 180s, 60s}, {180s, 9s, 9s, 3s}, {30s, 180s, 30s, 10s},  {180s, 3s, 3s, 1s},
        {180s, 0s, 0s, 0s},      {0s, 180s, 0s, 0s}, {10s, 65535s, 10s, 3s},
    };
    for (const auto& one : cases) {
        CAPTURE(one.ours.count());
        CAPTURE(one.theirs.count());
        auto ours = configured();
        ours.hold_time = one.ours;
        const auto agreed = negotiate(ours, peer_open(kHigherId, one.theirs));
        REQUIRE(agreed);
        CHECK(agreed->hold_time == one.agreed);
        CHECK(agreed->keepalive_time == one.keepalive);
    }
}

TEST_CASE("a hold time of one or two seconds is unacceptable") {
    for (const auto hold : {1s, 2s}) {
        const auto refused = negotiate(configured(), peer_open(kHigherId, hold));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().notification == wire::Notification{wire::ErrorCode::OpenMessage, 6, {}});
    }
}

TEST_CASE("another AS than configured is Bad Peer AS, and both numbers are told") {
    const auto refused = negotiate(configured(), peer_open(kHigherId, 180s, Asn{8075}));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().cause == Cause::WrongPeerAs);
    CHECK(refused.error().notification == wire::Notification{wire::ErrorCode::OpenMessage, 2, {}});
    CHECK(refused.error().offered_as == Asn{8075});
    CHECK(refused.error().configured_as == kPeerAs);
}

TEST_CASE("AS_TRANS with the number in the capability is that number") {
    auto ours = configured();
    ours.peer_as = Asn{4200000001};
    auto open = peer_open(kHigherId, 180s, Asn{4200000001});
    open.asn = kAsTrans;
    REQUIRE(negotiate(ours, open));
    CHECK(negotiate(ours, open)->peer_as == Asn{4200000001});
}

TEST_CASE("our own router id is refused inside the AS, and welcome outside") {
    CHECK(negotiate(configured(), peer_open(kOurId)));

    auto ours = configured();
    ours.peer_as = kOurAs;
    const auto refused = negotiate(ours, peer_open(kOurId, 180s, kOurAs));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().notification == wire::Notification{wire::ErrorCode::OpenMessage, 3, {}});
    CHECK(negotiate(ours, peer_open(kHigherId, 180s, kOurAs)));
}

TEST_CASE("a peer with no capabilities at all gets IPv4 alone, with two-octet AS numbers") {
    auto ours = configured();
    ours.families = {Family::Ipv4, Family::Ipv6};
    const auto agreed = negotiate(ours, {kPeerAs, 90s, kHigherId, {}});
    REQUIRE(agreed);
    CHECK(agreed->families == std::vector{Family::Ipv4});
    CHECK(agreed->has(Family::Ipv4));
    CHECK_FALSE(agreed->has(Family::Ipv6));
    CHECK_FALSE(agreed->four_octet_as);
    CHECK_FALSE(agreed->route_refresh);
}

TEST_CASE("only families announced by both are used") {
    auto ours = configured();
    ours.families = {Family::Ipv4, Family::Ipv6};
    auto open = peer_open();
    open.capabilities = {wire::Multiprotocol{2, 1}};
    CHECK(negotiate(ours, open)->families == std::vector{Family::Ipv6});

    ours.families = {Family::Ipv4};
    const auto refused = negotiate(ours, open);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().notification ==
          wire::Notification{wire::ErrorCode::OpenMessage, 7, {1, 4, 0, 1, 0, 1}});  // RFC 5492 section 5
}

TEST_CASE("capabilities nobody knows, doubled ones and other families keep nobody away") {
    auto open = peer_open();
    open.capabilities.insert(open.capabilities.end(),
                             {wire::Multiprotocol{1, 1}, wire::Multiprotocol{25, 70}, wire::Multiprotocol{1, 128},
                              wire::UnknownCapability{222, {1, 2, 3}}, wire::UnknownCapability{64, {0, 120}}});
    const auto agreed = negotiate(configured(), open);
    REQUIRE(agreed);
    CHECK(agreed->families == std::vector{Family::Ipv4});
    CHECK(agreed->four_octet_as);
    CHECK(agreed->route_refresh);
    CHECK(agreed->received == open);
}

TEST_CASE("what is configured beside the families is announced") {
    auto ours = configured();
    ours.extended_messages = true;
    ours.enhanced_refresh = true;
    ours.graceful_restart = wire::GracefulRestart{.restart_time = 120s, .families = {{1, 1, true}}};
    ours.add_path_receive = true;
    ours.role = wire::Role::Customer;
    const auto open = our_open(ours);
    for (const auto& expected : std::vector<wire::Capability>{
             wire::ExtendedMessage{}, wire::EnhancedRouteRefresh{}, *ours.graceful_restart,
             wire::AddPath{{{1, 1, wire::AddPathMode::Receive}}}, wire::RoleCapability{wire::Role::Customer}})
        CHECK(std::ranges::find(open.capabilities, expected) != open.capabilities.end());
}

TEST_CASE("long messages may be sent to who takes them, and taken where we said so (RFC 8654)") {
    auto ours = configured();
    auto open = peer_open();
    CHECK(negotiate(ours, open)->max_sent_octets == 4096);
    open.capabilities.emplace_back(wire::ExtendedMessage{});
    CHECK(negotiate(ours, open)->max_sent_octets == 65535);
    CHECK(negotiate(ours, open)->max_received_octets == 4096);
    ours.extended_messages = true;
    CHECK(negotiate(ours, open)->max_received_octets == 65535);
}

TEST_CASE("path identifiers are there where one side sends and the other receives (RFC 7911 section 5)") {
    auto ours = configured();
    ours.add_path_receive = true;
    for (const auto mode : {wire::AddPathMode::Receive, wire::AddPathMode::Send, wire::AddPathMode::Both}) {
        auto open = peer_open();
        open.capabilities.emplace_back(wire::AddPath{{{1, 1, mode}, {2, 1, wire::AddPathMode::Both}}});
        const auto agreed = negotiate(ours, open);
        CHECK(agreed->receives_add_path(Family::Ipv4) == (mode != wire::AddPathMode::Receive));
        CHECK_FALSE(agreed->receives_add_path(Family::Ipv6));
        CHECK_FALSE(agreed->sends_add_path(Family::Ipv4));
    }
}

TEST_CASE("of several restart capabilities the last counts (RFC 4724 section 3)") {
    auto open = peer_open();
    CHECK_FALSE(negotiate(configured(), open)->graceful_restart);
    open.capabilities.emplace_back(wire::GracefulRestart{.restart_time = 1s});
    open.capabilities.emplace_back(wire::GracefulRestart{.restart_time = 2s});
    CHECK(negotiate(configured(), open)->graceful_restart->restart_time == 2s);
}

TEST_CASE("roles that do not correspond are a Role Mismatch, and only then (RFC 9234 section 4.2)") {
    using enum wire::Role;
    const std::vector<wire::Role> roles{Provider, RouteServer, RouteServerClient, Customer, Peer, wire::Role{9}};
    const std::vector<std::pair<wire::Role, wire::Role>> allowed{{Provider, Customer},
                                                                 {Customer, Provider},
                                                                 {RouteServer, RouteServerClient},
                                                                 {RouteServerClient, RouteServer},
                                                                 {Peer, Peer}};
    for (const auto our : roles)
        for (const auto their : roles) {
            if (our == wire::Role{9}) continue;
            auto ours = configured();
            ours.role = our;
            auto open = peer_open();
            open.capabilities.emplace_back(wire::RoleCapability{their});
            const auto agreed = negotiate(ours, open);
            const bool right = std::ranges::find(allowed, std::pair{our, their}) != allowed.end();
            CHECK(agreed.has_value() == right);
            if (!right) CHECK(agreed.error().notification == wire::Notification{wire::ErrorCode::OpenMessage, 11, {}});
            CHECK(negotiate(configured(), open).has_value());
        }
}

TEST_CASE("two roles are a mismatch, one said twice is one; none is one only where role_strict asks (RFC 9234 4.2)") {
    auto ours = configured();
    ours.role = wire::Role::Customer;
    auto open = peer_open();
    CHECK(negotiate(ours, open).has_value());
    ours.role_strict = true;
    CHECK_FALSE(negotiate(ours, open).has_value());
    open.capabilities.emplace_back(wire::RoleCapability{wire::Role::Provider});
    open.capabilities.emplace_back(wire::RoleCapability{wire::Role::Provider});
    CHECK(negotiate(ours, open).has_value());
    open.capabilities.emplace_back(wire::RoleCapability{wire::Role::Peer});
    CHECK_FALSE(negotiate(ours, open).has_value());
}
