#include <doctest/doctest.h>

#include "dyad/wire/update.hpp"
#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

constexpr AttributeContext kExternal{.four_octet_as = true, .external = true};

const Octets kOrigin{0x40, 1, 1, 0};
const Octets kEmptyPath{0x40, 2, 0};
const Octets kNextHop{0x40, 3, 4, 192, 0, 2, 1};
const Octets kGlobal{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Octets kLinkLocal{0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};

Octets with_length(const Octets& field) {
    return join({{static_cast<std::uint8_t>(field.size() >> 8), static_cast<std::uint8_t>(field.size())}, field});
}
Octets body(const Octets& withdrawn, const Octets& attributes, const Octets& nlri = {}) {
    return join({with_length(withdrawn), with_length(attributes), nlri});
}
Octets attribute(std::uint8_t type, const Octets& value, std::uint8_t flags = 0x80) {
    return join({{flags, type, static_cast<std::uint8_t>(value.size())}, value});
}
/// MP_REACH_NLRI for IPv6 unicast.
Octets mp_reach(const Octets& next_hop, const Octets& nlri) {
    return attribute(14, join({
                             {0, 2},                                        // AFI
                             {1},                                           // SAFI
                             {static_cast<std::uint8_t>(next_hop.size())},  // length of next hop
                             next_hop,
                             {0},  // reserved
                             nlri,
                         }));
}

/// A view and the octets it looks into.
struct Parsed {
    Octets octets;
    UpdateView view;
    const UpdateView* operator->() const { return &view; }
    const UpdateView& operator*() const { return view; }
};

Parsed parsed(Octets octets) {
    const auto view = parse_update(octets);
    REQUIRE(view.has_value());
    return {std::move(octets), *view};
}

std::vector<std::string> prefixes(const NlriField& field) {
    std::vector<std::string> texts;
    NlriCursor cursor{field};
    while (const auto prefix = cursor.next()) texts.push_back(prefix->to_string());
    return texts;
}
using Texts = std::vector<std::string>;

void check_resets(const Octets& octets, std::uint8_t subcode) {
    const auto view = parse_update(octets);
    REQUIRE_FALSE(view.has_value());
    INFO(view.error().what);
    CHECK(view.error().severity == Severity::SessionReset);
    CHECK(view.error().subcode == subcode);
    CHECK(view.error().what.find("RFC ") != std::string::npos);
}

void check_disables(const Octets& octets, std::uint8_t subcode, Family family = Family::Ipv6) {
    const auto view = parse_update(octets);
    REQUIRE(view.has_value());
    REQUIRE(view->disabled.size() == 1);
    const auto& error = view->disabled.front();
    INFO(error.what);
    CHECK(error.severity == Severity::AfiSafiDisable);
    CHECK(error.family == family);
    CHECK(error.subcode == subcode);
    CHECK(error.what.find("RFC ") != std::string::npos);
    CHECK_FALSE(view->mp_announced.has_value());
    CHECK_FALSE(view->mp_withdrawn.has_value());
}

}  // namespace

TEST_CASE("an UPDATE is withdrawn routes, attributes and NLRI (RFC 4271 4.3)") {
    const auto octets = join({
        {0, 2},           // withdrawn routes length
        {8, 10},          // 10.0.0.0/8
        {0, 14},          // total path attribute length
        kOrigin,          //
        kEmptyPath,       //
        kNextHop,         //
        {24, 192, 0, 2},  // 192.0.2.0/24
        {0},              // the default route
    });
    const auto view = parsed(octets);
    CHECK(prefixes(view->withdrawn) == Texts{"10.0.0.0/8"});
    CHECK(prefixes(view->announced) == Texts{"192.0.2.0/24", "0.0.0.0/0"});
    CHECK(octets_of(view->attributes) == join({kOrigin, kEmptyPath, kNextHop}));
    CHECK(view->announces());
    CHECK_FALSE(view->has_mp);
    CHECK_FALSE(view->end_of_rib.has_value());
}

TEST_CASE("bits behind a prefix's length are irrelevant (RFC 4271 4.3)") {
    CHECK(prefixes(parsed(body({20, 10, 1, 0xff}, {}))->withdrawn) == Texts{"10.1.240.0/20"});
    const auto v6 = parsed(body({}, attribute(15, {0, 2, 1, 20, 0x20, 1, 0xff})));
    CHECK(prefixes(*v6->mp_withdrawn) == Texts{"2001:f000::/20"});
}

TEST_CASE("MP_REACH_NLRI has its own next hop and prefixes (RFC 4760 section 3)") {
    const auto octets = body({}, join({mp_reach(kGlobal, {32, 0x20, 1, 0x0d, 0xb8, 0}), kOrigin, kEmptyPath}));
    const auto view = parsed(octets);
    REQUIRE(view->mp_announced.has_value());
    CHECK(view->mp_announced->family == Family::Ipv6);
    CHECK(prefixes(*view->mp_announced) == Texts{"2001:db8::/32", "::/0"});
    CHECK(view->mp_next_hop == Address::parse("2001:db8::1"));
    CHECK(view->announces());
    CHECK(view->has_mp);
}

TEST_CASE("of two next hops the global one counts (RFC 2545 section 3)") {
    CHECK(parsed(body({}, mp_reach(join({kGlobal, kLinkLocal}), {0})))->mp_next_hop == Address::parse("2001:db8::1"));
}

TEST_CASE("where there is no global one the link-local one does") {
    const Octets none(16, 0);
    CHECK(parsed(body({}, mp_reach(join({none, kLinkLocal}), {0})))->mp_next_hop == Address::from_bytes(kLinkLocal));
    CHECK(parsed(body({}, mp_reach(kLinkLocal, {0})))->mp_next_hop == Address::from_bytes(kLinkLocal));
    CHECK(parsed(body({}, mp_reach(none, {0})))->mp_next_hop->is_unspecified());
}

TEST_CASE("MP attributes may carry IPv4 unicast") {
    const auto octets = body({}, join({
                                     attribute(14, {0, 1, 1, 4, 192, 0, 2, 1, 0, 8, 10}),
                                     attribute(15, {0, 1, 1, 8, 11}),
                                 }));
    const auto view = parsed(octets);
    CHECK(prefixes(*view->mp_announced) == Texts{"10.0.0.0/8"});
    CHECK(prefixes(*view->mp_withdrawn) == Texts{"11.0.0.0/8"});
    CHECK(view->mp_next_hop == Address::parse("192.0.2.1"));
}

TEST_CASE("families that are not ours are passed over") {
    const auto reach = parsed(body({}, attribute(14, {0, 1, 128, 12, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3, 4, 0, 255})));
    CHECK(reach->ignored_family);
    CHECK_FALSE(reach->announces());
    const auto unreach = parsed(body({}, attribute(15, {0, 25, 70})));
    CHECK(unreach->ignored_family);
    CHECK_FALSE(unreach->end_of_rib.has_value());
}

TEST_CASE("End-of-RIB is an empty UPDATE, or an empty MP_UNREACH_NLRI alone (RFC 4724 section 2)") {
    CHECK(parsed(body({}, {}))->end_of_rib == Family::Ipv4);
    CHECK(parsed(body({}, attribute(15, {0, 2, 1})))->end_of_rib == Family::Ipv6);
    CHECK(parsed(body({}, {0x90, 15, 0, 3, 0, 2, 1}))->end_of_rib == Family::Ipv6);
    CHECK_FALSE(parsed(body({}, join({kOrigin, attribute(15, {0, 2, 1})})))->end_of_rib.has_value());
    CHECK_FALSE(parsed(body({}, attribute(15, {0, 2, 1, 0})))->end_of_rib.has_value());
    CHECK_FALSE(parsed(body({8, 10}, {}))->end_of_rib.has_value());
}

TEST_CASE("field lengths beyond the message reset the session (RFC 7606 3.b)") {
    check_resets({0, 1, 0, 0}, subcode::kMalformedAttributeList);
    check_resets({0, 0, 0, 1}, subcode::kMalformedAttributeList);
    check_resets({0, 0, 0}, subcode::kMalformedAttributeList);
    check_resets({}, subcode::kMalformedAttributeList);
}

TEST_CASE("a prefix that does not parse resets the session (RFC 7606 5.3)") {
    check_resets(body({}, {}, {33, 1, 2, 3, 4, 5}), subcode::kInvalidNetworkField);
    check_resets(body({}, {}, {24, 192, 0}), subcode::kInvalidNetworkField);
    check_resets(body({33, 1, 2, 3, 4, 5}, {}), subcode::kInvalidNetworkField);
    check_resets(body({8}, {}), subcode::kInvalidNetworkField);
}

TEST_CASE("W-63, W-64, W-68: a prefix in an MP attribute that does not parse costs the family (RFC 7606 5.3)") {
    check_disables(body({}, attribute(15, {0, 1, 1, 33, 1, 2, 3, 4, 5})), subcode::kOptionalAttribute, Family::Ipv4);
    check_disables(body({}, attribute(15, {0, 2, 1, 129})), subcode::kOptionalAttribute);
    check_disables(body({}, mp_reach(kGlobal, {16, 0x20})), subcode::kOptionalAttribute);
}

TEST_CASE("W-62: a next hop of a length that is not its family's costs the family (RFC 7606 7.11)") {
    check_disables(body({}, mp_reach(Octets(15, 1), {})), subcode::kOptionalAttribute);
    check_disables(body({}, mp_reach(Octets(4, 1), {})), subcode::kOptionalAttribute);
    check_disables(body({}, mp_reach({}, {})), subcode::kOptionalAttribute);
    check_disables(body({}, attribute(14, {0, 1, 1, 16, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 0})),
                   subcode::kOptionalAttribute, Family::Ipv4);
}

TEST_CASE(
    "W-66, W-67: MP attributes that are cut short cost the family, or the session where none is named (RFC 7606 5.3)") {
    check_resets(body({}, attribute(15, {0, 2})), subcode::kOptionalAttribute);
    check_disables(body({}, attribute(14, {0, 2, 1, 0})), subcode::kOptionalAttribute);
    check_disables(body({}, attribute(14, {0, 2, 1, 16})), subcode::kOptionalAttribute);
    check_disables(body({}, {0x80, 14, 40, 0, 2, 1}), subcode::kOptionalAttribute);
}

TEST_CASE("W-65, U-17: MP attributes with other flags cost the family, twice the session (RFC 7606 5.3, 3.g)") {
    check_disables(body({}, attribute(15, {0, 2, 1}, 0xc0)), subcode::kAttributeFlags);
    check_resets(body({}, join({mp_reach(kGlobal, {0}), mp_reach(kGlobal, {0})})), subcode::kMalformedAttributeList);
    check_resets(body({}, join({attribute(15, {0, 2, 1}), attribute(15, {0, 1, 1})})),
                 subcode::kMalformedAttributeList);
}

TEST_CASE("a route's attributes are the block without MP attributes") {
    Octets scratch;
    const auto plain = body({}, join({kOrigin, kEmptyPath, kNextHop}), {0});
    CHECK(octets_of(attributes_without_mp(*parsed(plain), scratch)) == join({kOrigin, kEmptyPath, kNextHop}));
    CHECK(scratch.empty());
    const auto mixed = body({}, join({kOrigin, mp_reach(kGlobal, {0}), kEmptyPath, kNextHop}), {0});
    CHECK(octets_of(attributes_without_mp(*parsed(mixed), scratch)) == join({kOrigin, kEmptyPath, kNextHop}));
}

TEST_CASE("NEXT_HOP is no part of a route that MP_REACH_NLRI alone announces (RFC 4760 section 3)") {
    Octets scratch;
    const auto octets = body({}, join({kOrigin, mp_reach(kGlobal, {0}), attribute(3, {0, 0, 0, 0}, 0x40), kEmptyPath}));
    CHECK(octets_of(attributes_without_mp(*parsed(octets), scratch)) == join({kOrigin, kEmptyPath}));
}

TEST_CASE("a cut attribute stays in the block, for decode_attributes to judge") {
    Octets scratch;
    const auto octets = body({}, join({mp_reach(kGlobal, {0}), kOrigin, {0x40, 2, 9}}));
    CHECK(octets_of(attributes_without_mp(*parsed(octets), scratch)) == join({kOrigin, {0x40, 2, 9}}));
}

TEST_CASE("a bad attribute where nothing is announced resets the session (RFC 7606 5.2)") {
    const Octets bad_origin{0x40, 1, 1, 7};
    const auto alone = body({8, 10}, bad_origin);
    const auto error = error_without_routes(*parsed(alone), kExternal);
    REQUIRE(error.has_value());
    CHECK(error->severity == Severity::SessionReset);
    CHECK(error->subcode == subcode::kInvalidOrigin);
    CHECK(error->data == bad_origin);
    const auto with_route = body({}, bad_origin, {0});
    CHECK_FALSE(error_without_routes(*parsed(with_route), kExternal).has_value());
}

TEST_CASE("nothing is mandatory where nothing is announced") {
    const auto octets = body({8, 10}, attribute(4, {0, 0, 0, 1}));
    CHECK_FALSE(error_without_routes(*parsed(octets), kExternal).has_value());
    const auto end_of_rib = body({}, {});
    CHECK_FALSE(error_without_routes(*parsed(end_of_rib), kExternal).has_value());
}

TEST_CASE("an UPDATE as a value has the next hop of what it announces") {
    const auto v4 = decode_update(body({}, join({kOrigin, kEmptyPath, kNextHop}), {8, 10}), kExternal);
    REQUIRE(v4.has_value());
    CHECK(v4->announced == std::vector{*Prefix::parse("10.0.0.0/8")});
    CHECK(v4->attributes->next_hop == Address::parse("192.0.2.1"));
    const auto v6 = decode_update(body({}, join({mp_reach(kGlobal, {0}), kOrigin, kEmptyPath})), kExternal);
    REQUIRE(v6.has_value());
    CHECK(v6->attributes->next_hop == Address::parse("2001:db8::1"));
}

TEST_CASE("IPv4 routes without a NEXT_HOP are withdrawn (RFC 7606 3.d)") {
    const auto update = decode_update(body({}, join({kOrigin, kEmptyPath}), {8, 10}), kExternal);
    REQUIRE_FALSE(update.has_value());
    CHECK(update.error().severity == Severity::TreatAsWithdraw);
    CHECK(update.error().data == Octets{3});
}

TEST_CASE("M-09: what else an UPDATE with a broken MP attribute says is read") {
    const auto broken = attribute(14, {0, 2, 1, 16});
    const auto view = parsed(body({8, 10}, join({broken, kOrigin, kEmptyPath, kNextHop}), {8, 11}));
    CHECK(view->disabled.size() == 1);
    CHECK(prefixes(view->withdrawn) == Texts{"10.0.0.0/8"});
    CHECK(prefixes(view->announced) == Texts{"11.0.0.0/8"});
    const auto nothing_else = body({}, join({broken, {0x40, 1, 1, 7}}));
    CHECK_FALSE(error_without_routes(*parsed(nothing_else), kExternal).has_value());
}

TEST_CASE("two octets left over are no MP attribute, whatever they are (RFC 7606 section 4)") {
    const auto view = parsed(body({}, join({kOrigin, kEmptyPath, kNextHop, {0x80, 14}}), {8, 11}));
    CHECK(view->disabled.empty());
    std::vector<std::uint8_t> scratch;
    const auto decoded = decode_attributes(attributes_without_mp(*view, scratch), kExternal);
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error().severity == Severity::TreatAsWithdraw);
}

TEST_CASE("M-15: IPv4 routes may have an IPv6 next hop where that was agreed on (RFC 8950)") {
    const auto octets = body({}, attribute(14, join({{0, 1, 1, 16}, kGlobal, {0, 8, 10}})));
    check_disables(octets, subcode::kOptionalAttribute, Family::Ipv4);
    const auto view = parse_update(octets, {.ipv6_next_hop_of_ipv4 = true});
    REQUIRE(view.has_value());
    CHECK(view->mp_next_hop == Address::parse("2001:db8::1"));
    CHECK(prefixes(*view->mp_announced) == Texts{"10.0.0.0/8"});
}
