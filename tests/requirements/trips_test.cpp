#include <doctest/doctest.h>

#include "counting_peer.hpp"

/// What a peer does that counts fewer prefixes than we do (RFC 4486's Cease/1), in all the ways that were measured.
namespace dyad::requirements {
namespace {

Octets counted_too_many(std::size_t limit) { return notification(6, 1, hex("0001 01") + u32(limit)); }

void trips(Edge& edge, const Octets& message) {
    edge.rig.a.sends(message);
    edge.rig.a.call().ends();
}

/// Until the next dial: how long that took.
Duration waits_for_dial(Edge& edge) {
    const auto before = edge.rig.a.dials();
    const auto since = edge.rig.now();
    while (edge.rig.a.dials() == before && edge.rig.now() - since < 1h) edge.rig.run_for(100ms);
    return edge.rig.now() - since;
}

}  // namespace

TEST_CASE("26 27: Cease/1 with its data teaches the limit: one less from then on, on both links, and `show` says so") {
    Edge edge{Peering{.limit = 100}.lists(0, 50)};
    edge.up();
    trips(edge, counted_too_many(40));
    const auto learned = edge.rig.events<speaker::LimitLearned>();
    REQUIRE(learned.size() == 1);
    CHECK(learned[0].told);
    CHECK(learned[0].peers_limit == 40);
    CHECK(learned[0].had == 50);
    CHECK(learned[0].limit == 39);
    CHECK(count(edge.rig.b.call()).holds.size() == 39);
    waits_for_dial(edge);
    edge.rig.a.comes_up();
    CHECK(edge.held().size() == 39);
    CHECK(count(edge.rig.a.call()).peak == 39);
    const auto limit = edge.limit();
    CHECK(limit.limit == 39);
    CHECK(limit.configured == 100);
    REQUIRE(limit.learned);
    CHECK(limit.learned->peers_limit == 40);
}

TEST_CASE("26: Cease/1 without data is one prefix more than the peer takes, or the documented number below") {
    for (const auto& [advertised, stays] : {std::pair{50, 48}, std::pair{4'005, 3'999}}) {
        CAPTURE(advertised);
        Edge edge{Peering{.limit = 10'000}.lists(0, static_cast<std::size_t>(advertised))};
        edge.up();
        trips(edge, notification(6, 1));
        const auto learned = edge.rig.events<speaker::LimitLearned>();
        REQUIRE(learned.size() == 1);
        CHECK_FALSE(learned[0].told);
        CHECK(learned[0].limit == static_cast<std::size_t>(stays));
    }
}

TEST_CASE(
    "26: the pauses after Cease/1 begin at half a minute and double up to a quarter of an hour, whatever the refusal") {
    Edge edge{Peering{.limit = 100}.lists(0, 50)};
    edge.up();
    trips(edge, counted_too_many(40));
    CHECK(edge.rig.session("er/private/primary").row.reason.find("it counted too many prefixes") != std::string::npos);
    auto most = 30s;
    for (int attempt = 0; attempt < 7; ++attempt) {
        const auto waited = waits_for_dial(edge);
        CHECK(waited <= most + 1s);
        CHECK(waited >= most / 4 * 3 - 1s);
        // TCP accepted, then closed without a word; or refused.
        if (attempt % 2 == 0)
            edge.rig.a.picks_up().ends();
        else
            edge.rig.a.refuses();
        most = std::min<std::chrono::seconds>(most * 2, 15min);
    }
    CHECK(edge.rig.session("er/private/primary").row.cause != "");
}

TEST_CASE("26: while a pause runs the peer's calls are not taken") {
    Edge edge{Peering{.limit = 100}.lists(0, 50)};
    edge.up();
    trips(edge, counted_too_many(40));
    edge.rig.run_for(5s);
    CHECK(edge.rig.a.calls().fate() == "NOTIFICATION 6/5, closed");
}

TEST_CASE("26: a session that ends otherwise is tried again as ever") {
    Edge edge{Peering{.limit = 100}.lists(0, 50)};
    edge.up();
    trips(edge, counted_too_many(40));
    waits_for_dial(edge);
    edge.rig.a.comes_up();
    edge.rig.a.call().ends();
    CHECK(waits_for_dial(edge) < 6s);
}

TEST_CASE("26: a peer that trips again is come down to") {
    Edge edge{Peering{.limit = 100}.lists(0, 50)};
    edge.up();
    std::size_t before = 50;
    for (int i = 0; i < 5; ++i) {
        trips(edge, notification(6, 1));
        CHECK(edge.limit().limit < before);
        before = edge.limit().limit;
        waits_for_dial(edge);
        edge.rig.a.comes_up();
        CHECK(edge.held().size() == before);
    }
    CHECK(before < 40);
}

TEST_CASE(
    "27: what was learned stays through sessions and reloads, until it is cleared or the limit is configured anew") {
    Peering peering{.limit = 100};
    Edge edge{peering.lists(0, 50)};
    edge.up();
    trips(edge, counted_too_many(40));
    waits_for_dial(edge);
    edge.rig.a.comes_up();
    edge.reload(peering.lists(60, 2));
    edge.rig.reset("er/private");
    edge.rig.run_for(3s);
    edge.up();
    CHECK(edge.held().size() == 39);
    SUBCASE("cleared") {
        CHECK(edge.rig.clear("er/private") == "the learned limit 39 is forgotten, the limit is 100 again");
        CHECK(edge.held().size() == 52);
        CHECK(edge.rig.clear("er/private").find("has nothing to clear") != std::string::npos);
    }
    SUBCASE("configured anew") {
        peering.limit = 45;
        edge.reload(peering);
        CHECK(edge.held().size() == 45);
        CHECK_FALSE(edge.limit().learned);
        CHECK(edge.rig.events<speaker::LimitForgotten>().size() == 1);
    }
}

TEST_CASE("27: clearing ends a pause") {
    Edge edge{Peering{.limit = 100}.lists(0, 50)};
    edge.up();
    trips(edge, counted_too_many(40));
    const auto before = edge.rig.a.dials();
    CHECK(edge.rig.clear("er/private/primary").find("tried again at once") != std::string::npos);
    CHECK(edge.rig.a.dials() == before + 1);
}

}  // namespace dyad::requirements
