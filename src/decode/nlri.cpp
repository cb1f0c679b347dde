#include "decode/nlri.hpp"

#include <array>

#include "decode/words.hpp"
#include "dyad/net/prefix.hpp"

namespace dyad::decode {
namespace {

constexpr std::uint16_t kIpv6 = 2, kL2vpn = 25, kAny = 0;

/// What follows a route's length octet, for a family of IPv4 or IPv6.
struct PrefixOctets {
    std::uint8_t afi_octets;
    Bytes octets;
    std::size_t bits;
};

std::string prefix_words(const PrefixOctets& prefix) {
    std::array<std::uint8_t, 16> octets{};
    std::copy_n(prefix.octets.begin(), prefix.octets.size(), octets.begin());
    const auto address = prefix.afi_octets == 4 ? *Address::from_bytes(Bytes{octets}.first(4)) : Address::v6(octets);
    return Prefix{address, static_cast<std::uint8_t>(prefix.bits)}.to_string();
}

std::uint8_t octets_of(std::uint16_t afi) { return afi == kIpv6 ? 16 : 4; }

/// How one route is said: the octets behind its length, and how many of their bits the length says.
using RouteWords = std::string (*)(Bytes octets, std::size_t bits, std::uint16_t afi);

/// One route that begins with a length in bits. What does not fit is written with its fault, and takes all that is left:
/// where the next route begins, nobody knows.
void bit_counted(Cursor& in, Fields& out, std::uint16_t afi, std::string_view rfc, std::size_t most_bits,
                 RouteWords words) {
    const Bytes ahead = in.ahead();
    const std::size_t bits = ahead[0], octets = 1 + (bits + 7) / 8;
    if (bits > most_bits || octets > ahead.size()) {
        in.read({"Prefix", kRest, hex, rfc}, out);
        out.back().fault =
            Fault{"a length of " + std::to_string(bits) + " bits" +
                      (bits > most_bits ? ", " + std::to_string(most_bits) + " at most" : " runs over the end"),
                  ""};
        return;
    }
    in.read({"Prefix", octets, hex, rfc}, out);
    out.back().number.reset();
    out.back().value = words(ahead.subspan(1, octets - 1), bits, afi);
}

std::string plain_words(Bytes octets, std::size_t bits, std::uint16_t afi) {
    return prefix_words({octets_of(afi), octets, bits});
}

/// RFC 8277 2.2: labels up to the one at the bottom of the stack (or the withdrawn one), then the prefix.
std::string labelled(Bytes octets, std::size_t bits, std::uint16_t afi, std::size_t distinguisher) {
    std::string words;
    while (bits >= 24) {
        const Bytes one = octets.first(3);
        words += (words.empty() ? "" : " ") + label(one);
        octets = octets.subspan(3);
        bits -= 24;
        const bool withdrawn = one[0] == 0x80 && one[1] == 0 && one[2] == 0;
        if ((one[2] & 1) != 0 || withdrawn) break;
    }
    if (bits < 8 * distinguisher) return words + " " + hex(octets);
    if (distinguisher > 0) words += " " + route_distinguisher(octets.first(distinguisher));
    bits -= 8 * distinguisher;
    octets = octets.subspan(distinguisher);
    if (bits > 8u * octets_of(afi)) return words + " " + hex(octets);
    return words + " " + prefix_words({octets_of(afi), octets, bits});
}
std::string labelled_words(Bytes octets, std::size_t bits, std::uint16_t afi) { return labelled(octets, bits, afi, 0); }
std::string vpn_words(Bytes octets, std::size_t bits, std::uint16_t afi) { return labelled(octets, bits, afi, 8); }

/// RFC 4684 section 4: an origin AS and the leading bits of a route target; no bits stand for all.
std::string target_words(Bytes octets, std::size_t, std::uint16_t) {
    if (octets.empty()) return "all route targets";
    if (octets.size() != 12) return hex(octets);
    return "AS " + number(octets.first(4)) + " " + extended_community(octets.subspan(4));
}

void unicast(Cursor& in, Fields& out, std::uint16_t afi) {
    bit_counted(in, out, afi, "RFC 4271 4.3", 8u * octets_of(afi), plain_words);
}
void labels(Cursor& in, Fields& out, std::uint16_t afi) {
    bit_counted(in, out, afi, "RFC 8277 2.2", 255, labelled_words);
}
void vpn(Cursor& in, Fields& out, std::uint16_t afi) { bit_counted(in, out, afi, "RFC 4364 4.3.4", 255, vpn_words); }
void targets(Cursor& in, Fields& out, std::uint16_t afi) { bit_counted(in, out, afi, "RFC 4684 4", 96, target_words); }

constexpr std::array kEvpnTypes{Name{1, "Ethernet auto-discovery"}, Name{2, "MAC/IP advertisement"},
                                Name{3, "inclusive multicast"}, Name{4, "Ethernet segment"}, Name{5, "IP prefix"}};
constexpr std::array kNoNames{Name{0, "reserved"}};
constexpr std::array kTunnelEndpoint{Part{"Endpoint", kRest, address, "RFC 5512 3"}};

/// Type, length, value: RFC 7432 section 7, RFC 6514 section 4.
constexpr Part kEvpnType{"Route Type", 1, named<kEvpnTypes>, "RFC 7432 7"},
    kMulticastType{"Route Type", 1, named<kNoNames>, "RFC 6514 4"}, kRouteLength{"Length", 1, number},
    kWideLength{"Length", 2, number}, kWideType{"Type", 2, number}, kRouteBits{"Length", 1, number};
constexpr Part kRoute{"Route", kRest, hex}, kDistinguisher{"Route Distinguisher", 8, route_distinguisher};

template <const Part& kType, const Part& kLengthPart>
void typed(Cursor& in, Fields& out, std::uint16_t) {
    nest("Route", kType.rfc, in, out, [&](Field& field) {
        in.read(kType, field.fields);
        auto value = in.sub(in.read(kLengthPart, field.fields), field.fields);
        value.read(kRoute, field.fields);
    });
}

/// RFC 7432 section 7: every type begins with a distinguisher.
void evpn(Cursor& in, Fields& out, std::uint16_t) {
    nest("Route", "RFC 7432 7", in, out, [&](Field& field) {
        in.read(kEvpnType, field.fields);
        auto value = in.sub(in.read(kRouteLength, field.fields), field.fields);
        value.read(kDistinguisher, field.fields);
        value.read(kRoute, field.fields);
    });
}

/// RFC 4761 3.2.2.
void vpls(Cursor& in, Fields& out, std::uint16_t) {
    nest("Route", "RFC 4761 3.2.2", in, out, [&](Field& field) {
        auto value = in.sub(in.read(kWideLength, field.fields), field.fields);
        value.read(kDistinguisher, field.fields);
        value.read(kRoute, field.fields);
    });
}

/// RFC 8955 4.1: one octet of length, or two where the first has its high bits set.
void flowspec(Cursor& in, Fields& out, std::uint16_t) {
    constexpr std::uint64_t kTwoOctets = 0xf000;
    nest("Flow specification", "RFC 8955 4", in, out, [&](Field& field) {
        const bool wide = in.ahead()[0] >= 0xf0;
        const auto length = in.read(wide ? kWideLength : kRouteLength, field.fields);
        auto value = in.sub(wide ? length - kTwoOctets : length, field.fields);
        value.read(kRoute, field.fields);
    });
}

/// RFC 9830 2.1: a length in bits, a distinguisher, a color, an endpoint.
void sr_policy(Cursor& in, Fields& out, std::uint16_t) {
    static constexpr std::array kPolicy{Part{"Distinguisher", 4, number}, Part{"Color", 4, number},
                                        Part{"Endpoint", kRest, address}};
    nest("SR policy", "RFC 9830 2.1", in, out, [&](Field& field) {
        auto value = in.sub(in.read(kRouteBits, field.fields) / 8, field.fields);
        value.read(kPolicy, field.fields);
    });
}

/// RFC 5512 section 3: a tunnel's end.
void encapsulation(Cursor& in, Fields& out, std::uint16_t) {
    nest("Route", "RFC 5512 3", in, out, [&](Field& field) {
        auto value = in.sub(in.read(kRouteBits, field.fields) / 8, field.fields);
        value.read(kTunnelEndpoint, field.fields);
    });
}

void unread_routes(Cursor& in, Fields& out, std::uint16_t) {
    in.read({"Routes of a family not read here", kRest, hex}, out);
}

struct FamilyShape {
    std::uint16_t afi;  ///< 0: any
    std::uint8_t safi;
    void (*read)(Cursor& in, Fields& out, std::uint16_t afi);
};
/// The first that fits.
constexpr std::array kFamilies{
    FamilyShape{1, 1, unicast},
    FamilyShape{2, 1, unicast},
    FamilyShape{1, 2, unicast},
    FamilyShape{2, 2, unicast},
    FamilyShape{1, 4, labels},
    FamilyShape{2, 4, labels},
    FamilyShape{1, 128, vpn},
    FamilyShape{2, 128, vpn},
    FamilyShape{1, 132, targets},
    FamilyShape{kAny, 133, flowspec},
    FamilyShape{kAny, 134, flowspec},
    FamilyShape{kL2vpn, 70, evpn},
    FamilyShape{kL2vpn, 65, vpls},
    FamilyShape{kAny, 5, typed<kMulticastType, kRouteLength>},
    FamilyShape{kAny, 7, encapsulation},
    FamilyShape{kAny, 71, typed<kWideType, kWideLength>},
    FamilyShape{kAny, 73, sr_policy},
    FamilyShape{kAny, 0, unread_routes},
};

const FamilyShape& family_shape(const wire::Multiprotocol& family) {
    for (const auto& shape : kFamilies)
        if ((shape.afi == family.afi || shape.afi == kAny) && shape.safi == family.safi) return shape;
    return kFamilies.back();
}

}  // namespace

void read_routes(Cursor& in, Fields& out, const wire::Multiprotocol& family, const Context& context) {
    static constexpr Part kPathId{"Path Identifier", 4, number, "RFC 7911 3"};
    const auto& shape = family_shape(family);
    const bool with_id = context.has_path_ids(family);
    while (!in.empty()) {
        if (!with_id) {
            shape.read(in, out, family.afi);
            continue;
        }
        nest("Path", "RFC 7911 3", in, out, [&](Field& field) {
            in.read(kPathId, field.fields);
            if (in.empty() && !in.cut()) field.fault = Fault{"a path identifier without a route", ""};
            if (!in.empty()) shape.read(in, field.fields, family.afi);
        });
    }
}

}  // namespace dyad::decode
