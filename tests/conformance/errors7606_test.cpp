#include <doctest/doctest.h>

#include <algorithm>

#include "stories.hpp"

/// RFC 7606: what becomes of malformed UPDATEs. One case, one malformed form.
namespace dyad::conformance {
namespace {

constexpr auto kMedium = kOptional;  // MULTI_EXIT_DISC, ORIGINATOR_ID, CLUSTER_LIST: optional, not transitive
constexpr std::uint8_t kIpv6ExtendedCommunities = 25, kTunnelEncapsulation = 23, kPrefixSid = 40, kAttrSet = 128,
                       kPmsiTunnel = 22, kAigp = 26;

UpdateMessage with(std::uint8_t type, std::uint8_t flags, std::string_view value, From from = From::External) {
    return struck(from).attribute(type, flags, hex(value));
}

// ---- treat-as-withdraw -----------------------------------------------------------------------------------------------

TEST_CASE("W-01: ORIGIN with the value 3") { check_treat_as_withdraw(with(kOrigin, kWellKnown, "03")); }
TEST_CASE("W-02: ORIGIN of two octets") { check_treat_as_withdraw(with(kOrigin, kWellKnown, "0000")); }
TEST_CASE("W-03: ORIGIN of no octets") { check_treat_as_withdraw(with(kOrigin, kWellKnown, "")); }
TEST_CASE("W-04: AS_PATH with a segment of type 5") {
    check_treat_as_withdraw(with(kAsPath, kWellKnown, "05 01 0000fde9"));
}
TEST_CASE("W-05: AS_PATH with a segment that overruns it") {
    check_treat_as_withdraw(with(kAsPath, kWellKnown, "02 02 0000fde9"));
}
TEST_CASE("W-06: AS_PATH with one octet left over") {
    check_treat_as_withdraw(with(kAsPath, kWellKnown, "02 01 0000fde9 02"));
}
TEST_CASE("W-07: AS_PATH with an empty segment") {
    check_treat_as_withdraw(with(kAsPath, kWellKnown, "02 01 0000fde9 02 00"));
}
TEST_CASE("W-08: NEXT_HOP of five octets") { check_treat_as_withdraw(with(kNextHop, kWellKnown, "c0000202 00")); }
TEST_CASE("W-09: NEXT_HOP of three octets") { check_treat_as_withdraw(with(kNextHop, kWellKnown, "c00002")); }
TEST_CASE("W-10: MULTI_EXIT_DISC of three octets") { check_treat_as_withdraw(with(kMed, kOptional, "000001")); }
TEST_CASE("W-11: LOCAL_PREF of three octets from an internal neighbour") {
    check_treat_as_withdraw(with(kLocalPref, kWellKnown, "000064", From::Internal), From::Internal);
}
TEST_CASE("W-12: COMMUNITIES of five octets") {
    check_treat_as_withdraw(with(kCommunities, kOptionalTransitive, "fde8000100"));
}
TEST_CASE("W-13: COMMUNITIES of no octets") { check_treat_as_withdraw(with(kCommunities, kOptionalTransitive, "")); }
TEST_CASE("W-14: ORIGINATOR_ID of three octets from an internal neighbour") {
    check_treat_as_withdraw(with(kOriginatorId, kMedium, "0a0000", From::Internal), From::Internal);
}
TEST_CASE("W-15: CLUSTER_LIST of three octets from an internal neighbour") {
    check_treat_as_withdraw(with(kClusterList, kMedium, "0a0000", From::Internal), From::Internal);
}
TEST_CASE("W-16: CLUSTER_LIST of no octets from an internal neighbour") {
    check_treat_as_withdraw(with(kClusterList, kMedium, "", From::Internal), From::Internal);
}
TEST_CASE("W-17: EXTENDED COMMUNITIES of seven octets") {
    check_treat_as_withdraw(with(kExtendedCommunities, kOptionalTransitive, "0002fde9000001"));
}
TEST_CASE("W-18: EXTENDED COMMUNITIES of no octets") {
    check_treat_as_withdraw(with(kExtendedCommunities, kOptionalTransitive, ""));
}
TEST_CASE("W-19: LARGE_COMMUNITY of eleven octets") {
    check_treat_as_withdraw(with(kLargeCommunities, kOptionalTransitive, "0000fde9 00000001 000002"));
}
TEST_CASE("W-20: LARGE_COMMUNITY of no octets") {
    check_treat_as_withdraw(with(kLargeCommunities, kOptionalTransitive, ""));
}
TEST_CASE("W-21: ORIGIN with the Optional bit") { check_treat_as_withdraw(with(kOrigin, kOptionalTransitive, "00")); }
TEST_CASE("W-22: MULTI_EXIT_DISC with the Transitive bit") {
    check_treat_as_withdraw(with(kMed, kOptionalTransitive, "00000001"));
}
TEST_CASE("W-23: COMMUNITIES without the Transitive bit") {
    check_treat_as_withdraw(with(kCommunities, kOptional, "fde80001"));
}
TEST_CASE("W-24: no ORIGIN") { check_treat_as_withdraw(struck().without(kOrigin)); }
TEST_CASE("W-25: no AS_PATH") { check_treat_as_withdraw(struck().without(kAsPath)); }
TEST_CASE("W-26: no NEXT_HOP") { check_treat_as_withdraw(struck().without(kNextHop)); }
TEST_CASE("W-27: the last attribute overruns the path attributes") {
    check_treat_as_withdraw(struck().raw_attributes(hex("c0 08 08 fde80001")));
}
TEST_CASE("W-28: two octets are left behind the last attribute") {
    check_treat_as_withdraw(struck().raw_attributes(hex("c0 08")));
}
TEST_CASE("W-29: AS 0 inside AS_PATH") { check_treat_as_withdraw(struck().as_path({65001, 0, 65009})); }
TEST_CASE("W-30: of a malformed AGGREGATOR and a malformed ORIGIN the stronger action is taken") {
    check_treat_as_withdraw(with(kOrigin, kWellKnown, "09").attribute(kAggregator, kOptionalTransitive, hex("00")));
}
TEST_CASE("W-31: a confederation segment from an external neighbour") {
    check_treat_as_withdraw(
        struck().attribute(kAsPath, kWellKnown, segment(kConfedSequence, {65101}) + segment(kAsSequence, {65001})));
}
TEST_CASE("W-33: NEXT_HOP 0.0.0.0") { check_treat_as_withdraw(struck().next_hop("0.0.0.0")); }
TEST_CASE("W-34: NEXT_HOP 224.0.0.5") { check_treat_as_withdraw(struck().next_hop("224.0.0.5")); }
TEST_CASE("W-35: NEXT_HOP is the Speaker's own address") { check_treat_as_withdraw(struck().next_hop("192.0.2.1")); }

TEST_CASE("W-36: a NEXT_HOP that cannot be reached is not used, and the session stays") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update().next_hop("203.0.114.77").announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "none");
    CHECK(!rig.b.holds("10.1.0.0/16"));
    CHECK(!rig.in_kernel("10.1.0.0/16"));
}

TEST_CASE("W-37: without LOCAL_PREF an internal neighbour's route has the configured preference (see disputed.csv)") {
    Rig rig{lab().with("i.local_preference", "70")};
    rig.i.comes_up();
    rig.i.sends(rig.i.update().without(kLocalPref).announce("10.1.0.0/16"));
    CHECK(rig.i.state() == "Established");
    REQUIRE(rig.best("10.1.0.0/16").has_value());
    CHECK(rig.best("10.1.0.0/16")->local_pref == 70);
}

TEST_CASE("W-75: NEXT_HOP, MULTI_EXIT_DISC and AGGREGATOR of no octets are malformed") {
    check_treat_as_withdraw(with(kNextHop, kWellKnown, ""));
    check_treat_as_withdraw(with(kMed, kOptional, ""));
    check_attribute_discard(with(kAggregator, kOptionalTransitive, ""), kAggregator);
}

TEST_CASE("W-57: a leftmost AS that is not the neighbour's costs the route at most, never the session") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().as_path({65077, 65001}).announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
}

// ---- attribute discard -----------------------------------------------------------------------------------------------

TEST_CASE("W-40: ATOMIC_AGGREGATE of one octet") {
    check_attribute_discard(with(kAtomicAggregate, kWellKnown, "00"), kAtomicAggregate);
}
TEST_CASE("W-41: AGGREGATOR of seven octets") {
    check_attribute_discard(with(kAggregator, kOptionalTransitive, "0000fde9 0a0101"), kAggregator);
}
TEST_CASE("W-42: AGGREGATOR of AS 0") {
    check_attribute_discard(with(kAggregator, kOptionalTransitive, "00000000 0a010101"), kAggregator);
}

TEST_CASE("W-43: LOCAL_PREF from an external neighbour is dropped, internal ones see the configured preference") {
    Rig rig;
    rig.a.comes_up();
    rig.i.comes_up();
    rig.a.sends(rig.a.update().local_pref(4321).announce("10.1.0.0/16"));
    CHECK(rig.best("10.1.0.0/16")->local_pref == 100);
    CHECK(rig.i.told("10.1.0.0/16", kLocalPref) == to_hex(u32(100)));
}

/// What an internal neighbour is told of a route from an external one that carries this.
std::string told_inside(std::uint8_t type, std::string_view value) {
    Rig rig;
    rig.a.comes_up();
    rig.i.comes_up();
    rig.a.sends(rig.a.update().attribute(type, kOptional, hex(value)).announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "a");
    return rig.i.told("10.1.0.0/16", type);
}

TEST_CASE("W-44: ORIGINATOR_ID from an external neighbour is discarded") {
    CHECK(told_inside(kOriginatorId, "0a000001") == "none");
}
TEST_CASE("W-45: CLUSTER_LIST from an external neighbour is discarded") {
    CHECK(told_inside(kClusterList, "0a000001") == "none");
}
TEST_CASE("W-46: even a malformed CLUSTER_LIST from an external neighbour is discarded") {
    CHECK(told_inside(kClusterList, "0a0000") == "none");
}
TEST_CASE("W-47: a malformed AIGP is ignored and not passed on") { CHECK(told_inside(kAigp, "01") == "none"); }

// ---- attributes we do not know: opaque ---------------------------------------------------------------------------------

TEST_CASE("W-32: malformed IPv6 extended communities, which we do not know, go on with the Partial bit") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(
        rig.a.update().attribute(kIpv6ExtendedCommunities, kOptionalTransitive, times(19, 1)).announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.b.told("10.1.0.0/16", kIpv6ExtendedCommunities) == to_hex(times(19, 1)));
    CHECK((rig.b.flags("10.1.0.0/16", kIpv6ExtendedCommunities) & kPartial) != 0);
}

/// A session and its route survive this attribute.
void check_survives(std::uint8_t type, std::uint8_t flags, const Octets& value) {
    check_no_error(struck().attribute(type, flags, value));
}

TEST_CASE("W-50: a Tunnel Encapsulation attribute with an inner length that overruns") {
    check_survives(kTunnelEncapsulation, kOptionalTransitive, hex("0008 ffff 01"));
}
TEST_CASE("W-51: a Prefix-SID attribute of 24 zeros") { check_survives(kPrefixSid, kOptionalTransitive, times(24, 0)); }
TEST_CASE("W-52: the deprecated attribute 28 with the Partial bit") {
    check_survives(28, kOptionalTransitive | kPartial, hex("00"));
}
TEST_CASE("W-53: the unknown attribute 99 of 3000 octets, and the route is used") {
    check_survives(99, kOptionalTransitive, times(3000, 7));
}
TEST_CASE("W-55: ATTR_SET of three octets") { check_survives(kAttrSet, kOptionalTransitive, hex("000000")); }
TEST_CASE("W-56: a PMSI tunnel attribute of two octets") {
    check_survives(kPmsiTunnel, kOptionalTransitive, hex("0000"));
}
TEST_CASE("W-74: an extended community of an unknown type is no error") {
    check_survives(kExtendedCommunities, kOptionalTransitive, hex("37 99 0102030405 06"));
}
TEST_CASE("W-76: a Prefix-SID label index of a wrong length") {
    check_survives(kPrefixSid, kOptionalTransitive, hex("01 0003 000000"));
}

TEST_CASE("W-54: OTC of three octets leaves the session up") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().attribute(kOnlyToCustomer, kOptionalTransitive, hex("00fde9")).announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
}

// ---- session reset -----------------------------------------------------------------------------------------------------

TEST_CASE("W-60: a bad ORIGIN where nothing is announced resets the session") {
    check_session_reset(UpdateMessage{}.origin(7).as_path({65001}).next_hop("192.0.2.2"), 6);
}
TEST_CASE("W-61: an attribute that overruns where nothing is announced resets the session") {
    check_session_reset(UpdateMessage{}.origin(0).raw_attributes(hex("40 02 20 02 01")), 5);
}

TEST_CASE("W-62: MP_REACH_NLRI with an IPv6 next hop of 15 octets") {
    check_family_lost(kMpReach, kOptional, mp_reach_head(2, 1, times(15, 1)) + prefix("2001:db8::/32"), 9);
}
TEST_CASE("W-63: MP_REACH_NLRI with an IPv6 prefix length of 129") {
    check_family_lost(kMpReach, kOptional, mp_reach_head(2, 1, address("2001:db8::2")) + Octets{129} + times(17, 1), 9);
}
TEST_CASE("W-64: MP_REACH_NLRI that ends inside a prefix") {
    check_family_lost(kMpReach, kOptional, mp_reach_head(2, 1, address("2001:db8::2")) + hex("30 2001"), 9);
}
TEST_CASE("W-65: MP_REACH_NLRI with the Transitive bit") {
    check_family_lost(kMpReach, kOptionalTransitive,
                      mp_reach_head(2, 1, address("2001:db8::2")) + prefix("2001:db8::/32"), 4);
}
TEST_CASE("W-66: MP_UNREACH_NLRI of two octets") { check_family_lost(kMpUnreach, kOptional, hex("0002"), 9); }
TEST_CASE("W-67: MP_REACH_NLRI that ends behind the next hop's length") {
    check_family_lost(kMpReach, kOptional, hex("0002 01 10"), 9);
}
TEST_CASE("W-68: MP_UNREACH_NLRI with an IPv6 prefix length of 129") {
    check_family_lost(kMpUnreach, kOptional, hex("0002 01 81") + times(17, 1), 9);
}

// ---- what else section 2 and 6 want --------------------------------------------------------------------------------------

TEST_CASE("W-69: after a malformed announcement a sound one brings the route back") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update().origin(9).announce("10.1.0.0/16"));
    CHECK(rig.used("10.1.0.0/16") == "none");
    rig.a.announces("10.1.0.0/16");
    CHECK(rig.used("10.1.0.0/16") == "a");
    CHECK(rig.b.holds("10.1.0.0/16"));
}

TEST_CASE("W-70: malformed COMMUNITIES take all routes of their UPDATE") {
    Rig rig;
    rig.a.comes_up();
    const auto four =
        rig.a.update().announce("10.1.0.0/16").announce("10.2.0.0/16").announce("10.3.0.0/16").announce("10.4.0.0/16");
    rig.a.sends(four);
    REQUIRE(rig.session("a").row.accepted == 4);
    rig.a.sends(four.attribute(kCommunities, kOptionalTransitive, hex("00")));
    CHECK(rig.session("a").row.received == 0);
    CHECK(rig.a.state() == "Established");
}

TEST_CASE("W-71: a malformed ORIGIN takes the IPv6 routes of its UPDATE") {
    Rig rig;
    rig.six.comes_up();
    rig.six.sends(rig.six.update().announce6("2001:db8:a::/48", "2001:db8:6::2"));
    REQUIRE(rig.used("2001:db8:a::/48") == "six");
    rig.six.sends(rig.six.update().origin(9).announce6("2001:db8:a::/48", "2001:db8:6::2"));
    CHECK(rig.used("2001:db8:a::/48") == "none");
    CHECK(rig.six.state() == "Established");
}

TEST_CASE("W-72: a malformed attribute is reported with the neighbour, the routes and the octets") {
    Rig rig;
    rig.a.comes_up();
    const auto malformed = rig.a.update().origin(9).announce("10.1.0.0/16");
    rig.a.sends(malformed);
    const auto events = rig.events<speaker::UpdateDamaged>();
    REQUIRE(events.size() == 1);
    CHECK(events[0].session == "a");
    CHECK(events[0].what.find("ORIGIN") != std::string::npos);
    CHECK(events[0].octets.find("40010109") != std::string::npos);
    CHECK(events[0].prefixes == std::vector{*Prefix::parse("10.1.0.0/16")});
    CHECK(events[0].message == to_hex(malformed.octets()));
}

TEST_CASE(
    "W-73 7606-5.1-a: an UPDATE of the Speaker's holds one of withdrawn routes, NLRI, MP_REACH_NLRI and "
    "MP_UNREACH_NLRI") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.six.comes_up();
    for (int n = 0; n < 20; ++n) {
        const auto third = std::to_string(n);
        rig.a.sends(rig.a.update().announce("20." + third + ".0.0/16"));
        rig.six.sends(rig.six.update().announce6("2001:db8:" + third + "::/48", "2001:db8:6::2"));
        if (n % 2 == 0) rig.a.withdraws("20." + third + ".0.0/16");
        if (n % 3 == 0) rig.six.sends(UpdateMessage{}.withdraw6("2001:db8:" + third + "::/48"));
    }
    for (auto* hearer : {&rig.b, &rig.six})
        for (const auto& update : hearer->updates()) {
            const int kinds = int{!update.withdrawn.empty()} + int{!update.announced.empty()} +
                              int{update.find(kMpReach) != nullptr} + int{update.find(kMpUnreach) != nullptr};
            CHECK(kinds <= 1);
            if (update.find(kMpReach) || update.find(kMpUnreach))
                CHECK((update.attributes[0].type == kMpReach || update.attributes[0].type == kMpUnreach));
        }
}

// ---- statements of RFC 7606 that the catalogue has not -------------------------------------------------------------------

TEST_CASE("7606-3-a: wrong flags of an attribute that is discarded anyway still withdraw the routes") {
    check_treat_as_withdraw(with(kAggregator, kOptional, "0000fde9 0a010101"));
    check_treat_as_withdraw(with(kAtomicAggregate, kOptionalTransitive, ""));
}

TEST_CASE("7606-3-b: two errors of the same approach get that approach") {
    check_treat_as_withdraw(with(kOrigin, kWellKnown, "09").attribute(kMed, kOptional, hex("00")));
}

TEST_CASE("7606-3-c: where a reset and a withdrawal are due, the session is reset") {
    check_session_reset(struck().origin(9).nlri(hex("21 0a 00 00 00 00")), 10);
}

TEST_CASE("7606-3-d: MP_UNREACH_NLRI twice is a malformed attribute list") {
    const auto once = hex("0002 01") + prefix("2001:db8:a::/48");
    check_session_reset(UpdateMessage{}.again(kMpUnreach, kOptional, once).again(kMpUnreach, kOptional, once), 1);
}

TEST_CASE("7606-3-e: a recognized attribute that is there twice counts once, whatever the second holds") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update()
                    .community(0xfde80001)
                    .again(kCommunities, kOptionalTransitive, hex("00"))
                    .announce("10.1.0.0/16"));
    CHECK(rig.b.told("10.1.0.0/16", kCommunities) == "fde80001");
}

TEST_CASE("7606-4-a: with an attribute that overruns, the NLRI is found by the Total Path Attribute Length") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().announce("10.1.0.0/16").announce("10.2.0.0/16"));
    // The overrunning COMMUNITIES claims octets that are the NLRI's.
    rig.a.sends(rig.a.update().raw_attributes(hex("c0 08 04")).announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "none");
    CHECK(rig.used("10.2.0.0/16") == "a");
}

TEST_CASE("7606-4-b: three octets left behind the last attribute, with the Extended Length bit") {
    check_treat_as_withdraw(struck().raw_attributes(hex("d0 08 00")));
}

TEST_CASE("7606-4-c: AS_PATH and ATOMIC_AGGREGATE may have no octets") {
    check_no_error(
        struck(From::Internal).attribute(kAsPath, kWellKnown, {}).attribute(kAtomicAggregate, kWellKnown, {}),
        From::Internal);
}

TEST_CASE("7606-5.2-a: where nothing is announced, an attribute that would be discarded does not reset the session") {
    Rig rig;
    rig.a.comes_up();
    rig.a.announces("10.1.0.0/16");
    rig.a.sends(UpdateMessage{}.attribute(kAtomicAggregate, kWellKnown, hex("00")).withdraw("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "none");
}

TEST_CASE("7606-5.3-a: MP_REACH_NLRI of less than five octets and MP_UNREACH_NLRI of less than three are incorrect") {
    check_family_lost(kMpReach, kOptional, hex("0002 01 00"), 9);
    check_family_lost(kMpReach, kOptional, {}, 9);
    check_family_lost(kMpUnreach, kOptional, {}, 9);
}

TEST_CASE("7606-5.3-b: MP_UNREACH_NLRI with the Transitive bit is incorrect") {
    check_family_lost(kMpUnreach, kOptionalTransitive, hex("0002 01") + prefix("2001:db8::/32"), 4);
}

TEST_CASE("7606-5.3-c: MP_REACH_NLRI with an IPv4 prefix length of 33 is incorrect") {
    Rig rig;
    rig.c.comes_up();
    rig.c.announces("20.1.0.0/16");
    const auto incorrect = mp_reach_head(1, 1, address("203.0.113.2")) + hex("21 14 00 00 00 00");
    rig.c.sends(rig.c.update().attribute(kMpReach, kOptional, incorrect));
    CHECK(rig.c.fate() == "NOTIFICATION 3/9, closed");
    CHECK(rig.used("20.1.0.0/16") == "none");
}

TEST_CASE("7606-7.11-a: MP_REACH_NLRI whose next hop has no octets is malformed") {
    check_family_lost(kMpReach, kOptional, mp_reach_head(2, 1, {}) + prefix("2001:db8::/32"), 9);
}

TEST_CASE("7606-7.15-a: an IPv6 extended community of an unknown type is no error") {
    check_survives(kIpv6ExtendedCommunities, kOptionalTransitive, times(20, 0x77));
}

}  // namespace
}  // namespace dyad::conformance
