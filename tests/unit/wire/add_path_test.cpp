#include <doctest/doctest.h>

#include "dyad/wire/update.hpp"
#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

constexpr NlriFormat kBoth{.ipv4_path_ids = true, .ipv6_path_ids = true};
constexpr AttributeContext kContext{.four_octet_as = true, .external = true};

const Octets kAttributes = join({{0x40, 1, 1, 0}, {0x40, 2, 0}, {0x40, 3, 4, 192, 0, 2, 1}});

Octets body(const Octets& withdrawn, const Octets& attributes, const Octets& nlri = {}) {
    return join({{0, static_cast<std::uint8_t>(withdrawn.size())},
                 withdrawn,
                 {0, static_cast<std::uint8_t>(attributes.size())},
                 attributes,
                 nlri});
}

Prefix prefix(const char* text) { return *Prefix::parse(text); }

}  // namespace

TEST_CASE("a path identifier stands in front of each prefix (RFC 7911 section 3)") {
    const auto update = decode_update(body({0, 0, 0, 9, 8, 10}, kAttributes, {0, 0, 0, 1, 8, 11, 0xff, 0, 0, 2, 8, 11}),
                                      kContext, kBoth);
    REQUIRE(update.has_value());
    CHECK(update->withdrawn == std::vector{prefix("10.0.0.0/8")});
    CHECK(update->withdrawn_ids == std::vector{PathId{9}});
    CHECK(update->announced == std::vector{prefix("11.0.0.0/8"), prefix("11.0.0.0/8")});
    CHECK(update->announced_ids == std::vector{PathId{1}, PathId{0xff000002}});
}

TEST_CASE("identifiers are asked for one family at a time") {
    const auto octets = body({8, 10}, {0x80, 15, 9, 0, 2, 1, 0, 0, 0, 7, 8, 0x20});
    const auto update = decode_update(octets, kContext, {.ipv6_path_ids = true});
    REQUIRE(update.has_value());
    CHECK(update->withdrawn == std::vector{prefix("10.0.0.0/8"), prefix("2000::/8")});
    CHECK(update->withdrawn_ids == std::vector{PathId{0}, PathId{7}});
}

TEST_CASE("C-02: NLRI that ends inside an identifier or behind it does not parse") {
    for (const Octets& nlri : {Octets{0}, Octets{0, 0, 0}, Octets{0, 0, 0, 1}, Octets{0, 0, 0, 1, 16, 10},
                               Octets{0, 0, 0, 1, 33, 1, 2, 3, 4, 5}}) {
        const auto view = parse_update(body({}, kAttributes, nlri), kBoth);
        REQUIRE_FALSE(view.has_value());
        CHECK(view.error().subcode == subcode::kInvalidNetworkField);
        CHECK_FALSE(parse_update(body(nlri, {}), kBoth).has_value());
    }
}

TEST_CASE("routes are written with their identifiers, of either family") {
    for (const auto& route : {prefix("10.1.0.0/16"), prefix("2001:db8::/32")}) {
        const std::vector prefixes{route, route, route};
        const std::vector ids{PathId{1}, PathId{0x01020304}, PathId{0}};
        const auto next_hop = route.family() == Family::Ipv4 ? Address::v4(0xc0000201) : *Address::parse("2001:db8::1");
        const Octets block = route.family() == Family::Ipv4 ? kAttributes : join({{0x40, 1, 1, 0}, {0x40, 2, 0}});
        Octets buffer(4096);
        Writer out{buffer};
        CHECK(encode_announcement(prefixes, block, next_hop, out, {.path_ids = ids}) == 3);
        const auto announced = decode_update(out.written().subspan(19), kContext, kBoth);
        REQUIRE(announced.has_value());
        CHECK(announced->announced == prefixes);
        CHECK(announced->announced_ids == ids);
        Writer again{buffer};
        CHECK(encode_withdrawal(prefixes, again, {.path_ids = ids}) == 3);
        const auto withdrawn = decode_update(again.written().subspan(19), kContext, kBoth);
        REQUIRE(withdrawn.has_value());
        CHECK(withdrawn->withdrawn_ids == ids);
    }
}

TEST_CASE("an UPDATE is as long as it may be (RFC 8654)") {
    std::vector<Prefix> prefixes;
    for (std::uint32_t i = 0; i < 20'000; ++i) prefixes.emplace_back(Address::v4(i << 8), std::uint8_t{24});
    Octets buffer(100'000);
    for (const std::size_t most : {std::size_t{4096}, std::size_t{65'535}, std::size_t{90'000}}) {
        Writer out{buffer};
        const auto count =
            encode_announcement(prefixes, kAttributes, Address::v4(0xc0000201), out, {.max_octets = most});
        const auto limit = std::min(most, std::size_t{65'535});
        CHECK(count == (limit - 23 - kAttributes.size()) / 4);
        CHECK(out.size() <= limit);
        CHECK(out.size() > limit - 4);
    }
}
