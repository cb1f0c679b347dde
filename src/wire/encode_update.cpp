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

Fit fit(std::span<const Prefix> prefixes, std::size_t room, const UpdateForm& form) {
    Fit fit;
    const auto before = form.path_ids.empty() ? 1 : 1 + kPathIdOctets;
    for (const auto& prefix : prefixes) {
        const auto octets = before + prefix_octets(prefix);
        if (fit.octets + octets > room || prefix.family() != prefixes.front().family()) break;
        fit.octets += octets;
        ++fit.count;
    }
    return fit;
}

/// What is left of a message (and of the writer) after fixed octets.
std::size_t room_after(std::size_t fixed, const Writer& out, const UpdateForm& form) {
    const auto most = std::min({out.room(), form.max_octets, kMaxExtendedMessageOctets});
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

void write_nlri(std::span<const Prefix> prefixes, const UpdateForm& form, Writer& out) {
    for (std::size_t i = 0; i < prefixes.size(); ++i) {
        if (!form.path_ids.empty()) out.u32(form.path_ids[i].value);
        out.u8(prefixes[i].length());
        out.bytes(prefixes[i].address().bytes().first(prefix_octets(prefixes[i])));
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

/// RFC 4271 4.3: in the Withdrawn Routes field.
std::size_t withdraw_ipv4(std::span<const Prefix> prefixes, Writer& out, const UpdateForm& form) {
    const auto fitting = fit(prefixes, room_after(0, out, form), form);
    if (fitting.count == 0) return 0;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(static_cast<std::uint16_t>(fitting.octets));
    write_nlri(prefixes.first(fitting.count), form, out);
    out.u16(0);
    end_message(out, start);
    return fitting.count;
}

std::size_t withdraw_mp(std::span<const Prefix> prefixes, Writer& out, const UpdateForm& form) {
    const auto room = value_room(room_after(0, out, form));
    const auto fitting = fit(prefixes, room > kFamilyOctets ? room - kFamilyOctets : 0, form);
    if (fitting.count == 0) return 0;
    const auto value = kFamilyOctets + fitting.octets;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(0);
    out.u16(static_cast<std::uint16_t>(attribute_octets(value)));
    write_mp_header(AttributeType::MpUnreachNlri, prefixes.front().family(), value, out);
    write_nlri(prefixes.first(fitting.count), form, out);
    end_message(out, start);
    return fitting.count;
}

/// RFC 4271 4.3: in the NLRI field.
std::size_t announce_ipv4(std::span<const Prefix> prefixes, Bytes attribute_block, Writer& out,
                          const UpdateForm& form) {
    const auto fitting = fit(prefixes, room_after(attribute_block.size(), out, form), form);
    if (fitting.count == 0) return 0;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(0);
    out.u16(static_cast<std::uint16_t>(attribute_block.size()));
    out.bytes(attribute_block);
    write_nlri(prefixes.first(fitting.count), form, out);
    end_message(out, start);
    return fitting.count;
}

/// RFC 7606 5.1: MP_REACH_NLRI is the very first attribute.
std::size_t announce_mp(std::span<const Prefix> prefixes, Bytes attribute_block, const Address& next_hop, Writer& out,
                        const UpdateForm& form) {
    constexpr std::size_t kNextHopAndReserved = 1 + 16 + 1;
    constexpr std::size_t kFixed = kFamilyOctets + kNextHopAndReserved;
    ensure(!next_hop.is_v4());
    const auto room = value_room(room_after(attribute_block.size(), out, form));
    const auto fitting = fit(prefixes, room > kFixed ? room - kFixed : 0, form);
    if (fitting.count == 0) return 0;
    const auto value = kFixed + fitting.octets;
    const auto start = begin_message(out, MessageType::Update);
    out.u16(0);
    out.u16(static_cast<std::uint16_t>(attribute_octets(value) + attribute_block.size()));
    write_mp_header(AttributeType::MpReachNlri, prefixes.front().family(), value, out);
    out.u8(address_octets(Family::Ipv6));
    out.bytes(next_hop.bytes());
    out.u8(0);
    write_nlri(prefixes.first(fitting.count), form, out);
    out.bytes(attribute_block);
    end_message(out, start);
    return fitting.count;
}

}  // namespace

std::size_t encode_withdrawal(std::span<const Prefix> prefixes, Writer& out, const UpdateForm& form) {
    ensure(form.path_ids.empty() || form.path_ids.size() == prefixes.size());
    if (prefixes.empty()) return 0;
    return prefixes.front().family() == Family::Ipv4 ? withdraw_ipv4(prefixes, out, form)
                                                     : withdraw_mp(prefixes, out, form);
}

std::size_t encode_announcement(std::span<const Prefix> prefixes, Bytes attribute_block, const Address& next_hop,
                                Writer& out, const UpdateForm& form) {
    ensure(form.path_ids.empty() || form.path_ids.size() == prefixes.size());
    if (prefixes.empty()) return 0;
    const bool as_of_old = prefixes.front().family() == Family::Ipv4 && next_hop.is_v4();
    return as_of_old ? announce_ipv4(prefixes, attribute_block, out, form)
                     : announce_mp(prefixes, attribute_block, next_hop, out, form);
}

std::vector<std::uint8_t> encode_end_of_rib(Family family) {
    return whole_message(MessageType::Update, [family](Writer& out) {
        out.u16(0);
        out.u16(family == Family::Ipv4 ? 0 : kShortHeaderOctets + kFamilyOctets);
        if (family == Family::Ipv6) write_mp_header(AttributeType::MpUnreachNlri, family, kFamilyOctets, out);
    });
}

}  // namespace dyad::wire
