#include "decode/message.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::decode;

namespace {

const Octets kOrigin{0x40, 1, 1, 0};
const Octets kAsPath{0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe8};
const Octets kNextHop{0x40, 3, 4, 192, 0, 2, 1};

Octets update(const Octets& attributes, const Octets& nlri) {
    return message(2, Octets{0, 0, 0, static_cast<std::uint8_t>(attributes.size())} + attributes + nlri);
}

Octets open(const Octets& parameters) {
    return message(
        1, Octets{4, 0xfd, 0xe8, 0, 90, 192, 0, 2, 1, static_cast<std::uint8_t>(parameters.size())} + parameters);
}

}  // namespace

TEST_CASE("a KEEPALIVE is its header") {
    const auto read = dissect(message(4, {}), {});
    CHECK(read.message.name == "KEEPALIVE");
    CHECK(read.verdict.empty());
    CHECK(said(find(read.message, "Marker")) == "0+16 Marker = all ones");
    CHECK(said(find(read.message, "Length")) == "16+2 Length = 19");
}

TEST_CASE("an UPDATE's fields stand where they are") {
    const auto read = dissect(update(kOrigin + kAsPath + kNextHop, {24, 10, 1, 2}), {});
    CHECK(read.verdict.empty());
    CHECK_FALSE(is_malformed(read.message));
    CHECK(said(find(read.message, "ORIGIN")) == "23+4 ORIGIN = IGP (0)");
    CHECK(said(find(read.message, "AS_PATH")) == "27+9 AS_PATH = 65000");
    CHECK(said(find(read.message, "NEXT_HOP")) == "36+7 NEXT_HOP = 192.0.2.1");
    CHECK(said(find(read.message, "Prefix")) == "43+4 Prefix = 10.1.2.0/24");
}

TEST_CASE("AS numbers are read in the width that was agreed on") {
    const Octets two{0x40, 2, 4, 2, 1, 0xfd, 0xe8};
    const auto read = dissect(update(kOrigin + two + kNextHop, {8, 10}), {.four_octet_as = false});
    CHECK(said(find(read.message, "AS_PATH")) == "27+7 AS_PATH = 65000");
    CHECK(read.verdict.empty());
}

TEST_CASE("a malformed attribute is marked with what RFC 7606 has done about it, and reading goes on") {
    const Octets origin{0x40, 1, 2, 0, 0};
    const auto read = dissect(update(origin + kAsPath + kNextHop, {8, 10}), {});
    CHECK(read.verdict == "treat-as-withdraw");
    CHECK(said(find(read.message, "ORIGIN")) ==
          "23+5 ORIGIN = IGP (0) 00 !! treat-as-withdraw: ORIGIN has 2 octets, not 1 (RFC 7606 7.1)");
    CHECK(said(find(read.message, "left over")) == "27+1 left over = 00 !! treat-as-withdraw: 1 octet too many");
    CHECK(said(find(read.message, "Prefix")) == "44+2 Prefix = 10.0.0.0/8");
}

TEST_CASE("each malformed attribute is marked, not the worst alone") {
    const Octets origin{0x40, 1, 1, 7}, aggregator{0xc0, 7, 2, 0, 1};
    const auto read = dissect(update(origin + kAsPath + kNextHop + aggregator, {8, 10}), {});
    CHECK(find(read.message, "ORIGIN")->fault->consequence == "treat-as-withdraw");
    CHECK(find(read.message, "AGGREGATOR")->fault->consequence == "attribute-discard");
}

TEST_CASE("a mandatory attribute that is missing is a fault of the message") {
    const auto read = dissect(update(kOrigin + kNextHop, {8, 10}), {});
    CHECK(read.message.fault->what == "AS_PATH is missing (RFC 7606 3.d)");
    CHECK(read.verdict == "treat-as-withdraw");
}

TEST_CASE("an attribute that comes twice is marked at its second place") {
    const auto read = dissect(update(kOrigin + kOrigin + kAsPath + kNextHop, {8, 10}), {});
    CHECK(read.verdict == "attribute-discard");
    const auto& attributes = find(read.message, "Path Attributes")->fields;
    CHECK_FALSE(attributes[0].fault);
    CHECK(attributes[1].fault->consequence == "attribute-discard");
}

TEST_CASE("a length that runs over the end is marked where it stands") {
    const auto read = dissect(message(2, {0, 9, 8, 10}), {});
    CHECK(said(find(read.message, "Withdrawn Routes Length"))
              .starts_with("19+2 Withdrawn Routes Length = 9 !! session-reset"));
}

TEST_CASE("a capability's fields are named, one with a wrong length is ignored") {
    const auto read = dissect(open({2, 14, 1, 4, 0, 2, 0, 1, 65, 4, 0, 0, 0xfd, 0xe8, 2, 0}), {});
    CHECK(read.verdict.empty());
    CHECK(said(find(read.message, "Capability")) ==
          "31+6 Capability = Multiprotocol Extensions (1): IPv6 (2) unicast (1)");
    const auto bad = dissect(open({2, 4, 1, 2, 0, 2}), {});
    CHECK(bad.verdict == "ignored");
}

TEST_CASE("RFC 9072's longer parameters are followed") {
    const auto read = dissect(message(1, {4, 0xfd, 0xe8, 0, 90, 192, 0, 2, 1, 255, 255, 0, 5, 2, 0, 2, 2, 0}), {});
    CHECK(read.verdict.empty());
    CHECK(find(read.message, "Capability") != nullptr);
    CHECK(said(find(read.message, "Extended Optional Parameters Length")) ==
          "30+2 Extended Optional Parameters Length = 5");
}

TEST_CASE("a shutdown's text is shown, with what a terminal would obey escaped") {
    const auto read = dissect(message(3, {6, 2, 4, 'b', 'y', 'e', 0x1b}), {});
    CHECK(said(find(read.message, "Shutdown Communication")) == "22+4 Shutdown Communication = \"bye\\x1b\"");
    CHECK(find(read.message, "Error Subcode")->value == "Cease/Administrative Shutdown (2)");
}

TEST_CASE("families we do not speak are read as far as their routes' lengths") {
    const Octets evpn{0x80, 14, 18, 0, 25, 70, 4, 192, 0, 2, 1, 0, 2, 2, 0xaa, 0xbb, 3, 1, 0xcc, 4, 0};
    const auto read = dissect(update(kOrigin + kAsPath + evpn, {}), {});
    CHECK_FALSE(is_malformed(
        dissect(update(kOrigin + kAsPath + Octets{0x80, 14, 9, 0, 1, 133, 0, 0, 3, 1, 8, 10}, {}), {}).message));
    CHECK(find(read.message, "Subsequent Address Family")->value == "EVPN (70)");
    CHECK(find(read.message, "NLRI")->fields.size() == 3);
}

TEST_CASE("path identifiers stand before their routes where they were agreed on") {
    const auto read = dissect(update(kOrigin + kAsPath + kNextHop, {0, 0, 0, 7, 8, 10}), {.add_path = {{1, 1}}});
    CHECK(said(find(read.message, "Path Identifier")) == "43+4 Path Identifier = 7");
    CHECK(said(find(read.message, "Prefix")) == "47+2 Prefix = 10.0.0.0/8");
}

TEST_CASE("a message that is not whole is read as far as it goes") {
    auto octets = message(2, Octets{0, 0, 0, 4} + kOrigin);
    octets.resize(24);
    const auto read = dissect(octets, {});
    CHECK(read.verdict == "incomplete");
    CHECK(said(find(read.message, "Length")) == "16+2 Length = 27 !! incomplete: says 27 octets, 24 are there");
}

TEST_CASE("octets that are no message at all are an answer too") {
    CHECK(dissect({}, {}).verdict == "incomplete");
    const auto read = dissect(Octets(19, 0), {});
    CHECK(read.verdict == "session-reset (NOTIFICATION Message Header Error/Connection Not Synchronized)");
}
