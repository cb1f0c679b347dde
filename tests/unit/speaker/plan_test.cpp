#include "speaker/plan.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::speaker;

namespace {

config::Link link(const char* interface, const char* local, const char* peer) {
    config::Link made;
    made.interface = interface;
    made.local = Address::parse(local);
    made.peer = Address::parse(peer);
    return made;
}

config::Config ten_lines() {
    config::Peering peering;
    peering.primary = link("eth1.100", "192.168.15.17", "192.168.15.18");
    peering.secondary = link("eth2.100", "192.168.15.21", "192.168.15.22");
    peering.exchange.accept.any = true;
    peering.exchange.limits.advertise = 4000;
    peering.exchange.advertise.push_back({.prefix = *Prefix::parse("10.1.0.0/16")});
    config::Circuit circuit;
    circuit.name = "er-ams";
    circuit.peerings.push_back(peering);
    config::Config config;
    config.asn = Asn{65010};
    config.circuits.push_back(circuit);
    return config;
}

}  // namespace

TEST_CASE("a peering of two links is two sessions with the file's names") {
    const auto plans = plan_sessions(ten_lines());
    REQUIRE(plans.size() == 2);
    CHECK(plans[0].name == "er-ams/private/primary");
    CHECK(plans[1].name == "er-ams/private/secondary");
    CHECK(plans[0].peering == "er-ams/private");
    CHECK(plans[1].peer.to_string() == "192.168.15.22");
    CHECK(plans[0].limit(Family::Ipv4) == 4000);
}

TEST_CASE("IPv6 is a pair of sessions of its own") {
    auto config = ten_lines();
    auto& primary = config.circuits[0].peerings[0].primary;
    primary.local6 = Address::parse("2001:db8:0:10::1");
    primary.peer6 = Address::parse("2001:db8:0:10::2");
    const auto plans = plan_sessions(config);
    REQUIRE(plans.size() == 3);
    CHECK(plans[2].name == "er-ams/private/primary/v6");
    CHECK(plans[2].peering == "er-ams/private/v6");
    CHECK(plans[2].exporting.originate.empty());
}

TEST_CASE("a session over IPv6 that carries IPv4 offers IPv6 next hops for it (RFC 8950), no other does") {
    config::Config config;
    config.asn = Asn{65010};
    for (const auto* address : {"2001:db8::2", "192.0.2.2"}) {
        config::Neighbor neighbor;
        neighbor.name = address;
        neighbor.address = *Address::parse(address);
        neighbor.asn = Asn{65020};
        neighbor.families = {Family::Ipv4, Family::Ipv6};
        config.neighbors.push_back(neighbor);
    }
    config.neighbors.push_back(config.neighbors[0]);
    config.neighbors[2].families = {Family::Ipv6};
    const auto plans = plan_sessions(config);
    REQUIRE(plans.size() == 3);
    CHECK(plans[0].parameters.extended_next_hop);
    CHECK_FALSE(plans[1].parameters.extended_next_hop);
    CHECK_FALSE(plans[2].parameters.extended_next_hop);
}

TEST_CASE("a link that ends on another router has no session here") {
    auto config = ten_lines();
    config.circuits[0].peerings[0].secondary.on = "edge2";
    CHECK(plan_sessions(config).size() == 1);
}

TEST_CASE("the router where the other link ends is told of ours, and is first choice where `prefer` names its link") {
    auto config = ten_lines();
    auto& peering = config.circuits[0].peerings[0];
    peering.primary.subnet = Prefix::parse("192.168.15.16/30").value();
    peering.secondary.on = "edge2";
    for (const auto* name : {"edge2", "edge3"}) {
        config::Neighbor neighbor;
        neighbor.name = name;
        neighbor.address = *Address::parse("10.1.0.3");
        neighbor.asn = config.asn;
        config.neighbors.push_back(neighbor);
    }
    auto plans = plan_sessions(config);
    REQUIRE(plans.size() == 3);
    CHECK(plans[1].tells == std::vector{LinkSubnet{*peering.primary.subnet, plans[0].name}});
    CHECK(plans[2].tells.empty());
    CHECK_FALSE(plans[1].link_preference);
    peering.prefer = config::Prefer::Secondary;
    plans = plan_sessions(config);
    CHECK(plans[0].link_preference == 1);
    CHECK(plans[1].link_preference == 0);
    CHECK_FALSE(plans[2].link_preference);
}

TEST_CASE("the link not preferred is second choice and prepends") {
    auto config = ten_lines();
    config.circuits[0].peerings[0].prefer = config::Prefer::Secondary;
    config.circuits[0].peerings[0].prepend = 2;
    const auto plans = plan_sessions(config);
    CHECK(plans[0].link_preference == 1);
    CHECK(plans[0].exporting.prepend == 2);
    CHECK(plans[1].link_preference == 0);
    CHECK(plans[1].exporting.prepend == 0);
}

TEST_CASE("an entry that looks at the kernel's routes advertises nothing rather than too much") {
    auto config = ten_lines();
    config.circuits[0].peerings[0].exchange.advertise[0].longer = 24;
    CHECK(plan_sessions(config)[0].exporting.originate.empty());
}

TEST_CASE("what we originate anywhere is guarded everywhere") {
    const auto plans = plan_sessions(ten_lines());
    CHECK(plans[0].import.guarded == std::vector{*Prefix::parse("10.1.0.0/16")});
}

TEST_CASE("a plan that did not change has no effect, a key resets, a policy re-evaluates") {
    const auto before = plan_sessions(ten_lines())[0];
    CHECK(effect_of(before, before) == Effect::None);
    auto after = before;
    after.import.local_preference = 200;
    CHECK(effect_of(before, after) == Effect::Reevaluate);
    after = before;
    after.tcp.md5_key = "secret";
    CHECK(effect_of(before, after) == Effect::Rekey);
    after = before;
    after.parameters.hold_time = std::chrono::seconds{30};
    CHECK(effect_of(before, after) == Effect::Reset);
}

TEST_CASE("a peering's backup is a session that does not speak, and its links wait on their return") {
    auto config = ten_lines();
    config.circuits[0].peerings[0].backup = config::Backup{
        .gateway = *Address::parse("10.255.0.2"), .interface = "ipsec0", .use = {.hold = std::chrono::seconds{7}}};
    const auto plans = plan_sessions(config);
    REQUIRE(plans.size() == 3);
    CHECK(plans[0].return_hold == std::chrono::seconds{7});
    CHECK(plans[2].name == "er-ams/private/backup");
    CHECK_FALSE(plans[2].speaks());
    CHECK_FALSE(plans[2].enabled);
    CHECK(plans[2].backup);
    CHECK(plans[2].peering.empty());
    REQUIRE(plans[2].way_round);
    CHECK(plans[2].way_round->peering == "er-ams/private");
    CHECK(plans[2].import.guarded == plans[0].import.guarded);
    auto moved = plans[2];
    moved.peer = *Address::parse("10.255.0.6");
    CHECK(effect_of(plans[2], moved) == Effect::Reevaluate);
}

TEST_CASE("a neighbour that stands in for others makes links wait on their return too") {
    auto config = ten_lines();
    CHECK_FALSE(plan_sessions(config)[0].return_hold);
    config::Neighbor gateway;
    gateway.name = "vpngw";
    gateway.asn = Asn{65515};
    gateway.address = *Address::parse("10.255.0.2");
    gateway.backup.emplace();
    config.neighbors.push_back(gateway);
    const auto plans = plan_sessions(config);
    CHECK(plans[0].return_hold == std::chrono::seconds{10});
    CHECK(plans[2].backup);
    CHECK(plans[2].speaks());
}
