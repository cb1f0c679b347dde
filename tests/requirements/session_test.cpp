#include <doctest/doctest.h>

#include <algorithm>

#include "counting_peer.hpp"
#include "dyad/config/parse.hpp"

/// What requirements 9 to 17 and 37, 38, 60 ask of one session; most of it is shown elsewhere (table.toml).
namespace dyad::requirements {
namespace {

Peering with(const std::string& lines) {
    Peering peering;
    peering.lines = lines;
    return peering.lists(0, 1);
}

}  // namespace

TEST_CASE("9: 180 s and 60 s are proposed, the lower hold time counts and is shown beside the proposal") {
    Edge usual{with("")};
    usual.rig.a.comes_up(usual.rig.a.open().hold_time(180));
    const auto agreed = usual.rig.session("er/private/primary");
    CHECK(agreed.hold_time_proposed_seconds == 180);
    CHECK(agreed.hold_time_seconds == 180);
    CHECK(agreed.keepalive_seconds == 60);
    Edge shorter{with("hold_time = \"30s\"")};
    shorter.rig.a.comes_up(shorter.rig.a.open().hold_time(180));
    const auto ours = shorter.rig.session("er/private/primary");
    CHECK(ours.hold_time_proposed_seconds == 30);
    CHECK(ours.hold_time_seconds == 30);
    CHECK(ours.keepalive_seconds == 10);
}

TEST_CASE("12: another AS is answered with 2/2, and told with both numbers") {
    Edge edge{with("")};
    edge.rig.a.asn = 65099;
    edge.rig.a.picks_up().sends(edge.rig.a.open());
    CHECK(edge.rig.a.fate() == "NOTIFICATION 2/2, closed");
    const auto reason = edge.rig.session("er/private/primary").row.reason;
    CHECK(reason.find("65099") != std::string::npos);
    CHECK(reason.find("65001") != std::string::npos);
}

TEST_CASE("37: our own AS in a path is a loop, nine times the peer's is none; an echo costs nothing but its count") {
    Edge edge{with("")};
    edge.up();
    edge.rig.a.sends(edge.rig.a.update().as_path({65001, 65010}).announce("172.20.1.0/24"));
    edge.rig.a.sends(edge.rig.a.update()
                         .as_path({65001, 65001, 65001, 65001, 65001, 65001, 65001, 65001, 65001})
                         .announce("172.20.2.0/24"));
    edge.rig.run_for(1s);
    CHECK(edge.rig.used("172.20.1.0/24") == "none");
    CHECK(edge.rig.used("172.20.2.0/24") == "er/private/primary");
    const auto row = edge.rig.session("er/private/primary").row;
    CHECK(row.received == 2);
    CHECK(row.accepted == 1);
    CHECK(row.state == "Established");
    CHECK(edge.rig.events<speaker::UpdateDamaged>().empty());
}

TEST_CASE("38: a path that does not begin with the peer's AS is not used, unless the file allows it (an L3 provider)") {
    for (const bool enforced : {true, false}) {
        Edge edge{with(enforced ? "" : "enforce_first_as = false")};
        edge.up();
        edge.rig.a.sends(edge.rig.a.update().as_path({65077, 65001}).announce("172.20.1.0/24"));
        edge.rig.run_for(1s);
        CHECK((edge.rig.used("172.20.1.0/24") == "none") == enforced);
    }
}

TEST_CASE("43: two neighbours of Azure's AS with unequal local preference are warned about") {
    const auto file = [](int preference) {
        std::string toml = "asn = 65010\nrouter_id = \"10.0.0.10\"\n";
        for (const auto* side : {"1", "2"})
            toml += std::string{"[[neighbor]]\nname = \"msee"} + side + "\"\naddress = \"192.0.2." + side +
                    "\"\nlocal_address = \"192.0.2.9\"\nasn = 12076\naccept = { any = true }\nlocal_preference = " +
                    (side[0] == '1' ? "100" : std::to_string(preference)) + "\n";
        return config::parse(toml);
    };
    const auto warned = [](const config::Parsed& parsed) {
        return std::ranges::any_of(parsed.diagnostics, [](const config::Diagnostic& one) {
            return one.mark == "this defeats Microsoft's maintenance draining";
        });
    };
    CHECK(file(200).ok());
    CHECK(warned(file(200)));
    CHECK_FALSE(warned(file(100)));
}

TEST_CASE("60: an unknown optional attribute ends nothing, a malformed one withdraws, large AS numbers come through") {
    Edge edge{with("")};
    edge.up();
    edge.rig.a.sends(edge.rig.a.update()
                         .as_path({65001, 4'200'000'001})
                         .attribute(99, kOptionalTransitive, Octets(20, 7))
                         .announce("172.20.1.0/24"));
    edge.rig.a.sends(edge.rig.a.update().attribute(kOrigin, kWellKnown, {9}).announce("172.20.2.0/24"));
    edge.rig.run_for(1s);
    const auto best = edge.rig.best("172.20.1.0/24");
    REQUIRE(best);
    CHECK(best->as_path == "65001 4200000001");
    CHECK(edge.rig.used("172.20.2.0/24") == "none");
    CHECK(edge.rig.a.state() == "Established");
}

}  // namespace dyad::requirements
