#include <doctest/doctest.h>

#include "stories.hpp"

/// RFC 6793, with RFC 7607 and RFC 5396: four-octet AS numbers, and neighbours that know two octets only.
namespace dyad::conformance {
namespace {

constexpr std::uint32_t kLarge = 4200000001, kAsTrans = 23456;
constexpr auto kRoute = "20.1.0.0/16";

/// a tells, b is told; one of them may speak two-octet AS numbers.
struct Pair : Rig {
    Pair(AsOctets from, AsOctets to, const Lab& lab_of = Lab{}) : Rig(lab_of) {
        a.width = from;
        b.width = to;
        a.comes_up();
        b.comes_up();
    }
};
struct FromOld : Pair {
    explicit FromOld(const Lab& lab_of = Lab{}) : Pair(AsOctets::Two, AsOctets::Four, lab_of) {}
    /// The path that is used after this UPDATE.
    std::string path(const UpdateMessage& update) {
        a.sends(update.announce(kRoute));
        CHECK(a.state() == "Established");
        const auto route = best(kRoute);
        return route ? route->as_path : "no route";
    }
};
struct ToOld : Pair {
    ToOld() : Pair(AsOctets::Four, AsOctets::Two) {}
};

UpdateMessage with_as4_path(const UpdateMessage& update, const Octets& value) {
    return update.attribute(kAs4Path, kOptionalTransitive, value);
}

TEST_CASE("A-01: a large AS number is AS_TRANS in AS_PATH for a two-octet neighbour, and true in AS4_PATH") {
    ToOld rig;
    rig.a.sends(rig.a.update().as_path({65001, kLarge}).announce(kRoute));
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001, kAsTrans}, AsOctets::Two)));
    CHECK(rig.b.told(kRoute, kAs4Path) == to_hex(segment(kAsSequence, {65010, 65001, kLarge})));
}

TEST_CASE("A-02: AS_PATH and AS4_PATH of equal length are merged") {
    FromOld rig;
    const auto update = rig.a.update().as_path({65001, kAsTrans});
    CHECK(rig.path(with_as4_path(update, segment(kAsSequence, {65001, kLarge}))) == "65001 4200000001");
}

TEST_CASE("A-03: where AS_PATH is longer than AS4_PATH its leading numbers are kept") {
    FromOld rig;
    const auto update = rig.a.update().as_path({65001, 65020, kAsTrans});
    CHECK(rig.path(with_as4_path(update, segment(kAsSequence, {kLarge}))) == "65001 65020 4200000001");
}

TEST_CASE("A-04: an AS4_PATH longer than AS_PATH is ignored") {
    FromOld rig;
    const auto update = rig.a.update().as_path({65001, kAsTrans});
    CHECK(rig.path(with_as4_path(update, segment(kAsSequence, {65001, 65020, kLarge}))) == "65001 23456");
}

TEST_CASE("A-05: AS4_PATH from a four-octet neighbour is discarded and not passed on") {
    check_attribute_discard(with_as4_path(struck(), segment(kAsSequence, {65001})), kAs4Path);
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(with_as4_path(rig.a.update(), segment(kAsSequence, {kLarge})).announce(kRoute));
    CHECK(rig.best(kRoute)->as_path == "65001");
}

TEST_CASE("A-06 6793-6-a: a malformed AS4_PATH is discarded, and AS_PATH counts") {
    for (const auto* malformed :
         {"", "0201", "0202 fa56ea01", "0201 fa56ea01 02", "0200 0201 fa56ea01", "0901 fa56ea01"}) {
        FromOld rig;
        const auto update = rig.a.update().as_path({65001, kAsTrans});
        CHECK(rig.path(with_as4_path(update, hex(malformed))) == "65001 23456");
        CHECK(rig.b.holds(kRoute));
    }
}

TEST_CASE("A-07: AS4_AGGREGATOR takes the place of an AGGREGATOR of AS_TRANS") {
    FromOld rig;
    rig.a.sends(rig.a.update()
                    .attribute(kAggregator, kOptionalTransitive, u16(kAsTrans) + address("10.9.9.9"))
                    .attribute(kAs4Aggregator, kOptionalTransitive, u32(kLarge) + address("10.9.9.8"))
                    .announce(kRoute));
    CHECK(rig.b.told(kRoute, kAggregator) == to_hex(u32(kLarge) + address("10.9.9.8")));
    CHECK(rig.b.told(kRoute, kAs4Aggregator) == "none");
}

TEST_CASE("A-08: beside an AGGREGATOR that is not of AS_TRANS, AS4_AGGREGATOR and AS4_PATH are ignored") {
    FromOld rig;
    const auto update = rig.a.update()
                            .as_path({65001, kAsTrans})
                            .attribute(kAggregator, kOptionalTransitive, u16(65020) + address("10.9.9.9"))
                            .attribute(kAs4Aggregator, kOptionalTransitive, u32(kLarge) + address("10.9.9.8"));
    CHECK(rig.path(with_as4_path(update, segment(kAsSequence, {65001, kLarge}))) == "65001 23456");
    CHECK(rig.b.told(kRoute, kAggregator) == to_hex(u32(65020) + address("10.9.9.9")));
}

TEST_CASE("A-09: without a large number in the path there is no AS4_PATH") {
    ToOld rig;
    rig.a.announces(kRoute);
    CHECK(rig.b.holds(kRoute));
    CHECK(rig.b.told(kRoute, kAs4Path) == "none");
}

TEST_CASE("A-10: an AGGREGATOR of a large AS is AS_TRANS, and true in AS4_AGGREGATOR") {
    ToOld rig;
    rig.a.sends(
        rig.a.update().attribute(kAggregator, kOptionalTransitive, u32(kLarge) + address("10.9.9.9")).announce(kRoute));
    CHECK(rig.b.told(kRoute, kAggregator) == to_hex(u16(kAsTrans) + address("10.9.9.9")));
    CHECK(rig.b.told(kRoute, kAs4Aggregator) == to_hex(u32(kLarge) + address("10.9.9.9")));
}

TEST_CASE("A-11: confederation segments in AS4_PATH are dropped, the rest counts") {
    FromOld rig;
    const auto update = rig.a.update().as_path({65001, kAsTrans});
    CHECK(rig.path(with_as4_path(update, segment(kConfedSequence, {65101}) + segment(kAsSequence, {65001, kLarge}))) ==
          "65001 4200000001");
}

TEST_CASE("A-12: AS4_AGGREGATOR of seven octets is discarded") {
    const auto update = struck(From::TwoOctet)
                            .attribute(kAggregator, kOptionalTransitive, u16(kAsTrans) + address("10.9.9.9"))
                            .attribute(kAs4Aggregator, kOptionalTransitive, hex("fa56ea01 0a0909"));
    check_attribute_discard(update, kAs4Aggregator, From::TwoOctet);
}

TEST_CASE("A-13: inside an AS_SET, too, large numbers are AS_TRANS") {
    ToOld rig;
    const auto path = segment(kAsSequence, {65001}) + segment(kAsSet, {kLarge, 65020});
    rig.a.sends(rig.a.update().attribute(kAsPath, kWellKnown, path).announce(kRoute));
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001}, AsOctets::Two) +
                                                segment(kAsSet, {kAsTrans, 65020}, AsOctets::Two)));
}

TEST_CASE("A-14: AS 0 in AS4_PATH: the attribute is discarded") {
    FromOld rig;
    const auto update = rig.a.update().as_path({65001, kAsTrans});
    CHECK(rig.path(with_as4_path(update, segment(kAsSequence, {65001, 0}))) == "65001 23456");
}

TEST_CASE("A-15: the Speaker's OPEN says AS_TRANS where its own number needs four octets") {
    Rig rig{lab().with("asn", "4200000010").with("a.asn", "4200000001")};
    rig.a.picks_up();
    CHECK(read_open(rig.a.call().heard().at(0)).as_field == kAsTrans);
}

TEST_CASE("A-16: AS numbers are shown as asplain") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().as_path({65001, kLarge}).announce(kRoute));
    CHECK(rig.best(kRoute)->as_path == "65001 4200000001");
}

// ---- statements of RFC 6793 that the catalogue has not ----------------------------------------------------------------

TEST_CASE("6793-4.1-a: between four-octet speakers AS_PATH and AGGREGATOR hold four octets a number, both ways") {
    Pair rig{AsOctets::Four, AsOctets::Four};
    const auto aggregator = u32(kLarge) + address("10.9.9.9");
    rig.a.sends(rig.a.update()
                    .as_path({65001, kLarge})
                    .attribute(kAggregator, kOptionalTransitive, aggregator)
                    .announce(kRoute));
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001, kLarge})));
    CHECK(rig.b.told(kRoute, kAggregator) == to_hex(aggregator));
}

TEST_CASE("6793-4.1-b: AS4_PATH and AS4_AGGREGATOR are never sent to a four-octet speaker") {
    Pair rig{AsOctets::Two, AsOctets::Four};
    rig.a.sends(with_as4_path(rig.a.update().as_path({65001, kAsTrans}), segment(kAsSequence, {65001, kLarge}))
                    .announce(kRoute));
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001, kLarge})));
    CHECK(rig.b.told(kRoute, kAs4Path) == "none");
}

TEST_CASE("6793-4.1-c: AS4_AGGREGATOR from a four-octet speaker is discarded") {
    check_attribute_discard(struck().attribute(kAs4Aggregator, kOptionalTransitive, u32(kLarge) + address("10.9.9.9")),
                            kAs4Aggregator);
}

TEST_CASE("6793-4.2.2-a: confederation segments are left out of the AS4_PATH that is made") {
    Rig rig;
    rig.b.width = AsOctets::Two;
    rig.i.comes_up();
    rig.b.comes_up();
    const auto path = segment(kConfedSequence, {65101}) + segment(kAsSequence, {65001, kLarge});
    rig.i.sends(rig.i.update().attribute(kAsPath, kWellKnown, path).announce(kRoute));
    CHECK(rig.i.state() == "Established");
    const auto told = rig.b.told(kRoute, kAs4Path);
    CHECK((told == "no route" || told == to_hex(segment(kAsSequence, {65010, 65001, kLarge}))));
}

TEST_CASE("6793-4.2.2-b: an AGGREGATOR of a small AS has no AS4_AGGREGATOR beside it") {
    ToOld rig;
    rig.a.sends(
        rig.a.update().attribute(kAggregator, kOptionalTransitive, u32(65020) + address("10.9.9.9")).announce(kRoute));
    CHECK(rig.b.told(kRoute, kAggregator) == to_hex(u16(65020) + address("10.9.9.9")));
    CHECK(rig.b.told(kRoute, kAs4Aggregator) == "none");
}

TEST_CASE("6793-4.2.3-a: our own AS in AS4_PATH is a loop") {
    FromOld rig{lab().with("asn", "4200000010").without_neighbor("i").without_neighbor("j")};
    const auto update = rig.a.update().as_path({65001, kAsTrans});
    CHECK(rig.path(with_as4_path(update, segment(kAsSequence, {65001, 4200000010}))) == "no route");
}

TEST_CASE("6793-4.2.3-b: an AS_SET in front counts as one number where the paths are put together") {
    FromOld rig;
    const auto path = segment(kAsSequence, {65001}, AsOctets::Two) + segment(kAsSet, {65020, 65021}, AsOctets::Two) +
                      segment(kAsSequence, {kAsTrans}, AsOctets::Two);
    const auto update = rig.a.update().attribute(kAsPath, kWellKnown, path);
    CHECK(rig.path(with_as4_path(update, segment(kAsSequence, {kLarge}))) == "65001 {65020,65021} 4200000001");
}

}  // namespace
}  // namespace dyad::conformance
