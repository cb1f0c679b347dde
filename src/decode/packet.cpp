#include "decode/packet.hpp"

#include <algorithm>

#include "dyad/base/reader.hpp"

namespace dyad::decode {
namespace {

using Result = std::expected<Segment, NoSegment>;

constexpr std::uint16_t kEtherIpv4 = 0x0800, kEtherIpv6 = 0x86dd;
/// Tags and extension headers, one inside the other, that any sane packet stays below.
constexpr int kMostNested = 16;

std::unexpected<NoSegment> none(NoSegment why) { return std::unexpected(why); }

/// What lies behind the IP header, and how much of it the packet says there is.
struct Transport {
    Address from, to;
    std::uint8_t protocol = 0;
    Bytes octets;
    std::size_t octets_on_wire = 0;
};

Result tcp(const Transport& transport) {
    constexpr std::uint8_t kTcp = 6, kSyn = 0x02, kAck = 0x10;
    if (transport.protocol != kTcp) return none(NoSegment::Other);
    Reader in{transport.octets};
    Segment segment;
    segment.from = {transport.from, in.u16()};
    segment.to = {transport.to, in.u16()};
    segment.sequence = in.u32();
    in.u32();  // acknowledgement
    const std::size_t header = 4u * (in.u8() >> 4);
    const auto flags = in.u8();
    if (in.failed() || header < 20 || header > transport.octets_on_wire) return none(NoSegment::Damaged);
    segment.syn = (flags & kSyn) != 0;
    segment.ack = (flags & kAck) != 0;
    segment.payload = transport.octets.subspan(std::min(header, transport.octets.size()));
    segment.missing = transport.octets_on_wire - header - segment.payload.size();
    return segment;
}

/// Trailers and padding of the link are left out; a segment that the capturing host will cut up itself says length 0.
Transport behind(Bytes octets, std::size_t said) {
    if (said == 0) return {.octets = octets, .octets_on_wire = octets.size()};
    return {.octets = octets.first(std::min(said, octets.size())), .octets_on_wire = said};
}

Result ipv4(Bytes packet) {
    Reader in{packet};
    const auto first = in.u8();
    in.u8();
    const std::size_t total = in.u16();
    in.u16();
    const auto fragment = in.u16();
    in.u8();
    const auto protocol = in.u8();
    in.u16();
    const auto from = in.u32(), to = in.u32();
    const std::size_t header = 4u * (first & 0x0f);
    if (in.failed() || header < 20 || header > packet.size() || (total != 0 && total < header))
        return none(NoSegment::Damaged);
    if ((fragment & 0x3fff) != 0) return none(NoSegment::Fragment);
    auto transport = behind(packet.subspan(header), total == 0 ? 0 : total - header);
    transport.from = Address::v4(from);
    transport.to = Address::v4(to);
    transport.protocol = protocol;
    return tcp(transport);
}

/// RFC 8200 section 4: one extension header off the front; nothing when there is none, or no more to be read.
std::expected<bool, NoSegment> skip_extension(Transport& transport) {
    constexpr std::uint8_t kHopByHop = 0, kRouting = 43, kFragment = 44, kAuthentication = 51, kDestination = 60,
                           kMobility = 135;
    const auto header = transport.protocol;
    const bool plain = header == kHopByHop || header == kRouting || header == kDestination || header == kMobility;
    if (!plain && header != kFragment && header != kAuthentication) return false;
    Reader in{transport.octets};
    const auto next = in.u8();
    const std::size_t length = in.u8();
    const auto offset_and_more = in.u16();
    const std::size_t octets = header == kFragment         ? 8
                               : header == kAuthentication ? 4 * (length + 2)
                                                           : 8 * (length + 1);
    if (in.failed() || octets > transport.octets.size()) return std::unexpected(NoSegment::Damaged);
    if (header == kFragment && (offset_and_more & 0xfff9) != 0) return std::unexpected(NoSegment::Fragment);
    transport.protocol = next;
    transport.octets = transport.octets.subspan(octets);
    transport.octets_on_wire -= octets;
    return true;
}

Result ipv6(Bytes packet) {
    Reader in{packet};
    in.u32();
    const std::size_t payload = in.u16();
    const auto protocol = in.u8();
    in.u8();
    const Bytes from = in.bytes(16), to = in.bytes(16);
    if (in.failed()) return none(NoSegment::Damaged);
    auto transport = behind(in.rest(), payload);
    transport.from = *Address::from_bytes(from);
    transport.to = *Address::from_bytes(to);
    transport.protocol = protocol;
    for (int i = 0; i < kMostNested; ++i) {
        const auto skipped = skip_extension(transport);
        if (!skipped) return none(skipped.error());
        if (!*skipped) return tcp(transport);
    }
    return none(NoSegment::Damaged);
}

Result ip(Bytes packet) {
    if (packet.empty()) return none(NoSegment::Damaged);
    const auto version = packet[0] >> 4;
    if (version == 4) return ipv4(packet);
    return version == 6 ? ipv6(packet) : none(NoSegment::Other);
}

Result by_ether_type(std::uint16_t type, Reader in) {
    constexpr std::uint16_t kVlan = 0x8100, kProviderVlan = 0x88a8, kOldProviderVlan = 0x9100;
    for (int i = 0; i < kMostNested && (type == kVlan || type == kProviderVlan || type == kOldProviderVlan); ++i) {
        in.u16();
        type = in.u16();
    }
    if (in.failed()) return none(NoSegment::Damaged);
    return type == kEtherIpv4 || type == kEtherIpv6 ? ip(in.rest()) : none(NoSegment::Other);
}

Result ppp(Reader in) {
    constexpr std::uint8_t kAllStations = 0xff;
    constexpr std::uint16_t kPppIpv4 = 0x0021, kPppIpv6 = 0x0057;
    auto protocol = in.u16();
    if (protocol >> 8 == kAllStations) protocol = in.u16();  // address and control, where they are not compressed
    if (in.failed()) return none(NoSegment::Damaged);
    return protocol == kPppIpv4 || protocol == kPppIpv6 ? ip(in.rest()) : none(NoSegment::Other);
}

}  // namespace

std::string Endpoint::to_string() const {
    const auto text = address.to_string();
    return (address.is_v4() ? text : "[" + text + "]") + ":" + std::to_string(port);
}

Result tcp_segment(const Packet& packet) {
    Reader in{packet.octets};
    switch (packet.link) {
        case LinkType::Ethernet: {
            in.bytes(12);
            const auto type = in.u16();
            return by_ether_type(type, in);
        }
        case LinkType::LinuxSll: {
            in.bytes(14);
            const auto type = in.u16();
            return by_ether_type(type, in);
        }
        case LinkType::LinuxSll2: {
            const auto type = in.u16();
            in.bytes(18);
            return by_ether_type(type, in);
        }
        case LinkType::Null:
        case LinkType::Loop:
            // The family's number is the host's own; the IP header behind it says the same.
            in.bytes(4);
            return in.failed() ? none(NoSegment::Damaged) : ip(in.rest());
        case LinkType::Ppp:
        case LinkType::PppHdlc:
            return ppp(in);
        case LinkType::Raw:
        case LinkType::RawBsd:
        case LinkType::RawOpenBsd:
        case LinkType::Ipv4:
        case LinkType::Ipv6:
            return ip(packet.octets);
    }
    return none(NoSegment::UnknownLink);
}

}  // namespace dyad::decode
