#include "msee/export.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::msee;

namespace {

wire::Attributes with_path(std::vector<Asn> path) {
    wire::Attributes attributes;
    attributes.as_path.segments = {{wire::SegmentType::AsSequence, std::move(path)}};
    return attributes;
}

const Address kSelf = Address::v4(0xc0000201);

}  // namespace

TEST_CASE("private AS numbers leave the path, public ones stay") {
    const auto attributes = export_attributes(with_path({Asn{65515}, Asn{8075}, Asn{4200000001}}), {}, kSelf);
    CHECK(attributes.as_path.to_string() == "12076 8075");
}

TEST_CASE("a route of a VNet has AS 12076 alone in its path") {
    CHECK(export_attributes(with_path({Asn{65515}}), {}, kSelf).as_path.to_string() == "12076");
    CHECK(export_attributes({}, {}, kSelf).as_path.to_string() == "12076");
}

TEST_CASE("local preference stays inside, the next hop is ourselves") {
    wire::Attributes inside;
    inside.local_pref = 100;
    inside.next_hop = Address::v4(0x0a000001);
    const auto attributes = export_attributes(inside, {}, kSelf);
    CHECK_FALSE(attributes.local_pref);
    CHECK(attributes.next_hop == kSelf);
}

TEST_CASE("communities are added once") {
    wire::Attributes inside;
    inside.communities = {(12076u << 16) | 50004};
    const ExportPolicy policy{.communities = {(12076u << 16) | 50004, (12076u << 16) | 20001}};
    CHECK(export_attributes(inside, policy, kSelf).communities.size() == 2);
}

TEST_CASE("a route filter lets out what bears one of its communities") {
    wire::Attributes exchange;
    exchange.communities = {(12076u << 16) | 5010};
    const ExportPolicy policy{.filter = {(12076u << 16) | 5010}};
    CHECK(passes(exchange, policy));
    CHECK_FALSE(passes({}, policy));
    CHECK(passes({}, {}));
}

TEST_CASE("a recording keeps its private AS numbers") {
    const ExportPolicy policy{.private_as = PrivateAs::Keep};
    CHECK(export_attributes(with_path({Asn{65015}, Asn{65014}}), policy, kSelf).as_path.to_string() ==
          "12076 65015 65014");
}
