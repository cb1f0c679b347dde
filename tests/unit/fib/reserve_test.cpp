#include <doctest/doctest.h>

#include "bench.hpp"

/// The VPN way round: a path that a prefix goes by when all others are lost.
using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint32_t kTable = 4'000;
/// Sets with the third path as their reserve.
constexpr PathSetId kABbutC{6}, kAbutC{7}, kBbutC{8}, kCbutC{9};

/// The gateways the kernel would send to: of a prefix's routes the one with the lowest metric counts.
Gateways goes(const Bench& bench, const Prefix& prefix) {
    const auto main = bench.through(prefix);
    if (!main.empty()) return main;
    auto at_reserve = bench;
    at_reserve.settings_metric = 500;
    return at_reserve.through(prefix);
}

void define(Bench& bench) {
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        bench.fib.define_set(family, kABbutC, std::array{kPrimary, kSecondary}, std::array{kThird});
        bench.fib.define_set(family, kAbutC, std::array{kPrimary}, std::array{kThird});
        bench.fib.define_set(family, kBbutC, std::array{kSecondary}, std::array{kThird});
        bench.fib.define_set(family, kCbutC, std::array{kThird}, std::array{kThird});
    }
}

/// A pair with the same prefixes, and the way round.
void bring_pair(Bench& bench) {
    define(bench);
    REQUIRE(bench.start());
    bench.want_all(kTable, kABbutC);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    REQUIRE(bench.fib.quiet());
    bench.kernel.reset_counts();
    bench.fib.take_news();
}

/// The session is lost: its path first, then what the RIB makes of it.
void lose(Bench& bench, SessionId session, PathSetId left) {
    bench.fib.path_down(bench.now, session);
    REQUIRE(bench.run());
    bench.want_all(kTable, left);
    REQUIRE(bench.settle());
}

}  // namespace

TEST_CASE("a prefix with a reserve has two routes: the better goes over the pair, the worse over the way round") {
    Bench bench;
    bring_pair(bench);
    CHECK(bench.kernel.routes().size() == 2 * kTable);
    CHECK(bench.kernel.groups().size() == 2);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    bench.settings_metric = 500;
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(2)});
    CHECK(bench.fib.totals().routes == kTable);
    CHECK(bench.fib.totals().reserve_routes == kTable);
    CHECK(bench.fib.totals().pending == 0);
}

TEST_CASE("what forwards is written before any reserve") {
    Bench bench;
    define(bench);
    REQUIRE(bench.start());
    bench.want_all(kTable, kABbutC);
    while (bench.fib.totals().routes < kTable) {
        REQUIRE(bench.step());
        if (bench.fib.totals().routes < kTable) CHECK(bench.fib.totals().reserve_routes == 0);
    }
}

TEST_CASE("two sessions lost one after the other are two messages, and no route is written") {
    Bench bench;
    bring_pair(bench);
    lose(bench, kPrimary, kBbutC);
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.step());
    CHECK(bench.kernel.counts().nexthop_writes() == 2);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(2)});
    bench.want_all(kTable, kCbutC);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(bench.kernel.counts().nexthop_writes() == 2);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.fib.quiet());
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{17}) == RowState::Installed);

    SUBCASE("and the return of one is its leaf and a message, that of the other, whose leaf stayed, a message") {
        bench.fib.path_up(kPrimary);
        bench.want_all(kTable, kAbutC);
        REQUIRE(bench.run());
        CHECK(bench.kernel.counts().nexthop_writes() == 3);
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(2)});
        REQUIRE(bench.settle());
        CHECK(bench.kernel.counts().nexthop_writes() == 4);
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0)});
        bench.fib.path_up(kSecondary);
        bench.want_all(kTable, kABbutC);
        REQUIRE(bench.settle());
        CHECK(bench.kernel.counts().nexthop_writes() == 5);
        CHECK(bench.kernel.counts().route_writes() == 0);
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    }
    SUBCASE("and when the way round is lost too its routes leave when the RIB says so") {
        bench.fib.path_down(bench.now, kThird);
        bench.want_all(kTable, kNone);
        REQUIRE(bench.settle());
        CHECK(bench.kernel.routes().empty());
    }
    CHECK(bench.fib.quiet());
}

TEST_CASE("with a preferred link the way round is what comes behind the other, and the return is one message as well") {
    Bench bench;
    define(bench);
    constexpr PathSetId kAthenBbutC{10};
    bench.fib.define_set(Family::Ipv4, kAthenBbutC, std::array{kPrimary}, std::array{kThird}, std::array{kSecondary});
    REQUIRE(bench.start());
    bench.want_all(kTable, kAthenBbutC);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.run());
    bench.kernel.reset_counts();
    for (const auto session : {kPrimary, kSecondary}) {
        bench.fib.path_down(bench.now, session);
        REQUIRE(bench.settle());
    }
    bench.want_all(kTable, kCbutC);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(2)});
    CHECK(bench.kernel.counts().nexthop_writes() <= 3);  // the other link may have been made for it
    for (const auto session : {kPrimary, kSecondary}) bench.fib.path_up(session);
    bench.want_all(kTable, kAthenBbutC);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("both sessions lost in one turn are one message") {
    Bench bench;
    bring_pair(bench);
    bench.fib.path_down(bench.now, kPrimary);
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.step());
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(2)});
    bench.want_all(kTable, kCbutC);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().nexthop_writes() == 1);
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("when both links lose their carrier the kernel goes by the reserve with nothing written") {
    Bench bench;
    bring_pair(bench);
    for (const std::uint32_t interface : {10u, 11u}) bench.kernel.set_carrier(interface, false);
    // Nobody has acted yet.
    CHECK(bench.through(prefix_number(17)).empty());
    CHECK(goes(bench, prefix_number(17)) == Gateways{gateway(2)});
    for (std::uint32_t i = 0; i < 2; ++i) {
        bench.fib.link_down(bench.now, 10 + i);
        bench.fib.path_down(bench.now, SessionId{i});
    }
    bench.want_all(kTable, kCbutC);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(bench.fib.quiet());
    CHECK(bench.fib.totals().routes == 0);
    CHECK(bench.fib.totals().reserve_routes == kTable);
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{17}) == RowState::Installed);

    bench.kernel.set_carrier(10, true);
    bench.fib.link_up(bench.now, 10);
    bench.fib.path_up(kPrimary);
    bench.want_all(kTable, kAbutC);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().routes_added == kTable);
    CHECK(bench.kernel.counts().routes_deleted == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("the way round's own link lost changes nothing that forwards, and its reserve comes back with it") {
    Bench bench;
    bring_pair(bench);
    bench.kernel.set_carrier(12, false);
    bench.fib.link_down(bench.now, 12);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.kernel.counts().route_writes() == 0);
    // And it is not fallen back on.
    bench.fib.path_down(bench.now, kPrimary);
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.run());
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(1)});
    bench.fib.path_up(kPrimary);
    bench.fib.path_up(kSecondary);
    bench.kernel.set_carrier(12, true);
    bench.fib.link_up(bench.now, 12);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(bench.kernel.routes().size() == 2 * kTable);
    CHECK(bench.fib.quiet());
}

TEST_CASE("prefixes with a reserve and prefixes without go through groups of their own, so only the first fall back") {
    Bench bench;
    define(bench);
    REQUIRE(bench.start());
    bench.want_all(kTable, kAB);
    REQUIRE(bench.settle());
    // The way round tells of most of them later.
    for (std::uint32_t i = 0; i < kTable; ++i)
        if (i % 10 != 0) bench.want(prefix_number(i), kABbutC);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(bench.fib.quiet());
    bench.kernel.reset_counts();
    bench.fib.path_down(bench.now, kPrimary);
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.step());
    // Those without lose the primary only: the last stays for the RIB.
    CHECK(bench.kernel.counts().nexthop_writes() == 2);
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(2)});
    CHECK(bench.through(prefix_number(20)) == Gateways{gateway(1)});
}

TEST_CASE("a restart on the way round finds both kinds of routes, keeps them, and writes none") {
    Bench before;
    bring_pair(before);
    lose(before, kPrimary, kBbutC);
    lose(before, kSecondary, kCbutC);
    Bench bench{before.kernel};
    bench.kernel.reset_counts();
    define(bench);
    REQUIRE(bench.start());
    CHECK(bench.fib.reserved(Family::Ipv4, kThird).size() == kTable);
    CHECK(bench.fib.reserved(Family::Ipv4, kPrimary).empty());
    for (const auto row : bench.fib.reserved(Family::Ipv4, kThird))
        bench.fib.want(bench.now, Family::Ipv4, row, kCbutC);
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.routes().size() == 2 * kTable);
    CHECK(bench.fib.quiet());
}

TEST_CASE("after a restart what stands in is wanted first, and nothing moves before the pair has told its tables") {
    Bench before;
    bring_pair(before);
    Bench bench{before.kernel};
    bench.kernel.reset_counts();
    define(bench);
    REQUIRE(bench.start());
    for (const auto set : {kCbutC, kAbutC, kABbutC}) {
        bench.want_all(kTable, set);
        REQUIRE(bench.settle());
        REQUIRE(bench.pass(2s));
        CHECK(bench.through(prefix_number(17)) == Gateways{gateway(0), gateway(1)});
    }
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("with another reserve metric every reserve moves to its new key, and no other route is written") {
    Bench bench;
    bring_pair(bench);
    bench.fib.configure(bench.now, {.reserve_metric = 600}, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(bench.kernel.counts().routes_added == kTable);
    CHECK(bench.kernel.counts().routes_deleted == kTable);
    CHECK(bench.kernel.counts().routes_replaced == 0);
    bench.settings_metric = 600;
    CHECK(bench.through(prefix_number(17)) == Gateways{gateway(2)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("a reserve that somebody deletes is put back") {
    Bench bench;
    bring_pair(bench);
    bench.kernel.others_delete_route({254, prefix_number(3), 500});
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    REQUIRE(bench.run());
    CHECK(bench.kernel.counts().routes_added == 1);
    CHECK(bench.kernel.routes().size() == 2 * kTable);
}

TEST_CASE("a link is back, and some of its routes have another to fall back on: none stays on the way round") {
    Bench bench;
    define(bench);
    constexpr PathSetId kAthenBbutC{10};
    bench.fib.define_set(Family::Ipv4, kAthenBbutC, std::array{kPrimary}, std::array{kThird}, std::array{kSecondary});
    REQUIRE(bench.start());
    bench.want_all(100, kAthenBbutC);
    bench.want(prefix_number(7), kAbutC);
    REQUIRE(bench.settle());
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.settle());
    bench.fib.path_down(bench.now, kPrimary);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(goes(bench, prefix_number(1)) == Gateways{gateway(2)});
    bench.fib.path_up(kPrimary);
    bench.fib.path_up(kSecondary);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10s));
    CHECK(goes(bench, prefix_number(1)) == Gateways{gateway(0)});
    CHECK(goes(bench, prefix_number(7)) == Gateways{gateway(0)});
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.pass(10s));
    CHECK(bench.fib.quiet());
}
