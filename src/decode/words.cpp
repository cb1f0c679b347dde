#include "decode/words.hpp"

#include <algorithm>
#include <array>

#include "dyad/base/hex.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/wire/attributes.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/open.hpp"
#include "wire/raw_attribute.hpp"
#include "wire/utf8.hpp"

namespace dyad::decode {
namespace {

constexpr std::size_t kMostHexOctets = 32;

/// "65010:9" by the three layouts that RFC 4364 4.2 and RFC 4360 3.1, 3.2 share: six octets, split by kind.
std::string administrator(std::uint8_t kind, Bytes six) {
    Reader in{six};
    switch (kind) {
        case 0: {
            const auto asn = in.u16();
            return std::to_string(asn) + ":" + std::to_string(in.u32());
        }
        case 1: {
            const auto address = Address::v4(in.u32());
            return address.to_string() + ":" + std::to_string(in.u16());
        }
        case 2: {
            const auto asn = in.u32();
            return std::to_string(asn) + ":" + std::to_string(in.u16());
        }
        default:
            return hex(six);
    }
}

constexpr std::array kAsSpecific{Name{0x02, "route target"},     Name{0x03, "route origin"},
                                 Name{0x04, "link bandwidth"},   Name{0x05, "OSPF domain"},
                                 Name{0x08, "data collection"},  Name{0x09, "source AS"},
                                 Name{0x0a, "L2VPN identifier"}, Name{0x0b, "VRF route import"}};
constexpr std::array kOpaque{Name{0x06, "OSPF route type"}, Name{0x0b, "color"}, Name{0x0c, "encapsulation"},
                             Name{0x0d, "default gateway"}};
constexpr std::array kEvpn{Name{0x00, "MAC mobility"}, Name{0x01, "ESI label"}, Name{0x02, "ES-import route target"},
                           Name{0x03, "router's MAC"}, Name{0x04, "layer 2 attributes"}};
constexpr std::array kFlowspec{Name{0x06, "traffic rate"}, Name{0x07, "traffic action"}, Name{0x08, "redirect"},
                               Name{0x09, "traffic marking"}};

std::string plain_name(std::span<const Name> names, std::uint8_t number) {
    const auto found = std::ranges::find(names, number, &Name::number);
    return found != names.end() ? std::string{found->name} : "subtype " + std::to_string(number);
}

constexpr std::array kSafis{Name{1, "unicast"},
                            Name{2, "multicast"},
                            Name{4, "labelled"},
                            Name{5, "MCAST-VPN"},
                            Name{7, "encapsulation"},
                            Name{65, "VPLS"},
                            Name{66, "MDT"},
                            Name{70, "EVPN"},
                            Name{71, "BGP-LS"},
                            Name{72, "BGP-LS-VPN"},
                            Name{73, "SR policy"},
                            Name{83, "CAR"},
                            Name{85, "MUP"},
                            Name{128, "VPN"},
                            Name{129, "multicast VPN"},
                            Name{132, "route target constraint"},
                            Name{133, "flowspec"},
                            Name{134, "flowspec VPN"}};

bool is_prefixed_by_zeros(Bytes octets, std::size_t count) {
    return std::ranges::all_of(octets.first(count), [](std::uint8_t octet) { return octet == 0; });
}

/// "name (7)".
std::string with_number(const std::string& name, std::uint64_t number) {
    return name + " (" + std::to_string(number) + ")";
}

}  // namespace

std::uint64_t as_number(Bytes octets) {
    std::uint64_t number = 0;
    for (const auto octet : octets) number = number << 8 | octet;
    return number;
}

std::string hex(Bytes octets) {
    auto out = hex_text(octets, kMostHexOctets);
    if (octets.size() > kMostHexOctets) out += "(" + std::to_string(octets.size()) + " octets)";
    return out;
}

std::string number(Bytes octets) { return octets.size() <= 8 ? std::to_string(as_number(octets)) : hex(octets); }
std::string seconds(Bytes octets) { return number(octets) + " s"; }
std::string bits(Bytes octets) { return "0x" + hex(octets); }

std::string address(Bytes octets) {
    constexpr std::size_t kDistinguisherOctets = 8;
    const std::size_t size = octets.size();
    if (size == 4 || size == 16) return Address::from_bytes(octets)->to_string();
    if (size == 32) return address(octets.first(16)) + " " + address(octets.subspan(16));
    if (size == 12 || size == 24) {
        const auto rest = address(octets.subspan(kDistinguisherOctets));
        return is_prefixed_by_zeros(octets, kDistinguisherOctets)
                   ? rest
                   : route_distinguisher(octets.first(kDistinguisherOctets)) + " " + rest;
    }
    if (size == 48) return address(octets.first(24)) + " " + address(octets.subspan(24));
    return hex(octets);
}

std::string text(Bytes octets) {
    std::string out = "\"";
    const auto valid = wire::valid_utf8_octets(octets);
    for (std::size_t i = 0; i < octets.size(); ++i) {
        const auto octet = octets[i];
        const bool shown = i < valid && octet >= 0x20 && octet != 0x7f && octet != '"' && octet != '\\';
        if (shown)
            out += static_cast<char>(octet);
        else
            out += "\\x" + hex_text(octets.subspan(i, 1));
    }
    return out + '"';
}

std::string marker(Bytes octets) { return wire::has_marker(octets) ? "all ones" : hex(octets); }

std::string community(Bytes octets) { return wire::community_to_string(static_cast<std::uint32_t>(as_number(octets))); }

std::string large_community(Bytes octets) {
    Reader in{octets};
    wire::LargeCommunity value;
    value.global = in.u32();
    value.local1 = in.u32();
    value.local2 = in.u32();
    return wire::to_string(value);
}

std::string extended_community(Bytes octets) {
    if (octets.size() != 8) return hex(octets);
    // RFC 7153 2.1: the high bits tell who assigns and whether it is transitive.
    const auto kind = static_cast<std::uint8_t>(octets[0] & 0x3f);
    const auto subtype = octets[1];
    const Bytes value = octets.subspan(2);
    if (octets[0] == 0x80) return plain_name(kFlowspec, subtype) + " " + hex(value);
    if (kind <= 2) return plain_name(kAsSpecific, subtype) + " " + administrator(kind, value);
    if (kind == 3) return plain_name(kOpaque, subtype) + " " + hex(value);
    if (kind == 6) return plain_name(kEvpn, subtype) + " " + hex(value);
    return hex(octets);
}

std::string route_distinguisher(Bytes octets) {
    if (octets.size() != 8 || octets[0] != 0) return hex(octets);
    return administrator(octets[1], octets.subspan(2));
}

std::string attribute_flags(Bytes octets) {
    if (octets.size() != 1) return hex(octets);
    const auto flags = octets[0];
    std::string words = (flags & wire::kOptional) ? "optional" : "well-known";
    words += (flags & wire::kTransitive) ? ", transitive" : ", non-transitive";
    if (flags & wire::kPartial) words += ", partial";
    if (flags & wire::kExtendedLength) words += ", extended length";
    return words + " (" + bits(octets) + ")";
}

std::string label(Bytes octets) {
    const auto entry = as_number(octets);
    return "label " + std::to_string(entry >> 4) + (entry & 1 ? ", bottom" : "");
}

std::string restart(Bytes octets) {
    const auto value = as_number(octets);
    return std::string{value & 0x8000 ? "restarting, " : ""} + (value & 0x4000 ? "notification, " : "") +
           std::to_string(value & 0xfff) + " s";
}

std::string afi(Bytes octets) {
    struct WideName {
        std::uint16_t number;
        std::string_view name;
    };
    static constexpr std::array kAfis{WideName{1, "IPv4"}, WideName{2, "IPv6"}, WideName{25, "L2VPN"},
                                      WideName{16388, "BGP-LS"}};
    const auto value = as_number(octets);
    const auto found = std::ranges::find(kAfis, value, &WideName::number);
    return with_number(found != kAfis.end() ? std::string{found->name} : "AFI", value);
}

std::string safi(Bytes octets) { return name_of(kSafis, octets); }

std::string attribute_type(Bytes octets) {
    const auto type = static_cast<std::uint8_t>(as_number(octets));
    return with_number(wire::attribute_name(type), type);
}

std::string capability_code(Bytes octets) {
    const auto code = static_cast<std::uint8_t>(as_number(octets));
    return with_number(wire::capability_name(code), code);
}

std::string role(Bytes octets) {
    const auto number = static_cast<std::uint8_t>(as_number(octets));
    return with_number(wire::to_string(static_cast<wire::Role>(number)), number);
}

std::string error_code(Bytes octets) {
    const auto number = static_cast<std::uint8_t>(as_number(octets));
    return with_number(wire::Notification{static_cast<wire::ErrorCode>(number), 0, {}}.to_string(), number);
}

std::string name_of(std::span<const Name> names, Bytes octets) {
    const auto value = as_number(octets);
    const auto found = std::ranges::find(names, value, &Name::number);
    return with_number(found != names.end() ? std::string{found->name} : "unknown", value);
}

}  // namespace dyad::decode
