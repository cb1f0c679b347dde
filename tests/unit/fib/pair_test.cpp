#include <doctest/doctest.h>

#include "bench.hpp"

using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kTable = 4'000;

/// Both sessions brought the same prefixes: first one, then the other, then quiet.
void bring_pair(Bench& bench) {
    REQUIRE(bench.start());
    bench.want_all(kTable, kA);
    REQUIRE(bench.run());
    bench.want_all(kTable, kAB);
    REQUIRE(bench.run());
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
}

}  // namespace

TEST_CASE("nothing is written before the kernel's tables are read") {
    Bench bench;
    bench.want_all(1, kA);
    CHECK(bench.fib.next_batch(bench.now, bench.table).empty());
    bench.fib.start(bench.now);
    CHECK(bench.step());
    CHECK(bench.step());
    CHECK(bench.step());
    CHECK(bench.kernel.counts().dumps == 3);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(bench.run());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{0}) == RowState::Installed);
    CHECK(bench.fib.quiet());
}

TEST_CASE("two sessions with the same 4000 prefixes are 4000 routes, each written once, through one group of two") {
    Bench bench;
    bring_pair(bench);
    CHECK(bench.kernel.routes().size() == kTable);
    CHECK(bench.kernel.groups().size() == 1);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.kernel.counts().route_writes() == kTable);
    CHECK(bench.kernel.counts().nexthops_replaced == 1);
    CHECK(bench.kernel.counts().refused == 0);
    CHECK(bench.fib.quiet());
    const auto totals = bench.fib.totals();
    CHECK(totals.routes == kTable);
    CHECK(totals.wanted == kTable);
    CHECK(totals.pending == 0);
    CHECK(totals.groups == 1);
    CHECK(totals.nexthops == 2);
    const auto groups = bench.fib.groups();
    REQUIRE(groups.size() == 1);
    CHECK(groups[0].members == std::vector{kPrimary, kSecondary});
    CHECK(groups[0].routes == kTable);
}

TEST_CASE("when the primary's session restarts one message moves what the secondary has too, and the rest stays") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kAB);
    const PrefixId alone{kTable};
    bench.table.intern(prefix_number(kTable));
    bench.fib.want(bench.now, Family::Ipv4, alone, kA);
    REQUIRE(bench.run());
    REQUIRE(bench.settle());
    bench.kernel.reset_counts();

    bench.fib.path_stale(bench.now, kPrimary);
    REQUIRE(bench.run());
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    CHECK(bench.through(prefix_number(kTable)) == Gateways{gateway(0)});

    SUBCASE("and the other session's restart takes nothing away") {
        bench.fib.path_stale(bench.now, kSecondary);
        REQUIRE(bench.settle());
        CHECK_FALSE(bench.through(prefix_number(17)).empty());
        CHECK(bench.through(prefix_number(kTable)) == Gateways{gateway(0)});
    }
    SUBCASE("and when it is back both are used") {
        bench.fib.path_up(kPrimary);
        REQUIRE(bench.settle());
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    }
    SUBCASE("and a dead link still ends it") {
        bench.fib.path_down(bench.now, kPrimary);
        bench.fib.want(bench.now, Family::Ipv4, alone, kNone);
        REQUIRE(bench.run());
        CHECK(bench.through(prefix_number(kTable)).empty());
    }
    CHECK(bench.fib.quiet());
}

TEST_CASE("when the primary fails its leaf is deleted and all routes move, when it is back its group is written") {
    Bench bench;
    bring_pair(bench);
    bench.kernel.reset_counts();
    bench.fib.take_news();

    bench.fib.path_down(bench.now, kPrimary);
    REQUIRE(bench.step());
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.kernel.counts().nexthops_deleted == 1);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    const auto moved = bench.news<Moved>();
    REQUIRE(moved.size() == 1);
    CHECK(moved[0].routes == kTable);
    CHECK(moved[0].members == 1);
    bench.want_all(kTable, kB);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.fib.quiet());

    bench.fib.path_up(kPrimary);
    bench.want_all(kTable, kAB);
    REQUIRE(bench.run());
    CHECK(bench.kernel.counts().nexthop_writes() == 2);  // the leaf
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    CHECK_FALSE(bench.fib.quiet());
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().nexthop_writes() == 3);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("routes that may wait to be moved do not wait for others' churn to end") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kA);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    bench.want_all(1000, kAB);
    for (std::uint32_t change = 0; change < 10; ++change) {
        bench.now = bench.now + 50ms;
        bench.want(prefix_number(kTable + change), kB);
        bench.fib.tick(bench.now);
        REQUIRE(bench.run());
    }
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.through(prefix_number(1000)) == Gateways{gateway(0)});
}

TEST_CASE("a leaf that some group has alone is not deleted: the others are rewritten without it") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kAB);
    bench.want(prefix_number(kTable), kA);
    REQUIRE(bench.run());
    REQUIRE(bench.settle());
    bench.kernel.reset_counts();

    bench.fib.path_down(bench.now, kPrimary);
    REQUIRE(bench.run());
    CHECK(bench.kernel.counts().nexthops_deleted == 0);
    CHECK(bench.kernel.counts().nexthops_replaced == 1);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    CHECK(bench.through(prefix_number(kTable)) == Gateways{gateway(0)});
}

TEST_CASE("a path that is back before its leaf was deleted keeps it") {
    Bench bench;
    bring_pair(bench);
    bench.kernel.reset_counts();
    bench.fib.path_down(bench.now, kPrimary);
    bench.fib.path_up(kPrimary);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().nexthops_deleted == 0);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("the other link goes while the leaf's deletion is under way: the group with its routes is known to be gone") {
    Bench bench;
    bring_pair(bench);
    bench.fib.path_down(bench.now, kPrimary);
    const auto batch = bench.fib.next_batch(bench.now, bench.table);
    REQUIRE_FALSE(batch.empty());
    bench.kernel.set_carrier(11, false);
    bench.fib.link_down(bench.now, 11);
    bench.fib.received(bench.now, bench.kernel.request(batch), bench.table);
    REQUIRE(bench.run());
    CHECK(bench.through(prefix_number(17)).empty());
    bench.kernel.set_carrier(11, true);
    bench.fib.link_up(bench.now, 11);
    bench.want_all(kTable, kB);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    REQUIRE(bench.pass(10s));  // what happened meanwhile is looked up
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("a preferred link that fails, and returns, is one message each way") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0)});
    bench.kernel.reset_counts();

    bench.fib.path_down(bench.now, kPrimary);
    REQUIRE(bench.step());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    bench.want_all(kTable, kB);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().nexthop_writes() == 1);

    bench.fib.path_up(kPrimary);
    bench.want_all(kTable / 2, kAthenB);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    bench.want_all(kTable, kAthenB);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().nexthop_writes() == 2);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("when a preferred link fails what it alone had is deleted, and only that is written") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kAthenB);
    const PrefixId alone = bench.table.intern(prefix_number(kTable));
    bench.fib.want(bench.now, Family::Ipv4, alone, kA);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    bench.kernel.reset_counts();

    bench.fib.path_down(bench.now, kPrimary);
    REQUIRE(bench.step());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    bench.want_all(kTable, kB);
    bench.fib.want(bench.now, Family::Ipv4, alone, kNone);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(kTable)).empty());
    CHECK(bench.kernel.counts().nexthops_replaced == 1);
    CHECK(bench.kernel.counts().route_writes() == 1);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a path that is drained leaves its groups by one message, and what it alone carries stays") {
    Bench bench;
    bring_pair(bench);
    const PrefixId alone = bench.table.intern(prefix_number(kTable));
    bench.fib.want(bench.now, Family::Ipv4, alone, kA);
    REQUIRE(bench.settle());
    bench.kernel.reset_counts();

    bench.fib.path_drained(kPrimary, Drained::Yes);
    REQUIRE(bench.step());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    CHECK(bench.through(prefix_number(kTable)) == Gateways{gateway(0)});
    bench.want_all(kTable, kBthenA);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.kernel.counts().route_writes() == 0);

    SUBCASE("the session may end and return: it stays drained") {
        bench.fib.path_down(bench.now, kPrimary);
        bench.fib.want(bench.now, Family::Ipv4, alone, kNone);
        bench.want_all(kTable, kB);
        REQUIRE(bench.settle());
        bench.fib.path_up(kPrimary);
        bench.want_all(kTable, kBthenA);
        REQUIRE(bench.settle());
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    }
    SUBCASE("and it is used when the other link fails") {
        bench.fib.path_down(bench.now, kSecondary);
        REQUIRE(bench.step());
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0)});
        CHECK(bench.kernel.counts().nexthop_writes() == 2);
        bench.want_all(kTable, kA);
        REQUIRE(bench.settle());
        REQUIRE(bench.pass(1s));  // the twins are merged
    }
    SUBCASE("and back by one message") {
        bench.fib.path_drained(kPrimary, Drained::No);
        bench.want_all(kTable, kAB);
        REQUIRE(bench.settle());
        CHECK(bench.kernel.counts().nexthop_writes() == 2);
        CHECK(bench.kernel.counts().route_writes() == 0);
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    }
    CHECK(bench.fib.quiet());
}

TEST_CASE("a preferred link is drained by one message as well, and the few that have no other way stay") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kAthenB);
    for (std::uint32_t i = 0; i < 5; ++i) bench.want(prefix_number(kTable + i), kA);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    bench.kernel.reset_counts();

    bench.fib.path_drained(kPrimary, Drained::Yes);
    bench.want_all(kTable, kBthenA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(1s));
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    CHECK(bench.through(prefix_number(kTable)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthops_replaced == 1);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a failover goes ahead of thousands of routes that wait") {
    Bench bench;
    bring_pair(bench);
    for (std::uint32_t i = kTable; i < 2 * kTable; ++i) bench.want(prefix_number(i), kAB);
    REQUIRE(bench.step());
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.step());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.kernel.routes().size() < kTable + 2 * 250);
}

TEST_CASE("the last path of a group is not taken out: the RIB withdraws its routes") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    bench.fib.path_down(bench.now, kPrimary);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    bench.want_all(3, kNone);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().empty());
}

TEST_CASE("when everything is withdrawn nothing of ours stays in the kernel") {
    Bench bench;
    bring_pair(bench);
    bench.want_all(kTable, kNone);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().empty());
    CHECK(bench.kernel.groups().empty());
    CHECK(bench.kernel.leaves().empty());
    CHECK(bench.fib.quiet());
}

TEST_CASE(
    "a wish that grows waits for the RIB, but where routes are to be moved for it not after such wishes have ceased") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(100, kA);
    REQUIRE(bench.run());
    bench.want_all(50, kAB);
    REQUIRE(bench.run());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{0}) == RowState::Pending);
    REQUIRE(bench.pass(299ms));
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    REQUIRE(bench.pass(1ms));
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.through(prefix_number(99)) == Gateways{gateway(0)});
}

TEST_CASE("while wishes that grow keep coming, routes are moved for them after five seconds") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(1000, kA);
    REQUIRE(bench.run());
    for (std::uint32_t prefix = 0; prefix < 49; ++prefix) {
        bench.want(prefix_number(prefix), kAB);
        REQUIRE(bench.pass(100ms));
        CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    }
    // The first of them waited for its leaf.
    bench.want(prefix_number(49), kAB);
    REQUIRE(bench.pass(100ms));
    bench.want(prefix_number(50), kAB);
    REQUIRE(bench.pass(100ms));
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0), gateway(1)});
}

TEST_CASE("where most of a group's routes grow the few that do not move out, and the rest costs one message") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(1'000, kA);
    REQUIRE(bench.run());
    bench.kernel.reset_counts();
    bench.want_all(990, kAB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(200ms));
    CHECK(bench.kernel.counts().route_writes() == 10);
    CHECK(bench.kernel.groups().size() == 2);
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.through(prefix_number(999)) == Gateways{gateway(0)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("groups that came to hold the same are merged: a set has one group") {
    Bench bench;
    REQUIRE(bench.start());
    for (std::uint32_t i = 0; i < 300; ++i) bench.want(prefix_number(i), i < 200 ? kA : kB);
    REQUIRE(bench.run());
    bench.kernel.reset_counts();
    bench.want_all(300, kAB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().route_writes() == 100);
    CHECK(bench.kernel.groups().size() == 1);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a wish that changed while the request was under way is followed") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(1, kA);
    REQUIRE(bench.run());
    bench.want_all(1, kB);
    REQUIRE(bench.step());
    REQUIRE(bench.step());
    const auto batch = bench.fib.next_batch(bench.now, bench.table);
    REQUIRE_FALSE(batch.empty());
    const auto answers = bench.kernel.request(batch);
    bench.want_all(1, kC);
    bench.fib.received(bench.now, answers, bench.table);
    REQUIRE(bench.run());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(2)});
}

TEST_CASE("both families go through the groups of their own sessions") {
    Bench bench;
    bench.fib.define_path(kSecondary, gateway6(1), 11);
    bench.fib.define_path(kThird, gateway6(2), 12);
    bench.fib.define_set(Family::Ipv6, kAB, std::array{kSecondary, kThird});
    REQUIRE(bench.start());
    bench.want(prefix_number(0), kA);
    bench.want(prefix6_number(0), kAB);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.through(prefix6_number(0)) == Gateways{gateway6(1), gateway6(2)});
    bench.fib.path_down(bench.now, kThird);
    REQUIRE(bench.run());
    CHECK(bench.through(prefix6_number(0)) == Gateways{gateway6(1)});
    CHECK(bench.kernel.counts().refused == 0);
}

TEST_CASE("an IPv6 route is not sent through an IPv4 gateway") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want(prefix6_number(0), kA);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().empty());
    CHECK(bench.kernel.counts().refused == 0);
    CHECK(bench.fib.row_state(Family::Ipv6, PrefixId{0}) == RowState::Pending);
}

TEST_CASE("a session's new gateway replaces the old one under all routes with one message") {
    Bench bench;
    bring_pair(bench);
    bench.kernel.reset_counts();
    bench.kernel.add_address(10, *Address::parse("172.17.0.1"), 30);
    bench.fib.define_path(kPrimary, *Address::parse("172.17.0.2"), 10);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    CHECK(bench.through(prefix_number(5)) == Gateways{gateway(1), *Address::parse("172.17.0.2")});
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.leaves().size() == 2);
    CHECK(bench.fib.quiet());
}

TEST_CASE("switched off, wishes are kept and nothing is sent") {
    Settings off;
    off.enabled = false;
    Bench bench{off};
    bench.fib.start(bench.now);
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().dumps == 0);
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{0}) == RowState::NotWanted);
    CHECK_FALSE(bench.fib.deadline().has_value());
    bench.fib.configure(bench.now, Settings{}, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 3);
}
