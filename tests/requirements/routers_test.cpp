#include <doctest/doctest.h>

#include <algorithm>

#include "two_routers.hpp"

/// One link on each of two routers (requirement 49).
namespace dyad::requirements {
namespace {

using namespace std::chrono_literals;
using Gateways = std::vector<std::string>;

constexpr const char* kPeering = "er-a/private";
constexpr const char* kVnet = "10.20.0.0/16";
const Gateways kMsee1{"192.168.15.18"}, kMsee2{"192.168.15.22"}, kEdge1{"10.1.0.2"}, kEdge2{"10.1.0.3"};

struct Pair : TwoRouters {
    explicit Pair(std::string lines = {}) : TwoRouters(7, Circuits::One, std::move(lines)) {
        for (const auto router : {msee[0], msee[1]}) announce(router, R"("10.20.0.0/16", "10.21.0.0/16")");
        net.run_for(40s);
    }
    std::string redundancy(NodeId edge) const { return net.peering(edge, kPeering).row.redundancy; }
    /// Of a link, as that router shows it.
    speaker::SessionRow link(NodeId edge, std::size_t which) const {
        return net.peering(edge, kPeering).row.links.at(which);
    }
    Gateways way(NodeId edge) const { return net.gateways(edge, kVnet); }
};

TEST_CASE("49 40: each of two routers uses its own link, shows the whole pair and calls it full") {
    const Pair pair;
    for (const auto edge : {pair.edge1, pair.edge2}) {
        CAPTURE(edge);
        const auto view = pair.net.peering(edge, kPeering);
        REQUIRE(view.row.links.size() == 2);
        CHECK(view.row.redundancy == "full");
        CHECK(view.row.links[0].session == "er-a/private/primary");
        CHECK(view.row.links[1].session == "er-a/private/secondary");
        CHECK(view.row.links[0].on == (edge == pair.edge1 ? "" : "edge1"));
        CHECK(view.row.links[1].on == (edge == pair.edge1 ? "edge2" : ""));
        for (const auto& link : view.row.links) {
            CHECK(link.state == "Established");
            CHECK(link.healthy);
        }
    }
    CHECK(pair.way(pair.edge1) == kMsee1);
    CHECK(pair.way(pair.edge2) == kMsee2);
    CHECK(pair.link(pair.edge1, 1).peer == "192.168.15.22");
}

TEST_CASE("49 18: a link lost on one router is one message to its kernel, and both routers say what is left and why") {
    Pair pair;
    const auto before = pair.net.kernel(pair.edge1).counts().route_writes();
    pair.net.set_cable(pair.cables[0], false);
    pair.net.run_for(5s);
    CHECK(pair.way(pair.edge1) == kEdge2);
    CHECK(pair.way(pair.edge2) == kMsee2);
    for (const auto edge : {pair.edge1, pair.edge2}) {
        CHECK(pair.redundancy(edge) == "degraded");
        CHECK_FALSE(pair.link(edge, 0).healthy);
        CHECK(pair.link(edge, 1).healthy);
    }
    CHECK(pair.link(pair.edge2, 0).state == "Unhealthy");
    CHECK(pair.link(pair.edge2, 0).reason == "edge1 does not tell 192.168.15.16/30, so the link is not healthy there");
    // The kernel itself deletes what stands on a cable without carrier; those routes are written again, by the other router.
    CHECK(pair.net.kernel(pair.edge1).counts().route_writes() - before <= 4);
    const auto told = pair.net.events<speaker::RedundancyChanged>(pair.edge2);
    CHECK(told.back().after == "degraded");
    CHECK(told.back().why.starts_with("primary: edge1 does not tell"));

    pair.net.set_cable(pair.cables[0], true);
    pair.net.run_for(90s);
    CHECK(pair.way(pair.edge1) == kMsee1);
    for (const auto edge : {pair.edge1, pair.edge2}) CHECK(pair.redundancy(edge) == "full");
}

TEST_CASE("44 49: a link that is Established with nothing behind it is healthy on neither router's word") {
    Pair pair;
    pair.announce(pair.msee[0], "");
    pair.net.run_for(5s);
    CHECK(pair.link(pair.edge1, 0).state == "Established");
    CHECK(pair.link(pair.edge1, 0).unhealthy == "it brings fewer routes than are expected");
    CHECK(pair.link(pair.edge2, 0).state == "Unhealthy");
    CHECK(pair.way(pair.edge1) == kEdge2);
    for (const auto edge : {pair.edge1, pair.edge2}) CHECK(pair.redundancy(edge) == "degraded");
}

TEST_CASE("49: a router without power costs its link and no other") {
    Pair pair;
    pair.net.power_off(pair.edge1);
    pair.net.run_for(15s);
    CHECK(pair.way(pair.edge2) == kMsee2);
    CHECK(pair.redundancy(pair.edge2) == "degraded");
    CHECK(pair.link(pair.edge2, 0).state == "Unknown");
    CHECK(pair.link(pair.edge2, 0).reason.starts_with("no news of it: edge1 is not Established, "));
    pair.net.power_on(pair.edge1);
    pair.net.run_for(90s);
    for (const auto edge : {pair.edge1, pair.edge2}) CHECK(pair.redundancy(edge) == "full");
    CHECK(pair.way(pair.edge1) == kMsee1);
}

TEST_CASE(
    "49: without the session between them each forwards by its own link, and says that it knows nothing of the other") {
    Pair pair;
    pair.net.set_cable(pair.lan, false);
    pair.net.run_for(5s);
    CHECK(pair.way(pair.edge1) == kMsee1);
    CHECK(pair.way(pair.edge2) == kMsee2);
    CHECK(pair.link(pair.edge1, 1).state == "Unknown");
    CHECK(pair.link(pair.edge2, 0).state == "Unknown");
    for (const auto edge : {pair.edge1, pair.edge2}) CHECK(pair.redundancy(edge) == "degraded");
    // And the link as well: nothing is left there, and nobody says otherwise.
    pair.net.set_cable(pair.cables[0], false);
    pair.net.run_for(5s);
    CHECK(pair.way(pair.edge1).empty());
    CHECK(pair.redundancy(pair.edge1) == "down");
    CHECK(pair.redundancy(pair.edge2) == "degraded");
    pair.net.set_cable(pair.lan, true);
    pair.net.run_for(40s);
    CHECK(pair.way(pair.edge1) == kEdge2);
    CHECK(pair.redundancy(pair.edge1) == "degraded");
}

TEST_CASE("43 49: prefer holds across routers, below the AS path's length") {
    Pair pair{"prefer = \"primary\""};
    CHECK(pair.way(pair.edge1) == kMsee1);
    CHECK(pair.way(pair.edge2) == kEdge1);
    for (const auto edge : {pair.edge1, pair.edge2}) CHECK(pair.redundancy(edge) == "full");
    CHECK(pair.net.peering(pair.edge1, kPeering).prefer == "primary");
    CHECK(pair.net.peering(pair.edge2, kPeering).prefer == "primary");
    pair.net.set_cable(pair.cables[0], false);
    pair.net.run_for(5s);
    CHECK(pair.way(pair.edge1) == kEdge2);
    CHECK(pair.way(pair.edge2) == kMsee2);
}

TEST_CASE(
    "43 49: a local preference that differs between the routers is told by both, since it would defeat a maintenance") {
    Pair pair;
    CHECK(pair.net.events<speaker::PreferencesDiffer>(pair.edge1).empty());
    pair.peering_lines = "local_preference = 200";
    pair.net.configure(pair.edge2, pair.edge_file(2));
    pair.net.run_for(5s);
    for (const auto edge : {pair.edge1, pair.edge2}) {
        const auto told = pair.net.events<speaker::PreferencesDiffer>(edge);
        REQUIRE(told.size() == 1);
        CHECK(told[0].ours == (edge == pair.edge1 ? 100 : 200));
        CHECK(told[0].theirs == (edge == pair.edge1 ? 200 : 100));
        CHECK(pair.net.peering(edge, kPeering).row.warnings.size() == 1);
    }
    pair.net.configure(pair.edge1, pair.edge_file(1));
    pair.net.run_for(5s);
    for (const auto edge : {pair.edge1, pair.edge2}) CHECK(pair.net.peering(edge, kPeering).row.warnings.empty());
}

TEST_CASE("49: a link is drained where the other one ends on another router, and only if that is healthy") {
    Pair pair;
    using What = speaker::Order::What;
    const auto drained = [&](NodeId edge, const char* link) {
        const auto answer = pair.net.order(edge, {.what = What::Drain, .name = link});
        return std::get<speaker::OrderView>(answer).sessions.at(0);
    };
    CHECK(drained(pair.edge1, "er-a/private/primary").done);
    pair.net.run_for(5s);
    CHECK(pair.way(pair.edge1) == kEdge2);
    CHECK(pair.way(pair.edge2) == kMsee2);
    CHECK(pair.link(pair.edge2, 0).drain == "draining");
    CHECK(pair.net.peering(pair.edge2, kPeering).row.warnings.empty());
    pair.net.set_cable(pair.cables[0], false);
    pair.net.run_for(5s);
    CHECK_FALSE(drained(pair.edge2, "er-a/private/secondary").done);
}

TEST_CASE("28: the other router hears what an MSEE says and where links end, an MSEE neither") {
    const Pair pair;
    for (const auto msee : {pair.msee[0], pair.msee[1]}) CHECK(pair.net.session(msee, "edge").received == 1);
    CHECK(pair.net.session(pair.edge1, "edge2").received == 3);
    // RFC 1997: the subnet of a link is for the other router alone.
    const auto routes =
        pair.net.speaker(pair.edge1)
            .answer(pair.net.now(), speaker::AskRoutes{.filter = speaker::RouteFilter::Received,
                                                       .session = "edge2",
                                                       .prefix = Prefix::parse("192.168.15.20/30").value()});
    const auto& page = std::get<speaker::RoutesPage>(routes);
    REQUIRE(page.routes.size() == 1);
    CHECK(page.routes[0].communities == std::vector<std::string>{"no-advertise"});
}

}  // namespace
}  // namespace dyad::requirements
