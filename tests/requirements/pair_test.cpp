#include <doctest/doctest.h>

#include <algorithm>

#include "counting_peer.hpp"

/// The pair as one thing, on a whole Speaker with two octet MSEEs (requirements 41 to 46, 58).
namespace dyad::requirements {
namespace {

constexpr std::size_t kRoutes = 10;

std::string azure(std::size_t number) { return "172.20." + std::to_string(number) + ".0/24"; }

struct Pair : Edge {
    explicit Pair(const std::string& lines = {}, std::size_t routes = kRoutes) : Edge{peering(lines)} {
        up();
        for (auto* msee : {&rig.a, &rig.b})
            for (std::size_t i = 0; i < routes; ++i) msee->announces(azure(i));
        rig.run_for(5s);
    }
    static Peering peering(const std::string& lines) {
        Peering made;
        made.lines = lines;
        return made.lists(0, 3);
    }
    /// The MSEE's AS so often in front of all that it tells.
    void tell_path(Neighbour& msee, std::size_t copies, std::size_t first = 0, std::size_t end = kRoutes) {
        auto update = copies == 1 ? msee.update().as_path({65001})
                      : copies == 8
                          ? msee.update().as_path({65001, 65001, 65001, 65001, 65001, 65001, 65001, 65001})
                          : msee.update().as_path({65001, 65001, 65001, 65001, 65001, 65001, 65001, 65001, 65001});
        for (std::size_t i = first; i < end; ++i) msee.sends(update.announce(azure(i)));
    }
    speaker::PeeringView view() {
        return std::get<speaker::PeeringView>(rig.speaker().answer(rig.now(), speaker::AskPeering{"er/private"}));
    }
    speaker::SessionRow link(std::size_t which) { return view().row.links.at(which); }
};

}  // namespace

TEST_CASE("44: each thing that makes a link healthy is asked and shown for itself") {
    Pair pair{"expect_at_least = 5\nbfd = true"};
    CHECK(pair.view().row.redundancy == "full");
    CHECK(pair.link(0).healthy);
    for (std::size_t i = 4; i < kRoutes; ++i) pair.rig.a.withdraws(azure(i));
    pair.rig.run_for(1s);
    CHECK(pair.view().row.redundancy == "degraded");
    CHECK(pair.link(0).state == "Established");
    CHECK_FALSE(pair.link(0).healthy);
    CHECK(pair.link(0).unhealthy == "it brings fewer routes than are expected");
    pair.rig.a.announces(azure(4));
    pair.rig.run_for(1s);
    CHECK(pair.view().row.redundancy == "full");
    const auto changes = pair.rig.events<speaker::RedundancyChanged>();
    REQUIRE(changes.size() >= 2);
    CHECK(changes[changes.size() - 2].why == "primary: it brings fewer routes than are expected");
    CHECK(changes.back().why.empty());
}

TEST_CASE("58: the month's share of time with both sessions healthy, and what broke it") {
    Pair pair;
    const auto began = pair.view().row.this_month;
    pair.rig.run_for(100s);
    pair.rig.a.call().ends();
    pair.rig.run_for(50s);
    const auto row = pair.view().row;
    CHECK(row.redundancy == "degraded");
    CHECK(row.redundancy_seconds == 50);
    CHECK(row.this_month.degraded_seconds == 50);
    CHECK(row.this_month.full_seconds >= began.full_seconds + 99);
    const auto parts = row.this_month.full_seconds + row.this_month.degraded_seconds + row.this_month.down_seconds;
    CHECK(row.this_month.observed_seconds - parts <= 2);  // each is rounded down
    const auto started = static_cast<double>(began.full_seconds);
    CHECK(row.this_month.full_percent == doctest::Approx(100.0 * (started + 100) / (started + 150)).epsilon(0.02));
    REQUIRE(row.history.size() >= 2);
    CHECK(row.history.back().after == "degraded");
    CHECK(row.history.back().lasted_seconds == 50);
    CHECK(row.history.back().why.starts_with("primary: "));
}

TEST_CASE("58: the share outlives a reload") {
    Pair pair;
    const auto began = pair.view().row.this_month.full_seconds;
    pair.rig.run_for(100s);
    pair.reload(Pair::peering("local_preference = 200"));
    pair.rig.run_for(1s);
    CHECK(pair.view().row.this_month.full_seconds >= began + 99);
    CHECK(pair.view().row.redundancy == "full");
}

TEST_CASE(
    "42 41: a maintenance is recognised by its prepends, with eight as with nine, reported from start to end, and "
    "moves traffic") {
    for (const std::size_t copies : {8, 9}) {
        CAPTURE(copies);
        Pair pair;
        pair.tell_path(pair.rig.a, copies, 0, 8);
        pair.rig.run_for(1s);
        CHECK(pair.rig.events<speaker::MaintenanceSuspected>().empty());  // eight of ten
        pair.tell_path(pair.rig.a, copies, 8, 9);
        pair.rig.run_for(1s);
        const auto suspected = pair.rig.events<speaker::MaintenanceSuspected>();
        REQUIRE(suspected.size() == 1);
        CHECK(suspected[0].session == "er/private/primary");
        CHECK(suspected[0].prolonged == 9);
        CHECK(suspected[0].accepted == 10);
        pair.tell_path(pair.rig.a, copies, 9);
        pair.rig.run_for(60s);
        CHECK(pair.link(0).maintenance_seconds == 61);
        CHECK(pair.link(0).prolonged == 10);
        CHECK_FALSE(pair.link(1).maintenance_seconds);
        // Nothing goes there, and the session has not been touched; both links are what they were.
        for (std::size_t i = 0; i < kRoutes; ++i) CHECK(pair.rig.used(azure(i)) == "er/private/secondary");
        CHECK(pair.rig.session("er/private/primary").times_established == 1);
        CHECK(pair.view().row.redundancy == "full");
        // The work costs the session: it goes on until paths are as they were.
        pair.rig.a.call().ends();
        pair.rig.run_for(100s);
        CHECK(pair.rig.events<speaker::MaintenanceOver>().empty());
        pair.rig.a.comes_up();
        pair.tell_path(pair.rig.a, 1);
        pair.rig.run_for(5s);
        const auto over = pair.rig.events<speaker::MaintenanceOver>();
        REQUIRE(over.size() == 1);
        CHECK(over[0].lasted >= 160s);
        CHECK_FALSE(pair.link(0).maintenance_seconds);
    }
}

TEST_CASE("41: a prolonged path is used when it is the only one") {
    Pair pair;
    pair.tell_path(pair.rig.a, 9);
    pair.rig.run_for(1s);
    pair.rig.b.call().ends();
    pair.rig.run_for(1s);
    for (std::size_t i = 0; i < kRoutes; ++i) CHECK(pair.rig.used(azure(i)) == "er/private/primary");
    CHECK(pair.link(0).healthy);
}

TEST_CASE(
    "43: preference by `prefer` lies below the AS path's length, so that a maintenance drains the preferred link") {
    Pair pair{"prefer = \"primary\""};
    CHECK(pair.rig.used(azure(0)) == "er/private/primary");
    pair.tell_path(pair.rig.a, 9);
    pair.rig.run_for(1s);
    for (std::size_t i = 0; i < kRoutes; ++i) CHECK(pair.rig.used(azure(i)) == "er/private/secondary");
    pair.tell_path(pair.rig.a, 1);
    pair.rig.run_for(1s);
    CHECK(pair.rig.used(azure(0)) == "er/private/primary");
}

TEST_CASE(
    "46: links whose received prefixes differ for a minute are a warning that names them, and it is told when they "
    "agree") {
    Pair pair;
    pair.rig.b.withdraws(azure(3));
    pair.rig.a.announces("172.21.0.0/16");
    pair.rig.run_for(30s);
    CHECK(pair.view().received_only.only_primary == 2);
    CHECK(pair.rig.events<speaker::LinksDiffer>().empty());
    // For a moment they agree: it begins anew.
    pair.rig.b.announces(azure(3));
    pair.rig.b.announces("172.21.0.0/16");
    pair.rig.run_for(5s);
    pair.rig.b.withdraws(azure(3));
    pair.rig.b.withdraws("172.21.0.0/16");
    pair.rig.run_for(58s);
    CHECK(pair.rig.events<speaker::LinksDiffer>().empty());
    pair.rig.run_for(5s);
    const auto differ = pair.rig.events<speaker::LinksDiffer>();
    REQUIRE(differ.size() == 1);
    CHECK(differ[0].peering == "er/private");
    CHECK(differ[0].direction == speaker::Direction::Received);
    CHECK(differ[0].only_primary == 2);
    CHECK(differ[0].only_secondary == 0);
    CHECK(differ[0].first.size() == 2);
    CHECK(pair.view().received_only.seconds >= 60);
    pair.rig.run_for(200s);
    CHECK(pair.rig.events<speaker::LinksDiffer>().size() == 1);
    pair.rig.a.withdraws("172.21.0.0/16");
    pair.rig.a.withdraws(azure(3));
    pair.rig.run_for(5s);
    const auto agree = pair.rig.events<speaker::LinksAgree>();
    REQUIRE(agree.size() == 1);
    CHECK(agree[0].differed >= 260s);
    CHECK(pair.view().received_only.only_primary == 0);
}

TEST_CASE("46: what the links have been told is compared as well") {
    Pair pair{"advertise_only_if_receiving = \"withdraw\""};
    CHECK(pair.view().advertised_only.only_primary == 0);
    for (std::size_t i = 0; i < kRoutes; ++i) pair.rig.a.withdraws(azure(i));
    pair.rig.run_for(70s);
    CHECK(pair.view().advertised_only.only_secondary == 3);
    const auto differ = pair.rig.events<speaker::LinksDiffer>();
    REQUIRE(differ.size() == 2);
    CHECK(std::ranges::count(differ, speaker::Direction::Advertised, &speaker::LinksDiffer::direction) == 1);
}

TEST_CASE("46: the time may be another") {
    Pair pair{"watch = { differ = \"10s\" }"};
    pair.rig.b.withdraws(azure(3));
    pair.rig.run_for(13s);
    CHECK(pair.rig.events<speaker::LinksDiffer>().size() == 1);
}

TEST_CASE(
    "45: a link that brings nothing while the other does advertises as usual, longer, or nothing, as the file says") {
    const auto empty = [](Pair& pair) {
        for (std::size_t i = 0; i < kRoutes; ++i) pair.rig.a.withdraws(azure(i));
        pair.rig.run_for(2s);
    };
    Pair usual;
    empty(usual);
    CHECK(count(usual.rig.a.call()).holds.size() == 3);
    CHECK(usual.rig.events<speaker::LinkQuiet>().empty());

    Pair withdrawing{"advertise_only_if_receiving = \"withdraw\""};
    empty(withdrawing);
    CHECK(count(withdrawing.rig.a.call()).holds.empty());
    CHECK(count(withdrawing.rig.b.call()).holds.size() == 3);
    CHECK(withdrawing.link(0).quiet);
    CHECK(withdrawing.rig.events<speaker::LinkQuiet>().size() == 1);
    withdrawing.rig.a.announces(azure(0));
    withdrawing.rig.run_for(2s);
    CHECK(count(withdrawing.rig.a.call()).holds.size() == 3);
    CHECK(withdrawing.rig.events<speaker::LinkQuietOver>().size() == 1);

    Pair prolonging{"advertise_only_if_receiving = \"prepend\""};
    const auto before = prolonging.rig.a.told(prefix(0), kAsPath).size();
    empty(prolonging);
    CHECK(count(prolonging.rig.a.call()).holds.size() == 3);
    CHECK(prolonging.rig.a.told(prefix(0), kAsPath).size() == before + 8 * 8);  // hex digits
    // With nothing on the other link either, it is the only way there is.
    prolonging.rig.b.call().ends();
    prolonging.rig.run_for(2s);
    CHECK(prolonging.rig.a.told(prefix(0), kAsPath).size() == before);
}

TEST_CASE("16: BFD that is not answered while BGP is Established is a warning with its likely cause, once") {
    Pair pair{"bfd = true"};
    pair.rig.run_for(20s);
    CHECK(pair.rig.events<speaker::BfdUnanswered>().empty());
    pair.rig.run_for(300s);
    CHECK(pair.rig.events<speaker::BfdUnanswered>().size() == 2);
}

}  // namespace dyad::requirements
