#include <doctest/doctest.h>

#include <cerrno>

#include "bench.hpp"

using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kTable = 600;

/// The kernel as a run with both sessions up left it when it was killed.
sim::FakeKernel left_by_a_run_with(PathSetId set) {
    Bench before;
    REQUIRE(before.start());
    before.want_all(kTable, set);
    before.want(prefix6_number(1), kNone);
    REQUIRE(before.settle());
    before.fib.sweep(before.now, before.table);
    REQUIRE(before.settle());
    before.kernel.reset_counts();
    return before.kernel;
}

}  // namespace

TEST_CASE("killed and started again with the same tables, nothing at all is written") {
    Bench bench{left_by_a_run_with(kAB)};
    REQUIRE(bench.start());
    const auto adopted = bench.news<Adopted>();
    REQUIRE(adopted.size() == 1);
    CHECK(adopted[0].routes == kTable);
    CHECK(adopted[0].groups == 1);
    bench.want_all(kTable, kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(3s));
    bench.want_all(kTable, kAB);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(bench.news<Swept>().empty());
    CHECK(bench.kernel.routes().size() == kTable);
    CHECK(bench.fib.quiet());
}

TEST_CASE("the link that is preferred tells its table last: no route of it is moved meanwhile") {
    Bench bench{left_by_a_run_with(kB)};
    REQUIRE(bench.start());
    bench.want_all(kTable, kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(3s));
    bench.want_all(kTable, kBthenA);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(3s));
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("the link that was preferred does not tell its table: after the sweep its routes go by the other") {
    Bench bench{left_by_a_run_with(kB)};
    REQUIRE(bench.start());
    bench.want_all(kTable, kA);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("another's route in front of ours when we start is found out") {
    auto kernel = left_by_a_run_with(kAB);
    kernel.others_prepend_route({254, prefix_number(7), 20}, {.protocol = 4});
    kernel.take_touches();
    Bench bench{std::move(kernel)};
    REQUIRE(bench.start());
    bench.want_all(kTable, kAB);
    REQUIRE(bench.pass(3s));
    const auto conflicts = bench.news<Conflict>();
    REQUIRE(conflicts.size() == 1);
    CHECK(conflicts[0].prefix == prefix_number(7));
}

TEST_CASE("what was refused while adopted routes were held is done after the sweep all the same") {
    Bench bench{left_by_a_run_with(kAB)};
    REQUIRE(bench.start());
    bench.want_all(kTable - 2, kA);
    bench.want(prefix_number(0), kB);
    REQUIRE(bench.settle());
    bench.kernel.refuse_route(prefix_number(5), ENOMEM, "");
    bench.kernel.others_delete_route({254, prefix_number(5), 20});
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    REQUIRE(bench.pass(10s));
    CHECK(bench.fib.totals().failed > 0);
    bench.kernel.allow_route(prefix_number(5));
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(60s));
    CHECK(bench.fib.quiet());
    CHECK(bench.kernel.routes().size() == kTable - 2);
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(1)});
    CHECK(bench.through(prefix_number(1)) == Gateways{gateway(0)});
}

TEST_CASE("an adopted route nobody wants stays until the sweep, then goes") {
    Bench bench{left_by_a_run_with(kAB)};
    REQUIRE(bench.start());
    bench.want_all(kTable - 2, kAB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(60s));
    CHECK(bench.kernel.routes().size() == kTable);
    bench.fib.take_news();
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == kTable - 2);
    CHECK(bench.kernel.counts().routes_deleted == 2);
    CHECK(bench.kernel.counts().route_writes() == 2);
    const auto swept = bench.news<Swept>();
    REQUIRE(swept.size() == 1);
    CHECK(swept[0].routes == 2);
    CHECK(bench.fib.quiet());
}

TEST_CASE("if only one session comes back its routes leave the other path at the sweep, with one message") {
    Bench bench{left_by_a_run_with(kAB)};
    REQUIRE(bench.start());
    bench.want_all(kTable, kA);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{0}) == RowState::Installed);
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthops_replaced == 1);
}

TEST_CASE("a path that dies before the sweep is left at once") {
    Bench bench{left_by_a_run_with(kAB)};
    REQUIRE(bench.start());
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.step());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
}

TEST_CASE("a path known to be dead before the start is left when the tables are read") {
    Bench bench{left_by_a_run_with(kAB)};
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.start());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().route_writes() == 0);
}

TEST_CASE("a route the RIB had and withdrew before the sweep does not wait for it") {
    Bench bench{left_by_a_run_with(kAB)};
    REQUIRE(bench.start());
    bench.want_all(1, kAB);
    bench.want_all(1, kNone);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == kTable - 1);
}

TEST_CASE("routes with gateways of their own, as older programs wrote them, are rewritten in place") {
    auto kernel = edge_router();
    kernel.put_route({254, prefix_number(0), 20}, {.protocol = 186});
    Bench bench{std::move(kernel)};
    REQUIRE(bench.start());
    bench.want_all(1, kA);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().routes_replaced == 1);
    CHECK(bench.kernel.counts().refused == 0);
}

TEST_CASE("with another metric configured, new routes come before old ones go") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(kTable, kA);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    bench.kernel.reset_counts();
    Settings other;
    other.metric = bench.settings_metric = 30;
    bench.fib.configure(bench.now, other, bench.table);
    std::size_t fewest = 2 * kTable;
    while (bench.step()) {
        std::size_t covered = 0;
        for (std::uint32_t i = 0; i < kTable; ++i) {
            const bool old_one = bench.kernel.routes().contains({254, prefix_number(i), 20});
            const bool new_one = bench.kernel.routes().contains({254, prefix_number(i), 30});
            covered += old_one || new_one ? 1u : 0u;
        }
        fewest = std::min(fewest, covered);
    }
    CHECK(fewest == kTable);
    CHECK(bench.kernel.routes().size() == kTable);
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().routes_added == kTable);
    CHECK(bench.kernel.counts().routes_deleted == kTable);
    REQUIRE(bench.settle());
    CHECK(bench.fib.quiet());
}

TEST_CASE("routes an earlier run left under another metric are found by their group and swept") {
    Settings other;
    other.metric = 30;
    Bench bench{left_by_a_run_with(kA), other};
    bench.settings_metric = 30;
    REQUIRE(bench.start());
    bench.want_all(kTable, kA);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 2 * kTable);
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == kTable);
    CHECK(bench.through(prefix_number(3)) == Gateways{gateway(0)});
}

TEST_CASE("another source address is written into the routes that stand") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    Settings sourced;
    sourced.source = Address::v4(0xac100001);
    bench.fib.configure(bench.now, sourced, bench.table);
    REQUIRE(bench.settle());
    for (const auto& [key, route] : bench.kernel.routes()) CHECK(route.source == sourced.source);
    CHECK(bench.kernel.counts().routes_replaced == 3);
    CHECK(bench.kernel.routes().size() == 3);
}
