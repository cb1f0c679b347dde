#include <doctest/doctest.h>

#include <algorithm>

#include "rig.hpp"

/// RFC 2918 and RFC 7313: ROUTE-REFRESH, plain and enhanced.
namespace dyad::conformance {
namespace {

constexpr std::uint8_t kBegin = 1, kEnd = 2;
constexpr auto kRoute = "20.1.0.0/16";

OpenMessage enhanced(const OpenMessage& open) { return open.capability(kEnhancedRefresh, {}); }
OpenMessage restarting(const OpenMessage& open) { return open.capability(kGracefulRestart, hex("0078 0001 01 00")); }

/// a has told a route, b asks for it again.
struct Asked : Rig {
    explicit Asked(const OpenMessage& open_of_b) {
        a.comes_up();
        a.announces(kRoute);
        b.comes_up(open_of_b);
        before = b.call().heard().size();
    }
    /// What b has heard since: "UPDATE 20.1.0.0/16", "End-of-RIB", "BoRR 1/1" and so on.
    std::vector<std::string> heard() {
        std::vector<std::string> words;
        const auto& all = b.call().heard();
        for (auto n = before; n < all.size(); ++n) words.push_back(word(all[n]));
        return words;
    }
    static std::string word(const Heard& heard) {
        if (heard.type == kKeepalive) return "KEEPALIVE";
        if (heard.type == kUpdate) {
            const auto update = read_update(heard);
            return update.end_of_rib()        ? "End-of-RIB"
                   : update.announced.empty() ? "withdrawal"
                                              : "UPDATE " + update.announced[0];
        }
        if (heard.type != kRouteRefresh) return "type " + std::to_string(heard.type);
        const auto body = heard.body();
        const std::string kind = body[2] == kBegin ? "BoRR" : body[2] == kEnd ? "EoRR" : "ROUTE-REFRESH";
        return kind + " " + std::to_string(body[0] << 8 | body[1]) + "/" + std::to_string(body[3]);
    }
    std::size_t before = 0;
};

TEST_CASE("R-01: a ROUTE-REFRESH for IPv4 unicast is answered with the whole table") {
    Asked rig{Rig{}.b.open()};
    rig.b.sends(route_refresh(1, 0, 1));
    const auto heard = rig.heard();
    CHECK(std::ranges::count(heard, std::string{"UPDATE 20.1.0.0/16"}) == 1);
}

TEST_CASE("R-02: a ROUTE-REFRESH for a family that was not offered is ignored") {
    Asked rig{Rig{}.b.open()};
    rig.b.sends(route_refresh(1, 0, 128));
    rig.b.sends(route_refresh(25, 0, 70));
    CHECK(rig.b.state() == "Established");
    CHECK(rig.heard().empty());
}

TEST_CASE("R-03 R-11: a BoRR of 24 octets is an Invalid Message Length, and the answer holds the whole of it") {
    Asked rig{enhanced(Rig{}.b.open())};
    const auto longer = message(kRouteRefresh, hex("0001 01 01 00"));
    rig.b.sends(longer);
    CHECK(rig.b.fate() == "NOTIFICATION 7/1, closed");
    CHECK(rig.b.call().data() == longer);
}

TEST_CASE("R-04: a subtype that nobody defined is ignored") {
    Asked rig{enhanced(Rig{}.b.open())};
    rig.b.sends(route_refresh(1, 77, 1));
    CHECK(rig.b.state() == "Established");
    CHECK(rig.heard().empty());
}

TEST_CASE("R-05: with enhanced refresh and graceful restart a refresh stands between BoRR and EoRR") {
    Asked rig{restarting(enhanced(Rig{}.b.open()))};
    rig.b.sends(route_refresh(1, 0, 1));
    CHECK(rig.heard() == std::vector<std::string>{"BoRR 1/1", "UPDATE 20.1.0.0/16", "EoRR 1/1"});
}

TEST_CASE("R-06: with enhanced refresh alone a refresh stands between BoRR and EoRR, too") {
    Asked rig{enhanced(Rig{}.b.open())};
    rig.b.sends(route_refresh(1, 0, 1));
    CHECK(rig.heard() == std::vector<std::string>{"BoRR 1/1", "UPDATE 20.1.0.0/16", "EoRR 1/1"});
}

TEST_CASE("R-07: what is not told again between BoRR and EoRR is removed") {
    Rig rig;
    rig.a.comes_up(enhanced(rig.a.open()));
    rig.a.sends(rig.a.update().announce(kRoute).announce("20.2.0.0/16"));
    rig.a.sends(route_refresh(1, kBegin, 1));
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.used("20.2.0.0/16") == "a");
    rig.a.announces(kRoute);
    rig.a.sends(route_refresh(1, kEnd, 1));
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.used("20.2.0.0/16") == "none");
    CHECK(!rig.in_kernel("20.2.0.0/16"));
}

TEST_CASE("R-08: routes that wait for an EoRR that never comes go after a while") {
    Rig rig;
    rig.a.comes_up(enhanced(rig.a.open()));
    rig.a.sends(rig.a.update().announce(kRoute).announce("20.2.0.0/16"));
    rig.a.sends(route_refresh(1, kBegin, 1));
    rig.a.announces(kRoute);
    rig.run_for(1h);
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.used("20.2.0.0/16") == "none");
}

TEST_CASE("R-09: no BoRR before the first End-of-RIB, however early a refresh is asked for") {
    Rig rig;
    rig.a.comes_up();
    for (int n = 0; n < 200; ++n) rig.a.announces("20.1." + std::to_string(n) + ".0/24");
    rig.b.stops_reading();
    rig.b.picks_up().sends(restarting(enhanced(rig.b.open())).octets() + keepalive() + route_refresh(1, 0, 1));
    rig.b.reads_again();
    std::vector<std::string> words;
    for (const auto& heard : rig.b.call().heard()) words.push_back(Asked::word(heard));
    const auto end = std::ranges::find(words, std::string{"End-of-RIB"});
    const auto begin = std::ranges::find(words, std::string{"BoRR 1/1"});
    CHECK(end != words.end());
    CHECK(begin != words.end());
    CHECK(end < begin);
}

TEST_CASE("R-12: a neighbour that offered no route refresh is sent no ROUTE-REFRESH, another is") {
    Rig rig;
    rig.a.comes_up(rig.a.open().without(kRouteRefreshCapability));
    rig.b.comes_up();
    rig.refresh("a");
    rig.refresh("b");
    CHECK(rig.a.call().count(kRouteRefresh) == 0);
    CHECK(rig.b.call().count(kRouteRefresh) == 2);  // IPv4 and IPv6
}

TEST_CASE("R-10: an EoRR without a BoRR is ignored") {
    Rig rig;
    rig.a.comes_up(enhanced(rig.a.open()));
    rig.a.announces(kRoute);
    rig.a.sends(route_refresh(1, kEnd, 1));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used(kRoute) == "a");
}

}  // namespace
}  // namespace dyad::conformance
