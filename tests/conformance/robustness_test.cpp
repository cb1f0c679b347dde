#include <doctest/doctest.h>

#include <algorithm>

#include "dyad/base/random.hpp"
#include "rig.hpp"

/// What no RFC asks for: strangers, flooders, slow readers; and the kernel's side of routes.
namespace dyad::conformance {
namespace {

constexpr auto kRoute = "20.1.0.0/16";

Octets random_octets(Random& random, std::size_t count) {
    Octets octets;
    for (std::size_t n = 0; n < count; ++n) octets.push_back(static_cast<std::uint8_t>(random.below(256)));
    return octets;
}

TEST_CASE("X-01: after random octets on sixty connections a sound session comes up") {
    Rig rig;
    rig.b.comes_up();
    Random random{7};
    for (int n = 0; n < 60; ++n) {
        auto& call = rig.a.calls();
        // Some get past the marker, some past the OPEN.
        if (n % 3 > 0) call.sends(rig.a.open());
        if (n % 3 > 1) call.sends(keepalive());
        call.sends(random_octets(random, random.below(600)));
        call.ends();
        rig.run_for(2s);
    }
    CHECK(rig.b.state() == "Established");
    rig.run_for(2min);
    rig.a.comes_up();
    rig.a.announces(kRoute);
    CHECK(rig.used(kRoute) == "a");
}

TEST_CASE("X-02: forty connections that say nothing do not keep another neighbour from coming up") {
    Rig rig;
    for (int n = 0; n < 40; ++n) rig.a.calls();
    for (int n = 0; n < 40; ++n) rig.stranger.calls();
    rig.b.comes_up();
    CHECK(rig.b.state() == "Established");
}

TEST_CASE("X-03: a neighbour that does not read holds up nobody, and its share of the Speaker's memory is bounded") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.i.comes_up();
    rig.b.stops_reading();
    for (std::uint32_t n = 0; n < 8000; ++n)
        rig.a.sends(rig.a.update().med(n).nlri(Octets{24, 20, Octets::value_type(n >> 8), Octets::value_type(n)}));
    CHECK(rig.i.table().size() == 8000);
    CHECK(rig.b.call().octets_heard() < 512 * 1024);
    rig.b.reads_again();
    CHECK(rig.b.table().size() == 8000);
}

TEST_CASE("F-27: a neighbour that takes nothing for eight minutes is given up with Send Hold Timer Expired") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.b.stops_reading();
    rig.a.announces(kRoute);
    rig.run_for(7min);
    CHECK(rig.b.state() == "Established");
    rig.run_for(2min);
    CHECK(rig.b.fate() == "NOTIFICATION 8/0, closed");
    CHECK(rig.a.state() == "Established");
}

TEST_CASE("9687-3-a: without a hold time there is no send hold time") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up(rig.b.open().hold_time(0));
    rig.b.stops_reading();
    rig.a.announces(kRoute);
    rig.run_for(1h);
    CHECK(rig.b.state() == "Established");
}

TEST_CASE("4271-8.2.2-j: with DelayOpen the OPEN waits for its time, or for the neighbour's OPEN") {
    {
        Rig rig{lab().with("a.delay_open", "\"10s\"")};
        auto& call = rig.a.picks_up();
        rig.run_for(9s);
        CHECK(call.count(kOpen) == 0);
        rig.run_for(2s);
        CHECK(call.count(kOpen) == 1);
    }
    Rig rig{lab().with("a.delay_open", "\"10s\"")};
    auto& call = rig.a.picks_up();
    call.sends(rig.a.open());
    CHECK(call.count(kOpen) == 1);
    CHECK(call.count(kKeepalive) == 1);
    call.sends(keepalive());
    CHECK(rig.a.state() == "Established");
}

// ---- the kernel's side -------------------------------------------------------------------------------------------------

/// The gateways of a route in the kernel, in order.
std::vector<std::string> gateways(Rig& rig, std::string_view route) {
    std::vector<std::string> all;
    for (const auto& [key, installed] : rig.kernel().routes()) {
        if (key.prefix != *Prefix::parse(route)) continue;
        for (const auto member : rig.kernel().groups().at(installed.nexthop_id).members)
            all.push_back(rig.kernel().leaves().at(member).gateway.to_string());
    }
    std::ranges::sort(all);
    return all;
}

TEST_CASE("K-01: a route appears in the kernel with its next hop, and goes again") {
    Rig rig;
    rig.a.comes_up();
    rig.a.announces(kRoute);
    CHECK(gateways(rig, kRoute) == std::vector<std::string>{"192.0.2.2"});
    rig.a.withdraws(kRoute);
    CHECK(!rig.in_kernel(kRoute));
}

TEST_CASE("K-02: two neighbours with equal routes are a multipath in the kernel, and one next hop when one dies") {
    Rig rig;
    rig.a.comes_up();
    rig.c.comes_up();
    rig.a.announces(kRoute);
    rig.c.announces(kRoute);
    rig.run_for(5s);
    CHECK(gateways(rig, kRoute) == std::vector<std::string>{"192.0.2.2", "203.0.113.2"});
    rig.a.call().ends(104);
    CHECK(gateways(rig, kRoute) == std::vector<std::string>{"203.0.113.2"});
}

TEST_CASE("K-03: when the Speaker stops its routes are kept on purpose, or removed where the configuration says so") {
    for (const bool flush : {false, true}) {
        Rig rig{lab().toml() + (flush ? "\n[fib]\non_exit = \"flush\"\n" : "")};
        rig.a.comes_up();
        rig.a.announces(kRoute);
        REQUIRE(rig.in_kernel(kRoute));
        rig.shut_down("");
        CHECK(rig.in_kernel(kRoute) == !flush);
    }
}

TEST_CASE("K-05: one route more than a standard circuit takes is withheld, and there were warnings before") {
    std::string list;
    for (int n = 0; n < 4001; ++n)
        list += "\"30." + std::to_string(n / 256) + "." + std::to_string(n % 256) + ".0/24\", ";
    Rig rig{
        "asn = 65010\nrouter_id = \"10.0.0.10\"\nlab = true\n[[circuit]]\nname = \"er\"\nsku = \"standard\"\n"
        "[circuit.private]\npeer_asn = 65001\nprimary = { subnet = \"192.0.2.0/30\", interface = \"eth-a\" }\n"
        "secondary = { subnet = \"198.51.100.0/30\", interface = \"eth-b\" }\nadvertise = [" +
        list + "]\n"};
    rig.a.name = "er/private/primary";
    rig.a.comes_up();
    CHECK(rig.a.table().size() <= 4000);
    CHECK(rig.a.table().size() >= 3900);
    CHECK(!rig.events<speaker::LimitWarning>().empty());
    CHECK(!rig.events<speaker::LimitWithheld>().empty());
    CHECK(rig.a.state() == "Established");
}

}  // namespace
}  // namespace dyad::conformance
