#include "netlink/messages.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cerrno>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::netlink;
using dyad::netlink::test::Octets;

namespace {

/// The only message in these octets, of this kind.
template <class Kind>
Kind only(Bytes octets) {
    MessageCursor cursor{octets};
    const auto message = cursor.next();
    REQUIRE(message.has_value());
    REQUIRE(std::holds_alternative<Kind>(*message));
    CHECK_FALSE(cursor.next().has_value());
    return std::get<Kind>(*message);
}

}  // namespace

TEST_CASE("an acknowledgement has error 0") {
    const auto answer = only<Answer>(Octets{}
                                         .u32(36).u16(2).u16(0x100).u32(41).u32(99)  // NLMSG_ERROR, capped
                                         .i32(0)
                                         .u32(52).u16(24).u16(5).u32(41).u32(99));   // the request's header
    CHECK(answer.sequence == 41);
    CHECK(answer.error == 0);
    CHECK(answer.text.empty());
}

TEST_CASE("a capped error gives the kernel's words from behind the request's header") {
    const auto answer = only<Answer>(Octets{}
                                         .u32(52).u16(2).u16(0x300).u32(42).u32(0)  // capped, with attributes
                                         .i32(-EINVAL)
                                         .u32(52).u16(24).u16(1).u32(42).u32(0)
                                         .u16(16).u16(1).text("No such id!").u8({0}));
    CHECK(answer.error == EINVAL);
    CHECK(answer.text == "No such id!");
}

TEST_CASE("an uncapped error gives the kernel's words from behind the whole request") {
    const auto answer = only<Answer>(Octets{}
                                         .u32(56).u16(2).u16(0x200).u32(42).u32(0)  // attributes, not capped
                                         .i32(-ENETDOWN)
                                         .u32(24).u16(24).u16(1).u32(42).u32(0)
                                         .u32(0).u32(0)                             // the request's body
                                         .u16(12).u16(1).text("Carrier").u8({0}));
    CHECK(answer.error == ENETDOWN);
    CHECK(answer.text == "Carrier");
}

TEST_CASE("an error that is no errno is a protocol error") {
    for (const int error : {1, -4096, -2147483647 - 1})
        CHECK(only<Answer>(Octets{}
                               .u32(36).u16(2).u16(0x100).u32(42).u32(0)
                               .i32(error)
                               .u32(24).u16(24).u16(1).u32(42).u32(0)).error == EPROTO);
}

TEST_CASE("the end of a dump tells whether it was whole") {
    CHECK(only<DumpDone>(Octets{}.u32(20).u16(3).u16(2).u32(5).u32(0).i32(0)).error == 0);
    CHECK(only<DumpDone>(Octets{}.u32(20).u16(3).u16(2).u32(5).u32(0).i32(-EOPNOTSUPP)).error == EOPNOTSUPP);
    CHECK(only<DumpDone>(Octets{}.u32(20).u16(3).u16(0x12).u32(5).u32(0).i32(0)).error == EINTR);
}

TEST_CASE("a link is up by the operator and has carrier by the wire") {
    const auto link_with_flags = [](unsigned flags) {
        return only<Link>(Octets{}
                              .u32(44).u16(16).u16(0).u32(0).u32(0)              // RTM_NEWLINK
                              .u8({0, 0}).u16(1).u32(3).u32(flags).u32(0)        // index 3
                              .u16(9).u16(3).text("eth0").u8({0, 0, 0, 0}));     // IFLA_IFNAME, padded
    };
    const auto running = link_with_flags(0x1 | 0x40 | 0x10000);
    CHECK(running.index == 3);
    CHECK(running.name == "eth0");
    CHECK(running.up);
    CHECK(running.carrier);
    CHECK_FALSE(running.gone);
    CHECK(link_with_flags(0x1).up);
    CHECK_FALSE(link_with_flags(0x1).carrier);
    CHECK_FALSE(link_with_flags(0).up);
}

TEST_CASE("a deleted link is gone, a bridge's word on a port is passed over") {
    CHECK(only<Link>(Octets{}.u32(32).u16(17).u16(0).u32(0).u32(0).u8({0, 0}).u16(1).u32(3).u32(0).u32(0)).gone);
    const auto port = Octets{}.u32(32).u16(17).u16(0).u32(0).u32(0).u8({7, 0}).u16(1).u32(3).u32(0).u32(0);
    MessageCursor cursor{port};
    CHECK_FALSE(cursor.next().has_value());
}

TEST_CASE("an address is our end of the link") {
    const auto address = only<InterfaceAddress>(Octets{}
                                                    .u32(40).u16(20).u16(0).u32(0).u32(0)
                                                    .u8({2, 30, 0x80, 0}).u32(3)
                                                    .u16(8).u16(1).u8({172, 16, 0, 2})    // IFA_ADDRESS: the peer
                                                    .u16(8).u16(2).u8({172, 16, 0, 1}));  // IFA_LOCAL
    CHECK(address.address.to_string() == "172.16.0.1");
    CHECK(address.prefix_length == 30);
    CHECK(address.interface_index == 3);
    CHECK(address.usable);
}

TEST_CASE("a tentative IPv6 address is not usable yet") {
    const auto address = only<InterfaceAddress>(Octets{}
                                                    .u32(52).u16(20).u16(0).u32(0).u32(0)
                                                    .u8({10, 126, 0, 0}).u32(3)
                                                    .u16(20).u16(1).u8({0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1})
                                                    .u16(8).u16(8).u32(0x40));            // IFA_FLAGS: tentative
    CHECK_FALSE(address.usable);
    CHECK(address.address.to_string() == "2001:db8::1");
}

TEST_CASE("what requests say is what answers tell: leaf, group, route") {
    std::array<std::uint8_t, 512> buffer{};
    Writer out{buffer};
    const Leaf leaf{.id = 7, .gateway = *Address::parse("fe80::1"), .interface_index = 3};
    const Group group{.id = 9, .members = {7, 8, 10}};
    const Group ordered{.id = 11, .members = {10, 7, 8}, .sharing = Sharing::First};
    const Route route{.prefix = *Prefix::parse("2001:db8::/33"),
                      .table = 300,
                      .metric = 20,
                      .protocol = 186,
                      .nexthop_id = 9,
                      .source = *Address::parse("2001:db8::1")};
    encode_leaf(leaf, Mode::CreateOnly, 1, Ack::OnErrorOnly, out);
    encode_group(group, Mode::CreateOnly, 2, Ack::OnErrorOnly, out);
    encode_group(ordered, Mode::CreateOnly, 2, Ack::OnErrorOnly, out);
    encode_route(route, Mode::CreateOnly, 3, Ack::Always, out);
    encode_delete_nexthop(7, 4, Ack::Always, out);

    MessageCursor cursor{out.written()};
    CHECK(std::get<LeafNews>(*cursor.next()).leaf == leaf);
    CHECK(std::get<GroupNews>(*cursor.next()).group == group);
    const auto ordered_too = std::get<GroupNews>(*cursor.next());
    CHECK(ordered_too.group == ordered);
    CHECK_FALSE(ordered_too.weighted);
    CHECK(std::get<RouteNews>(*cursor.next()).route == route);
    CHECK(std::get<LeafNews>(*cursor.next()).gone);
    CHECK_FALSE(cursor.next().has_value());
}

TEST_CASE("a length that cannot be ends the walk") {
    const auto ack = [](unsigned length) {
        return Octets{}.u32(length).u16(2).u16(0x100).u32(41).u32(99).i32(0).u32(52).u16(24).u16(5).u32(41).u32(99).octets();
    };
    for (const unsigned length : {0u, 15u, 37u, 0xffffffffu}) {
        const auto octets = ack(length);
        MessageCursor cursor{octets};
        CHECK_FALSE(cursor.next().has_value());
    }
    auto two = ack(36);
    const auto second = ack(36);
    two.insert(two.end(), second.begin(), second.end() - 1);
    MessageCursor cursor{two};
    CHECK(cursor.next().has_value());
    CHECK_FALSE(cursor.next().has_value());
}

TEST_CASE("a truncated attribute ends the attributes, not the message") {
    const auto route = only<RouteNews>(Octets{}
                                           .u32(40).u16(24).u16(0).u32(0).u32(0)
                                           .u8({2, 16, 0, 0, 254, 186, 0, 1}).u32(0)
                                           .u16(8).u16(1).u8({10, 1, 0, 0})
                                           .u16(80).u16(6));  // claims 80 octets
    CHECK(route.route.prefix.to_string() == "10.1.0.0/16");
    CHECK(route.route.metric == 0);
}

TEST_CASE("a prefix length beyond the family's is no route") {
    const auto route = Octets{}.u32(28).u16(24).u16(0).u32(0).u32(0).u8({2, 33, 0, 0, 254, 186, 0, 1}).u32(0);
    MessageCursor cursor{route};
    CHECK_FALSE(cursor.next().has_value());
}
