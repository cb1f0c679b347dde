#include "dyad/base/ensure.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/update.hpp"
#include "wire/envelope.hpp"
#include "wire/raw_attribute.hpp"

namespace dyad::wire {
namespace {

/// RFC 4271 4.3: the two length fields of an UPDATE.
constexpr std::size_t kLengthFieldsOctets = 4;
constexpr std::size_t kShortHeaderOctets = 3, kExtendedHeaderOctets = 4;
/// RFC 4760 sections 3 and 4: AFI and SAFI.
constexpr std::size_t kFamilyOctets = 3;

std::size_t prefix_octets(const Prefix& prefix) { return (prefix.length() + 7u) / 8u; }

/// The prefixes at the head of a list that go into one message: how many, and their octets as NLRI.
struct Fit {
    std::size_t count = 0;
    std::size_t octets = 0;
};

Fit fit(std::span<const Prefix> prefixes, std::size_t room) {
    Fit fit;
    for (const auto& prefix : prefixes) {
        const auto octets = 1 + prefix_octets(prefix);
        if (fit.octets + octets > room || prefix.family() != prefixes.front().family()) break;
        fit.octets += octets;
        ++fit.count;
    }
    return fit;
}

/// What is left of a message (and of the writer) after fixed octets.
std::size_t room_after(std::size_t fixed, const Writer& out) {
    const auto most = std::min(out.room(), kMaxMessageOctets);
    const auto used = kHeaderOctets + kLengthFieldsOctets + fixed;
    return most > used ? most - used : 0;
}

/// How long an attribute's value may be where header and value share this room.
std::size_t value_room(std::size_t room) {
    if (room < kShortHeaderOctets) return 0;
    return room - kShortHeaderOctets <= 0xff ? room - kShortHeaderOctets : room - kExtendedHeaderOctets;
}

std::size_t attribute_octets(std::size_t value) {
    return value + (value > 0xff ? kExtendedHeaderOctets : kShortHeaderOctets);
}

void write_nlri(std::span<const Prefix> prefixes, Writer& out) {
    for (const auto& prefix : prefixes) {
        out.u8(prefix.length());
        out.bytes(prefix.address().bytes().first(prefix_octets(prefix)));
    }
}

/// Both MP attributes begin with their own header and the family.
void write_mp_header(AttributeType type, Family family, std::size_t value_octets, Writer& out) {
    const bool extended = value_octets > 0xff;
    out.u8(extended ? kOptional | kExtendedLength : kOptional);
    out.u8(static_cast<std::uint8_t>(type));
    if (extended)
        out.u16(static_cast<std::uint16_t>(value_octets));
    else
        out.u8(static_cast<std::uint8_t>(value_octets));
    out.u16(static_cast<std::uint16_t>(family));
    out.u8(kSafiUnicast);
}

std::size_t withdraw_ipv4(std::span<const Prefix> prefixes, Writer& out) {
    const auto fitting = fit(prefixes, room_after(0, out));
    if (fitting.count == 0) return 0;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(static_cast<std::uint16_t>(fitting.octets));
    write_nlri(prefixes.first(fitting.count), out);
    out.u16(0);
    end_message(out, start);
    return fitting.count;
}

std::size_t withdraw_ipv6(std::span<const Prefix> prefixes, Writer& out) {
    const auto room = value_room(room_after(0, out));
    const auto fitting = fit(prefixes, room > kFamilyOctets ? room - kFamilyOctets : 0);
    if (fitting.count == 0) return 0;
    const auto value = kFamilyOctets + fitting.octets;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(0);
    out.u16(static_cast<std::uint16_t>(attribute_octets(value)));
    write_mp_header(AttributeType::MpUnreachNlri, Family::Ipv6, value, out);
    write_nlri(prefixes.first(fitting.count), out);
    end_message(out, start);
    return fitting.count;
}

std::size_t announce_ipv4(std::span<const Prefix> prefixes, Bytes attribute_block, Writer& out) {
    const auto fitting = fit(prefixes, room_after(attribute_block.size(), out));
    if (fitting.count == 0) return 0;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(0);
    out.u16(static_cast<std::uint16_t>(attribute_block.size()));
    out.bytes(attribute_block);
    write_nlri(prefixes.first(fitting.count), out);
    end_message(out, start);
    return fitting.count;
}

/// RFC 7606 5.1: MP_REACH_NLRI is the very first attribute.
std::size_t announce_ipv6(std::span<const Prefix> prefixes, Bytes attribute_block, const Address& next_hop,
                          Writer& out) {
    constexpr std::size_t kNextHopAndReserved = 1 + 16 + 1;
    constexpr std::size_t kFixed = kFamilyOctets + kNextHopAndReserved;
    ensure(!next_hop.is_v4());
    const auto room = value_room(room_after(attribute_block.size(), out));
    const auto fitting = fit(prefixes, room > kFixed ? room - kFixed : 0);
    if (fitting.count == 0) return 0;
    const auto value = kFixed + fitting.octets;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(0);
    out.u16(static_cast<std::uint16_t>(attribute_octets(value) + attribute_block.size()));
    write_mp_header(AttributeType::MpReachNlri, Family::Ipv6, value, out);
    out.u8(address_octets(Family::Ipv6));
    out.bytes(next_hop.bytes());
    out.u8(0);
    write_nlri(prefixes.first(fitting.count), out);
    out.bytes(attribute_block);
    end_message(out, start);
    return fitting.count;
}

}  // namespace

std::size_t encode_withdrawal(std::span<const Prefix> prefixes, Writer& out) {
    if (prefixes.empty()) return 0;
    return prefixes.front().family() == Family::Ipv4 ? withdraw_ipv4(prefixes, out) : withdraw_ipv6(prefixes, out);
}

std::size_t encode_announcement(std::span<const Prefix> prefixes, Bytes attribute_block, const Address& next_hop,
                                Writer& out) {
    if (prefixes.empty()) return 0;
    return prefixes.front().family() == Family::Ipv4 ? announce_ipv4(prefixes, attribute_block, out)
                                                     : announce_ipv6(prefixes, attribute_block, next_hop, out);
}

std::vector<std::uint8_t> encode_end_of_rib(Family family) {
    return whole_message(MessageType::Update, [family](Writer& out) {
        out.u16(0);
        out.u16(family == Family::Ipv4 ? 0 : kShortHeaderOctets + kFamilyOctets);
        if (family == Family::Ipv6) write_mp_header(AttributeType::MpUnreachNlri, family, kFamilyOctets, out);
    });
}

}  // namespace dyad::wire
