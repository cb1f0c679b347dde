#include "mrt/rib_entry.hpp"

#include "dyad/base/reader.hpp"

namespace dyad::mrt {

namespace {

/// The value of the first attribute of this type, or nothing (RFC 4271 4.3 has the layout).
std::optional<Bytes> find(Bytes block, wire::AttributeType type) {
    constexpr std::uint8_t kExtendedLength = 0x10;
    Reader in{block};
    while (!in.empty()) {
        const auto flags = in.u8();
        const auto code = in.u8();
        const std::size_t length = (flags & kExtendedLength) != 0 ? in.u16() : in.u8();
        const auto value = in.bytes(length);
        if (in.failed()) return std::nullopt;
        if (code == static_cast<std::uint8_t>(type)) return value;
    }
    return std::nullopt;
}

/// RFC 6396 4.3.4: length and next hop. Some writers leave the whole attribute as it was on the wire; that one
/// begins with the first octet of an AFI, which is 0 where a length is not.
std::optional<Address> next_hop_of(Bytes mp_reach) {
    Reader in{mp_reach};
    if (!mp_reach.empty() && mp_reach[0] == 0) in.bytes(3);  // AFI, SAFI
    const auto length = in.u8();
    const auto octets = in.bytes(length);
    if (in.failed()) return std::nullopt;
    return Address::from_bytes(length == 32 ? octets.first(16) : octets);  // RFC 2545: a link-local one may follow
}

}  // namespace

std::expected<wire::Attributes, std::string> decode_rib_attributes(Bytes block) {
    if (block.empty()) return wire::Attributes{};  // as some collectors write down their own routes
    auto decoded = wire::decode_attributes(block, {.four_octet_as = true, .external = false});
    if (!decoded) return std::unexpected(decoded.error().what);
    if (const auto mp_reach = find(block, wire::AttributeType::MpReachNlri)) {
        const auto next_hop = next_hop_of(*mp_reach);
        if (!next_hop) return std::unexpected("an MP_REACH_NLRI without a next hop in a RIB entry (RFC 6396 4.3.4)");
        decoded->attributes.next_hop = next_hop;
    }
    return std::move(decoded->attributes);
}

}  // namespace dyad::mrt
