// What Microsoft documents in two ways, or not at all: each way can be played.
#include <doctest/doctest.h>

#include "msee/vnets.hpp"
#include "pair.hpp"

using namespace dyad;
using namespace dyad::msee;
using namespace dyad::msee::test;
using namespace std::chrono_literals;

namespace {

std::vector<Prefix> slash24s(std::uint32_t count, std::uint32_t from = 0x0a000000) {
    std::vector<Prefix> prefixes;
    for (std::uint32_t i = 0; i < count; ++i) prefixes.push_back(Prefix{Address::v4(from + (i << 8)), 24});
    return prefixes;
}

void announce_services(Msee& msee, std::size_t count) {
    const auto networks = vnets(Family::Ipv4, count, Space::Services);
    for (std::size_t i = 0; i < networks.size(); ++i) {
        const auto tags = service_communities(i);
        wire::Attributes attributes{.origin = wire::Origin::Igp, .communities = {tags.begin(), tags.end()}};
        msee.announce(networks[i], msee.add_set(std::move(attributes)));
    }
}

bool up(const Pair& pair) { return pair.customer.state() == session::State::Established; }

}  // namespace

TEST_CASE("the documented limits go by kind of peering, SKU and family") {
    CHECK(documented_limit(PeeringKind::Private, Sku::Local, Family::Ipv4) == 4'000);
    CHECK(documented_limit(PeeringKind::Private, Sku::Standard, Family::Ipv4) == 4'000);
    CHECK(documented_limit(PeeringKind::Private, Sku::Premium, Family::Ipv4) == 10'000);
    CHECK(documented_limit(PeeringKind::Private, Sku::Premium, Family::Ipv6) == 100);
    for (const auto kind : {PeeringKind::Microsoft, PeeringKind::Public})
        for (const auto family : {Family::Ipv4, Family::Ipv6})
            CHECK(documented_limit(kind, Sku::Premium, family) == 200);
}

TEST_CASE("where fewer than the limit are allowed, the limit's own prefix ends the session") {
    Pair pair{Options{}, {.limit = 10, .boundary = Boundary::At}};
    const auto prefixes = slash24s(10);
    pair.announce(std::span{prefixes}.first(9));
    CHECK(up(pair));
    pair.announce(std::span{prefixes}.last(1));
    REQUIRE(pair.down);
    CHECK(pair.down->notification->subcode == wire::subcode::kMaximumPrefixes);
    CHECK(pair.down->notification->data == std::vector<std::uint8_t>{0, 1, 1, 0, 0, 0, 10});
}

TEST_CASE("who counts what is held and what comes together ends the session over a repeated table") {
    for (const auto counting : {Counting::Held, Counting::HeldAndIncoming}) {
        Pair pair{Options{}, {.limit = 1'000, .counting = counting}};
        const auto prefixes = slash24s(501);
        pair.announce(prefixes);
        REQUIRE(up(pair));
        pair.announce(prefixes);
        CHECK(up(pair) == (counting == Counting::Held));
    }
}

TEST_CASE("a repeated table in small pieces survives who counts what comes together") {
    Pair pair{Options{}, {.limit = 1'000, .counting = Counting::HeldAndIncoming}};
    const auto prefixes = slash24s(990);
    pair.announce(prefixes);
    for (std::size_t i = 0; i < prefixes.size(); i += 10) pair.announce(std::span{prefixes}.subspan(i, 10));
    CHECK(up(pair));
    CHECK(pair.msee.status(pair.now, 0).held == 990);
}

TEST_CASE("a Cease/1 may say nothing but its name") {
    Pair pair{Options{.trip_data = Options::TripData::Nothing}, {.limit = 1}};
    pair.announce(slash24s(2));
    REQUIRE(pair.down);
    CHECK(pair.down->notification->subcode == wire::subcode::kMaximumPrefixes);
    CHECK(pair.down->notification->data.empty());
}

TEST_CASE("after a trip the door is shut as one wishes, and opens when the time is over") {
    for (const auto how : {TurnAway::Refuses, TurnAway::Ignores}) {
        Pair pair{Options{.refuse_for = 20s, .turn_away = how}, {.limit = 1}};
        pair.announce(slash24s(2));
        CHECK(pair.doors == std::vector<std::optional<TurnAway>>{how});
        for (int i = 0; i < 5; ++i) pair.pass(5s);
        CHECK(pair.doors == std::vector<std::optional<TurnAway>>{how, std::nullopt});
    }
    Pair pair{1};
    pair.announce(slash24s(2));
    CHECK(pair.doors.empty());
}

TEST_CASE("a peering that is switched off says Cease/2 and lets nobody in until it is switched on") {
    Pair pair;
    pair.msee.disable(pair.now, "reset of the peering");
    pair.run();
    REQUIRE(pair.down);
    CHECK(pair.down->notification->subcode == wire::subcode::kAdministrativeShutdown);
    for (int i = 0; i < 20; ++i) pair.pass(30s);
    pair.msee.reset(pair.now, "");
    for (int i = 0; i < 5; ++i) pair.pass(30s);
    CHECK_FALSE(up(pair));
    CHECK(pair.msee.status(pair.now, 0).disabled);
    pair.msee.enable(pair.now);
    for (int i = 0; i < 5; ++i) pair.pass(30s);
    CHECK(up(pair));
}

TEST_CASE("maintenance may mean eight times AS 12076 in all as well as nine") {
    Pair pair;
    announce_services(pair.msee, 1);
    for (const std::size_t total : {8u, 9u}) {
        pair.msee.maintenance(Msee::Maintenance::On, total);
        pair.run();
        CHECK(pair.table.begin()->second.as_path.length() == total);
    }
    pair.msee.maintenance(Msee::Maintenance::Off);
    pair.run();
    CHECK(pair.table.begin()->second.as_path.length() == 1);
    CHECK(up(pair));
}

TEST_CASE("maintenance of the core withdraws everything, while the session stands and listens") {
    Pair pair;
    announce_services(pair.msee, 20);
    pair.run();
    pair.msee.core(Core::Down);
    pair.run();
    CHECK(pair.table.empty());
    pair.announce(slash24s(3));
    CHECK(pair.msee.status(pair.now, 0).held == 3);
    pair.msee.core(Core::Up);
    pair.run();
    CHECK(pair.table.size() == 20);
    CHECK(pair.msee.status(pair.now, 0).times_established == 1);
}

TEST_CASE("Microsoft peering tells nothing before a route filter is attached, then what bears its communities") {
    Pair pair{Options{.kind = PeeringKind::Microsoft}};
    announce_services(pair.msee, 80);
    pair.run();
    CHECK(up(pair));
    CHECK(pair.table.empty());
    constexpr std::uint32_t kExchange = (12076u << 16) | 5010, kEastUs = (12076u << 16) | 51004;
    pair.msee.filter({kExchange});
    pair.run();
    CHECK(pair.table.size() == 10);
    pair.msee.filter({kExchange, kEastUs});
    pair.run();
    CHECK(pair.table.size() == 30);
    pair.msee.filter({});
    pair.run();
    CHECK(pair.table.empty());
    CHECK(pair.msee.status(pair.now, 0).times_established == 1);
}

TEST_CASE("Microsoft peering takes public prefixes only") {
    Pair pair{Options{.kind = PeeringKind::Microsoft}};
    pair.announce(std::vector{*Prefix::parse("10.1.0.0/16"), *Prefix::parse("0.0.0.0/0"),
                              *Prefix::parse("172.31.0.0/16"), *Prefix::parse("198.51.100.0/24")});
    CHECK(pair.msee.status(pair.now, 0).held == 1);
    CHECK(pair.msee.status(pair.now, 0).unwanted == 3);
    CHECK(up(pair));
}

TEST_CASE("Microsoft peering strips private AS numbers of what it hears, and takes none that is for documents") {
    Pair pair{Options{.kind = PeeringKind::Microsoft}};
    pair.announce(slash24s(1, 0xc6336400), {Asn{65010}, Asn{65010}, Asn{3356}});
    REQUIRE(pair.msee.held(0).count() == 1);
    CHECK(pair.msee.held(0).all()[0].attributes.as_path.to_string() == "3356");
    pair.announce(slash24s(1, 0xc6336500), {Asn{65010}, Asn{64500}});
    CHECK(pair.msee.held(0).count() == 1);
    CHECK(pair.msee.status(pair.now, 0).unwanted == 1);
}
