#include "dyad/wire/open.hpp"

#include <algorithm>

#include "dyad/base/reader.hpp"
#include "wire/capability_codec.hpp"
#include "wire/envelope.hpp"

namespace dyad::wire {
namespace {

constexpr std::uint8_t kVersion = 4;
/// RFC 5492 section 4.
constexpr std::uint8_t kCapabilitiesParameter = 2;
/// RFC 9072 section 2: where the first parameter's type stands, and as the old length field's value.
constexpr std::uint8_t kExtendedParameters = 255;
constexpr std::uint16_t kLargestTwoOctetAs = 65'535;

enum class ParameterLength : std::uint8_t { OneOctet, TwoOctets };

std::unexpected<Notification> refuse(std::uint8_t subcode, std::vector<std::uint8_t> data = {}) {
    return std::unexpected(Notification{ErrorCode::OpenMessage, subcode, std::move(data)});
}

/// RFC 4271 6.2: a parameter we know but cannot read is "Unspecific".
constexpr std::uint8_t kUnspecific = 0;

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
    if (octets != 0 && ahead.u8() == kExtendedParameters) {
        length = ParameterLength::TwoOctets;
        octets = ahead.u16();
        in = ahead;
    }
    if (in.failed() || octets != in.remaining()) return refuse(kUnspecific);
    return decode_parameters(in, length, capabilities);
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
        out.u8(kExtendedParameters);
        out.u8(kExtendedParameters);
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
    for (const auto& capability : open.capabilities) encode_capability(capability, capabilities);
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
