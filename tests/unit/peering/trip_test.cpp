#include "peering/trip.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::peering;
using namespace std::chrono_literals;

TEST_CASE("pauses after a trip begin at thirty seconds and double up to fifteen minutes") {
    TripPause pause;
    CHECK_FALSE(pause.running());
    CHECK(pause.tripped(5min) == 30s);
    CHECK(pause.running());
    for (const auto seconds : {60s, 120s, 240s, 480s, 900s, 900s}) CHECK(pause.refused() == seconds);
    CHECK(pause.attempts() == 7);
}

TEST_CASE("tripping again soon is the same episode, a session that has stood begins another") {
    TripPause pause;
    CHECK(pause.tripped(5min) == 30s);
    CHECK(pause.tripped(2s) == 60s);
    CHECK(pause.tripped(20min) == 30s);
    pause.over();
    CHECK_FALSE(pause.running());
}

TEST_CASE("a peer that says its limit is believed, and stayed one below") {
    const auto learned = learn(std::nullopt, 4'000, 4'200);
    CHECK(learned.limit == 3'999);
    CHECK(learned.peers_limit == 4'000);
    CHECK(learned.told);
    CHECK(learned.had == 4'200);
}

TEST_CASE("a peer that says nothing has the documented limit below what it had, or one less than that") {
    CHECK(learn(std::nullopt, std::nullopt, 4'001).limit == 3'999);
    CHECK(learn(std::nullopt, std::nullopt, 7'000).limit == 3'999);
    CHECK(learn(std::nullopt, std::nullopt, 10'001).limit == 9'999);
    CHECK(learn(std::nullopt, std::nullopt, 201).limit == 199);
    CHECK(learn(std::nullopt, std::nullopt, 4'000).limit == 3'998);  // by one of Microsoft's texts 4,000 is too many
    CHECK(learn(std::nullopt, std::nullopt, 57).limit == 55);
}

TEST_CASE("who trips again is come down to, and never up") {
    auto learned = learn(std::nullopt, std::nullopt, 1'000);
    for (int i = 0; i < 3; ++i) learned = learn(learned, std::nullopt, learned.limit);
    CHECK(learned.limit < 700);
    CHECK(learned.trips == 4);
    const auto lied = learn(learn(std::nullopt, 4'000, 4'001), 4'000, 3'999);
    CHECK_FALSE(lied.told);
    CHECK(lied.limit < 3'600);
    CHECK(learn(learn(std::nullopt, 4'000, 4'001), 10'000, 3'999).limit == 3'999);
    CHECK(learn(std::nullopt, 0, 1).limit == 1);
}
