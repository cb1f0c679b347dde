#include "decode/attributes.hpp"

#include <algorithm>
#include <array>

#include "decode/nlri.hpp"
#include "decode/shapes.hpp"
#include "decode/words.hpp"
#include "dyad/wire/attributes.hpp"
#include "wire/raw_attribute.hpp"

namespace dyad::decode {
namespace {

constexpr std::array kOrigins{Name{0, "IGP"}, Name{1, "EGP"}, Name{2, "INCOMPLETE"}};
constexpr std::array kSegments{Name{1, "AS_SET"}, Name{2, "AS_SEQUENCE"}, Name{3, "AS_CONFED_SEQUENCE"},
                               Name{4, "AS_CONFED_SET"}};
constexpr std::array kTunnels{Name{0, "no tunnel"},           Name{1, "RSVP-TE P2MP LSP"}, Name{2, "mLDP P2MP LSP"},
                              Name{3, "PIM-SSM tree"},        Name{4, "PIM-SM tree"},      Name{5, "BIDIR-PIM tree"},
                              Name{6, "ingress replication"}, Name{7, "mLDP MP2MP LSP"}};

constexpr std::array kOrigin{Part{"Origin", 1, named<kOrigins>}};
constexpr std::array kNextHopAddress{Part{"Next Hop", 4, address}};
constexpr std::array kMetric{Part{"Metric", 4, number}};
constexpr std::array kPreference{Part{"Preference", 4, number}};
constexpr std::array<Part, 0> kNoValue{};
constexpr std::array kOriginator{Part{"Originator", 4, address}};
constexpr std::array kAsAndAddress4{Part{"AS", 4, number}, Part{"Address", 4, address}};
constexpr std::array kAsAndAddress2{Part{"AS", 2, number}, Part{"Address", 4, address}};
constexpr std::array kOnlyToCustomer{Part{"AS", 4, number}};
constexpr std::array kTunnel{Part{"Flags", 1, bits}, Part{"Tunnel Type", 1, named<kTunnels>},
                             Part{"MPLS Label", 3, label}, Part{"Tunnel Identifier", kRest, hex}};
constexpr std::array kUnreadValue{Part{"Value", kRest, hex}};

constexpr Part kCommunity{"Community", 4, community}, kCluster{"Cluster", 4, address},
    kExtended{"Community", 8, extended_community}, kExtended6{"Community", 20, hex},
    kLarge{"Community", 12, large_community};
constexpr Part kType1{"Type", 1, number}, kType2{"Type", 2, number}, kLength2{"Length", 2, number};

void segments(Cursor& in, Fields& out, std::size_t asn_octets) {
    while (!in.empty())
        nest("Segment", "RFC 4271 4.3", in, out, [&](Field& field) {
            const auto type = in.read({"Segment Type", 1, named<kSegments>}, field.fields);
            const auto count = in.read({"Segment Length", 1, number}, field.fields);
            auto asns = in.sub(count * asn_octets, field.fields);
            Fields read;
            while (!asns.empty()) asns.read({"AS", asn_octets, number}, read);
            constexpr std::uint64_t kSet = 1, kSequence = 2;
            const auto words = summary(read);
            field.value = type == kSequence ? words : (type == kSet ? "{" : "(") + words + (type == kSet ? "}" : ")");
            std::ranges::move(read, std::back_inserter(field.fields));
        });
}

void as_path(Cursor& in, Fields& out, const Context& context) { segments(in, out, context.four_octet_as ? 4 : 2); }
void as4_path(Cursor& in, Fields& out, const Context&) { segments(in, out, 4); }

void aggregator(Cursor& in, Fields& out, const Context& context) {
    in.read(context.four_octet_as ? Layout{kAsAndAddress4} : Layout{kAsAndAddress2}, out);
}

constexpr std::array kMpFamily{Part{"Address Family", 2, afi}, Part{"Subsequent Address Family", 1, safi}};

wire::Multiprotocol read_mp_family(Cursor& in, Fields& out) {
    const auto afi = static_cast<std::uint16_t>(in.read(kMpFamily[0], out));
    return {afi, static_cast<std::uint8_t>(in.read(kMpFamily[1], out))};
}

void mp_routes(const char* name, Cursor& in, Fields& out, const wire::Multiprotocol& family, const Context& context) {
    if (in.cut()) return;
    nest(name, "RFC 4760 5", in, out, [&](Field& field) { read_routes(in, field.fields, family, context); });
}

void mp_reach(Cursor& in, Fields& out, const Context& context) {
    const auto family = read_mp_family(in, out);
    const auto length = in.read({"Length of Next Hop", 1, number}, out);
    auto next_hop = in.sub(length, out);
    if (!next_hop.empty()) next_hop.read({"Next Hop", kRest, address}, out);
    in.read({"Reserved", 1, number}, out);
    mp_routes("NLRI", in, out, family, context);
}

void mp_unreach(Cursor& in, Fields& out, const Context& context) {
    const auto family = read_mp_family(in, out);
    mp_routes("Withdrawn Routes", in, out, family, context);
}

/// RFC 7311 section 3: the length counts the TLV's own three octets.
void aigp(Cursor& in, Fields& out, const Context&) {
    constexpr std::uint64_t kHeader = 3;
    while (!in.empty())
        nest("TLV", "RFC 7311 3", in, out, [&](Field& field) {
            in.read(kType1, field.fields);
            const auto length = in.read(kLength2, field.fields);
            auto value = in.sub(length < kHeader ? 0 : length - kHeader, field.fields);
            value.read({"Metric", kRest, number}, field.fields);
        });
}

/// RFC 6368 section 5: a customer's attributes, in four-octet form. One inside another is left as it is.
void attribute_set(Cursor& in, Fields& out, const Context&);

struct AttributeShape {
    std::uint8_t type;
    std::string_view rfc;
    Read read;
};
constexpr std::array kAttributeShapes{
    AttributeShape{1, "RFC 4271 5.1.1", once<kOrigin>},
    AttributeShape{2, "RFC 4271 5.1.2", as_path},
    AttributeShape{3, "RFC 4271 5.1.3", once<kNextHopAddress>},
    AttributeShape{4, "RFC 4271 5.1.4", once<kMetric>},
    AttributeShape{5, "RFC 4271 5.1.5", once<kPreference>},
    AttributeShape{6, "RFC 4271 5.1.6", once<kNoValue>},
    AttributeShape{7, "RFC 4271 5.1.7", aggregator},
    AttributeShape{8, "RFC 1997", each<kCommunity>},
    AttributeShape{9, "RFC 4456 8", once<kOriginator>},
    AttributeShape{10, "RFC 4456 8", each<kCluster>},
    AttributeShape{14, "RFC 4760 3", mp_reach},
    AttributeShape{15, "RFC 4760 4", mp_unreach},
    AttributeShape{16, "RFC 4360 2", each<kExtended>},
    AttributeShape{17, "RFC 6793 3", as4_path},
    AttributeShape{18, "RFC 6793 3", once<kAsAndAddress4>},
    AttributeShape{22, "RFC 6514 5", once<kTunnel>},
    AttributeShape{23, "RFC 9012 2", type_length_values<kType2, kLength2>},
    AttributeShape{24, "RFC 5543 3", once<kUnreadValue>},
    AttributeShape{25, "RFC 5701 2", each<kExtended6>},
    AttributeShape{26, "RFC 7311 3", aigp},
    AttributeShape{27, "RFC 6514 8", once<kUnreadValue>},
    AttributeShape{29, "RFC 9552 5.3", type_length_values<kType2, kLength2>},
    AttributeShape{32, "RFC 8092 3", each<kLarge>},
    AttributeShape{33, "RFC 8205 3", once<kUnreadValue>},
    AttributeShape{35, "RFC 9234 5", once<kOnlyToCustomer>},
    AttributeShape{40, "RFC 8669 3", type_length_values<kType1, kLength2>},
    AttributeShape{128, "RFC 6368 5", attribute_set},
};

/// RFC 4271 section 5: those we do not know are written as they stand.
constexpr AttributeShape kUnknownAttribute{0, "RFC 4271 5", once<kUnreadValue>};

const AttributeShape& attribute_shape(std::uint8_t type) {
    const auto found = std::ranges::find(kAttributeShapes, type, &AttributeShape::type);
    return found != kAttributeShapes.end() ? *found : kUnknownAttribute;
}

enum class Nested : bool { No, Yes };

void read_attribute(Cursor& in, Fields& out, const Context& context, Nested nested) {
    const auto type = in.remaining() > 1 ? in.ahead()[1] : std::uint8_t{0};
    const auto& shape = attribute_shape(type);
    std::string words;
    nest(wire::attribute_name(type), shape.rfc, in, out, [&](Field& field) {
        const auto flags = in.read({"Attribute Flags", 1, attribute_flags, "RFC 4271 4.3"}, field.fields);
        in.read({"Attribute Type Code", 1, attribute_type, "RFC 4271 4.3"}, field.fields);
        const std::size_t length_octets = (flags & wire::kExtendedLength) != 0 ? 2 : 1;
        const auto length = in.read({"Attribute Length", length_octets, number, "RFC 4271 4.3"}, field.fields);
        const bool whole = !in.cut();
        if (whole) field.number = type;
        auto value = in.sub(length, field.fields);
        Fields read;
        (nested == Nested::Yes && shape.type == 128 ? once<kUnreadValue> : shape.read)(value, read, context);
        value.leave_nothing(read);
        words = summary(read);
        std::ranges::move(read, std::back_inserter(field.fields));
    }).value = words;
}

void attribute_set(Cursor& in, Fields& out, const Context& context) {
    in.read({"Origin AS", 4, number}, out);
    auto customer = context;
    customer.four_octet_as = true;
    while (!in.empty()) read_attribute(in, out, customer, Nested::Yes);
}

}  // namespace

void read_attributes(Cursor& in, Fields& out, const Context& context) {
    while (!in.empty()) read_attribute(in, out, context, Nested::No);
}

}  // namespace dyad::decode
