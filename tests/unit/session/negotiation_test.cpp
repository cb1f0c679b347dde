#include "session/negotiation.hpp"

#include <doctest/doctest.h>

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
    CHECK(negotiate(ours, open)->families.empty());
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
