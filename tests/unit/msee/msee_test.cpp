#include "msee/msee.hpp"

#include <doctest/doctest.h>

#include "msee/vnets.hpp"
#include "pair.hpp"

using namespace dyad;
using namespace dyad::msee;
using namespace dyad::msee::test;
using namespace std::chrono_literals;

namespace {

/// A VNet's route as it stands inside Azure: the gateway's private AS is in its path.
wire::Attributes vnet_attributes() {
    wire::Attributes attributes{.origin = wire::Origin::Igp};
    attributes.as_path.segments = {{wire::SegmentType::AsSequence, {Asn{65515}}}};
    return attributes;
}

void announce_vnets(Msee& msee, std::size_t count) {
    const auto set = msee.add_set(vnet_attributes());
    for (const auto& prefix : vnets(Family::Ipv4, count)) msee.announce(prefix, set);
}

/// So many /24s of the customer's.
std::vector<Prefix> customers(std::uint32_t count) {
    std::vector<Prefix> prefixes;
    for (std::uint32_t i = 0; i < count; ++i) prefixes.push_back(Prefix{Address::v4(0x0a000000 + (i << 8)), 24});
    return prefixes;
}

}  // namespace

TEST_CASE("a customer's session comes up and hears the table, then End-of-RIB") {
    Pair pair;
    announce_vnets(pair.msee, 3400);
    pair.run();

    CHECK(pair.customer.state() == session::State::Established);
    CHECK(pair.table.size() == 3400);
    CHECK(pair.ends_of_rib == 1);
    const auto& [prefix, attributes] = *pair.table.begin();
    CHECK(prefix.to_string() == "10.64.0.0/16");
    CHECK(attributes.as_path.to_string() == "12076");
    CHECK(attributes.next_hop == kMsee);
    CHECK(pair.msee.status(pair.now, 0).told == 3400);
    CHECK(pair.msee.status(pair.now, 0).all_told);
}

TEST_CASE("equal attributes travel in full messages") {
    Pair pair;
    announce_vnets(pair.msee, 3400);
    pair.run();

    CHECK(pair.updates.size() <= 3400 * 4 / 4000 + 3);
}

TEST_CASE("the limit's prefix is held, the next one ends the session with Cease/1 that names the limit") {
    Pair pair{4'000};
    const auto prefixes = customers(4'001);

    pair.announce(std::span{prefixes}.first(4'000));
    CHECK(pair.msee.status(pair.now, 0).held == 4'000);
    CHECK(pair.customer.state() == session::State::Established);

    pair.announce(std::span{prefixes}.last(1));
    CHECK(pair.customer.state() != session::State::Established);
    REQUIRE(pair.down);
    REQUIRE(pair.down->notification);
    CHECK(pair.down->notification->code == wire::ErrorCode::Cease);
    CHECK(pair.down->notification->subcode == wire::subcode::kMaximumPrefixes);
    CHECK(pair.down->notification->data == std::vector<std::uint8_t>{0, 1, 1, 0, 0, 0x0f, 0xa0});
    CHECK(pair.count<LimitTripped>() == 1);
    CHECK(pair.msee.status(pair.now, 0).limit_trips == 1);
    CHECK(pair.msee.status(pair.now, 0).peak == 4'000);
}

TEST_CASE("a prefix announced again does not count twice, a withdrawn one no more") {
    Pair pair{2};
    const auto prefixes = customers(3);
    pair.announce(std::span{prefixes}.first(2));
    pair.announce(std::span{prefixes}.first(2));

    std::vector<std::uint8_t> message(64);
    Writer out{message};
    wire::encode_withdrawal(std::span{prefixes}.first(1), out);
    message.resize(out.size());
    pair.say(message);
    pair.announce(std::span{prefixes}.last(1));

    CHECK(pair.customer.state() == session::State::Established);
    CHECK(pair.msee.status(pair.now, 0).held == 2);
}

TEST_CASE("after a limit trip the customer is turned away for a while, then welcome") {
    Pair pair{1};
    pair.announce(customers(2));
    for (int i = 0; i < 5; ++i) pair.pass(10s);
    CHECK(pair.customer.state() != session::State::Established);
    CHECK(pair.msee.status(pair.now, 0).refused_until);

    for (int i = 0; i < 5; ++i) pair.pass(10s);
    CHECK(pair.customer.state() == session::State::Established);
}

TEST_CASE("maintenance puts AS 12076 into every path eight times more, without a reset") {
    Pair pair;
    announce_vnets(pair.msee, 10);
    pair.run();

    pair.msee.maintenance(Msee::Maintenance::On);
    pair.run();
    CHECK(pair.table.begin()->second.as_path.to_string() == "12076 12076 12076 12076 12076 12076 12076 12076 12076");
    CHECK(pair.msee.status(pair.now, 0).times_established == 1);

    pair.msee.maintenance(Msee::Maintenance::Off);
    pair.run();
    CHECK(pair.table.begin()->second.as_path.to_string() == "12076");
}

TEST_CASE("withdrawn routes leave the customer's table, and before new ones come") {
    Pair pair;
    announce_vnets(pair.msee, 2);
    pair.run();
    const auto networks = vnets(Family::Ipv4, 3);

    pair.msee.announce(networks[2], pair.msee.add_set(vnet_attributes()));
    pair.msee.withdraw(networks[0]);
    pair.run();

    CHECK(pair.table.size() == 2);
    CHECK_FALSE(pair.table.contains(networks[0]));
    REQUIRE(pair.updates.size() >= 2);
    CHECK(pair.updates[pair.updates.size() - 2].withdrawn == std::vector{networks[0]});
}

TEST_CASE("a route that came and went before its turn is never mentioned") {
    Pair pair;
    const auto before = pair.updates.size();
    const auto network = vnets(Family::Ipv4, 1)[0];

    pair.msee.announce(network, pair.msee.add_set(vnet_attributes()));
    pair.msee.withdraw(network);
    pair.run();

    CHECK(pair.updates.size() == before);
}

TEST_CASE("a flapped route goes and comes back") {
    Pair pair;
    announce_vnets(pair.msee, 2);
    pair.run();

    pair.msee.flap(pair.now, vnets(Family::Ipv4, 1), 1s);
    pair.run();
    CHECK(pair.table.size() == 1);
    pair.pass(1s);
    CHECK(pair.table.size() == 2);
}

TEST_CASE("a reset is Cease/4 with its words, and the session comes back with the table") {
    Pair pair;
    announce_vnets(pair.msee, 5);
    pair.run();

    pair.msee.reset(pair.now, "new line card");
    pair.run();
    REQUIRE(pair.down);
    CHECK(pair.down->notification->subcode == wire::subcode::kAdministrativeReset);
    CHECK(wire::shutdown_text(*pair.down->notification) == "new line card");

    for (int i = 0; i < 10; ++i) pair.pass(2s);
    CHECK(pair.customer.state() == session::State::Established);
    CHECK(pair.table.size() == 5);
}

TEST_CASE("a silent MSEE lets the customer's hold timer run out") {
    Pair pair;
    pair.msee.voice(pair.now, Msee::Voice::Silent);
    for (int i = 0; i < 40; ++i) pair.pass(5s);
    REQUIRE(pair.down);
    CHECK(pair.customer.state() != session::State::Established);

    pair.msee.voice(pair.now, Msee::Voice::Speaks);
    pair.run();
    for (int i = 0; i < 10; ++i) pair.pass(2s);
    CHECK(pair.customer.state() == session::State::Established);
}

TEST_CASE("a dropped connection ends the session without a NOTIFICATION") {
    Pair pair;
    pair.msee.drop(pair.now);
    pair.run();

    REQUIRE(pair.down);
    CHECK_FALSE(pair.down->notification);
}

TEST_CASE("a route whose path holds the MSEE's AS is not held") {
    Pair pair;
    pair.announce(customers(1), {Asn{65010}, Asn{12076}});

    CHECK(pair.msee.status(pair.now, 0).held == 0);
    CHECK(pair.msee.status(pair.now, 0).loops == 1);
}

TEST_CASE("what arrived can be asked for, with its attributes") {
    Pair pair;
    pair.announce(customers(2), {Asn{65010}, Asn{65011}});

    const auto all = pair.msee.held(0).all();
    REQUIRE(all.size() == 2);
    CHECK(all[1].prefix.to_string() == "10.0.1.0/24");
    CHECK(all[1].attributes.as_path.to_string() == "65010 65011");
    CHECK(pair.msee.held(0).find(customers(1)[0])->next_hop == kCustomer);
}

TEST_CASE("a malformed UPDATE is answered with its NOTIFICATION") {
    Pair pair;
    std::vector<std::uint8_t> message(23, 0xff);
    message[16] = 0;
    message[17] = 23;
    message[18] = 2;
    message[19] = 0x7f;  // Withdrawn Routes Length far past the end

    pair.say(message);

    REQUIRE(pair.down);
    CHECK(pair.down->notification->code == wire::ErrorCode::UpdateMessage);
}

TEST_CASE("ROUTE-REFRESH brings the table again") {
    Pair pair;
    announce_vnets(pair.msee, 5);
    pair.run();
    pair.table.clear();

    pair.say({0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
              0xff, 0xff, 0xff, 0xff, 0,    23,   5,    0,    1,    0,    1});

    CHECK(pair.table.size() == 5);
}

TEST_CASE("what is not sent yet holds the table back") {
    Msee msee{{.router_id = {2}, .customers = {{.local = kMsee, .peer = kCustomer, .asn = Asn{65010}}}}, 1};
    announce_vnets(msee, 500'000);
    const Instant now{1000s};
    msee.start(now);
    msee.take_outputs();
    session::Session customer{{.local_as = Asn{65010}, .peer_as = Asn{12076}, .router_id = {1}}, 2};
    customer.start(now);
    customer.take_actions();
    customer.connecting({2});
    customer.connected(now, {2});
    REQUIRE(msee.accepted(now, {1}, kMsee, kCustomer));

    std::size_t octets = 0;
    for (int i = 0; i < 100; ++i) {
        for (auto& action : customer.take_actions())
            if (auto* send = std::get_if<session::SendMessage>(&action)) msee.received(now, {1}, send->octets);
        for (auto& output : msee.take_outputs()) {
            const auto* send = std::get_if<Send>(&output);
            if (send == nullptr || !(send->connection == ConnectionId{1})) continue;
            octets += send->octets.size();
            customer.feed({2}, send->octets);
            while (customer.next(now)) {
            }
        }
    }

    CHECK(octets >= kWindow);
    CHECK(octets < kWindow + 100'000);
    CHECK_FALSE(msee.has_work());
    msee.sent({1}, octets);
    CHECK(msee.has_work());
}

TEST_CASE("an UPDATE taken as a withdrawal is told once a session, and its routes do not count") {
    Pair pair;
    wire::Attributes attributes{.origin = wire::Origin::Igp, .next_hop = Address::v4(0x7f000001)};  // a martian
    attributes.as_path.segments = {{wire::SegmentType::AsSequence, {Asn{65010}}}};
    std::array<std::uint8_t, 4096> scratch;
    Writer block{scratch};
    wire::encode_attributes(attributes, {}, block);
    std::vector<std::uint8_t> message(4096);
    Writer out{message};
    wire::encode_announcement(customers(1), block.written(), kCustomer, out);
    message.resize(out.size());

    pair.say(message);
    pair.say(message);

    CHECK(pair.msee.status(pair.now, 0).held == 0);
    CHECK(pair.msee.status(pair.now, 0).damaged == 2);
    CHECK(pair.count<Damaged>() == 1);
}
