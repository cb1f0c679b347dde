#include "dyad/wire/attributes.hpp"

#include <doctest/doctest.h>

#include <bit>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

constexpr AttributeContext kInternal{.four_octet_as = true, .external = false};
constexpr AttributeContext kExternal{.four_octet_as = true, .external = true};

const Octets kOrigin{0x40, 1, 1, 0};
const Octets kEmptyPath{0x40, 2, 0};

Octets encoded(const Attributes& attributes, const AttributeContext& context) {
    Octets buffer(4096);
    Writer out{buffer};
    encode_attributes(attributes, context, out);
    REQUIRE_FALSE(out.failed());
    return octets_of(out.written());
}

Attributes decoded(const Octets& block, const AttributeContext& context) {
    const auto result = decode_attributes(block, context);
    REQUIRE(result.has_value());
    CHECK(result->discarded.empty());
    return result->attributes;
}

/// One of each that a route may have.
Attributes every_attribute() {
    Attributes attributes;
    attributes.origin = Origin::Igp;
    attributes.as_path = {{{SegmentType::AsSequence, {Asn{12076}}}, {SegmentType::AsSet, {Asn{65001}, Asn{65002}}}}};
    attributes.next_hop = Address::v4(0xc0000201);
    attributes.med = 5;
    attributes.local_pref = 100;
    attributes.atomic_aggregate = true;
    attributes.aggregator = Aggregator{Asn{12076}, Address::v4(0xc0000202)};
    attributes.communities = {0x2f2cc36b, 0xffffff01};
    attributes.originator_id = RouterId{0x0a000001};
    attributes.cluster_list = {1, 2};
    attributes.extended_communities = {{0, 2, 0xfd, 0xe8, 0, 0, 0, 1}};
    attributes.large_communities = {{65010, 1, 2}};
    attributes.unknown = {{0xe0, 25, {9, 9}}, {0xe0, 99, {}}};
    return attributes;
}

}  // namespace

TEST_CASE("attributes are written in order of type, with one octet of length") {
    const auto block = join({
        {0x40, 1, 1, 0},                                                                  // ORIGIN igp
        {0x40, 2, 16, 2, 1, 0, 0, 0x2f, 0x2c, 1, 2, 0, 0, 0xfd, 0xe9, 0, 0, 0xfd, 0xea},  // AS_PATH
        {0x40, 3, 4, 192, 0, 2, 1},                                                       // NEXT_HOP
        {0x80, 4, 4, 0, 0, 0, 5},                                                         // MULTI_EXIT_DISC
        {0x40, 5, 4, 0, 0, 0, 100},                                                       // LOCAL_PREF
        {0x40, 6, 0},                                                                     // ATOMIC_AGGREGATE
        {0xc0, 7, 8, 0, 0, 0x2f, 0x2c, 192, 0, 2, 2},                                     // AGGREGATOR
        {0xc0, 8, 8, 0x2f, 0x2c, 0xc3, 0x6b, 0xff, 0xff, 0xff, 1},                        // COMMUNITIES
        {0x80, 9, 4, 10, 0, 0, 1},                                                        // ORIGINATOR_ID
        {0x80, 10, 8, 0, 0, 0, 1, 0, 0, 0, 2},                                            // CLUSTER_LIST
        {0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 1},                                      // EXTENDED COMMUNITIES
        {0xe0, 25, 2, 9, 9},                                                              // one we do not know
        {0xc0, 32, 12, 0, 0, 0xfd, 0xf2, 0, 0, 0, 1, 0, 0, 0, 2},                         // LARGE_COMMUNITY
        {0xe0, 99, 0},                                                                    // another
    });
    CHECK(encoded(every_attribute(), kInternal) == block);
    CHECK(decoded(block, kInternal) == every_attribute());
}

TEST_CASE("attributes may come in any order (RFC 4271 section 5)") {
    const auto attributes = decoded(join({{0x80, 4, 4, 0, 0, 0, 5}, kEmptyPath, kOrigin}), kExternal);
    CHECK(attributes.med == 5);
    CHECK(attributes.origin == Origin::Igp);
}

TEST_CASE("a short attribute may have an extended length, and is written without") {
    const auto attributes = decoded(join({{0x50, 1, 0, 1, 0}, {0x50, 2, 0, 0}}), kExternal);
    CHECK(encoded(attributes, kExternal) == join({kOrigin, kEmptyPath}));
}

TEST_CASE("a length above 255 is extended") {
    Attributes attributes;
    attributes.origin = Origin::Igp;
    attributes.communities.assign(64, 7);
    const auto block = encoded(attributes, kExternal);
    CHECK(Octets(block.begin() + 7, block.begin() + 11) == Octets{0xd0, 8, 1, 0});
    CHECK(decoded(block, kExternal) == attributes);
}

TEST_CASE("an IPv6 next hop is not written: it belongs into MP_REACH_NLRI") {
    Attributes attributes;
    attributes.origin = Origin::Igp;
    attributes.next_hop = Address::parse("2001:db8::1");
    CHECK(encoded(attributes, kExternal) == join({kOrigin, kEmptyPath}));
}

TEST_CASE("a writer without room fails") {
    Octets buffer(10);
    Writer out{buffer};
    encode_attributes(every_attribute(), kInternal, out);
    CHECK(out.failed());
}

TEST_CASE("the low bits of the flags mean nothing") {
    CHECK(decoded(join({{0x4f & ~0x10, 1, 1, 2}, kEmptyPath}), kExternal).origin == Origin::Incomplete);
}

TEST_CASE("an unknown optional transitive attribute goes on as partial (RFC 4271 section 5)") {
    const auto attributes = decoded(join({kOrigin, kEmptyPath, {0xc0, 99, 1, 7}}), kExternal);
    REQUIRE(attributes.unknown.size() == 1);
    CHECK(attributes.unknown[0] == UnknownAttribute{0xc0, 99, {7}});
    CHECK(encoded(attributes, kExternal) == join({kOrigin, kEmptyPath, {0xe0, 99, 1, 7}}));
}

TEST_CASE("an unknown optional attribute that is not transitive is ignored without a word") {
    CHECK(decoded(join({kOrigin, kEmptyPath, {0x80, 99, 1, 7}}), kExternal).unknown.empty());
}

TEST_CASE("unknown attributes are kept in order of type") {
    const auto attributes = decoded(join({{0xc0, 99, 0}, kOrigin, kEmptyPath, {0xc0, 40, 0}}), kExternal);
    REQUIRE(attributes.unknown.size() == 2);
    CHECK(attributes.unknown[0].type == 40);
}

TEST_CASE("large communities that repeat are removed (RFC 8092 section 3)") {
    const Octets community{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3};
    const auto attributes = decoded(join({kOrigin, kEmptyPath, {0xc0, 32, 24}, community, community}), kExternal);
    CHECK(attributes.large_communities == std::vector<LargeCommunity>{{1, 2, 3}});
}

TEST_CASE("MP attributes are passed over: parse_update has read them") {
    CHECK(decoded(join({kOrigin, kEmptyPath, {0x80, 15, 3, 0, 2, 1}}), kExternal) ==
          decoded(join({kOrigin, kEmptyPath}), kExternal));
}

TEST_CASE("communities are written with their names, others as two numbers") {
    CHECK(community_to_string(0x2f2cc36b) == "12076:50027");
    CHECK(community_to_string(0xffffff01) == "no-export");
    CHECK(community_to_string(0xffffff02) == "no-advertise");
    CHECK(community_to_string(0xffffff03) == "no-export-subconfed");
    CHECK(community_to_string(0xffffff04) == "no-peer");
    CHECK(community_to_string(0xffff0000) == "graceful-shutdown");
    CHECK(community_to_string(0xffff029a) == "blackhole");
    CHECK(to_string(LargeCommunity{65010, 1, 2}) == "65010:1:2");
}

TEST_CASE("a community is read as it is written: two numbers or a name") {
    for (const auto community : {0xfdf20009u, 0xffffff01u, 0xffff0000u, 0u})
        CHECK(parse_community(community_to_string(community)) == community);
    for (const auto* text : {"", "1", ":", "65536:1", "1:65536", "1:2:3", "no-exprot"})
        CHECK_FALSE_MESSAGE(parse_community(text), text);
}

TEST_CASE("a host's address is neither unspecified, loopback, multicast nor reserved") {
    for (const auto* text : {"192.0.2.1", "10.0.0.1", "223.255.255.255", "2001:db8::1", "fe80::1"})
        CHECK_MESSAGE(is_host_address(*Address::parse(text)), text);
    for (const auto* text : {"0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "255.255.255.255", "::", "::1", "ff02::1"})
        CHECK_FALSE_MESSAGE(is_host_address(*Address::parse(text)), text);
}

TEST_CASE("Partial stays on what came with it (RFC 4271 section 5)") {
    const Octets block = join({
        kOrigin,                                             //
        kEmptyPath,                                          //
        {0xe0, 7, 8, 0, 0, 0xfd, 0xe8, 10, 0, 0, 1},         // AGGREGATOR
        {0xe0, 8, 4, 0xfd, 0xe8, 0, 9},                      // COMMUNITIES
        {0xc0, 16, 8, 0, 2, 0xfd, 0xe8, 0, 0, 0, 1},         // EXTENDED COMMUNITIES, without
        {0xe0, 32, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3},  // LARGE_COMMUNITY
        {0xe0, 35, 4, 0, 0, 0xfd, 0xe8},                     // ONLY_TO_CUSTOMER
    });
    const auto decoded = decode_attributes(block, kExternal);
    REQUIRE(decoded.has_value());
    CHECK(std::popcount(decoded->attributes.partial) == 4);
    CHECK(encoded(decoded->attributes, kExternal) == block);
}

TEST_CASE("C-22: ONLY_TO_CUSTOMER is an AS number (RFC 9234 section 5)") {
    const Octets block = join({kOrigin, kEmptyPath, {0xc0, 35, 4, 0xfa, 0x56, 0xea, 1}});
    const auto decoded = decode_attributes(block, kExternal);
    REQUIRE(decoded.has_value());
    CHECK(decoded->attributes.only_to_customer == Asn{4200000001});
    CHECK(encoded(decoded->attributes, kExternal) == block);
}

TEST_CASE("an attribute longer than its length field can say is not written") {
    Attributes attributes;
    attributes.communities.resize(16'384);
    Octets buffer(100'000);
    Writer out{buffer};
    encode_attributes(attributes, kExternal, out);
    CHECK(out.failed());
}
