#include "dyad/config/parse.hpp"

#include <doctest/doctest.h>

#include "samples.hpp"

using namespace dyad;
using namespace dyad::config;

TEST_CASE("ten lines are a whole private peering") {
    const auto parsed = parse(kTenLines);

    INFO(render(parsed, "ten.toml", kTenLines));
    REQUIRE(parsed.diagnostics.empty());
    const auto& config = parsed.config;
    CHECK(config.asn == Asn{65010});
    CHECK(config.effective_router_id().to_string() == "192.168.15.17");
    REQUIRE(config.circuits.size() == 1);
    CHECK(config.circuits[0].name == "er-ams");
    CHECK(config.circuits[0].sku == Sku::Standard);
    REQUIRE(config.circuits[0].peerings.size() == 1);
    const auto& peering = config.circuits[0].peerings[0];
    CHECK(peering.kind == PeeringKind::Private);
    CHECK(peering.peer_asn == Asn{12076});
    CHECK(peering.primary.interface == "eth1.100");
    CHECK(peering.primary.local->to_string() == "192.168.15.17");
    CHECK(peering.primary.peer->to_string() == "192.168.15.18");
    CHECK(peering.secondary.interface == "eth2.100");
    CHECK(peering.secondary.local->to_string() == "192.168.15.21");
    CHECK(peering.secondary.peer->to_string() == "192.168.15.22");
    REQUIRE(peering.exchange.advertise.size() == 1);
    CHECK(peering.exchange.advertise[0].prefix.to_string() == "10.1.0.0/16");
    CHECK(peering.exchange.advertise[0].place.line == 9);
    CHECK(peering.exchange.accept.any);
    CHECK(peering.exchange.accept.guard);
    CHECK(peering.exchange.limits.advertise == 4000);
    CHECK(peering.exchange.limits.advertise_v6 == 100);
    CHECK(peering.transport.hold_time == std::chrono::seconds{180});
}

TEST_CASE("a peering subnet with host bits gets the whole frame, and the right one as a hint") {
    const std::string text =
        "asn = 65010\n\n[[circuit]]\nname = \"er-ams\"\nsku = \"standard\"\n\n[circuit.private]\n\n"
        "subnet    = \"192.168.15.18/29\"\nadvertise = [\"10.1.0.0/16\"]\n"
        "primary   = { interface = \"eth1.100\" }\nsecondary = { interface = \"eth2.100\" }\n";
    const auto parsed = parse(text);

    REQUIRE(parsed.diagnostics.size() == 1);
    CHECK_FALSE(parsed.ok());
    CHECK(render(parsed.diagnostics[0], "dyad.toml", text) ==
          "dyad.toml:9:13: error: 192.168.15.18/29 has host bits set\n"
          "   9 | subnet    = \"192.168.15.18/29\"\n"
          "     |             ^^^^^^^^^^^^^^^^^^ a peering subnet starts on a multiple of 8\n"
          "     = hint: did you mean \"192.168.15.16/29\"?  (primary .17 <-> .18, secondary .21 <-> .22)\n");
}
