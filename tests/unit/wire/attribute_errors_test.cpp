#include <doctest/doctest.h>

#include "dyad/wire/attributes.hpp"
#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

constexpr AttributeContext kInternal{.four_octet_as = true, .external = false};
constexpr AttributeContext kExternal{.four_octet_as = true, .external = true};

const Octets kOrigin{0x40, 1, 1, 0};
const Octets kEmptyPath{0x40, 2, 0};

UpdateError error_of(const Octets& block, const AttributeContext& context = kInternal) {
    const auto decoded = decode_attributes(block, context);
    REQUIRE_FALSE(decoded.has_value());
    return decoded.error();
}

/// The attribute beside sound mandatory ones withdraws the routes, its octets are told.
void check_withdraws(const Octets& attribute, std::uint8_t subcode, const AttributeContext& context = kInternal) {
    const auto error = error_of(attribute[1] == 1   ? join({attribute, kEmptyPath})
                                : attribute[1] == 2 ? join({attribute, kOrigin})
                                                    : join({kOrigin, kEmptyPath, attribute}),
                                context);
    INFO(error.what);
    CHECK(error.severity == Severity::TreatAsWithdraw);
    CHECK(error.subcode == subcode);
    CHECK(error.attribute == attribute[1]);
    CHECK(error.data == attribute);
    CHECK(error.what.find("RFC ") != std::string::npos);
}

/// The attribute is dropped, and the route is what it is without.
void check_discards(const Octets& attribute, const AttributeContext& context = kInternal) {
    const auto decoded = decode_attributes(join({kOrigin, kEmptyPath, attribute}), context);
    REQUIRE(decoded.has_value());
    REQUIRE(decoded->discarded.size() == 1);
    const auto& error = decoded->discarded[0];
    INFO(error.what);
    CHECK(error.severity == Severity::AttributeDiscard);
    CHECK(error.attribute == attribute[1]);
    CHECK(error.data == attribute);
    CHECK(decoded->attributes == decode_attributes(join({kOrigin, kEmptyPath}), context)->attributes);
}

}  // namespace

TEST_CASE("ORIGIN: a bad length or value withdraws (RFC 7606 7.1)") {
    check_withdraws({0x40, 1, 0}, subcode::kAttributeLength);
    check_withdraws({0x40, 1, 2, 0, 0}, subcode::kAttributeLength);
    check_withdraws({0x40, 1, 1, 3}, subcode::kInvalidOrigin);
}

TEST_CASE("AS_PATH: a malformed segment withdraws (RFC 7606 7.2)") {
    check_withdraws({0x40, 2, 6, 5, 1, 0, 0, 0, 1}, subcode::kMalformedAsPath);        // type 5
    check_withdraws({0x40, 2, 6, 0, 1, 0, 0, 0, 1}, subcode::kMalformedAsPath);        // type 0
    check_withdraws({0x40, 2, 6, 2, 2, 0, 0, 0, 1}, subcode::kMalformedAsPath);        // overrun
    check_withdraws({0x40, 2, 7, 2, 1, 0, 0, 0, 1, 2}, subcode::kMalformedAsPath);     // one octet left
    check_withdraws({0x40, 2, 8, 2, 1, 0, 0, 0, 1, 2, 0}, subcode::kMalformedAsPath);  // an empty segment
}

TEST_CASE("AS_PATH: AS 0 withdraws (RFC 7607)") {
    check_withdraws({0x40, 2, 10, 2, 2, 0, 0, 0, 1, 0, 0, 0, 0}, subcode::kMalformedAsPath);
}

TEST_CASE("AS_PATH: confederation segments from outside withdraw (RFC 5065 section 5)") {
    const Octets path{0x40, 2, 6, 3, 1, 0, 0, 0xfd, 0xe8};
    check_withdraws(path, subcode::kMalformedAsPath, kExternal);
    CHECK(decode_attributes(join({kOrigin, path}), kInternal).has_value());
}

TEST_CASE("NEXT_HOP: a bad length, or no host's address, withdraws (RFC 7606 7.3, 3.e)") {
    check_withdraws({0x40, 3, 3, 192, 0, 2}, subcode::kAttributeLength);
    check_withdraws({0x40, 3, 5, 192, 0, 2, 1, 0}, subcode::kAttributeLength);
    check_withdraws({0x40, 3, 0}, subcode::kAttributeLength);
    check_withdraws({0x40, 3, 4, 0, 0, 0, 0}, subcode::kInvalidNextHop);
    check_withdraws({0x40, 3, 4, 224, 0, 0, 5}, subcode::kInvalidNextHop);
}

TEST_CASE("MULTI_EXIT_DISC and LOCAL_PREF: a bad length withdraws (RFC 7606 7.4, 7.5)") {
    check_withdraws({0x80, 4, 3, 0, 0, 1}, subcode::kAttributeLength);
    check_withdraws({0x80, 4, 0}, subcode::kAttributeLength);
    check_withdraws({0x40, 5, 3, 0, 0, 1}, subcode::kAttributeLength);
}

TEST_CASE("lists that are empty or end in the middle withdraw (RFC 7606 7.8, 7.10, 7.14; RFC 8092 section 6)") {
    check_withdraws({0xc0, 8, 5, 0, 0, 0, 1, 0}, subcode::kAttributeLength);
    check_withdraws({0xc0, 8, 0}, subcode::kAttributeLength);
    check_withdraws({0x80, 10, 3, 0, 0, 1}, subcode::kAttributeLength);
    check_withdraws({0x80, 10, 0}, subcode::kAttributeLength);
    check_withdraws({0xc0, 16, 7, 0, 2, 0, 0, 0, 0, 0}, subcode::kAttributeLength);
    check_withdraws({0xc0, 16, 0}, subcode::kAttributeLength);
    check_withdraws({0xc0, 32, 11, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0}, subcode::kAttributeLength);
    check_withdraws({0xc0, 32, 0}, subcode::kAttributeLength);
}

TEST_CASE("ORIGINATOR_ID: a bad length withdraws (RFC 7606 7.9)") {
    check_withdraws({0x80, 9, 3, 1, 2, 3}, subcode::kAttributeLength);
}

TEST_CASE("ATOMIC_AGGREGATE and AGGREGATOR: a bad length discards (RFC 7606 7.6, 7.7)") {
    check_discards({0x40, 6, 1, 0});
    check_discards({0xc0, 7, 7, 0, 0, 0, 1, 192, 0, 2});
    check_discards({0xc0, 7, 6, 0, 1, 192, 0, 2, 1});  // two-octet AS on a four-octet session
    check_discards({0xc0, 7, 0});
}

TEST_CASE("AGGREGATOR: AS 0 discards (RFC 7607)") { check_discards({0xc0, 7, 8, 0, 0, 0, 0, 192, 0, 2, 1}); }

TEST_CASE(
    "what only internal neighbors may send is discarded from others, whatever it holds (RFC 7606 7.5, 7.9, 7.10)") {
    check_discards({0x40, 5, 4, 0, 0, 0, 100}, kExternal);
    check_discards({0x40, 5, 3, 0, 0, 1}, kExternal);
    check_discards({0x80, 9, 4, 192, 0, 2, 1}, kExternal);
    check_discards({0x80, 10, 3, 0, 0, 1}, kExternal);
}

TEST_CASE("Optional or Transitive bits that are not the attribute's own withdraw (RFC 7606 3.c)") {
    check_withdraws({0xc0, 1, 1, 0}, subcode::kAttributeFlags);
    check_withdraws({0x00, 2, 0}, subcode::kAttributeFlags);
    check_withdraws({0x80, 3, 4, 192, 0, 2, 1}, subcode::kAttributeFlags);
    check_withdraws({0xc0, 4, 4, 0, 0, 0, 1}, subcode::kAttributeFlags);
    check_withdraws({0xc0, 6, 0}, subcode::kAttributeFlags);
    check_withdraws({0x80, 7, 8, 0, 0, 0, 1, 192, 0, 2, 1}, subcode::kAttributeFlags);
    check_withdraws({0x80, 8, 4, 0, 0, 0, 1}, subcode::kAttributeFlags);
    check_withdraws({0xc0, 9, 4, 192, 0, 2, 1}, subcode::kAttributeFlags);
    check_withdraws({0x40, 32, 12, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3}, subcode::kAttributeFlags);
}

TEST_CASE("the Partial bit is no one's fault") {
    CHECK(decode_attributes(join({{0x60, 1, 1, 0}, kEmptyPath}), kExternal).has_value());
}

TEST_CASE("a missing ORIGIN or AS_PATH withdraws, and its type is told (RFC 7606 3.d)") {
    const auto no_origin = error_of(kEmptyPath);
    CHECK(no_origin.severity == Severity::TreatAsWithdraw);
    CHECK(no_origin.subcode == subcode::kMissingWellKnown);
    CHECK(no_origin.data == Octets{1});
    CHECK(error_of(kOrigin).data == Octets{2});
}

TEST_CASE("an unknown well-known attribute resets the session, with the whole of it (RFC 4271 6.3)") {
    const Octets attribute{0x40, 99, 1, 7};
    const auto error = error_of(join({kOrigin, kEmptyPath, attribute}));
    CHECK(error.severity == Severity::SessionReset);
    CHECK(error.notification() == Notification{ErrorCode::UpdateMessage, subcode::kUnrecognizedWellKnown, attribute});
}

TEST_CASE("an attribute that overruns the block withdraws (RFC 7606 section 4)") {
    check_withdraws({0x80, 4, 5, 0, 0, 0, 1}, subcode::kAttributeLength);
    check_withdraws({0xd0, 8, 0x10, 0, 0}, subcode::kAttributeLength);
}

TEST_CASE("octets too few for an attribute withdraw (RFC 7606 section 4)") {
    check_withdraws({0x80, 4}, subcode::kMalformedAttributeList);
    check_withdraws({0x90, 4, 0}, subcode::kMalformedAttributeList);
}

TEST_CASE("of an attribute that is there twice the first counts (RFC 7606 3.g)") {
    const Octets again{0x80, 4, 4, 0, 0, 0, 2};
    const auto decoded = decode_attributes(join({kOrigin, kEmptyPath, {0x80, 4, 4, 0, 0, 0, 1}, again}), kExternal);
    REQUIRE(decoded.has_value());
    CHECK(decoded->attributes.med == 1);
    REQUIRE(decoded->discarded.size() == 1);
    CHECK(decoded->discarded[0].data == again);
    const auto unknown = decode_attributes(join({kOrigin, kEmptyPath, {0xc0, 99, 0}, {0xc0, 99, 1, 1}}), kExternal);
    CHECK(unknown->attributes.unknown.size() == 1);
}

TEST_CASE("the worst of several errors counts, the first of equals (RFC 7606 3.h)") {
    const Octets bad_aggregator{0xc0, 7, 0}, bad_origin{0x40, 1, 1, 9}, bad_med{0x80, 4, 0}, unknown{0x40, 99, 0};
    CHECK(error_of(join({bad_aggregator, bad_origin, bad_med, kEmptyPath})).attribute == 1);
    CHECK(error_of(join({bad_origin, kEmptyPath, unknown})).severity == Severity::SessionReset);
}

TEST_CASE("what is discarded is told up to a limit") {
    auto block = join({kOrigin, kEmptyPath});
    for (int i = 0; i < 100; ++i) block.insert(block.end(), {0x40, 1, 1, 0});
    const auto decoded = decode_attributes(block, kExternal);
    REQUIRE(decoded.has_value());
    CHECK(decoded->discarded.size() == 16);
}

TEST_CASE("W-54, C-11: ONLY_TO_CUSTOMER of another length than four withdraws the routes (RFC 9234 section 5)") {
    for (const Octets& bad : {Octets{0xc0, 35, 3, 0, 0, 1}, Octets{0xc0, 35, 0}, Octets{0x80, 35, 4, 0, 0, 0, 1}}) {
        const auto decoded = decode_attributes(join({kOrigin, kEmptyPath, bad}), kExternal);
        REQUIRE_FALSE(decoded.has_value());
        CHECK(decoded.error().severity == Severity::TreatAsWithdraw);
        CHECK(decoded.error().data == bad);
    }
}

TEST_CASE("A-05: AS4 attributes of a four-octet speaker are discarded, whatever their flags") {
    const auto decoded = decode_attributes(join({kOrigin, kEmptyPath, {0x40, 17, 1, 9}, {0x80, 18, 0}}), kExternal);
    REQUIRE(decoded.has_value());
    CHECK(decoded->discarded.size() == 2);
}
