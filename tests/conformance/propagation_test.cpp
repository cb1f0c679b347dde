#include <doctest/doctest.h>

#include <algorithm>

#include "rig.hpp"

/// RFC 4271 5.1, 9.1 and 9.2, RFC 1997, 4360, 5004, 7999, 8092, 8212: what is passed on to whom, and which route is used.
namespace dyad::conformance {
namespace {

constexpr auto kRoute = "20.1.0.0/16";
constexpr std::uint32_t kNoExport = 0xffffff01, kNoAdvertise = 0xffffff02, kNoExportSubconfed = 0xffffff03,
                        kBlackhole = 0xffff029a;

/// a, b, i and j are up.
struct Four : Rig {
    explicit Four(const Lab& from = Lab{}) : Rig(from) {
        for (auto* neighbour : {&a, &b, &i, &j}) neighbour->comes_up();
    }
};

TEST_CASE("P-01: a path with the Speaker's own AS is not used and not passed on") {
    Four rig;
    rig.a.sends(rig.a.update().as_path({65001, 65010}).announce(kRoute));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used(kRoute) == "none");
    CHECK(!rig.b.holds(kRoute));
}

TEST_CASE("P-02: an external neighbour sees our AS in front, once") {
    Four rig;
    rig.a.announces(kRoute);
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001})));
}

TEST_CASE("P-03: an external neighbour on another subnet sees our address towards it as NEXT_HOP") {
    Four rig;
    rig.a.announces(kRoute);
    CHECK(rig.b.told(kRoute, kNextHop) == to_hex(address("198.51.100.1")));
}

TEST_CASE("P-04: an internal neighbour sees the AS_PATH as it came") {
    Four rig;
    rig.a.announces(kRoute);
    CHECK(rig.i.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65001})));
}

TEST_CASE("P-05: an internal neighbour sees LOCAL_PREF") {
    Four rig;
    rig.a.announces(kRoute);
    CHECK(rig.i.told(kRoute, kLocalPref) == to_hex(u32(100)));
}

TEST_CASE("P-06: an external neighbour sees no LOCAL_PREF") {
    Four rig;
    rig.i.sends(rig.i.update().local_pref(300).announce(kRoute));
    CHECK(rig.b.holds(kRoute));
    CHECK(rig.b.told(kRoute, kLocalPref) == "none");
}

TEST_CASE("P-07: an internal neighbour sees the external NEXT_HOP unless next-hop-self is set") {
    Four rig{lab().with("i.next_hop", "\"unchanged\"")};
    rig.a.announces(kRoute);
    CHECK(rig.i.told(kRoute, kNextHop) == to_hex(address("192.0.2.2")));
    CHECK(rig.j.told(kRoute, kNextHop) == to_hex(address("172.20.2.1")));
}

TEST_CASE("P-08: a route of one internal neighbour is not told to another") {
    Four rig;
    rig.i.announces(kRoute);
    CHECK(rig.used(kRoute) == "i");
    CHECK(rig.a.holds(kRoute));
    CHECK(!rig.j.holds(kRoute));
}

TEST_CASE("P-09: MULTI_EXIT_DISC of one AS is not told to another") {
    Four rig;
    rig.a.sends(rig.a.update().med(7).announce(kRoute));
    CHECK(rig.b.holds(kRoute));
    CHECK(rig.b.told(kRoute, kMed) == "none");
}

TEST_CASE("P-10: MULTI_EXIT_DISC of an external neighbour is told to internal ones") {
    Four rig;
    rig.a.sends(rig.a.update().med(7).announce(kRoute));
    CHECK(rig.i.told(kRoute, kMed) == to_hex(u32(7)));
}

TEST_CASE("P-11: ORIGIN is passed on as it is") {
    Four rig;
    for (std::uint8_t origin = 0; origin <= 2; ++origin) {
        rig.a.sends(rig.a.update().origin(origin).announce(kRoute));
        CHECK(rig.b.told(kRoute, kOrigin) == to_hex(Octets{origin}));
    }
}

TEST_CASE("P-12 4271-5.1.6-a: ATOMIC_AGGREGATE and AGGREGATOR are passed on, and the prefix stays as long as it was") {
    Four rig;
    const auto aggregator = u32(65001) + address("10.9.9.9");
    rig.a.sends(rig.a.update()
                    .attribute(kAtomicAggregate, kWellKnown, {})
                    .attribute(kAggregator, kOptionalTransitive, aggregator)
                    .announce(kRoute));
    CHECK(rig.b.told(kRoute, kAtomicAggregate) == "");
    CHECK(rig.b.told(kRoute, kAggregator) == to_hex(aggregator));
    CHECK(rig.b.table().size() == 1);
}

TEST_CASE("P-13: ordinary communities are passed on unchanged") {
    Four rig;
    const auto two = u32(0xfde90002) + u32(0xfde90001);
    rig.a.sends(rig.a.update().attribute(kCommunities, kOptionalTransitive, two).announce(kRoute));
    CHECK(rig.b.told(kRoute, kCommunities) == to_hex(two));
}

TEST_CASE("P-14: NO_EXPORT keeps a route from external neighbours alone") {
    Four rig;
    rig.a.sends(rig.a.update().community(kNoExport).announce(kRoute));
    CHECK(!rig.b.holds(kRoute));
    CHECK(rig.i.holds(kRoute));
}

TEST_CASE("P-15: NO_ADVERTISE keeps a route from everyone") {
    Four rig;
    rig.a.sends(rig.a.update().community(kNoAdvertise).announce(kRoute));
    CHECK(rig.used(kRoute) == "a");
    CHECK(!rig.b.holds(kRoute));
    CHECK(!rig.i.holds(kRoute));
}

TEST_CASE("P-16: NO_EXPORT_SUBCONFED keeps a route from external neighbours") {
    Four rig;
    rig.a.sends(rig.a.update().community(kNoExportSubconfed).announce(kRoute));
    CHECK(!rig.b.holds(kRoute));
}

TEST_CASE("P-17: large communities and transitive extended communities are passed on unchanged") {
    Four rig;
    const auto large = u32(65001) + u32(2) + u32(3);
    const auto target = hex("0002 fde9 00000001");
    rig.a.sends(rig.a.update()
                    .attribute(kLargeCommunities, kOptionalTransitive, large)
                    .attribute(kExtendedCommunities, kOptionalTransitive, target)
                    .announce(kRoute));
    CHECK(rig.b.told(kRoute, kLargeCommunities) == to_hex(large));
    CHECK(rig.b.told(kRoute, kExtendedCommunities) == to_hex(target));
}

TEST_CASE("P-18: of two extended communities only the transitive one leaves the AS") {
    Four rig;
    const auto transitive = hex("0002 fde9 00000001"), local = hex("4002 fde9 00000002");
    rig.a.sends(
        rig.a.update().attribute(kExtendedCommunities, kOptionalTransitive, transitive + local).announce(kRoute));
    CHECK(rig.b.told(kRoute, kExtendedCommunities) == to_hex(transitive));
}

TEST_CASE("P-19 P-20: an unknown transitive attribute goes on with the Partial bit, had it one or not") {
    Four rig;
    rig.a.sends(rig.a.update().attribute(99, kOptionalTransitive, hex("0102")).announce(kRoute));
    rig.a.sends(rig.a.update().attribute(99, kOptionalTransitive | kPartial, hex("0304")).announce("20.2.0.0/16"));
    CHECK(rig.b.told(kRoute, 99) == "0102");
    CHECK(rig.b.told("20.2.0.0/16", 99) == "0304");
    CHECK(rig.b.flags(kRoute, 99) == (kOptionalTransitive | kPartial));
    CHECK(rig.b.flags("20.2.0.0/16", 99) == (kOptionalTransitive | kPartial));
}

TEST_CASE("P-21: an unknown non-transitive attribute is ignored and not passed on") {
    Four rig;
    rig.a.sends(rig.a.update().attribute(99, kOptional, hex("0102")).announce(kRoute));
    CHECK(rig.b.told(kRoute, 99) == "none");
    CHECK(rig.i.told(kRoute, 99) == "none");
    CHECK(rig.events<speaker::UpdateDamaged>().empty());
}

TEST_CASE("P-22: in front of a full segment of 255 numbers a new one is opened") {
    Four rig;
    Octets full{kAsSequence, 255};
    for (int n = 0; n < 255; ++n) full = full + u32(65001);
    rig.a.sends(rig.a.update().attribute(kAsPath, kWellKnown, full).announce(kRoute));
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010}) + full));
}

TEST_CASE("P-23: an AS_SET is passed on") {
    Four rig;
    const auto path = segment(kAsSequence, {65001}) + segment(kAsSet, {65021, 65022});
    rig.a.sends(rig.a.update().attribute(kAsPath, kWellKnown, path).announce(kRoute));
    CHECK(rig.b.told(kRoute, kAsPath) ==
          to_hex(segment(kAsSequence, {65010, 65001}) + segment(kAsSet, {65021, 65022})));
}

/// a and c, both of AS 65001, are up, and b and i listen.
struct Rivals : Rig {
    explicit Rivals(const Lab& from = Lab{}) : Rig(from) {
        for (auto* neighbour : {&a, &b, &c, &i}) neighbour->comes_up();
    }
};

TEST_CASE("P-24: the shorter path is used and told, and the longer one again when it goes") {
    Rivals rig;
    rig.a.sends(rig.a.update().as_path({65001, 65009, 65009}).announce(kRoute));
    rig.c.announces(kRoute);
    CHECK(rig.used(kRoute) == "c");
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001})));
    rig.c.withdraws(kRoute);
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001, 65009, 65009})));
}

TEST_CASE("P-25: at equal length ORIGIN IGP beats INCOMPLETE") {
    Rivals rig;
    rig.a.sends(rig.a.update().origin(2).announce(kRoute));
    rig.c.sends(rig.c.update().origin(0).announce(kRoute));
    CHECK(rig.used(kRoute) == "c");
}

TEST_CASE("P-26: the higher LOCAL_PREF wins, even with the longer path") {
    Four rig;
    rig.i.sends(rig.i.update().local_pref(100).announce(kRoute));
    rig.j.sends(rig.j.update().as_path({65021, 65022, 65023}).local_pref(200).announce(kRoute));
    CHECK(rig.used(kRoute) == "j");
}

TEST_CASE("P-27: an external route beats an internal one") {
    Four rig;
    rig.i.sends(rig.i.update().as_path({65001}).announce(kRoute));
    rig.a.announces(kRoute);
    CHECK(rig.used(kRoute) == "a");
}

TEST_CASE("P-28: among routes of one neighbouring AS the lower MULTI_EXIT_DISC wins") {
    Rivals rig;
    rig.a.sends(rig.a.update().med(50).announce(kRoute));
    rig.c.sends(rig.c.update().med(10).announce(kRoute));
    CHECK(rig.used(kRoute) == "c");
}

TEST_CASE("P-29: a neighbour that comes up later gets the whole table") {
    Rig rig;
    rig.a.comes_up();
    for (int n = 0; n < 200; ++n) rig.a.announces("20.1." + std::to_string(n) + ".0/24");
    rig.b.comes_up();
    CHECK(rig.b.table().size() == 200);
}

TEST_CASE("P-30: of two equal external routes the one from the lower BGP Identifier wins") {
    Rivals rig;
    rig.c.announces(kRoute);
    rig.a.announces(kRoute);
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.best(kRoute)->best);
}

TEST_CASE("P-31: with equal identifiers the lower neighbour address wins") {
    Rig rig;
    rig.c.id = rig.a.id;
    rig.c.comes_up();
    rig.a.comes_up();
    rig.c.announces(kRoute);
    rig.a.announces(kRoute);
    CHECK(rig.used(kRoute) == "a");
}

TEST_CASE("P-32: MULTI_EXIT_DISC of different neighbouring ASes is not compared") {
    Four rig;
    rig.a.sends(rig.a.update().med(50).announce(kRoute));
    rig.b.sends(rig.b.update().med(10).announce(kRoute));
    CHECK(rig.used(kRoute) == "a");
}

TEST_CASE("P-33: no MULTI_EXIT_DISC is as good as 0") {
    Rivals rig;
    rig.a.announces(kRoute);
    rig.c.sends(rig.c.update().med(0).announce(kRoute));
    CHECK(rig.used(kRoute) == "a");
    rig.a.sends(rig.a.update().med(0).announce(kRoute));
    rig.c.announces(kRoute);
    CHECK(rig.used(kRoute) == "a");
    rig.a.sends(rig.a.update().med(1).announce(kRoute));
    CHECK(rig.used(kRoute) == "c");
}

TEST_CASE("P-34: when the link goes down its routes leave the kernel and the others at once") {
    Four rig;
    rig.a.announces(kRoute);
    REQUIRE(rig.in_kernel(kRoute));
    rig.carrier("eth-a", false);
    CHECK(!rig.in_kernel(kRoute));
    CHECK(!rig.b.holds(kRoute));
    CHECK(rig.used(kRoute) == "none");
}

TEST_CASE("P-35: without a policy no route is taken in from an external neighbour, and none sent to it") {
    Four rig{lab().with("a.accept", "").with("b.pass_on", "")};
    rig.a.announces(kRoute);
    rig.i.announces("20.2.0.0/16");
    CHECK(rig.used(kRoute) == "none");
    CHECK(rig.used("20.2.0.0/16") == "i");
    CHECK(rig.b.table().empty());
}

TEST_CASE("P-36: of two equal external routes the same is used whichever is older") {
    for (const bool a_first : {true, false}) {
        Rivals rig;
        (a_first ? rig.a : rig.c).announces(kRoute);
        (a_first ? rig.c : rig.a).announces(kRoute);
        CHECK(rig.used(kRoute) == "a");
    }
}

TEST_CASE("P-37: a route with BLACKHOLE does not leave the AS") {
    Four rig;
    rig.a.sends(rig.a.update().community(kBlackhole).announce("20.1.1.1/32"));
    CHECK(!rig.b.holds("20.1.1.1/32"));
    const auto inside = rig.i.told("20.1.1.1/32", kCommunities);
    CHECK((inside == "no route" || inside.find("ffffff0") != std::string::npos));
}

TEST_CASE("P-38: where the new best route must not be sent, the old one is withdrawn") {
    Rivals rig;
    rig.a.sends(rig.a.update().as_path({65001, 65009}).announce(kRoute));
    REQUIRE(rig.b.holds(kRoute));
    rig.c.sends(rig.c.update().community(kNoExport).announce(kRoute));
    CHECK(rig.used(kRoute) == "c");
    CHECK(!rig.b.holds(kRoute));
}

TEST_CASE("P-39: a neighbour is never told its own address as NEXT_HOP") {
    Four rig{lab().with("b.next_hop", "\"unchanged\"")};
    rig.i.sends(rig.i.update().next_hop("198.51.100.2").announce(kRoute));
    REQUIRE(rig.used(kRoute) == "i");
    CHECK(rig.b.told(kRoute, kNextHop) != to_hex(address("198.51.100.2")));
}

TEST_CASE("P-40: a route that is withdrawn without another path leaves the Loc-RIB, the kernel and all neighbours") {
    Four rig;
    rig.a.announces(kRoute);
    REQUIRE(rig.in_kernel(kRoute));
    rig.a.withdraws(kRoute);
    CHECK(rig.used(kRoute) == "none");
    CHECK(!rig.in_kernel(kRoute));
    for (auto* hearer : {&rig.b, &rig.i, &rig.j}) CHECK(!hearer->holds(kRoute));
}

// ---- statements of RFC 4271 section 5 that the catalogue has not -----------------------------------------------------

TEST_CASE("4271-5.1.2-a: a route of our own has our AS alone outside, and an empty path inside") {
    const auto ours = "[\"30.0.0.0/16\"]";
    Four rig{lab().with("b.advertise", ours).with("i.advertise", ours)};
    CHECK(rig.b.told("30.0.0.0/16", kAsPath) == to_hex(segment(kAsSequence, {65010})));
    CHECK(rig.i.told("30.0.0.0/16", kAsPath) == "");
}

TEST_CASE("4271-5.1.3-a: third-party next hops are not told where next-hop-self is set") {
    Four rig;
    rig.a.sends(rig.a.update().next_hop("192.0.2.77").announce(kRoute));
    CHECK(rig.b.told(kRoute, kNextHop) == to_hex(address("198.51.100.1")));
}

TEST_CASE("4271-5.1.3-b: a route of our own has our address as NEXT_HOP") {
    Four rig{lab().with("b.advertise", "[\"30.0.0.0/16\"]")};
    CHECK(rig.b.told("30.0.0.0/16", kNextHop) == to_hex(address("198.51.100.1")));
}

TEST_CASE("4271-5.1.5-a: the preference configured for an external neighbour decides, and internal ones are told it") {
    Four rig{lab().with("a.local_preference", "150")};
    rig.b.announces(kRoute);
    rig.a.sends(rig.a.update().as_path({65001, 65031, 65032}).announce(kRoute));
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.i.told(kRoute, kLocalPref) == to_hex(u32(150)));
}

}  // namespace
}  // namespace dyad::conformance
