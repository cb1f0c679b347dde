#include <doctest/doctest.h>

#include "bench.hpp"

// `prefer`: the second link stands by in the group of the first.
using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;

namespace {

constexpr std::uint32_t kTable = 100;
using Gateways = std::vector<Address>;

/// All by the primary, and the secondary stands by.
void bring_ordered(Bench& bench) {
    bench.fib.path_order(kPrimary, Order::Preferred);
    bench.fib.path_order(kSecondary, Order::Preferred);
    REQUIRE(bench.start());
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    REQUIRE(bench.fib.quiet());
    bench.kernel.reset_counts();
}

Gateways goes(const Bench& bench) { return bench.through(prefix_number(17)); }

const sim::FakeKernel::Group& only_group(const Bench& bench) {
    REQUIRE(bench.kernel.groups().size() == 1);
    return bench.kernel.groups().begin()->second;
}

void lose_session(Bench& bench, SessionId session, PathSetId left) {
    bench.fib.path_down(bench.now, session);
    REQUIRE(bench.run());
    bench.want_all(kTable, left);
    REQUIRE(bench.settle());
}

}  // namespace

TEST_CASE("one group holds both links, one route a prefix goes through it, and the preferred one carries all") {
    Bench bench;
    bring_ordered(bench);
    CHECK(bench.kernel.routes().size() == kTable);
    CHECK(only_group(bench).members.size() == 2);
    CHECK(only_group(bench).sharing == netlink::Sharing::First);
    CHECK(goes(bench) == Gateways{gateway(0)});
    const auto groups = bench.fib.groups();
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].members == std::vector{kPrimary});
    CHECK(groups[0].next == std::vector{kSecondary});
}

TEST_CASE("the preferred session is lost: its leaf is deleted, and that is all") {
    Bench bench;
    bring_ordered(bench);
    lose_session(bench, kPrimary, kB);
    CHECK(goes(bench) == Gateways{gateway(1)});
    CHECK(bench.kernel.counts().nexthops_deleted == 1);
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.fib.quiet());

    bench.kernel.reset_counts();
    bench.fib.path_up(kPrimary);
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(only_group(bench).members.size() == 2);
    CHECK(bench.kernel.counts().route_writes() == 0);
}

TEST_CASE("the preferred carrier goes: the kernel turns to the other by itself, and nothing is written") {
    Bench bench;
    bring_ordered(bench);
    bench.kernel.set_carrier(10, false);
    CHECK(goes(bench) == Gateways{gateway(1)});
    bench.fib.link_down(bench.now, 10);
    bench.fib.path_down(bench.now, kPrimary);
    bench.want_all(kTable, kB);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(bench.fib.quiet());

    bench.kernel.set_carrier(10, true);
    bench.fib.link_up(bench.now, 10);
    bench.fib.path_up(kPrimary);
    CHECK(goes(bench) == Gateways{gateway(1)});
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().route_writes() == 0);
}

TEST_CASE("who stands by is lost and comes back: the group follows, traffic stays") {
    Bench bench;
    bring_ordered(bench);
    lose_session(bench, kSecondary, kA);
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(only_group(bench).members.size() == 1);
    bench.fib.path_up(kSecondary);
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(only_group(bench).members.size() == 2);
    CHECK(bench.kernel.counts().route_writes() == 0);
}

TEST_CASE("the second link's table comes first: the preferred link takes its place in the same group") {
    Bench bench;
    bench.fib.path_order(kPrimary, Order::Preferred);
    bench.fib.path_order(kSecondary, Order::Preferred);
    REQUIRE(bench.start());
    bench.want_all(kTable, kB);
    REQUIRE(bench.settle());
    bench.kernel.reset_counts();
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(only_group(bench).members.size() == 2);
    CHECK(bench.kernel.counts().route_writes() == 0);
}

TEST_CASE("a drained preferred link: traffic goes by the other, and back, by one message each") {
    Bench bench;
    bring_ordered(bench);
    bench.fib.path_drained(kPrimary, Drained::Yes);
    REQUIRE(bench.settle());
    CHECK(goes(bench) == Gateways{gateway(1)});
    bench.fib.path_drained(kPrimary, Drained::No);
    REQUIRE(bench.settle());
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().nexthop_writes() == 2);
    CHECK(bench.kernel.counts().route_writes() == 0);
}

TEST_CASE("where no link is preferred any more both share the load, in a group of its own") {
    Bench bench;
    bring_ordered(bench);
    bench.fib.path_order(kPrimary, Order::None);
    bench.fib.path_order(kSecondary, Order::None);
    bench.want_all(kTable, kAB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(std::chrono::seconds{30}));
    CHECK(goes(bench) == Gateways{gateway(0), gateway(1)});
    CHECK(only_group(bench).sharing == netlink::Sharing::Equal);
    CHECK(bench.fib.quiet());
}

TEST_CASE(
    "a pair that gets a preferred link: traffic turns there at once, and to a group where the other stands by in "
    "time") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kAB);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    bench.fib.path_order(kPrimary, Order::Preferred);
    bench.fib.path_order(kSecondary, Order::Preferred);
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    CHECK(goes(bench) == Gateways{gateway(0)});
    REQUIRE(bench.pass(std::chrono::seconds{30}));
    CHECK(only_group(bench).sharing == netlink::Sharing::First);
    CHECK(bench.fib.quiet());
}

TEST_CASE("after a restart the group is known with who stands by, and nothing is written") {
    Bench before;
    bring_ordered(before);
    Bench bench{before.kernel};
    bring_ordered(bench);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(only_group(bench).members.size() == 2);
}

TEST_CASE("a kernel without such groups has one for whoever carries, and turns by a message") {
    Bench bench;
    bench.kernel.know_no_resilience();
    bench.fib.path_order(kPrimary, Order::Preferred);
    bench.fib.path_order(kSecondary, Order::Preferred);
    REQUIRE(bench.start());
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(std::chrono::seconds{30}));
    CHECK(goes(bench) == Gateways{gateway(0)});
    CHECK(only_group(bench).sharing == netlink::Sharing::Equal);
    lose_session(bench, kPrimary, kB);
    CHECK(goes(bench) == Gateways{gateway(1)});
}

TEST_CASE("another writes over the group: it is put right") {
    Bench bench;
    bring_ordered(bench);
    const auto id = bench.kernel.groups().begin()->first;
    auto group = only_group(bench);
    group.heavy = group.members.back();
    bench.kernel.others_put_group(id, group);
    CHECK(goes(bench) == Gateways{gateway(1)});
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    REQUIRE(bench.run());
    CHECK(goes(bench) == Gateways{gateway(0)});
}
