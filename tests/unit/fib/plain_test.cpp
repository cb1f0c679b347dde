#include <doctest/doctest.h>

#include <cerrno>
#include <set>

#include "bench.hpp"

using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;
using namespace std::chrono_literals;

namespace {

Settings plain() { return {.nexthops = Nexthops::Plain}; }

/// So many routes over both links, installed, the recovery over; what comes after is counted.
Bench installed(std::uint32_t count = 300, PathSetId set = kAB, Settings settings = plain()) {
    Bench bench{settings};
    REQUIRE(bench.start());
    bench.want_all(count, set);
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(60s));
    REQUIRE(bench.fib.quiet());
    bench.kernel.reset_counts();
    bench.fib.take_news();
    return bench;
}

sim::FakeKernel::RouteKey key(std::uint32_t number) { return {254, prefix_number(number), 20}; }
netlink::Hop hop(std::uint32_t session) { return {gateway(session), 10 + session}; }

void hear(Bench& bench) {
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    bench.fib.settled(bench.now);
    REQUIRE(bench.run());
}

bool all_go(const Bench& bench, std::uint32_t count, const Gateways& gateways) {
    for (std::uint32_t i = 0; i < count; ++i)
        if (bench.through(prefix_number(i)) != gateways) return false;
    return bench.kernel.routes().size() == count;
}

const Gateways kOverBoth{gateway(0), gateway(1)}, kOverSecondary{gateway(1)}, kOverPrimary{gateway(0)};

}  // namespace

TEST_CASE("plain routes carry their gateways, one or several, and no nexthop object is made") {
    Bench bench{plain()};
    REQUIRE(bench.start());
    bench.want_all(300, kAB);
    bench.want(prefix_number(300), kB);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 301);
    CHECK(bench.through(prefix_number(7)) == kOverBoth);
    CHECK(bench.through(prefix_number(300)) == kOverSecondary);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(bench.kernel.counts().route_writes() == 301);
    CHECK(bench.kernel.counts().refused == 0);
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{0}) == RowState::Installed);
    CHECK(bench.fib.totals().nexthops == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("plain routes do without a kernel that has nexthop objects") {
    Bench bench{plain()};
    bench.kernel.be_old();
    REQUIRE(bench.start());
    bench.want_all(3, kAB);
    REQUIRE(bench.settle());
    CHECK(all_go(bench, 3, kOverBoth));
    CHECK(bench.fib.quiet());
}

TEST_CASE("groups on a kernel without nexthop objects: the operator hears of it once, and what to do") {
    Bench bench;
    bench.kernel.be_old();
    REQUIRE(bench.start());
    bench.want_all(3, kAB);
    REQUIRE(bench.pass(5min));
    const auto failed = bench.news<Failed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].text.find("plain") != std::string::npos);
    CHECK(bench.kernel.routes().empty());
}

TEST_CASE("a path that is down is left by its plain routes ahead of everything that waits") {
    auto bench = installed(3000);
    // A table of 20,000 more is on its way.
    for (std::uint32_t i = 3000; i < 23'000; ++i) bench.want(prefix_number(i), kB);
    for (int batches = 0; batches < 10; ++batches) REQUIRE(bench.step());
    bench.kernel.reset_counts();
    bench.fib.path_down(bench.now, kPrimary);
    int batches = 0;
    const auto left = [&] {
        for (std::uint32_t i = 0; i < 3000; ++i)
            if (bench.through(prefix_number(i)) != kOverSecondary) return false;
        return true;
    };
    for (; batches < 1000 && !left(); ++batches) REQUIRE(bench.step());
    // Twelve for the routes and what was under way.
    CHECK(batches <= 12 + static_cast<int>(kBatchesUnderWay));
    CHECK(bench.kernel.counts().routes_replaced == 3000);
    REQUIRE(bench.settle());
    CHECK(all_go(bench, 23'000, kOverSecondary));
    const auto moved = bench.news<Moved>();
    REQUIRE(moved.size() == 1);
    CHECK(moved[0].group == 0);
    CHECK(moved[0].routes == 3000);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a path comes back: plain routes are widened one by one, when all is settled") {
    auto bench = installed();
    bench.fib.path_down(bench.now, kPrimary);
    bench.want_all(300, kB);
    REQUIRE(bench.settle());
    REQUIRE(all_go(bench, 300, kOverSecondary));
    bench.kernel.reset_counts();
    bench.fib.path_up(kPrimary);
    for (std::uint32_t i = 0; i < 300; ++i) {
        bench.want(prefix_number(i), kAB);
        REQUIRE(bench.run());
    }
    CHECK(bench.kernel.counts().route_writes() == 0);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    CHECK(all_go(bench, 300, kOverBoth));
    CHECK(bench.kernel.counts().route_writes() == 300);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a stale path is left where there is another, and kept by the routes that have none") {
    auto bench = installed();
    bench.want(prefix_number(0), kA);
    REQUIRE(bench.settle());
    bench.kernel.reset_counts();
    bench.fib.path_stale(bench.now, kPrimary);
    REQUIRE(bench.run());
    CHECK(bench.through(prefix_number(0)) == kOverPrimary);
    CHECK(bench.through(prefix_number(1)) == kOverSecondary);
    CHECK(bench.kernel.counts().route_writes() == 299);
    bench.fib.path_up(kPrimary);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    CHECK(bench.through(prefix_number(1)) == kOverBoth);
}

TEST_CASE("a link without carrier is left, though the kernel keeps plain routes over it") {
    auto bench = installed();
    bench.kernel.set_carrier(10, false);
    bench.fib.link_down(bench.now, 10);
    REQUIRE(bench.run());
    CHECK(all_go(bench, 300, kOverSecondary));
    CHECK(bench.news<Moved>().size() == 1);
}

TEST_CASE("routes that vanished with the only link, unheard, are written again when it is back") {
    auto bench = installed(300, kA);
    bench.kernel.set_up(10, false);
    REQUIRE(bench.kernel.routes().empty());
    bench.fib.link_down(bench.now, 10);
    bench.fib.path_down(bench.now, kPrimary);
    REQUIRE(bench.settle());
    bench.want_all(300, kNone);
    REQUIRE(bench.settle());
    CHECK(bench.fib.totals().routes == 0);
    CHECK(bench.fib.totals().failed == 0);
    bench.kernel.set_up(10, true);
    bench.fib.link_up(bench.now, 10);
    bench.fib.path_up(kPrimary);
    bench.want_all(300, kA);
    REQUIRE(bench.settle());
    CHECK(all_go(bench, 300, kOverPrimary));
    CHECK(bench.fib.quiet());
}

TEST_CASE("a restart takes plain routes over without one request") {
    auto before = installed();
    Bench after{std::move(before.kernel), plain()};
    REQUIRE(after.start());
    CHECK(after.news<Adopted>()[0].routes == 300);
    after.want_all(300, kAB);
    after.fib.sweep(after.now, after.table);
    REQUIRE(after.settle());
    REQUIRE(after.pass(5s));
    CHECK(after.kernel.counts().route_writes() == 0);
    CHECK(after.fib.quiet());
}

TEST_CASE("found plain routes over an address that no neighbour has any more are swept or rewritten") {
    auto before = installed(4);
    before.kernel.put_route(key(0), {.protocol = 186, .hops = {{Address::v4(0xac10'0003), 10}}});
    before.kernel.put_route(key(9), {.protocol = 186, .hops = {{Address::v4(0xac10'0003), 10}}});
    Bench after{std::move(before.kernel), plain()};
    REQUIRE(after.start());
    after.want_all(4, kAB);
    after.fib.sweep(after.now, after.table);
    REQUIRE(after.settle());
    REQUIRE(after.pass(5s));
    CHECK(all_go(after, 4, kOverBoth));
    CHECK(after.kernel.counts().routes_replaced == 1);
    CHECK(after.kernel.counts().routes_deleted == 1);
    CHECK(after.fib.quiet());
}

TEST_CASE("before its neighbours speak, a path found dead is left by adopted plain routes too") {
    auto before = installed();
    Bench after{std::move(before.kernel), plain()};
    REQUIRE(after.start());
    after.fib.path_down(after.now, kPrimary);
    REQUIRE(after.run());
    CHECK(all_go(after, 300, kOverSecondary));
    after.want_all(300, kB);
    after.fib.sweep(after.now, after.table);
    REQUIRE(after.settle());
    CHECK(after.kernel.counts().routes_replaced == 300);
    CHECK(after.fib.quiet());
}

TEST_CASE("a reload from groups to plain replaces every route in its place, then removes the objects") {
    auto bench = installed(300, kAB, Settings{});
    REQUIRE(bench.kernel.groups().size() == 1);
    bench.fib.configure(bench.now, plain(), bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(5s));
    CHECK(all_go(bench, 300, kOverBoth));
    CHECK(bench.kernel.counts().routes_replaced == 300);
    CHECK(bench.kernel.counts().route_writes() == 300);
    CHECK(bench.kernel.groups().empty());
    CHECK(bench.kernel.leaves().empty());
    CHECK(bench.fib.quiet());
}

TEST_CASE("a reload from plain to groups replaces every route in its place") {
    auto bench = installed();
    bench.fib.configure(bench.now, {}, bench.table);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(5s));
    CHECK(all_go(bench, 300, kOverBoth));
    CHECK(bench.kernel.counts().routes_replaced == 300);
    CHECK(bench.kernel.counts().route_writes() == 300);
    CHECK(bench.kernel.groups().size() == 1);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a switch in the middle of a table loses nothing") {
    Bench bench{plain()};
    REQUIRE(bench.start());
    bench.want_all(5000, kAB);
    bench.fib.sweep(bench.now, bench.table);
    for (const auto nexthops : {Nexthops::Groups, Nexthops::Plain, Nexthops::Groups}) {
        for (int batches = 0; batches < 5; ++batches) REQUIRE(bench.step());
        bench.fib.configure(bench.now, {.nexthops = nexthops}, bench.table);
    }
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(5s));
    CHECK(all_go(bench, 5000, kOverBoth));
    CHECK(bench.kernel.counts().refused == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a restart with another mode finds the routes of the one before, and nothing is lost") {
    auto before = installed(300, kAB, Settings{});
    Bench after{std::move(before.kernel), plain()};
    REQUIRE(after.start());
    REQUIRE(after.pass(60s));
    CHECK(after.kernel.groups().size() == 1);
    after.want_all(300, kAB);
    after.fib.sweep(after.now, after.table);
    REQUIRE(after.settle());
    REQUIRE(after.pass(5s));
    CHECK(all_go(after, 300, kOverBoth));
    CHECK(after.kernel.counts().routes_replaced == 300);
    CHECK(after.kernel.groups().empty());
    CHECK(after.kernel.leaves().empty());
}

TEST_CASE("plain routes that others delete or change are put right by one request each") {
    auto bench = installed();
    bench.kernel.others_delete_route(key(1));
    bench.kernel.others_put_route(key(2), {.protocol = 186, .hops = {hop(0)}});
    bench.kernel.others_put_route(key(3), {.protocol = 186, .hops = {hop(0), {Address::v4(0x01020304), 11}}});
    bench.kernel.others_put_route(key(4), {.protocol = 186});
    hear(bench);
    CHECK(all_go(bench, 300, kOverBoth));
    CHECK(bench.kernel.counts().route_writes() == 4);
    CHECK(bench.kernel.counts().dumps == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("what the kernel deletes itself, with a link, is nobody's mischief") {
    Bench bench{plain()};
    for (std::uint32_t i = 0; i < 2; ++i) bench.fib.define_path(SessionId{i}, gateway6(i), 10 + i);
    REQUIRE(bench.start());
    for (std::uint32_t i = 0; i < 20; ++i) bench.want(prefix6_number(i), kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.kernel.routes().size() == 20);
    bench.fib.take_news();
    bench.kernel.set_up(10, false);
    bench.fib.touched(bench.now, bench.kernel.take_touches(), bench.table);
    bench.fib.link_down(bench.now, 10);
    REQUIRE(bench.run());
    REQUIRE(bench.pass(5s));
    CHECK(bench.news<Touched>().empty());
    CHECK(bench.fib.totals().routes == 0);
}

TEST_CASE("plain IPv4 routes go through IPv6 gateways, beside IPv4 ones too") {
    Bench bench{plain()};
    bench.fib.define_path(kSecondary, gateway6(1), 11);
    REQUIRE(bench.start());
    bench.want_all(3, kAB);
    bench.want(prefix_number(3), kB);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0), gateway6(1)});
    CHECK(bench.through(prefix_number(3)) == Gateways{gateway6(1)});
    Bench after{std::move(bench.kernel), plain()};
    after.kernel.reset_counts();
    after.fib.define_path(kSecondary, gateway6(1), 11);
    REQUIRE(after.start());
    after.want_all(3, kAB);
    after.want(prefix_number(3), kB);
    after.fib.sweep(after.now, after.table);
    REQUIRE(after.settle());
    CHECK(after.kernel.counts().route_writes() == 0);
}

TEST_CASE("a neighbour's new address moves its plain routes, and the old one's place is nobody's") {
    auto bench = installed(20, kA);
    bench.kernel.add_address(10, Address::v4(0xac10'0101), 24);
    bench.fib.define_path(kPrimary, Address::v4(0xac10'0102), 10);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    CHECK(all_go(bench, 20, Gateways{Address::v4(0xac10'0102)}));
    CHECK(bench.fib.quiet());
}

TEST_CASE("a plain route that the kernel refuses is told and retried with back-off") {
    Bench bench{plain()};
    bench.kernel.refuse_route(prefix_number(1), ENOMEM, "No room");
    REQUIRE(bench.start());
    bench.want_all(3, kAB);
    REQUIRE(bench.settle());
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{1}) == RowState::Failed);
    REQUIRE(bench.pass(10min));
    CHECK(bench.news<Failed>().size() == 1);
    CHECK(bench.kernel.counts().refused < 50);
    CHECK(bench.kernel.counts().dumps < 5);
    bench.kernel.allow_route(prefix_number(1));
    REQUIRE(bench.pass(1min));
    CHECK(all_go(bench, 3, kOverBoth));
}

TEST_CASE("more gateways than one request holds: the first are taken, and the plan comes to rest") {
    Bench bench{plain()};
    std::vector<SessionId> many;
    bench.kernel.add_address(12, Address::v4(0xac11'0001), 16);
    for (std::uint32_t i = 0; i < 100; ++i) {
        many.push_back(SessionId{10 + i});
        bench.fib.define_path(many.back(), Address::v4(0xac11'0002 + i), 12);
    }
    bench.fib.define_set(Family::Ipv4, PathSetId{6}, many);
    REQUIRE(bench.start());
    bench.want(prefix_number(0), PathSetId{6});
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)).size() == 56);
    CHECK(bench.fib.quiet());
}

TEST_CASE("the source address went: the kernel deleted its IPv4 routes unheard, and all is read again") {
    const auto source = Address::v4(0x0a630001);
    auto kernel = edge_router();
    kernel.add_address(12, source, 32);
    Bench bench{std::move(kernel), Settings{.source = source}};
    REQUIRE(bench.start());
    bench.want_all(4, kAB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(60s));
    bench.kernel.remove_address(12, source);
    REQUIRE(bench.kernel.routes().empty());
    bench.fib.address_changed(bench.now, source);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    CHECK(bench.fib.totals().failed == 4);
    bench.kernel.add_address(12, source, 32);
    bench.fib.address_changed(bench.now, source);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(40s));
    CHECK(bench.kernel.routes().size() == 4);
}

TEST_CASE("plain routes have a reserve too: with the last path gone they go by it, and back when a path is there") {
    Bench bench{plain()};
    constexpr PathSetId kWithReserve{6};
    bench.fib.define_set(Family::Ipv4, kWithReserve, std::array{kPrimary, kSecondary}, std::array{kThird});
    REQUIRE(bench.start());
    bench.want_all(300, kWithReserve);
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 600);
    bench.fib.path_down(bench.now, kPrimary);
    bench.fib.path_down(bench.now, kSecondary);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(299)) == Gateways{gateway(2)});
    bench.fib.path_up(kSecondary);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2s));
    CHECK(bench.through(prefix_number(299)) == kOverSecondary);
    CHECK(bench.kernel.routes().size() == 600);
    CHECK(bench.fib.quiet());
}

TEST_CASE("our repair of a plain route hits one that others put in front at the same moment: one is left, and right") {
    auto bench = installed();
    bench.kernel.others_put_route(key(7), {.protocol = 186});
    const auto first = bench.kernel.take_touches();
    bench.kernel.others_prepend_route(key(7), {.protocol = 4});
    bench.fib.touched(bench.now, first, bench.table);
    REQUIRE(bench.settle());
    hear(bench);
    REQUIRE(bench.pass(10s));
    CHECK(bench.kernel.prepended().empty());
    CHECK(all_go(bench, 300, kOverBoth));
}
