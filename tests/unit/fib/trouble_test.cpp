#include <doctest/doctest.h>

#include <cerrno>

#include "bench.hpp"

using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;
using namespace std::chrono_literals;

namespace {

void lose_carrier(Bench& bench, std::uint32_t index) {
    bench.kernel.set_carrier(index, false);
    bench.fib.link_down(bench.now, index);
}
void regain_carrier(Bench& bench, std::uint32_t index) {
    bench.kernel.set_carrier(index, true);
    bench.fib.link_up(bench.now, index);
}

}  // namespace

TEST_CASE("a link's carrier takes one of two paths: the kernel shrank the group, nothing need be written") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(300, kAB);
    REQUIRE(bench.settle());
    bench.kernel.reset_counts();
    bench.fib.take_news();
    lose_carrier(bench, 10);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(1)});
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthop_writes() == 0);
    CHECK(bench.fib.totals().nexthops == 1);
    CHECK(bench.news<Moved>().size() == 1);
    CHECK(bench.fib.quiet());
}

TEST_CASE("with the carrier back the leaf is made again and the group rewritten: two messages") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(300, kAB);
    REQUIRE(bench.settle());
    lose_carrier(bench, 10);
    REQUIRE(bench.settle());
    bench.kernel.reset_counts();
    regain_carrier(bench, 10);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0), gateway(1)});
    CHECK(bench.kernel.counts().route_writes() == 0);
    CHECK(bench.kernel.counts().nexthops_added == 1);
    CHECK(bench.kernel.counts().nexthops_replaced == 1);
    CHECK(bench.fib.quiet());
}

TEST_CASE("routes that vanished with their only link are known to be gone, and come back with it") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(300, kA);
    REQUIRE(bench.settle());
    lose_carrier(bench, 10);
    CHECK(bench.kernel.routes().empty());
    REQUIRE(bench.settle());
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{0}) == RowState::Pending);
    CHECK(bench.fib.totals().routes == 0);
    CHECK(bench.fib.totals().pending == 300);
    CHECK_FALSE(bench.fib.quiet());
    regain_carrier(bench, 10);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 300);
    CHECK(bench.through(prefix_number(299)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().refused == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a leaf refused for want of carrier is tried again until it is there") {
    Bench bench;
    bench.kernel.set_carrier(10, false);
    REQUIRE(bench.start());
    bench.want_all(2, kA);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().refused == 1);
    CHECK(bench.news<Failed>().empty());
    REQUIRE(bench.pass(1s));
    bench.kernel.set_carrier(10, true);
    REQUIRE(bench.pass(2s));
    CHECK(bench.kernel.routes().size() == 2);
    CHECK(bench.kernel.counts().refused < 10);
}

TEST_CASE("a gateway that cannot be is told once, with the kernel's words") {
    Bench bench;
    bench.kernel.remove_address(10, Address::v4(0xac100001));
    REQUIRE(bench.start());
    bench.want_all(2, kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(5min));
    const auto failed = bench.news<Failed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].prefix.to_string() == "172.16.0.2/32");
    CHECK(failed[0].text == "Nexthop has invalid gateway");
    CHECK(bench.kernel.counts().refused < 30);
}

TEST_CASE("a refused route is told once, retried less and less often, and installed when it can be") {
    Bench bench;
    bench.kernel.refuse_route(prefix_number(1), ENOMEM, "No room");
    REQUIRE(bench.start());
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 2);
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{1}) == RowState::Failed);
    CHECK(bench.fib.totals().failed == 1);
    CHECK(bench.fib.totals().pending == 0);
    REQUIRE(bench.pass(10min));
    const auto failed = bench.news<Failed>();
    REQUIRE(failed.size() == 1);
    CHECK(failed[0].prefix == prefix_number(1));
    CHECK(failed[0].error == ENOMEM);
    CHECK(failed[0].text == "No room");
    CHECK(bench.kernel.counts().refused < 40);
    bench.kernel.allow_route(prefix_number(1));
    REQUIRE(bench.pass(30s));
    CHECK(bench.kernel.routes().size() == 3);
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{1}) == RowState::Installed);
    CHECK(bench.fib.quiet());
}

TEST_CASE("somebody else's route with our prefix and metric is a conflict, told once and never touched") {
    Bench bench;
    const sim::FakeKernel::RouteKey key{254, prefix_number(1), 20};
    bench.kernel.put_route(key, {.protocol = 4});
    REQUIRE(bench.start());
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(2min));
    CHECK(bench.kernel.routes().at(key).protocol == 4);
    CHECK(bench.news<Conflict>().size() == 1);
    CHECK(bench.news<Failed>().empty());
    CHECK(bench.fib.row_state(Family::Ipv4, PrefixId{1}) == RowState::Failed);
    bench.want_all(3, kNone);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 1);
    CHECK(bench.kernel.routes().at(key).protocol == 4);
}

TEST_CASE("a conflict ends when the other route goes") {
    Bench bench;
    const sim::FakeKernel::RouteKey key{254, prefix_number(1), 20};
    bench.kernel.put_route(key, {.protocol = 4});
    REQUIRE(bench.start());
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    bench.kernel.drop_route(key);
    REQUIRE(bench.pass(1min));
    CHECK(bench.through(prefix_number(1)) == Gateways{gateway(0)});
    CHECK(bench.fib.quiet());
}

TEST_CASE("one of ours that was not known is taken over, not a conflict") {
    Bench bench;
    REQUIRE(bench.start());
    bench.kernel.put_route({254, prefix_number(1), 20}, {.protocol = 186});
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(1s));
    CHECK(bench.through(prefix_number(1)) == Gateways{gateway(0)});
    CHECK(bench.news<Conflict>().empty());
}

TEST_CASE("without permission everything waits, and the operator hears of it once") {
    Bench bench;
    bench.kernel.refuse_writes(EPERM);
    REQUIRE(bench.start());
    bench.want_all(1'000, kAB);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(10min));
    CHECK(bench.news<Failed>().size() == 2);
    CHECK(bench.kernel.counts().refused < 100);
    bench.kernel.refuse_writes(0);
    REQUIRE(bench.pass(1min));
    CHECK(bench.kernel.routes().size() == 1'000);
}

TEST_CASE("lost answers are looked up") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(1'000, kA);
    bench.step();
    bench.step();
    const auto batch = bench.fib.next_batch(bench.now, bench.table);
    REQUIRE_FALSE(batch.empty());
    bench.kernel.request(batch);  // and the answers are lost
    bench.fib.lost_answers(bench.now);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.routes().size() == 1'000);
    CHECK(bench.kernel.counts().routes_added == 1'000);
    CHECK(bench.kernel.counts().refused == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("routes follow a full batch before its answer, so many batches and no more") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(5'000, kA);
    bench.step();  // the leaf
    bench.step();  // its group
    std::vector<std::vector<std::uint8_t>> answers;
    for (std::size_t i = 0; i < kBatchesUnderWay; ++i)
        answers.push_back(bench.kernel.request(bench.fib.next_batch(bench.now, bench.table)));
    CHECK(bench.kernel.counts().routes_added == 250 * kBatchesUnderWay);
    CHECK(bench.fib.next_batch(bench.now, bench.table).empty());
    bench.fib.received(bench.now, answers[0], bench.table);
    CHECK(bench.fib.totals().routes == 250);
    bench.kernel.request(bench.fib.next_batch(bench.now, bench.table));
    bench.fib.received(bench.now, answers[1], bench.table);
    CHECK(bench.fib.totals().routes == 500);
    bench.fib.lost_answers(bench.now);
    REQUIRE(bench.settle());
    CHECK(bench.kernel.counts().routes_added == 5'000);
    CHECK(bench.kernel.counts().refused == 0);
    CHECK(bench.fib.quiet());
}

TEST_CASE("a path that dies leaves its groups at once, ahead of routes under way") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(5'000, kAB);
    bench.step();  // the leaves
    bench.step();  // their group
    const auto first = bench.kernel.request(bench.fib.next_batch(bench.now, bench.table));
    const auto octets = bench.fib.next_batch(bench.now, bench.table);
    const std::vector<std::uint8_t> waiting{octets.begin(), octets.end()};
    bench.fib.path_down(bench.now, kPrimary);
    const auto urgent = bench.kernel.request(bench.fib.next_urgent(bench.now));
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(1)});
    CHECK(bench.fib.next_urgent(bench.now).empty());
    // It has overtaken what was sent before it.
    bench.fib.received(bench.now, urgent, bench.table);
    bench.fib.received(bench.now, bench.kernel.request(waiting), bench.table);
    bench.fib.received(bench.now, first, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(4'999)) == Gateways{gateway(1)});
    CHECK(bench.kernel.counts().routes_added == 5'000);
    CHECK(bench.kernel.counts().refused == 0);
}

TEST_CASE("a path that dies while its group is being rewritten leaves it after the answer") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(100, kAB);
    REQUIRE(bench.settle());
    bench.fib.path_down(bench.now, kPrimary);
    const auto without_first = bench.kernel.request(bench.fib.next_batch(bench.now, bench.table));
    bench.fib.path_up(kPrimary);
    bench.fib.path_down(bench.now, kPrimary);
    CHECK(bench.fib.next_urgent(bench.now).empty());
    bench.fib.received(bench.now, without_first, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(1)});
}

TEST_CASE("rows that had to wait for their leaf do not wait for the table behind them") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(100, kA);
    bench.step();  // the leaf: these rows are found by a walk
    bench.want_all(20'000, kA);
    bench.step();  // its group
    bench.step();
    bench.step();
    for (std::uint32_t number : {0u, 99u}) CHECK(bench.through(prefix_number(number)) == Gateways{gateway(0)});
    CHECK(bench.kernel.counts().routes_added <= 500);
    REQUIRE(bench.settle());
}

TEST_CASE("answers that never come are given up after a while") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(10, kA);
    bench.kernel.request(bench.fib.next_batch(bench.now, bench.table));
    CHECK(bench.fib.next_batch(bench.now, bench.table).empty());
    REQUIRE(bench.fib.deadline().has_value());
    REQUIRE(bench.pass(6s));
    CHECK(bench.kernel.routes().size() == 10);
    CHECK(bench.kernel.counts().refused == 0);
}

TEST_CASE("an answer to an older batch is not taken for one to this") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(10, kA);
    const auto late = bench.kernel.request(bench.fib.next_batch(bench.now, bench.table));
    bench.fib.lost_answers(bench.now);
    bench.fib.received(bench.now, late, bench.table);
    CHECK(bench.fib.totals().operations == 0);
    REQUIRE(bench.run());
    CHECK(bench.kernel.routes().size() == 10);
}

TEST_CASE("a group somebody deleted is noticed when it is used, and its routes are written again") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(30, kA);
    REQUIRE(bench.settle());
    const auto id = bench.kernel.groups().begin()->first;
    bench.kernel.request([&] {
        std::array<std::uint8_t, 64> buffer{};
        static std::vector<std::uint8_t> octets;
        Writer out{buffer};
        netlink::encode_delete_nexthop(id, 1, netlink::Ack::Always, out);
        octets.assign(out.written().begin(), out.written().end());
        return Bytes{octets};
    }());
    CHECK(bench.kernel.routes().empty());
    bench.want(prefix_number(30), kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(1s));
    CHECK(bench.kernel.routes().size() == 31);
    CHECK(bench.fib.quiet());
}

TEST_CASE("an id in our range that belongs to somebody else is left alone") {
    auto kernel = edge_router();
    kernel.put_leaf(kFirstLeafId, {.gateway = gateway(2), .interface_index = 12, .protocol = 4});
    kernel.put_group(kFirstGroupId, {.members = {kFirstLeafId}, .protocol = 4});
    Bench bench{std::move(kernel)};
    REQUIRE(bench.start());
    bench.want_all(30, kA);
    REQUIRE(bench.settle());
    bench.fib.sweep(bench.now, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.kernel.leaves().at(kFirstLeafId).protocol == 4);
    CHECK(bench.kernel.groups().at(kFirstGroupId).members.size() == 1);
    CHECK(bench.kernel.counts().refused == 0);
}

TEST_CASE("an id taken after we looked is found out and another one used") {
    Bench bench;
    REQUIRE(bench.start());
    bench.kernel.put_leaf(kFirstLeafId, {.gateway = gateway(2), .interface_index = 12, .protocol = 4});
    bench.want_all(3, kA);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(5s));
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(0)});
    CHECK(bench.kernel.leaves().at(kFirstLeafId).protocol == 4);
}

TEST_CASE("a link that went while a batch was under way leaves no false belief") {
    Bench bench;
    REQUIRE(bench.start());
    bench.want_all(100, kAB);
    bench.step();
    bench.step();
    const auto answers = bench.kernel.request(bench.fib.next_batch(bench.now, bench.table));
    lose_carrier(bench, 10);
    lose_carrier(bench, 11);
    bench.fib.received(bench.now, answers, bench.table);
    REQUIRE(bench.settle());
    CHECK(bench.fib.totals().routes == 0);
    regain_carrier(bench, 11);
    REQUIRE(bench.settle());
    REQUIRE(bench.pass(1s));
    CHECK(bench.through(prefix_number(0)) == Gateways{gateway(1)});
    CHECK(bench.kernel.routes().size() == 100);
}

TEST_CASE("deadlines lie ahead: nothing that is due stays undone") {
    Bench bench;
    bench.kernel.refuse_route(prefix_number(1), ENOMEM, "");
    bench.kernel.set_carrier(11, false);
    REQUIRE(bench.start());
    bench.want_all(100, kA);
    REQUIRE(bench.run());
    bench.want_all(50, kAB);
    for (int i = 0; i < 200; ++i) {
        REQUIRE(bench.run());
        const auto deadline = bench.fib.deadline();
        REQUIRE(deadline.has_value());
        REQUIRE(*deadline > bench.now);
        bench.now = *deadline;
        bench.fib.tick(bench.now);
    }
}
