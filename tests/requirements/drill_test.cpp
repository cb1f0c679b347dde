#include <doctest/doctest.h>

#include "counting_peer.hpp"
#include "dyad/wire/notification.hpp"

/// Requirement 50, on a whole Speaker; tests/scenario/drill has the wire of it, tests/sim orders drills in any state of things.
namespace dyad::requirements {
namespace {

using speaker::Order;

struct Rehearsal : Edge {
    explicit Rehearsal(std::size_t routes = 3) : Edge{Peering{}.lists(0, 3)} {
        up();
        for (std::size_t i = 0; i < routes; ++i)
            for (auto* msee : {&rig.a, &rig.b}) msee->announces(azure(i));
        rig.run_for(5s);
    }
    static std::string azure(std::size_t number) { return "172.20." + std::to_string(number) + ".0/24"; }

    /// "" where it was obeyed, else why not.
    std::string order(Order wanted) {
        const auto answer = rig.speaker().order(rig.now(), wanted);
        rig.run_for(10ms);
        const auto* view = std::get_if<speaker::OrderView>(&answer);
        return view ? view->refused : std::get<speaker::NotFound>(answer).what;
    }
    std::string drill(const std::string& link, std::chrono::seconds span = 5min) {
        return order({.what = Order::What::Drill, .name = link, .span = span});
    }
    std::vector<speaker::DrillView> drills() {
        return std::get<speaker::DrillsView>(rig.speaker().answer(rig.now(), speaker::AskDrills{})).drills;
    }
    speaker::DrillView last() {
        REQUIRE_FALSE(drills().empty());
        return drills().back();
    }
    void come_back(Neighbour& msee, std::size_t routes = 3) {
        msee.comes_up();
        for (std::size_t i = 0; i < routes; ++i) msee.announces(azure(i));
        rig.run_for(5s);
    }
};

}  // namespace

TEST_CASE("50: the session ends with Cease/2 and words, the other link has every prefix, and it comes back by itself") {
    Rehearsal edge;
    CHECK(edge.drill("primary").empty());
    CHECK(edge.rig.a.fate() == "NOTIFICATION 6/2, closed");
    const auto data = edge.rig.a.call().data();
    CHECK(std::string(data.begin() + 1, data.end()) == "drill of this link, back in 5m");
    auto drill = edge.last();
    CHECK(drill.state == "running");
    CHECK(drill.prefixes == 3);
    CHECK(drill.by_other == 3);
    CHECK(drill.missing == 0);
    REQUIRE(drill.verified_seconds);
    CHECK(*drill.verified_seconds < 1);
    for (std::size_t i = 0; i < 3; ++i) CHECK(edge.rig.used(Rehearsal::azure(i)) == "er/private/secondary");
    // Nobody asks any more, and a call of the peer is not taken before the time.
    const auto dials = edge.rig.a.dials();
    edge.rig.run_for(4min);
    CHECK(edge.rig.a.dials() == dials);
    CHECK(edge.rig.a.state() == "Idle");
    edge.rig.run_for(61s);
    CHECK(edge.rig.a.dials() > dials);
    edge.come_back(edge.rig.a);
    drill = edge.last();
    CHECK(drill.outcome == "passed");
    CHECK(drill.state == "over");
    CHECK(*drill.shut_seconds == doctest::Approx(300).epsilon(0.01));
    CHECK(drill.prefixes_after == 3);
    REQUIRE(drill.established_seconds);
    REQUIRE(drill.whole_seconds);
    REQUIRE(edge.rig.events<speaker::DrillOver>().size() == 1);
    CHECK(edge.rig.events<speaker::DrillOver>()[0].outcome == "passed");
}

TEST_CASE("50: refused where the other link is not healthy, and said why") {
    Rehearsal edge;
    SUBCASE("it is down") {
        edge.rig.b.call().ends();
        CHECK(edge.drill("primary").find("er/private/secondary is ") != std::string::npos);
    }
    SUBCASE("it is Established and carries nothing") {
        for (std::size_t i = 0; i < 3; ++i) edge.rig.b.withdraws(Rehearsal::azure(i));
        edge.rig.run_for(1s);
        CHECK(edge.drill("primary").find("er/private/secondary carries no routes") != std::string::npos);
    }
    SUBCASE("it is drained") {
        CHECK(edge.order({.what = Order::What::Drain, .name = "secondary"}).empty());
        CHECK(edge.drill("primary").find("er/private/secondary is draining") != std::string::npos);
    }
    SUBCASE("it lacks a prefix") {
        edge.rig.b.withdraws(Rehearsal::azure(1));
        edge.rig.run_for(1s);
        CHECK(edge.drill("primary").find("1 prefix comes by it alone: 172.20.1.0/24") != std::string::npos);
    }
    CHECK(edge.rig.a.state() == "Established");
    CHECK(edge.drills().empty());
}

TEST_CASE("50: one drill at a time, of links that there are, and by order it ends") {
    Rehearsal edge;
    CHECK(edge.drill("tertiary") == "there is no link tertiary");
    CHECK(edge.order({.what = Order::What::DrillEnd, .name = {}}) == "no drill is running");
    CHECK(edge.drill("er/private/primary", 24h).empty());
    CHECK(edge.drill("secondary").find("is being drilled already") != std::string::npos);
    CHECK(edge.order({.what = Order::What::Reset, .name = "er/private/primary"}).find("is shut by a drill") !=
          std::string::npos);
    CHECK(edge.order({.what = Order::What::DrillEnd, .name = {}}).empty());
    edge.come_back(edge.rig.a);
    CHECK(edge.last().outcome == "passed");
    CHECK(edge.last().reason == "by order");
}

TEST_CASE("50: when the other link fails meanwhile, the drill ends at once") {
    Rehearsal edge;
    CHECK(edge.drill("primary").empty());
    edge.rig.run_for(20s);
    const auto dials = edge.rig.a.dials();
    edge.rig.b.call().ends(104);
    edge.rig.run_for(10ms);
    CHECK(edge.rig.a.dials() > dials);
    REQUIRE(edge.rig.events<speaker::DrillAborted>().size() == 1);
    edge.come_back(edge.rig.a);
    CHECK(edge.last().outcome == "aborted");
    CHECK(edge.last().reason.find("er/private/secondary is ") != std::string::npos);
}

TEST_CASE("50: prefixes that lose their last way meanwhile make it a failure, by name") {
    Rehearsal edge;
    CHECK(edge.drill("primary", 60s).empty());
    edge.rig.b.withdraws(Rehearsal::azure(2));
    edge.rig.run_for(61s);
    edge.come_back(edge.rig.a);
    CHECK(edge.last().outcome == "failed");
    CHECK(edge.last().most_missing == 1);
    CHECK(edge.last().first_missing == std::vector<std::string>{"172.20.2.0/24"});
}

TEST_CASE("50: a reload leaves a drill, a configuration without the link ends it") {
    Rehearsal edge;
    CHECK(edge.drill("primary").empty());
    edge.reload(Peering{}.lists(0, 4));
    edge.rig.run_for(1s);
    CHECK(edge.last().state == "running");
    CHECK(edge.rig.a.state() == "Idle");
    edge.rig.reload("asn = 65010\nrouter_id = \"10.0.0.10\"\nlab = true\n");
    edge.rig.run_for(1s);
    CHECK(edge.last().outcome == "aborted");
}

TEST_CASE("50: a restart knows of no drill, and a link that does not come back is told") {
    Rehearsal edge;
    CHECK(edge.drill("primary", 10s).empty());
    SUBCASE("restart") {
        edge.rig.restart();
        edge.rig.run_for(1s);
        CHECK(edge.rig.a.dialled());
        CHECK(edge.drills().empty());
    }
    SUBCASE("not back") {
        edge.rig.run_for(11s);
        CHECK(edge.last().state == "returning");
        for (int i = 0; i < 40; ++i) {
            if (edge.rig.a.dialled()) edge.rig.a.refuses();
            edge.rig.run_for(10s);
        }
        CHECK(edge.last().outcome == "not_back");
    }
}

}  // namespace dyad::requirements
