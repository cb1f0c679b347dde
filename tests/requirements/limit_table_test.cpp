#include <doctest/doctest.h>

#include "counting_peer.hpp"

/// The table of a comparison of speakers at an outbound limit, in which FRR, BIRD and OpenBGPD each lose legal prefixes or the
/// session: every cell here, with a limit of 10 and one of 4,000.
namespace dyad::requirements {
namespace {

const std::size_t kLimits[] = {10, 4'000};

std::set<std::string> numbers(std::size_t first, std::size_t count) {
    std::set<std::string> all;
    for (std::size_t i = 0; i < count; ++i) all.insert(prefix(first + i));
    return all;
}

std::string with_community(std::size_t number) {
    return "{ prefix = \"" + prefix(number) + "\", communities = [\"65010:9\"] }";
}

}  // namespace

TEST_CASE("19 21: the prefix beyond the limit is withheld, all others stay, on both links the same") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Peering peering{.limit = limit};
        Edge edge{peering.lists(0, limit)};
        edge.up();
        CHECK(edge.held() == numbers(0, limit));
        edge.reload(peering.lists(limit, 1));
        CHECK(edge.held() == numbers(0, limit));
        const auto episodes = edge.rig.events<speaker::LimitWithheld>();
        REQUIRE(episodes.size() == 1);
        CHECK(episodes[0].count == limit + 1);
        CHECK(episodes[0].limit == limit);
        CHECK(episodes[0].first == std::vector{*Prefix::parse(prefix(limit))});
        edge.reload(peering.lists(limit + 1, 2));
        CHECK(edge.held() == numbers(0, limit));
        CHECK(edge.rig.events<speaker::LimitWithheld>().size() == 1);  // one an episode
        CHECK(edge.limit().withheld == 3);
        CHECK(edge.rig.a.state() == "Established");
    }
}

TEST_CASE("19 25: an attribute change passes at the limit: of one that is advertised, and of all") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Edge edge{Peering{.limit = limit}.lists(0, limit + 3)};
        edge.up();
        const auto before = edge.rig.a.call().heard().size();
        edge.reload(Peering{.limit = limit}.lists(with_community(0)).lists(1, limit + 2));
        const auto one = count(edge.rig.a.call(), before);
        CHECK(one.announced == 1);
        CHECK(one.withdrawn == 0);
        Peering all{.limit = limit};
        for (std::size_t i = 0; i < limit; ++i) all.lists(with_community(i));
        edge.reload(all.lists(limit, 3));
        CHECK(edge.held() == numbers(0, limit));
        CHECK(count(edge.rig.a.call()).withdrawn == 0);
        CHECK(edge.rig.a.told(prefix(limit - 1), kCommunities) == "fdf20009");
    }
}

TEST_CASE("20: an attribute change of a withheld prefix does not bring it in") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Edge edge{Peering{.limit = limit}.lists(0, limit + 1)};
        edge.up();
        edge.reload(Peering{.limit = limit}.lists(0, limit).lists(with_community(limit)));
        CHECK(edge.held() == numbers(0, limit));
    }
}

TEST_CASE("20: a place that becomes free is taken at once by the first who waits, without a refresh") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Peering peering{.limit = limit};
        Edge edge{peering.lists(0, limit + 3)};
        edge.up();
        edge.reload(peering.without(4));
        auto wanted = numbers(0, limit + 1);
        wanted.erase(prefix(4));
        CHECK(edge.held() == wanted);
        CHECK(count(edge.rig.a.call()).peak == limit);
    }
}

TEST_CASE("20: fewer candidates than before are all advertised, at the limit and below it") {
    // 13 -> 10 and 15 -> 8, and the same around 4,000.
    for (const auto limit : kLimits)
        for (const auto& [more, less] : {std::pair{3U, 0U}, std::pair{5U, 2U}}) {
            CAPTURE(limit);
            const auto from = limit + more, to = limit - less;
            Edge edge{Peering{.limit = limit}.lists(0, from)};
            edge.up();
            edge.reload(Peering{.limit = limit}.lists(from - to, to));
            CHECK(edge.held() == numbers(from - to, to));
            CHECK(edge.limit().withheld == 0);
            CHECK(edge.rig.events<speaker::LimitCleared>().size() == 1);
            edge.reload(Peering{.limit = limit}.lists(from - to, limit));  // new ones while places are free
            CHECK(edge.held() == numbers(from - to, limit));
        }
}

TEST_CASE("19 27: `show` has the limit, what is wanted, what each link was told and what is withheld, by name") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Edge edge{Peering{.limit = limit}.lists(0, limit + 3)};
        edge.up();
        const auto row = edge.limit();
        CHECK(row.limit == limit);
        CHECK(row.wanted == limit + 3);
        CHECK(row.withheld == 3);
        CHECK(row.first_withheld.front() == *Prefix::parse(prefix(limit)));
        CHECK(row.state == "withholding");
        for (const auto& sent : row.sessions) CHECK(sent.advertised == limit);
        CHECK(edge.rig.session("er/private/primary").row.withheld == 3);
    }
}

TEST_CASE("24: make before break at the limit ends with all the new ones") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Edge edge{Peering{.limit = limit}.lists(0, limit)};
        edge.up();
        edge.reload(Peering{.limit = limit}.lists(0, limit).lists(limit, limit));
        CHECK(edge.held() == numbers(0, limit));
        edge.rig.run_for(2s);
        edge.reload(Peering{.limit = limit}.lists(limit, limit));
        CHECK(edge.held() == numbers(limit, limit));
        CHECK(count(edge.rig.a.call()).peak == limit);
    }
}

TEST_CASE("24: a full table is swapped for another without an octet above the limit") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Edge edge{Peering{.limit = limit}.lists(0, limit)};
        edge.up();
        edge.reload(Peering{.limit = limit}.lists(limit, limit));
        CHECK(edge.held() == numbers(limit, limit));
        for (auto* msee : {&edge.rig.a, &edge.rig.b}) {
            const auto counted = count(msee->call());
            CHECK(counted.peak == limit);
            CHECK(counted.strict_peak == limit);
            CHECK_FALSE(counted.mixed);
        }
    }
}

TEST_CASE("25: a refresh at the limit brings the same once more, and nothing else ever comes twice") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Peering peering{.limit = limit};
        Edge edge{peering.lists(0, limit + 3)};
        edge.up();
        const auto before = edge.rig.a.call().heard().size();
        edge.reload(peering);
        edge.reload(Peering{.limit = limit, .list = peering.list, .limits = "warn_at = [50]"});
        edge.rig.run_for(1min);
        CHECK(count(edge.rig.a.call(), before).announced == 0);
        edge.rig.a.sends(route_refresh(1, 0, 1));
        edge.rig.run_for(1s);
        const auto again = count(edge.rig.a.call(), before);
        CHECK(again.announced == limit);
        CHECK(again.withdrawn == 0);
        CHECK(edge.held() == numbers(0, limit));
        edge.rig.run_for(3s);
        edge.rig.refresh("er/private");  // an operator's, of both links
        edge.rig.run_for(1s);
        CHECK(edge.held() == numbers(0, limit));
        CHECK(count(edge.rig.a.call()).peak == limit);
    }
}

TEST_CASE("25: below the limit no UPDATE of a refresh trips a peer that counts what it holds and what comes together") {
    Edge edge{Peering{.limit = 4'000}.lists(0, 3'990)};
    edge.up();
    edge.rig.a.sends(route_refresh(1, 0, 1));
    edge.rig.run_for(1s);
    const auto counted = count(edge.rig.a.call());
    CHECK(counted.announced == 2 * 3'990);
    CHECK(counted.strict_peak == 4'000);
}

TEST_CASE("20 21: a session that restarts over the limit brings the same set as before") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        Peering peering{.limit = limit};
        // The later ones would come first in any order, if it were not for those that have their places.
        Edge edge{peering.lists(100, limit)};
        edge.up();
        edge.reload(peering.lists(0, 50));
        CHECK(edge.held() == numbers(100, limit));
        edge.rig.a.call().ends();
        edge.rig.run_for(3s);
        edge.rig.a.comes_up();
        CHECK(edge.held() == numbers(100, limit));
        edge.rig.reset("er/private");
        edge.rig.run_for(3s);
        edge.up();
        CHECK(edge.held() == numbers(100, limit));
        CHECK(count(edge.rig.a.call()).peak == limit);
    }
}

TEST_CASE(
    "8 19: a limit that is lowered at run time withdraws the last at once, one that is raised adds, both without a "
    "reset") {
    for (const auto limit : kLimits) {
        CAPTURE(limit);
        const auto lower = limit - 3;
        Peering peering{.limit = limit};
        Edge edge{peering.lists(0, limit + 5)};
        edge.up();
        peering.limit = lower;
        edge.reload(peering);
        CHECK(edge.held() == numbers(0, lower));
        CHECK(count(edge.rig.a.call()).peak == limit);
        const auto before = edge.rig.a.call().heard().size();
        peering.limit = limit + 2;
        edge.reload(peering);
        CHECK(edge.held() == numbers(0, limit + 2));
        CHECK(count(edge.rig.a.call(), before).announced == 5);  // nobody hears again what he knows
        CHECK(edge.rig.session("er/private/primary").times_established == 1);
    }
}

}  // namespace dyad::requirements
