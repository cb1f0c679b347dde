#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "stories.hpp"

/// RFC 4271 4.3, 5, 6.3 and 9.2: how UPDATEs are built, both ways.
namespace dyad::conformance {
namespace {

TEST_CASE("U-01: a Withdrawn Routes Length beyond the message is a malformed attribute list") {
    check_session_reset(struck().withdrawn_length(4000), 1);
}

TEST_CASE("U-02: a Total Path Attribute Length beyond the message is a malformed attribute list") {
    check_session_reset(struck().attributes_length(4000), 1);
}

TEST_CASE("U-03: NLRI with a prefix length of 33 is an invalid network field") {
    check_session_reset(struck().nlri(hex("21 0a 00 00 00 00")), 10);
}

TEST_CASE("U-04: NLRI that ends inside a prefix is an invalid network field") {
    check_session_reset(struck().nlri(hex("18 0a 00")), 10);
}

TEST_CASE("U-05: withdrawn routes with a prefix length of 33 are an invalid network field") {
    check_session_reset(UpdateMessage{}.withdrawn(hex("21 0a 00 00 00 00")), 10);
}

TEST_CASE("U-06: withdrawn routes that end inside a prefix are an invalid network field") {
    check_session_reset(UpdateMessage{}.withdrawn(hex("18 0a 00")), 10);
}

TEST_CASE("U-07 U-20: an unknown well-known attribute is told with the whole of it") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().attribute(99, kWellKnown, hex("0102")).announce("10.1.0.0/16"));
    CHECK(rig.a.fate() == "NOTIFICATION 3/2, closed");
    CHECK(to_hex(rig.a.call().data()) == "4063020102");
}

TEST_CASE("U-08: an UPDATE without routes and attributes is End-of-RIB") {
    Rig rig;
    rig.a.comes_up();
    rig.a.announces("10.1.0.0/16");
    rig.a.sends(UpdateMessage{});
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "a");
    CHECK(rig.events<speaker::TableReceived>().size() == 1);
}

TEST_CASE("U-09: bits behind a prefix's length are ignored") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update().nlri(hex("14 14 01 ff")));
    CHECK(rig.used("20.1.240.0/20") == "a");
    CHECK(rig.b.holds("20.1.240.0/20"));
}

TEST_CASE("U-10: a prefix that is withdrawn and announced in one UPDATE is announced") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().withdraw("10.1.0.0/16").announce("10.1.0.0/16"));
    CHECK(rig.used("10.1.0.0/16") == "a");
}

TEST_CASE("U-11: what was never announced can be withdrawn") {
    Rig rig;
    rig.a.comes_up();
    rig.a.withdraws("10.1.0.0/16");
    CHECK(rig.a.state() == "Established");
    CHECK(rig.events<speaker::UpdateDamaged>().empty());
}

TEST_CASE("U-12: short attributes may have the Extended Length bit") {
    check_no_error(struck()
                       .attribute(kOrigin, kWellKnown | kExtendedLength, hex("00"))
                       .attribute(kNextHop, kWellKnown | kExtendedLength, address("192.0.2.2")));
}

TEST_CASE("U-13: attributes may come in any order") {
    check_no_error(struck().med(5).community(0xfde80001).backwards());
}

TEST_CASE("U-14: the default route is passed on and withdrawn") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.announces("0.0.0.0/0");
    CHECK(rig.used("0.0.0.0/0") == "a");
    CHECK(rig.b.holds("0.0.0.0/0"));
    rig.a.withdraws("0.0.0.0/0");
    CHECK(rig.used("0.0.0.0/0") == "none");
    CHECK(!rig.b.holds("0.0.0.0/0"));
}

TEST_CASE("U-15: new attributes replace the old ones") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update().community(0xfde80001).announce("10.1.0.0/16"));
    rig.a.sends(rig.a.update().community(0xfde80002).announce("10.1.0.0/16"));
    CHECK(rig.best("10.1.0.0/16")->communities == std::vector<std::string>{"65000:2"});
    CHECK(rig.b.told("10.1.0.0/16", kCommunities) == "fde80002");
}

TEST_CASE("U-16: of two ORIGINs the first counts") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().origin(1).again(kOrigin, kWellKnown, hex("02")).announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.best("10.1.0.0/16")->origin == "egp");
}

TEST_CASE("U-17: a second MP_REACH_NLRI is a malformed attribute list") {
    const auto once = mp_reach_head(2, 1, address("2001:db8:1::2")) + prefix("2001:db8:a::/48");
    check_session_reset(struck().again(kMpReach, kOptional, once).again(kMpReach, kOptional, once), 1);
}

TEST_CASE("U-18: of two unknown transitive attributes the first is the only one passed on") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update()
                    .again(99, kOptionalTransitive, hex("0a"))
                    .again(99, kOptionalTransitive, hex("0b"))
                    .announce("10.1.0.0/16"));
    const auto table = rig.b.table();
    REQUIRE(table.contains("10.1.0.0/16"));
    CHECK(std::ranges::count(table.at("10.1.0.0/16"), 99, &HeardAttribute::type) == 1);
    CHECK(rig.b.told("10.1.0.0/16", 99) == "0a");
}

TEST_CASE("U-19: an UPDATE withdraws some and announces others, and leaves the rest alone") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.update().announce("10.1.0.0/16").announce("10.2.0.0/16"));
    rig.a.sends(rig.a.update().withdraw("10.1.0.0/16").announce("10.3.0.0/16"));
    CHECK(rig.used("10.1.0.0/16") == "none");
    CHECK(rig.used("10.2.0.0/16") == "a");
    CHECK(rig.used("10.3.0.0/16") == "a");
}

/// A morning's work, so that the Speaker has written UPDATEs of every kind to b.
void make_it_talk(Rig& rig) {
    rig.a.comes_up();
    rig.b.comes_up();
    rig.c.comes_up();
    rig.six.comes_up();
    for (int round = 0; round < 3; ++round) {
        for (std::uint32_t n = 0; n < 300; ++n) {
            const auto route = "20." + std::to_string(n / 100) + "." + std::to_string(n % 100) + ".0/24";
            rig.a.sends(rig.a.update().med(n % 7).community(0xfde80000 + n % 5).announce(route));
            if (n % 3 == 0)
                rig.c.sends(rig.c.update().attribute(99, kOptionalTransitive, times(300, 1)).announce(route));
            if (n % 4 == 0) rig.a.withdraws(route);
        }
        rig.six.sends(rig.six.update().announce6("2001:db8:a::/48", "2001:db8:6::2"));
        rig.six.sends(rig.six.update().as_path({65006, 65099}).announce6("2001:db8:b::/48", "2001:db8:6::2"));
        rig.six.sends(UpdateMessage{}.withdraw6("2001:db8:a::/48"));
        rig.a.sends(rig.a.update()
                        .attribute(kAggregator, kOptionalTransitive, u32(65001) + address("10.9.9.9"))
                        .attribute(kAtomicAggregate, kWellKnown, {})
                        .announce("30.0.0.0/8"));
        rig.run_for(10s);
    }
    rig.c.call().ends();
    rig.run_for(10s);
}

TEST_CASE("U-21: no UPDATE of the Speaker's withdraws and announces the same prefix") {
    Rig rig;
    make_it_talk(rig);
    for (auto* hearer : {&rig.a, &rig.b, &rig.six})
        for (const auto& update : hearer->updates())
            for (const auto& route : update.announced) CHECK(std::ranges::count(update.withdrawn, route) == 0);
}

TEST_CASE("U-22: Extended Length is written only where a value has more than 255 octets") {
    Rig rig;
    make_it_talk(rig);
    bool long_one = false;
    for (const auto& update : rig.b.updates())
        for (const auto& attribute : update.attributes) {
            const bool extended = (attribute.flags & kExtendedLength) != 0;
            // RFC 4271 4.3 only demands it above 255; MP_REACH_NLRI is left out, whose length is not known beforehand.
            if (attribute.type == kMpReach || attribute.type == kMpUnreach) continue;
            CHECK(extended == (attribute.value.size() > 255));
            long_one = long_one || extended;
        }
    CHECK(long_one);
}

TEST_CASE("U-23: after a prefix has changed a hundred times its last state is what is told") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    for (std::uint32_t n = 1; n <= 100; ++n) {
        rig.a.sends(rig.a.update().community(n).announce("10.1.0.0/16"));
        rig.run_for(10ms);
    }
    rig.run_for(1s);
    CHECK(rig.b.told("10.1.0.0/16", kCommunities) == "00000064");
}

TEST_CASE("U-24: a thousand prefixes with equal attributes need few UPDATEs") {
    Rig rig;
    rig.a.comes_up();
    auto update = rig.a.update();
    for (std::uint32_t n = 0; n < 1000; ++n)
        update = update.nlri(Octets{24, 20, Octets::value_type(n >> 8), Octets::value_type(n)});
    rig.a.sends(update);
    rig.b.comes_up();
    CHECK(rig.b.table().size() == 1000);
    CHECK(rig.b.call().count(kUpdate) <= 5);
}

TEST_CASE("U-25: attributes are written in ascending order, MP_REACH_NLRI and MP_UNREACH_NLRI first") {
    Rig rig;
    make_it_talk(rig);
    for (auto* hearer : {&rig.a, &rig.b, &rig.six})
        for (const auto& update : hearer->updates()) {
            int last = -1;
            for (std::size_t n = 0; n < update.attributes.size(); ++n) {
                const int type = update.attributes[n].type;
                const bool mp = type == kMpReach || type == kMpUnreach;
                if (mp) CHECK(n == 0);
                if (!mp) CHECK(type > last);
                if (!mp) last = type;
            }
        }
}

// ---- statements of RFC 4271 sections 4 to 6 that the catalogue has not -----------------------------------------------

TEST_CASE("4271-4.3-a: the flags of the attributes that are written are those of their category") {
    // RFC 4271 section 5, RFC 1997, 4760, 4456, 4360.
    const std::map<int, int> category{{1, 0x40}, {2, 0x40}, {3, 0x40},  {4, 0x80},  {5, 0x40},  {6, 0x40}, {7, 0xc0},
                                      {8, 0xc0}, {9, 0x80}, {10, 0x80}, {14, 0x80}, {15, 0x80}, {16, 0xc0}};
    Rig rig;
    make_it_talk(rig);
    for (auto* hearer : {&rig.a, &rig.b, &rig.six})
        for (const auto& update : hearer->updates())
            for (const auto& attribute : update.attributes) {
                CHECK((attribute.flags & 0x0f) == 0);
                const auto known = category.find(attribute.type);
                if (known != category.end()) CHECK((attribute.flags & 0xc0) == known->second);
                const bool optional = (attribute.flags & kOptional) != 0;
                const bool transitive = (attribute.flags & 0x40) != 0;
                const bool partial = (attribute.flags & kPartial) != 0;
                CHECK((optional || transitive));
                if (!optional || !transitive) CHECK(!partial);
            }
}

TEST_CASE("4271-4.3-b: the lower four bits of the flags are ignored") {
    check_no_error(struck()
                       .attribute(kOrigin, kWellKnown | 0x0f, hex("00"))
                       .attribute(kCommunities, kOptionalTransitive | 0x0b, u32(0xfde80001)));
}

TEST_CASE("4271-5-a: every UPDATE with NLRI holds the mandatory attributes") {
    Rig rig;
    make_it_talk(rig);
    for (auto* hearer : {&rig.a, &rig.b, &rig.six})
        for (const auto& update : hearer->updates()) {
            if (update.announced.empty() && update.announced6.empty()) continue;
            CHECK(update.find(kOrigin) != nullptr);
            CHECK(update.find(kAsPath) != nullptr);
            if (!update.announced.empty()) CHECK(update.find(kNextHop) != nullptr);
        }
}

TEST_CASE("4271-5-b: the Partial bit of a recognized transitive attribute is not taken back") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update()
                    .attribute(kCommunities, kOptionalTransitive | kPartial, u32(0xfde80001))
                    .announce("10.1.0.0/16"));
    rig.a.sends(rig.a.update().community(0xfde80001).announce("10.2.0.0/16"));
    CHECK((rig.b.flags("10.1.0.0/16", kCommunities) & kPartial) != 0);
    CHECK((rig.b.flags("10.2.0.0/16", kCommunities) & kPartial) == 0);
}

TEST_CASE("4271-5.1.4-a: where the configuration says so, MULTI_EXIT_DISC is taken out before routes are compared") {
    Rig rig{lab().with("a.remove_med", "true").with("c.remove_med", "true")};
    rig.a.comes_up();
    rig.c.comes_up();
    rig.i.comes_up();
    rig.a.sends(rig.a.update().med(50).announce("10.1.0.0/16"));
    rig.c.sends(rig.c.update().med(10).announce("10.1.0.0/16"));
    CHECK(rig.used("10.1.0.0/16") == "a");
    CHECK(rig.i.told("10.1.0.0/16", kMed) == "none");
}

TEST_CASE("4271-5-c: no attribute is written twice in an UPDATE") {
    Rig rig;
    make_it_talk(rig);
    for (const auto& update : rig.b.updates()) {
        std::set<int> seen;
        for (const auto& attribute : update.attributes) CHECK(seen.insert(attribute.type).second);
    }
}

TEST_CASE("4271-6.3-a: in an UPDATE without routes wrong flags are told with the attribute") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(UpdateMessage{}.attribute(kOrigin, kOptionalTransitive, hex("00")));
    CHECK(rig.a.fate() == "NOTIFICATION 3/4, closed");
    CHECK(to_hex(rig.a.call().data()) == "c0010100");
}

TEST_CASE("4271-6.3-b: in an UPDATE without routes a wrong length is told with the attribute") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(UpdateMessage{}.attribute(kOrigin, kWellKnown, hex("0000")));
    CHECK(rig.a.fate() == "NOTIFICATION 3/5, closed");
    CHECK(to_hex(rig.a.call().data()) == "4001020000");
}

TEST_CASE("4271-6.3-c: in an UPDATE without routes an undefined ORIGIN is told with the attribute") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(UpdateMessage{}.origin(9));
    CHECK(rig.a.fate() == "NOTIFICATION 3/6, closed");
    CHECK(to_hex(rig.a.call().data()) == "40010109");
}

TEST_CASE("4271-6.3-d: in an UPDATE without routes a NEXT_HOP that is no host's is told with the attribute") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(UpdateMessage{}.next_hop("255.255.255.255"));
    CHECK(rig.a.fate() == "NOTIFICATION 3/8, closed");
    CHECK(to_hex(rig.a.call().data()) == "400304ffffffff");
}

TEST_CASE("4271-6.3-e: in an UPDATE without routes a malformed AS_PATH is told") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(UpdateMessage{}.attribute(kAsPath, kWellKnown, hex("09 01 0000fde9")));
    CHECK(rig.a.fate() == "NOTIFICATION 3/11, closed");
}

TEST_CASE("4271-6.3-f: an error in a recognized optional attribute is told with the attribute") {
    Rig rig;
    rig.six.comes_up();
    const auto reach = mp_reach_head(2, 1, times(15, 1)) + prefix("2001:db8::/32");
    rig.six.sends(rig.six.update().attribute(kMpReach, kOptional, reach));
    CHECK(rig.six.fate() == "NOTIFICATION 3/9, closed");
    CHECK(rig.six.call().data() == Octets{kOptional, kMpReach, Octets::value_type(reach.size())} + reach);
}

TEST_CASE("4271-6.3-g: a NEXT_HOP on no subnet of ours, from an external neighbour next door, is not used") {
    check_treat_as_withdraw(struck().next_hop("192.88.99.7"));
}

TEST_CASE("4271-6.3-h: a NEXT_HOP of another host on the subnet that is shared is sound") {
    check_no_error(struck().next_hop("192.0.2.77"));
}

TEST_CASE("4271-6.3-i: a multicast prefix is ignored, and the rest of the UPDATE is not") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.sends(rig.a.update().nlri(hex("10 e0 01")).announce("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "a");
    CHECK(rig.used("224.1.0.0/16") == "none");
    CHECK(!rig.b.holds("224.1.0.0/16"));
}

TEST_CASE("4271-6.3-j: an UPDATE with sound attributes and without NLRI is valid") {
    Rig rig;
    rig.a.comes_up();
    rig.a.announces("10.1.0.0/16");
    rig.a.sends(rig.a.update().withdraw("10.1.0.0/16"));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used("10.1.0.0/16") == "none");
    CHECK(rig.events<speaker::UpdateDamaged>().empty());
}

}  // namespace
}  // namespace dyad::conformance
