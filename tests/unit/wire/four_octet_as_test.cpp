#include <doctest/doctest.h>

#include "dyad/wire/attributes.hpp"
#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

constexpr AttributeContext kOldSpeaker{.four_octet_as = false, .external = true};
constexpr AttributeContext kNewSpeaker{.four_octet_as = true, .external = true};

const Octets kOrigin{0x40, 1, 1, 0};
const Octets kTrans{0x5b, 0xa0};

Octets with_header(Octets header, const Octets& value) {
    header.push_back(static_cast<std::uint8_t>(value.size()));
    return join({header, value});
}
Octets as_path(const Octets& value) { return with_header({0x40, 2}, value); }
Octets as4_path(const Octets& value) { return with_header({0xc0, 17}, value); }
Octets aggregator(const Octets& value) { return with_header({0xc0, 7}, value); }
Octets as4_aggregator(const Octets& value) { return with_header({0xc0, 18}, value); }

DecodedAttributes decoded(const Octets& block, const AttributeContext& context = kOldSpeaker) {
    auto result = decode_attributes(block, context);
    REQUIRE(result.has_value());
    return *result;
}

std::string path_text(const Octets& as_path_value, const Octets& as4_path_value) {
    return decoded(join({kOrigin, as_path(as_path_value), as4_path(as4_path_value)})).attributes.as_path.to_string();
}

Octets encoded(const Attributes& attributes) {
    Octets buffer(4096);
    Writer out{buffer};
    encode_attributes(attributes, kOldSpeaker, out);
    return octets_of(out.written());
}

}  // namespace

TEST_CASE("paths of equal length: AS4_PATH is the path (RFC 6793 4.2.3)") {
    CHECK(path_text(join({{2, 2, 0, 100}, kTrans}), {2, 2, 0, 0, 0, 100, 0, 3, 0, 5}) == "100 196613");
}

TEST_CASE("a longer AS_PATH leads the AS4_PATH with what is more") {
    CHECK(path_text(join({{2, 3, 0, 7, 0, 100}, kTrans}), {2, 2, 0, 0, 0, 100, 0, 3, 0, 5}) == "7 100 196613");
}

TEST_CASE("a shorter AS_PATH is the path alone") {
    CHECK(path_text({2, 1, 0, 7}, {2, 2, 0, 0, 0, 100, 0, 3, 0, 5}) == "7");
}

TEST_CASE("a set counts as one when the paths are merged, and is taken whole") {
    CHECK(path_text(join({{1, 2, 0, 7, 0, 8}, {2, 1}, kTrans}), {2, 1, 0, 3, 0, 5}) == "{7,8} 196613");
}

TEST_CASE("a confederation's leading segment stays in front") {
    const AttributeContext internal{.four_octet_as = false, .external = false};
    const auto block = join({kOrigin, as_path(join({{3, 1, 0xfc, 0}, {2, 1}, kTrans})), as4_path({2, 1, 0, 3, 0, 5})});
    CHECK(decoded(block, internal).attributes.as_path.to_string() == "(64512) 196613");
}

TEST_CASE("an AGGREGATOR of AS_TRANS is the AS4_AGGREGATOR") {
    const auto block = join(
        {kOrigin, as_path({}), aggregator(join({kTrans, {192, 0, 2, 1}})), as4_aggregator({0, 3, 0, 5, 192, 0, 2, 2})});
    CHECK(decoded(block).attributes.aggregator == Aggregator{Asn{196613}, Address::v4(0xc0000202)});
}

TEST_CASE("an AGGREGATOR of another AS makes both AS4 attributes void (RFC 6793 4.2.3)") {
    const auto block = join({kOrigin, as_path(join({{2, 1}, kTrans})), aggregator({0, 9, 192, 0, 2, 1}),
                             as4_path({2, 1, 0, 3, 0, 5}), as4_aggregator({0, 3, 0, 5, 192, 0, 2, 2})});
    const auto attributes = decoded(block).attributes;
    CHECK(attributes.aggregator == Aggregator{Asn{9}, Address::v4(0xc0000201)});
    CHECK(attributes.as_path.to_string() == "23456");
}

TEST_CASE("an AS4_AGGREGATOR alone aggregates nothing") {
    CHECK_FALSE(decoded(join({kOrigin, as_path({}), as4_aggregator({0, 3, 0, 5, 192, 0, 2, 2})}))
                    .attributes.aggregator.has_value());
}

TEST_CASE("AS4 attributes from a four-octet speaker are discarded (RFC 6793 section 6)") {
    const auto result =
        decoded(join({kOrigin, as_path({}), as4_path({2, 1, 0, 3, 0, 5}), as4_aggregator({0, 3, 0, 5, 192, 0, 2, 2})}),
                kNewSpeaker);
    CHECK(result.discarded.size() == 2);
    CHECK(result.attributes.as_path.segments.empty());
    CHECK(result.attributes.unknown.empty());
}

TEST_CASE("malformed AS4 attributes are discarded and the route stays (RFC 6793 section 6, RFC 7607)") {
    for (const auto& bad : {
             as4_path({}),                                // nothing
             as4_path({2, 1, 0, 0}),                      // too short for an AS
             as4_path({2, 0, 0, 0, 0, 0}),                // an empty segment
             as4_path({2, 2, 0, 0, 0, 1}),                // an overrun
             as4_path({9, 1, 0, 0, 0, 1}),                // a type nobody knows
             as4_path({2, 1, 0, 0, 0, 0}),                // AS 0
             as4_aggregator({0, 3, 0, 5, 192, 0, 2}),     // 7 octets
             as4_aggregator({0, 0, 0, 0, 192, 0, 2, 1}),  // AS 0
         }) {
        const auto result = decoded(join({kOrigin, as_path({2, 1, 0, 7}), bad}));
        CHECK(result.attributes.as_path.to_string() == "7");
        REQUIRE(result.discarded.size() == 1);
        CHECK(result.discarded[0].data == bad);
    }
}

TEST_CASE("confederation segments in an AS4_PATH are left out (RFC 6793 section 6)") {
    CHECK(path_text(join({{2, 1}, kTrans}), {3, 1, 0, 0, 0xfc, 0, 2, 1, 0, 3, 0, 5}) == "196613");
}

TEST_CASE("an OLD speaker gets AS_TRANS, and the truth beside it (RFC 6793 4.2.2)") {
    Attributes attributes;
    attributes.origin = Origin::Igp;
    attributes.as_path.prepend(Asn{196613});
    attributes.as_path.prepend(Asn{7});
    attributes.aggregator = Aggregator{Asn{196613}, Address::v4(0xc0000201)};
    CHECK(encoded(attributes) == join({
                                     kOrigin,
                                     as_path(join({{2, 2, 0, 7}, kTrans})),
                                     aggregator(join({kTrans, {192, 0, 2, 1}})),
                                     as4_path({2, 2, 0, 0, 0, 7, 0, 3, 0, 5}),
                                     as4_aggregator({0, 3, 0, 5, 192, 0, 2, 1}),
                                 }));
}

TEST_CASE("an OLD speaker gets no AS4 attributes where two octets tell all") {
    Attributes attributes;
    attributes.origin = Origin::Igp;
    attributes.as_path.prepend(Asn{7});
    attributes.aggregator = Aggregator{Asn{7}, Address::v4(0xc0000201)};
    CHECK(encoded(attributes) == join({kOrigin, as_path({2, 1, 0, 7}), aggregator({0, 7, 192, 0, 2, 1})}));
}
