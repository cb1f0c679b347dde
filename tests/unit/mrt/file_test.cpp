#include "mrt/file.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::mrt;
using namespace dyad::mrt::test;

namespace {

std::vector<Item> items_of(const Octets& octets) {
    std::vector<Item> items;
    File file{octets};
    while (auto item = file.next()) items.push_back(std::move(*item));
    return items;
}

Prefix prefix(const char* text) { return *Prefix::parse(text); }

/// Peer 0 is 192.0.2.1 AS 65001 (two octets), peer 1 is 2001:db8::1 AS 4200000001 (four octets).
Octets peer_index() {
    return record(13, 1,
                  join({u32(1),  // collector's identifier
                        u16(2),
                        {'a', 'b'},  // view name
                        u16(2),      // peers
                        {0},
                        u32(7),
                        {192, 0, 2, 1},
                        u16(65001),
                        {3},
                        u32(8),
                        {0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
                        u32(4200000001)}));
}

const Octets kAttributes = join({kOriginIgp, kPath65001, kNextHop});

}  // namespace

TEST_CASE("an UPDATE in a BGP4MP record is news of its neighbour") {
    const auto items = items_of(message_as4(update(kTwenty, kAttributes, kTen)));

    REQUIRE(items.size() == 1);
    const auto& news = std::get<News>(items[0]);
    CHECK(news.neighbor == Neighbor{Address::v4(0xc0000201), Asn{65001}});
    CHECK(news.seconds == 1000);
    CHECK(news.withdrawn == std::vector{prefix("20.0.0.0/8")});
    CHECK(news.announced == std::vector{prefix("10.0.0.0/8")});
    REQUIRE(news.attributes);
    CHECK(news.attributes->as_path.to_string() == "65001");
    CHECK(news.attributes->next_hop == Address::v4(0xc0000201));
}

TEST_CASE("in a two-octet record AS4_PATH gives back the four-octet numbers") {
    const Octets path = {0x40, 2, 6, 2, 2, 0xfd, 0xe9, 0x5b, 0xa0};       // 65001 23456
    const Octets as4_path = {0xc0, 17, 6, 2, 1, 0xfa, 0x56, 0xea, 0x01};  // 4200000001
    const auto items = items_of(message_as2(update({}, join({kOriginIgp, path, kNextHop, as4_path}), kTen)));

    REQUIRE(items.size() == 1);
    CHECK(std::get<News>(items[0]).attributes->as_path.to_string() == "65001 4200000001");
}

TEST_CASE("an _ET record begins with its microseconds") {
    auto octets = message_as4(update(kTen, {}, {}));
    octets[5] = 17;  // BGP4MP_ET
    octets[11] = static_cast<std::uint8_t>(octets[11] + 4);
    const auto microseconds = u32(509481);
    octets.insert(octets.begin() + 12, microseconds.begin(), microseconds.end());

    const auto items = items_of(octets);

    REQUIRE(items.size() == 1);
    CHECK(std::get<News>(items[0]).microseconds == 509481);
    CHECK(std::get<News>(items[0]).withdrawn == std::vector{prefix("10.0.0.0/8")});
}

TEST_CASE("IPv6 prefixes of MP_REACH_NLRI have its next hop") {
    const Octets mp_reach = {0x80, 14, 26,   0,    2,   1,   16,                             // AFI, SAFI, length
                             0x20, 1,  0xd,  0xb8, 0,   0,   0,  0, 0, 0, 0, 0, 0, 0, 0, 7,  // next hop
                             0,    32, 0x20, 1,    0xd, 0xb8};                               // reserved, 2001:db8::/32
    const auto items = items_of(message_as4(update({}, join({kOriginIgp, kPath65001, mp_reach}), {})));

    REQUIRE(items.size() == 1);
    const auto& news = std::get<News>(items[0]);
    CHECK(news.announced == std::vector{prefix("2001:db8::/32")});
    CHECK(news.attributes->next_hop == Address::parse("2001:db8::7"));
}

TEST_CASE("a table's entries belong to the peers of its index") {
    const auto rib = record(13, 2,
                            join({u32(0),        // sequence
                                  kTen, u16(2),  // prefix, entries
                                  u16(0), u32(500), u16(kAttributes.size()), kAttributes, u16(1), u32(600),
                                  u16(kAttributes.size()), kAttributes}));
    const auto items = items_of(join({peer_index(), rib}));

    REQUIRE(items.size() == 2);
    const auto& first = std::get<News>(items[0]);
    CHECK(first.neighbor == Neighbor{Address::v4(0xc0000201), Asn{65001}});
    CHECK(first.seconds == 500);
    CHECK(first.announced == std::vector{prefix("10.0.0.0/8")});
    CHECK(std::get<News>(items[1]).neighbor == Neighbor{*Address::parse("2001:db8::1"), Asn{4200000001}});
}

TEST_CASE("a table's IPv6 entry has its next hop in an MP_REACH_NLRI that is nothing else") {
    const Octets mp_reach = {0x80, 14, 17, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9};
    const auto attributes = join({kOriginIgp, kPath65001, mp_reach});
    const auto rib = record(
        13, 4, join({u32(0), {32, 0x20, 1, 0xd, 0xb8}, u16(1), u16(1), u32(500), u16(attributes.size()), attributes}));
    const auto items = items_of(join({peer_index(), rib}));

    REQUIRE(items.size() == 1);
    CHECK(std::get<News>(items[0]).attributes->next_hop == Address::parse("2001:db8::9"));
}

TEST_CASE("a table with path identifiers gives every path") {
    const auto rib = record(13, 8,
                            join({u32(0), kTen, u16(2), u16(0), u32(500), u32(36), u16(kAttributes.size()), kAttributes,
                                  u16(0), u32(500), u32(38), u16(kAttributes.size()), kAttributes}));

    CHECK(items_of(join({peer_index(), rib})).size() == 2);
}

TEST_CASE("a malformed record is told with its offset and the next one is read") {
    const auto broken = record(16, 4, {1, 2, 3});
    const auto items =
        items_of(join({message_as4(update(kTen, {}, {})), broken, message_as4(update(kTwenty, {}, {}))}));

    REQUIRE(items.size() == 3);
    CHECK(std::get<Error>(items[1]).offset == message_as4(update(kTen, {}, {})).size());
    CHECK(std::get<News>(items[2]).withdrawn == std::vector{prefix("20.0.0.0/8")});
}

TEST_CASE("a length that points past the end is the last thing told") {
    auto octets = message_as4(update(kTen, {}, {}));
    octets.pop_back();

    const auto items = items_of(octets);

    REQUIRE(items.size() == 1);
    CHECK(std::get<Error>(items[0]).offset == 0);
    CHECK(std::get<Error>(items[0]).what.find("are left in the file") != std::string::npos);
}

TEST_CASE("a compressed file says how to unpack it") {
    const auto items = items_of({0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 1, 2, 3, 4});

    REQUIRE(items.size() == 1);
    CHECK(std::get<Error>(items[0]).what.find("zcat") != std::string::npos);
}

TEST_CASE("attributes that RFC 7606 calls treat-as-withdraw withdraw the record's prefixes") {
    const Octets origin_7 = {0x40, 1, 1, 7};
    const auto items = items_of(message_as4(update({}, join({origin_7, kPath65001, kNextHop}), kTen)));

    REQUIRE(items.size() == 2);
    CHECK(std::holds_alternative<Error>(items[0]));
    CHECK(std::get<News>(items[1]).withdrawn == std::vector{prefix("10.0.0.0/8")});
    CHECK(std::get<News>(items[1]).announced.empty());
}

TEST_CASE("an entry of a peer that the index does not have is an error, the others count") {
    const auto rib = record(13, 2,
                            join({u32(0), kTen, u16(2), u16(9), u32(500), u16(kAttributes.size()), kAttributes, u16(0),
                                  u32(500), u16(kAttributes.size()), kAttributes}));
    const auto items = items_of(join({peer_index(), rib}));

    REQUIRE(items.size() == 2);
    CHECK(std::holds_alternative<Error>(items[0]));
    CHECK(std::holds_alternative<News>(items[1]));
}

TEST_CASE("an entry without any attribute is the collector's own route") {
    const auto rib = record(13, 2, join({u32(0), kTen, u16(1), u16(0), u32(500), u16(0)}));
    const auto items = items_of(join({peer_index(), rib}));

    REQUIRE(items.size() == 1);
    CHECK(std::get<News>(items[0]).attributes == wire::Attributes{});
}

TEST_CASE("state changes and unknown types are passed over") {
    const auto state = record(16, 5, Octets(24, 0));
    const auto ospf = record(11, 0, Octets(8, 0));

    CHECK(items_of(join({state, ospf, message_as4(update(kTen, {}, {}))})).size() == 1);
}
