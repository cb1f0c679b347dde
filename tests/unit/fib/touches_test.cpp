#include <doctest/doctest.h>

#include <cerrno>

#include "bench.hpp"

using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;
using namespace std::chrono_literals;

namespace {

/// 300 routes over both links, installed and told of; what comes after is counted.
Bench installed() {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(300, kAB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(60s));
    bench.kernel.reset_counts();
    bench.fib.take_news();
    return bench;
}

sim::FakeKernel::RouteKey key(std::uint32_t number) { return {254, prefix_number(number), 20}; }

/// What others did arrives, and is put right at once.
void hear(Bench& bench) {
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    bench.fib.settled(bench.now);
    REQUIRE(bench.run());
}

bool all_are_right(const Bench& bench) {
    for (std::uint32_t i = 0; i < 300; ++i)
        if (bench.through(prefix_number(i)) != Gateways{gateway(0), gateway(1)}) return false;
    return bench.fib.quiet();
}

std::uint32_t our_group(const Bench& bench) { return bench.kernel.groups().begin()->first; }

}  // namespace

TEST_CASE("a route that somebody deleted is written again by one request, and told") {
    auto bench = installed();
    bench.kernel.others_delete_route(key(7));
    hear(bench);
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().route_writes() == 1);
    CHECK(bench.kernel.counts().dumps == 0);
    REQUIRE(bench.pass(20ms));
    const auto told = bench.news<Touched>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].routes == 1);
    CHECK(told[0].first == prefix_number(7));
}

TEST_CASE("another's route put in front of ours is told as a conflict, ours stays behind it until it is gone") {
    auto bench = installed();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    hear(bench);
    CHECK(bench.news<Conflict>()[0].prefix == prefix_number(7));
    CHECK(bench.fib.row_state(Family::Ipv4, *bench.table.find(prefix_number(7))) == RowState::Failed);
    CHECK(bench.fib.totals().failed == 1);
    REQUIRE(bench.pass(5min));
    CHECK(bench.news<Conflict>().empty());
    CHECK(bench.kernel.counts().refused < 20);
    CHECK(bench.kernel.prepended().size() == 1);
    CHECK(bench.kernel.routes().at(key(7)).protocol == 186);
    bench.kernel.others_delete_prepended(key(7));
    hear(bench);
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().routes_added == 0);
    CHECK(bench.kernel.counts().routes_deleted == 0);
}

TEST_CASE("news that the route in front is gone was lost: it is found out") {
    auto bench = installed();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    hear(bench);
    bench.kernel.others_delete_prepended(key(7));
    bench.kernel.take_touches();
    REQUIRE(bench.pass(1min));
    CHECK(all_are_right(bench));
}

TEST_CASE("what we want changes while another's route is in front of ours: theirs is not overwritten") {
    auto bench = installed();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    hear(bench);
    bench.want(prefix_number(7), kC);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(1min));
    const auto first = bench.kernel.prepended().contains(key(7)) ? bench.kernel.prepended().at(key(7))
                                                                 : bench.kernel.routes().at(key(7));
    CHECK(first.protocol == 4);
    CHECK(bench.fib.row_state(Family::Ipv4, *bench.table.find(prefix_number(7))) == RowState::Failed);
    bench.kernel.others_delete_prepended(key(7));
    bench.kernel.others_delete_route(key(7));
    hear(bench);
    CHECK(bench.through(prefix_number(7)) == Gateways{gateway(2)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("a route we withdraw goes from behind another's, which stays") {
    auto bench = installed();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    hear(bench);
    bench.want(prefix_number(7), kNone);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(1min));
    CHECK(bench.kernel.routes().at(key(7)).protocol == 4);
    CHECK(bench.fib.totals().failed == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a conflict is over as soon as the other's route is deleted") {
    auto bench = installed();
    bench.kernel.others_put_route(key(7), {.protocol = 4});
    hear(bench);
    REQUIRE(bench.pass(2min));
    CHECK(bench.fib.totals().failed == 1);
    bench.kernel.others_delete_route(key(7));
    hear(bench);
    CHECK(all_are_right(bench));
}

TEST_CASE("all routes deleted one by one are one event, and nothing is read again") {
    auto bench = installed();
    for (std::uint32_t i = 0; i < 300; ++i) {
        bench.kernel.others_delete_route(key(i));
        bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    }
    REQUIRE(bench.run());
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().routes_added == 300);
    CHECK(bench.kernel.counts().dumps == 0);
    REQUIRE(bench.pass(5s));
    const auto told = bench.news<Touched>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].routes == 300);
}

TEST_CASE("a route that somebody sent elsewhere under our mark is sent back") {
    auto bench = installed();
    bench.kernel.others_put_route(key(7), {.protocol = 186});
    hear(bench);
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().routes_replaced == 1);
    CHECK(bench.kernel.counts().dumps == 0);
}

TEST_CASE("a route under our mark that nobody wants is removed") {
    auto bench = installed();
    bench.fib.sweep(bench.now, bench.table);
    bench.kernel.others_put_route(key(700), {.protocol = 186});
    hear(bench);
    CHECK(bench.kernel.routes().size() == 300);
    CHECK(all_are_right(bench));
}

TEST_CASE("another's route in the place of ours is a conflict, left alone, and ours is back after it has gone") {
    auto bench = installed();
    bench.kernel.others_put_route(key(7), {.protocol = 4});
    hear(bench);
    CHECK(bench.news<Conflict>().size() == 1);
    CHECK(bench.kernel.routes().at(key(7)).protocol == 4);
    bench.kernel.others_delete_route(key(7));
    REQUIRE(bench.pass(2s));
    CHECK(all_are_right(bench));
}

TEST_CASE("others' routes, whatever happens to them, are no business of ours") {
    auto bench = installed();
    bench.kernel.others_put_route({254, prefix_number(900), 20}, {.protocol = 4});
    bench.kernel.others_put_route({254, prefix_number(900), 20}, {.protocol = 11});
    bench.kernel.others_put_route({254, prefix_number(7), 50}, {.protocol = 4});
    bench.kernel.others_put_route({100, prefix_number(7), 20}, {.protocol = 4});
    bench.kernel.others_delete_route({254, prefix_number(7), 50});
    hear(bench);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().dumps == 0);
    REQUIRE(bench.pass(5s));
    CHECK(bench.news<Touched>().empty());
}

TEST_CASE("a deleted leaf is made again and put into its group: no route is written") {
    auto bench = installed();
    bench.kernel.others_delete_nexthop(bench.kernel.leaves().begin()->first);
    hear(bench);
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthops_added == 1);
    CHECK(bench.kernel.counts().dumps == 0);
}

TEST_CASE("a deleted group took its routes with it: both are made again") {
    auto bench = installed();
    bench.kernel.others_delete_nexthop(our_group(bench));
    CHECK(bench.kernel.routes().empty());
    hear(bench);
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().dumps == 0);
}

TEST_CASE("all nexthops flushed: everything is made again") {
    auto bench = installed();
    bench.kernel.others_delete_nexthop(our_group(bench));
    while (!bench.kernel.leaves().empty()) bench.kernel.others_delete_nexthop(bench.kernel.leaves().begin()->first);
    hear(bench);
    CHECK(all_are_right(bench));
    REQUIRE(bench.pass(20ms));
    const auto told = bench.news<Touched>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].nexthops == 3);
}

TEST_CASE("a group that somebody wrote over is written back by one request") {
    auto bench = installed();
    const auto leaf = bench.kernel.leaves().begin()->first;
    bench.kernel.others_put_group(our_group(bench), {.members = {leaf}, .protocol = 0});
    hear(bench);
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.kernel.counts().route_writes() == 0);
}

TEST_CASE("where news was lost everything is read again, and what is not right is written") {
    auto bench = installed();
    for (std::uint32_t i = 0; i < 10; ++i) bench.kernel.others_delete_route(key(i));
    bench.kernel.take_touches();
    bench.fib.touches_lost(bench.now);
    REQUIRE(bench.pass(100ms));
    CHECK(all_are_right(bench));
    CHECK(bench.kernel.counts().routes_added == 10);
    CHECK(bench.kernel.counts().route_writes() == 10);
    const auto told = bench.news<Touched>();
    REQUIRE(told.size() == 1);
    CHECK(told[0].lost);
}

TEST_CASE("news was lost of another's route in front of ours: it is found out") {
    auto bench = installed();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    bench.kernel.take_touches();
    bench.fib.touches_lost(bench.now);
    REQUIRE(bench.pass(100ms));
    const auto conflicts = bench.news<Conflict>();
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0].prefix == prefix_number(7));
}

TEST_CASE("our repair hits a route that others put in front at the same moment: no stranger stays behind under our mark") {
    auto bench = installed();
    bench.kernel.others_put_route(key(7), {.protocol = 186});
    const auto first = bench.kernel.take_touches();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    bench.fib.touched(bench.now, first, bench.table);
    REQUIRE(bench.settle());
    hear(bench);
    REQUIRE(bench.pass(10s));
    CHECK(bench.kernel.prepended().empty());
    CHECK(all_are_right(bench));
}

TEST_CASE(
    "a route in front of ours comes under our mark, and ours is to go elsewhere: one of the two is left, and right") {
    auto bench = installed();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    hear(bench);
    bench.kernel.others_put_route(key(7), {.protocol = 186});
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    bench.want(prefix_number(7), kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(5s));
    CHECK(bench.kernel.prepended().empty());
    CHECK(bench.through(prefix_number(7)) == Gateways{gateway(0)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("what is deleted while our own request for it is under way stands at the end") {
    auto bench = installed();
    bench.want(prefix_number(7), kA);
    REQUIRE(bench.pass(5s));
    bench.want(prefix_number(7), kAB);
    bench.fib.settled(bench.now);
    bench.now = bench.now + 5s;
    const auto batch = bench.fib.next_batch(bench.now, bench.table);
    REQUIRE_FALSE(batch.empty());
    const auto answers = bench.kernel.request(batch);
    bench.kernel.others_delete_route(key(7));
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    bench.fib.received(bench.now, answers, bench.table);
    REQUIRE(bench.run());
    REQUIRE(bench.pass(5s));
    CHECK(all_are_right(bench));
}

TEST_CASE("who deletes a route each time it is written costs a bounded number of requests a second") {
    auto bench = installed();
    const auto begin = bench.now;
    while (bench.now < begin + 10s) {
        bench.kernel.others_delete_route(key(7));
        bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
        bench.fib.tick(bench.now);
        REQUIRE(bench.run());
        bench.now = bench.now + 100us;
    }
    CHECK(bench.kernel.counts().route_writes() < 10 * 2000);
    const auto told = bench.news<Touched>();
    REQUIRE_FALSE(told.empty());
    CHECK(told.size() <= 11);
    CHECK(told.back().often);
    REQUIRE(bench.pass(2s));
    CHECK(all_are_right(bench));
}
