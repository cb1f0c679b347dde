#include "dyad/wire/open.hpp"

#include <algorithm>

#include "dyad/base/reader.hpp"
#include "wire/envelope.hpp"

namespace dyad::wire {
namespace {

constexpr std::uint8_t kVersion = 4;
/// RFC 5492 section 4.
constexpr std::uint8_t kCapabilitiesParameter = 2;
/// RFC 9072 section 2: where the first parameter's type stands, and as the old length field's value.
constexpr std::uint8_t kExtendedLength = 255;
constexpr std::uint16_t kLargestTwoOctetAs = 65'535;

constexpr std::uint8_t kMultiprotocol = 1, kRouteRefresh = 2, kFourOctetAs = 65;

enum class ParameterLength : std::uint8_t { OneOctet, TwoOctets };

std::unexpected<Notification> refuse(std::uint8_t subcode, std::vector<std::uint8_t> data = {}) {
    return std::unexpected(Notification{ErrorCode::OpenMessage, subcode, std::move(data)});
}

/// RFC 4271 6.2: a parameter we know but cannot read is "Unspecific".
constexpr std::uint8_t kUnspecific = 0;

/// A capability we know but whose length is not its own is kept as unknown: RFC 5492 section 3 has us
/// ignore what we do not understand, and only the peer loses by it.
Capability decode_capability(std::uint8_t code, Bytes value) {
    Reader in{value};
    if (code == kMultiprotocol && value.size() == 4) {
        const auto afi = in.u16();
        in.u8();  // reserved
        return Multiprotocol{afi, in.u8()};
    }
    if (code == kRouteRefresh && value.empty()) return RouteRefreshCapability{};
    if (code == kFourOctetAs && value.size() == 4) return FourOctetAs{Asn{in.u32()}};
    return UnknownCapability{code, {value.begin(), value.end()}};
}

std::expected<void, Notification> decode_capabilities(Reader in, std::vector<Capability>& capabilities) {
    while (!in.empty()) {
        const auto code = in.u8();
        const Bytes value = in.bytes(in.u8());
        if (in.failed()) return refuse(kUnspecific);
        capabilities.push_back(decode_capability(code, value));
    }
    return {};
}

std::expected<void, Notification> decode_parameters(Reader in, ParameterLength length,
                                                    std::vector<Capability>& capabilities) {
    while (!in.empty()) {
        const auto type = in.u8();
        Reader value = in.sub(length == ParameterLength::OneOctet ? in.u8() : in.u16());
        if (in.failed()) return refuse(kUnspecific);
        if (type != kCapabilitiesParameter) return refuse(subcode::kUnsupportedOptionalParameter);
        if (auto read = decode_capabilities(value, capabilities); !read) return read;
    }
    return {};
}

/// The Optional Parameters Length field and all behind it. RFC 9072 section 2: the first parameter's type
/// tells the format, whatever the old length says (but 0).
std::expected<void, Notification> decode_optional(Reader in, std::vector<Capability>& capabilities) {
    auto length = ParameterLength::OneOctet;
    std::size_t octets = in.u8();
    Reader ahead = in;
    if (octets != 0 && ahead.u8() == kExtendedLength) {
        length = ParameterLength::TwoOctets;
        octets = ahead.u16();
        in = ahead;
    }
    if (in.failed() || octets != in.remaining()) return refuse(kUnspecific);
    return decode_parameters(in, length, capabilities);
}

void encode_tlv(std::uint8_t code, Bytes value, std::vector<std::uint8_t>& out) {
    ensure(value.size() <= 255);
    out.push_back(code);
    out.push_back(static_cast<std::uint8_t>(value.size()));
    out.insert(out.end(), value.begin(), value.end());
}

void encode(const Multiprotocol& family, std::vector<std::uint8_t>& out) {
    const std::array<std::uint8_t, 4> value{static_cast<std::uint8_t>(family.afi >> 8),
                                            static_cast<std::uint8_t>(family.afi), 0, family.safi};
    encode_tlv(kMultiprotocol, value, out);
}
void encode(const RouteRefreshCapability&, std::vector<std::uint8_t>& out) { encode_tlv(kRouteRefresh, {}, out); }
void encode(const FourOctetAs& as, std::vector<std::uint8_t>& out) {
    std::array<std::uint8_t, 4> value;
    boost::endian::store_big_u32(value.data(), as.asn.value);
    encode_tlv(kFourOctetAs, value, out);
}
void encode(const UnknownCapability& unknown, std::vector<std::uint8_t>& out) {
    encode_tlv(unknown.code, unknown.value, out);
}

/// All capabilities in one parameter (RFC 5492 section 4), in RFC 9072's format only if the old one has no room.
void encode_optional(Bytes capabilities, Writer& out) {
    constexpr std::size_t kParameterHeader = 2;
    if (capabilities.empty()) {
        out.u8(0);
    } else if (capabilities.size() + kParameterHeader <= 255) {
        out.u8(static_cast<std::uint8_t>(capabilities.size() + kParameterHeader));
        out.u8(kCapabilitiesParameter);
        out.u8(static_cast<std::uint8_t>(capabilities.size()));
    } else {
        constexpr std::size_t kExtendedParameterHeader = 3;
        out.u8(kExtendedLength);
        out.u8(kExtendedLength);
        out.u16(static_cast<std::uint16_t>(capabilities.size() + kExtendedParameterHeader));
        out.u8(kCapabilitiesParameter);
        out.u16(static_cast<std::uint16_t>(capabilities.size()));
    }
    out.bytes(capabilities);
}

}  // namespace

Asn asn_of(const Open& open) {
    for (const auto& capability : open.capabilities)
        if (const auto* four_octet = std::get_if<FourOctetAs>(&capability)) return four_octet->asn;
    return open.asn;
}

std::expected<Open, Notification> decode_open(Bytes body) {
    Reader in{body};
    Open open;
    const auto version = in.u8();
    open.asn = Asn{in.u16()};
    open.hold_time = std::chrono::seconds{in.u16()};
    open.router_id = RouterId{in.u32()};
    if (in.failed() || in.empty()) return std::unexpected(bad_message_length(kHeaderOctets + body.size()));

    // The data is the version we would speak (RFC 4271 6.2). Another version's further fields may mean anything.
    if (version != kVersion) return refuse(subcode::kUnsupportedVersion, {0, kVersion});
    if (auto read = decode_optional(in, open.capabilities); !read) return std::unexpected(read.error());
    if (asn_of(open) == Asn{0}) return refuse(subcode::kBadPeerAs);                // RFC 7607 section 2
    if (open.router_id == RouterId{0}) return refuse(subcode::kBadBgpIdentifier);  // RFC 6286 section 2.2
    if (open.hold_time.count() == 1 || open.hold_time.count() == 2) return refuse(subcode::kUnacceptableHoldTime);
    return open;
}

std::vector<std::uint8_t> encode_open(const Open& open) {
    std::vector<std::uint8_t> capabilities;
    for (const auto& capability : open.capabilities)
        std::visit([&](const auto& known) { encode(known, capabilities); }, capability);
    return whole_message(MessageType::Open, [&](Writer& out) {
        const auto asn = open.asn.value <= kLargestTwoOctetAs ? open.asn : kAsTrans;
        out.u8(kVersion);
        out.u16(static_cast<std::uint16_t>(asn.value));
        out.u16(static_cast<std::uint16_t>(std::clamp<std::chrono::seconds::rep>(open.hold_time.count(), 0, 65'535)));
        out.u32(open.router_id.value);
        encode_optional(capabilities, out);
    });
}

}  // namespace dyad::wire
