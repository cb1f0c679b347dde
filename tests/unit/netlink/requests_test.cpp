#include "netlink/requests.hpp"

#include <doctest/doctest.h>

#include <array>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::netlink;
using dyad::netlink::test::Octets;

namespace {

template <class Encode>
std::vector<std::uint8_t> encoded(Encode&& encode) {
    std::array<std::uint8_t, 512> buffer{};
    Writer out{buffer};
    encode(out);
    REQUIRE_FALSE(out.failed());
    const auto written = out.written();
    return {written.begin(), written.end()};
}

Prefix prefix(const char* text) { return *Prefix::parse(text); }

}  // namespace

TEST_CASE("a leaf nexthop names its gateway and its interface") {
    const Leaf leaf{.id = 7, .gateway = *Address::parse("172.16.0.2"), .interface_index = 3};
    const auto octets = encoded([&](Writer& out) { encode_leaf(leaf, Mode::CreateOnly, 11, Ack::Always, out); });
    CHECK(octets == Octets{}
                        .u32(48).u16(104).u16(0x605).u32(11).u32(0)     // RTM_NEWNEXTHOP, REQUEST|ACK|CREATE|EXCL
                        .u8({2, 0, 186, 0}).u32(0)                      // AF_INET, RTPROT_BGP
                        .u16(8).u16(1).u32(7)                           // NHA_ID
                        .u16(8).u16(5).u32(3)                           // NHA_OIF
                        .u16(8).u16(6).u8({172, 16, 0, 2})              // NHA_GATEWAY
                        .octets());
}

TEST_CASE("a group lists its members in the order given, all of weight one") {
    const Group group{.id = 9, .members = {7, 8}};
    const auto octets = encoded([&](Writer& out) { encode_group(group, Mode::CreateOrReplace, 12, Ack::OnErrorOnly, out); });
    CHECK(octets == Octets{}
                        .u32(52).u16(104).u16(0x501).u32(12).u32(0)     // REQUEST|CREATE|REPLACE
                        .u8({0, 0, 186, 0}).u32(0)
                        .u16(8).u16(1).u32(9)                           // NHA_ID
                        .u16(20).u16(2).u32(7).u32(0).u32(8).u32(0)     // NHA_GROUP
                        .octets());
}

TEST_CASE("where the first carries all, the group has one bucket, and the first all the weight") {
    const Group group{.id = 9, .members = {8, 7}, .sharing = Sharing::First};
    const auto octets = encoded([&](Writer& out) { encode_group(group, Mode::CreateOnly, 12, Ack::OnErrorOnly, out); });
    CHECK(octets == Octets{}
                        .u32(88).u16(104).u16(0x601).u32(12).u32(0)     // REQUEST|CREATE|EXCL
                        .u8({0, 0, 186, 0}).u32(0)
                        .u16(8).u16(1).u32(9)                           // NHA_ID
                        .u16(20).u16(2).u32(8).u32(254).u32(7).u32(0)   // NHA_GROUP
                        .u16(6).u16(3).u32(1)                           // NHA_GROUP_TYPE: resilient
                        .u16(28).u16(0x800c)                            // NHA_RES_GROUP
                        .u16(6).u16(1).u32(1)                           // one bucket
                        .u16(8).u16(2).u32(0).u16(8).u16(3).u32(0)      // idle for no time at all
                        .octets());
}

TEST_CASE("a nexthop is deleted by its id") {
    const auto octets = encoded([&](Writer& out) { encode_delete_nexthop(9, 13, Ack::OnErrorOnly, out); });
    CHECK(octets ==
          Octets{}.u32(32).u16(105).u16(1).u32(13).u32(0).u8({0, 0, 0, 0}).u32(0).u16(8).u16(1).u32(9).octets());
}

TEST_CASE("a route refers to a nexthop and is 52 octets long") {
    const Route route{.prefix = prefix("10.1.0.0/16"), .table = 254, .metric = 20, .protocol = 186, .nexthop_id = 9};
    const auto octets = encoded([&](Writer& out) { encode_route(route, Mode::CreateOnly, 14, Ack::OnErrorOnly, out); });
    CHECK(octets == Octets{}
                        .u32(52).u16(24).u16(0x601).u32(14).u32(0)      // RTM_NEWROUTE, REQUEST|CREATE|EXCL
                        .u8({2, 16, 0, 0, 254, 186, 0, 1}).u32(0)       // universe, unicast
                        .u16(8).u16(1).u8({10, 1, 0, 0})                // RTA_DST
                        .u16(8).u16(6).u32(20)                          // RTA_PRIORITY
                        .u16(8).u16(30).u32(9)                          // RTA_NH_ID
                        .octets());
}

TEST_CASE("a table beyond 255 travels in an attribute, a source address with the route") {
    const Route route{.prefix = prefix("0.0.0.0/0"),
                      .table = 1000,
                      .metric = 20,
                      .protocol = 186,
                      .nexthop_id = 9,
                      .source = *Address::parse("192.0.2.1")};
    const auto octets = encoded([&](Writer& out) { encode_route(route, Mode::CreateOrReplace, 1, Ack::Always, out); });
    CHECK(octets == Octets{}
                        .u32(68).u16(24).u16(0x505).u32(1).u32(0)
                        .u8({2, 0, 0, 0, 0, 186, 0, 1}).u32(0)          // table "unspecified"
                        .u16(8).u16(1).u8({0, 0, 0, 0})
                        .u16(8).u16(15).u32(1000)                       // RTA_TABLE
                        .u16(8).u16(6).u32(20)
                        .u16(8).u16(30).u32(9)
                        .u16(8).u16(7).u8({192, 0, 2, 1})               // RTA_PREFSRC
                        .octets());
}

TEST_CASE("a delete carries protocol, metric and table so that only our route can match") {
    const Route route{.prefix = prefix("2001:db8::/32"), .table = 254, .metric = 20, .protocol = 186, .nexthop_id = 9};
    const auto octets = encoded([&](Writer& out) { encode_delete_route(route, 15, Ack::Always, out); });
    CHECK(octets == Octets{}
                        .u32(56).u16(25).u16(5).u32(15).u32(0)          // RTM_DELROUTE, REQUEST|ACK
                        .u8({10, 32, 0, 0, 254, 186, 255, 0}).u32(0)    // any scope, any type
                        .u16(20).u16(1).u8({0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0})
                        .u16(8).u16(6).u32(20)
                        .octets());
}

TEST_CASE("a dump of routes filters by family and protocol and has nothing else set") {
    const auto octets = encoded([&](Writer& out) { encode_dump(DumpOf::Routes, Family::Ipv6, 186, 16, out); });
    CHECK(octets ==
          Octets{}.u32(28).u16(26).u16(0x301).u32(16).u32(0).u8({10, 0, 0, 0, 0, 186, 0, 0}).u32(0).octets());
    CHECK(encoded([&](Writer& out) { encode_dump(DumpOf::Links, Family::Ipv4, 0, 1, out); }).size() == 32);
    CHECK(encoded([&](Writer& out) { encode_dump(DumpOf::Addresses, Family::Ipv4, 0, 1, out); }).size() == 24);
    CHECK(encoded([&](Writer& out) { encode_dump(DumpOf::Nexthops, Family::Ipv4, 0, 1, out); }).size() == 24);
}

TEST_CASE("a request that does not fit fails the writer, which can take it back") {
    std::array<std::uint8_t, 100> buffer{};
    Writer out{buffer};
    const Route route{.prefix = prefix("10.1.0.0/16"), .table = 254, .metric = 20, .protocol = 186, .nexthop_id = 9};
    encode_route(route, Mode::CreateOnly, 1, Ack::OnErrorOnly, out);
    const auto whole = out.size();
    encode_route(route, Mode::CreateOnly, 2, Ack::OnErrorOnly, out);
    CHECK(out.failed());
    out.rewind(whole);
    CHECK(out.written().size() == 52);
}
