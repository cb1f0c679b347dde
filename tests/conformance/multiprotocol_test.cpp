#include <doctest/doctest.h>

#include "stories.hpp"

/// RFC 4760, RFC 2545, RFC 8950: routes of other families.
namespace dyad::conformance {
namespace {

constexpr auto kRoute6 = "2001:db8:a::/48";

UpdateMessage reach(Neighbour& by, std::uint16_t afi, std::uint8_t safi, const Octets& next_hop, const Octets& nlri) {
    return by.update().without(kNextHop).attribute(kMpReach, kOptional, mp_reach_head(afi, safi, next_hop) + nlri);
}

TEST_CASE("M-01: an IPv6 route over an IPv4 session is passed on, and withdrawn again") {
    Rig rig;
    rig.a.comes_up();
    rig.six.comes_up();
    rig.a.sends(rig.a.update().announce6(kRoute6, "2001:db8:1::2"));
    CHECK(rig.six.holds(kRoute6));
    rig.a.sends(UpdateMessage{}.withdraw6(kRoute6));
    CHECK(!rig.six.holds(kRoute6));
}

TEST_CASE("M-02: a next hop of a global and a link-local address is accepted") {
    Rig rig;
    rig.six.comes_up();
    rig.six.sends(reach(rig.six, 2, 1, address("2001:db8:6::2") + address("fe80::2"), prefix(kRoute6)));
    CHECK(rig.six.state() == "Established");
    CHECK(rig.used(kRoute6) == "six");
    CHECK(rig.in_kernel(kRoute6));
}

TEST_CASE("M-03: MP_UNREACH_NLRI without routes is End-of-RIB") {
    Rig rig;
    rig.six.comes_up();
    rig.six.sends(UpdateMessage{}.attribute(kMpUnreach, kOptional, hex("0002 01")));
    CHECK(rig.six.state() == "Established");
    REQUIRE(rig.events<speaker::TableReceived>().size() == 1);
    CHECK(rig.events<speaker::TableReceived>()[0].family == "ipv6");
}

TEST_CASE("M-04: an external neighbour on another subnet sees our IPv6 address as next hop") {
    Rig rig;
    rig.a.comes_up();
    rig.six.comes_up();
    rig.a.sends(rig.a.update().announce6(kRoute6, "2001:db8:1::2"));
    bool told = false;
    for (const auto& update : rig.six.updates()) {
        if (update.announced6.empty()) continue;
        CHECK(update.next_hop6 == address("2001:db8:6::1"));
        told = true;
    }
    CHECK(told);
}

/// Routes of a family that was not agreed on: nothing happens.
void check_ignored(std::uint16_t afi, std::uint8_t safi, const Octets& next_hop, const Octets& nlri) {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.announces("20.1.0.0/16");
    rig.a.sends(reach(rig.a, afi, safi, next_hop, nlri));
    rig.a.sends(UpdateMessage{}.attribute(kMpUnreach, kOptional, u16(afi) + Octets{safi} + nlri));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("20.1.0.0/16") == "a");
    CHECK(rig.session("a").row.received == 1);
    CHECK(rig.b.table().size() == 1);
}

TEST_CASE("M-05: VPN-IPv4 routes that were not agreed on are ignored") {
    check_ignored(1, 128, hex("00000000 00000000 c0000202"), hex("70 000101 0000fde9 00000001 0a0101"));
}
TEST_CASE("M-06: EVPN routes that were not agreed on are ignored") {
    check_ignored(25, 70, address("192.0.2.2"), hex("03 11 0000fde9 00000001 00000000 20 c0000202"));
}
TEST_CASE("M-07: BGP-LS routes that were not agreed on are ignored") {
    check_ignored(16388, 71, address("192.0.2.2"), hex("0001 0009 02 00000000 00000000"));
}

TEST_CASE("M-08: IPv4 routes in MP_REACH_NLRI and MP_UNREACH_NLRI are used and withdrawn like others") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(reach(rig.a, 1, 1, address("192.0.2.2"), prefix("20.1.0.0/16")));
    CHECK(rig.used("20.1.0.0/16") == "a");
    CHECK(rig.b.holds("20.1.0.0/16"));
    rig.a.sends(UpdateMessage{}.attribute(kMpUnreach, kOptional, hex("0001 01") + prefix("20.1.0.0/16")));
    CHECK(rig.used("20.1.0.0/16") == "none");
    CHECK(!rig.b.holds("20.1.0.0/16"));
}

TEST_CASE("M-09: NLRI and MP_REACH_NLRI in one UPDATE are both used") {
    Rig rig;
    rig.a.comes_up();
    const auto both = mp_reach_head(2, 1, address("2001:db8:1::2")) + prefix(kRoute6);
    rig.a.sends(rig.a.update().attribute(kMpReach, kOptional, both).announce("20.1.0.0/16"));
    CHECK(rig.used("20.1.0.0/16") == "a");
    CHECK(rig.used(kRoute6) == "a");
}

TEST_CASE("M-10: a reserved octet that is not zero is ignored, and MP_REACH_NLRI may be the last attribute") {
    Rig rig;
    rig.six.comes_up();
    auto head = mp_reach_head(2, 1, address("2001:db8:6::2"));
    head.back() = 0x55;
    rig.six.sends(rig.six.update().attribute(kMpReach, kOptional, head + prefix(kRoute6)));
    CHECK(rig.used(kRoute6) == "six");
}

TEST_CASE("M-11: a session over IPv6 carries IPv6 routes") {
    Rig rig;
    rig.six.comes_up();
    rig.six.sends(rig.six.update().announce6(kRoute6, "2001:db8:6::2"));
    CHECK(rig.used(kRoute6) == "six");
    CHECK(rig.in_kernel(kRoute6));
}

TEST_CASE("M-12: in the Speaker's UPDATEs MP attributes come first, and nothing else announces beside them") {
    Rig rig;
    rig.a.comes_up();
    rig.six.comes_up();
    rig.six.sends(rig.six.update().announce6(kRoute6, "2001:db8:6::2"));
    rig.a.sends(rig.a.update().announce6("2001:db8:b::/48", "2001:db8:1::2"));
    rig.a.sends(UpdateMessage{}.withdraw6("2001:db8:b::/48"));
    std::size_t with_mp = 0;
    for (const auto& update : rig.six.updates()) {
        const bool mp = update.find(kMpReach) || update.find(kMpUnreach);
        if (!mp) continue;
        ++with_mp;
        CHECK((update.attributes[0].type == kMpReach || update.attributes[0].type == kMpUnreach));
        CHECK(update.announced.empty());
        CHECK(update.withdrawn.empty());
    }
    CHECK(with_mp >= 2);
}

TEST_CASE("M-13: a link-local next hop is told only where it is on the shared subnet") {
    Rig rig;
    rig.a.comes_up();
    rig.six.comes_up();
    rig.a.sends(rig.a.update().announce6(kRoute6, "2001:db8:1::2"));
    bool told = false;
    for (const auto& update : rig.six.updates()) {
        if (update.announced6.empty()) continue;
        told = true;
        // eth-six has no link-local address: a next hop of 32 octets would be invented.
        CHECK(update.next_hop6.size() == 16);
    }
    CHECK(told);
}

TEST_CASE("M-14: a NEXT_HOP beside MP_REACH_NLRI alone is ignored, even one that would be wrong") {
    Rig rig;
    rig.six.comes_up();
    rig.six.sends(rig.six.update().announce6(kRoute6, "2001:db8:6::2").next_hop("0.0.0.0"));
    CHECK(rig.six.state() == "Established");
    CHECK(rig.used(kRoute6) == "six");
}

TEST_CASE("M-16: an incorrect MP_REACH_NLRI takes the family's routes") {
    check_family_lost(kMpReach, kOptional, hex("0002 01 10 2001"), 9);
}

}  // namespace
}  // namespace dyad::conformance
