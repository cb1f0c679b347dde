#include "bfd/packet.hpp"

#include "dyad/base/reader.hpp"
#include "dyad/base/writer.hpp"

namespace dyad::bfd {
namespace {

constexpr std::uint8_t kVersion = 1;
/// Type and length of the authentication section.
constexpr std::size_t kLeastSectionOctets = 2;

// The second octet: two bits of state, then these.
constexpr std::uint8_t kPoll = 0x20, kFinal = 0x10, kControlPlaneIndependent = 0x08, kAuthenticationPresent = 0x04,
                       kDemand = 0x02, kMultipoint = 0x01;

std::uint8_t flags_of(const Packet& packet) {
    auto flags = static_cast<std::uint8_t>(static_cast<unsigned>(packet.state) << 6);
    if (packet.poll) flags |= kPoll;
    if (packet.final) flags |= kFinal;
    if (packet.control_plane_independent) flags |= kControlPlaneIndependent;
    if (packet.authentication_present) flags |= kAuthenticationPresent;
    if (packet.demand) flags |= kDemand;
    return flags;
}

std::chrono::microseconds interval(Reader& in) { return std::chrono::microseconds{in.u32()}; }
std::uint32_t octets_of(std::chrono::microseconds interval) { return static_cast<std::uint32_t>(interval.count()); }

}  // namespace

/// RFC 5880 section 6.8.6, as far as no session need be known, in its order.
std::expected<Decoded, Discard> decode(Bytes payload) {
    Reader in{payload};
    const auto version_and_diagnostic = in.u8();
    const auto flags = in.u8();
    Packet packet;
    packet.diagnostic = static_cast<Diagnostic>(version_and_diagnostic & 0x1f);
    packet.state = static_cast<State>(flags >> 6);
    packet.poll = (flags & kPoll) != 0;
    packet.final = (flags & kFinal) != 0;
    packet.control_plane_independent = (flags & kControlPlaneIndependent) != 0;
    packet.authentication_present = (flags & kAuthenticationPresent) != 0;
    packet.demand = (flags & kDemand) != 0;
    packet.detect_multiplier = in.u8();
    const std::size_t length = in.u8();
    packet.my_discriminator = in.u32();
    packet.your_discriminator = in.u32();
    packet.desired_min_tx = interval(in);
    packet.required_min_rx = interval(in);
    packet.required_min_echo_rx = interval(in);

    if (payload.empty()) return std::unexpected(Discard::Length);
    if (version_and_diagnostic >> 5 != kVersion) return std::unexpected(Discard::Version);
    const auto least = kHeaderOctets + (packet.authentication_present ? kLeastSectionOctets : 0);
    if (in.failed() || length < least || length > payload.size()) return std::unexpected(Discard::Length);
    if (packet.detect_multiplier == 0) return std::unexpected(Discard::ZeroMultiplier);
    if ((flags & kMultipoint) != 0) return std::unexpected(Discard::Multipoint);
    if (packet.my_discriminator == 0) return std::unexpected(Discard::ZeroMyDiscriminator);
    return Decoded{packet, payload.first(length)};
}

std::vector<std::uint8_t> encode(const Packet& packet) {
    std::vector<std::uint8_t> octets(kHeaderOctets);
    Writer out{octets};
    out.u8(static_cast<std::uint8_t>(kVersion << 5 | static_cast<unsigned>(packet.diagnostic)));
    out.u8(flags_of(packet));
    out.u8(packet.detect_multiplier);
    out.u8(static_cast<std::uint8_t>(kHeaderOctets));
    out.u32(packet.my_discriminator);
    out.u32(packet.your_discriminator);
    out.u32(octets_of(packet.desired_min_tx));
    out.u32(octets_of(packet.required_min_rx));
    out.u32(octets_of(packet.required_min_echo_rx));
    return octets;
}

}  // namespace dyad::bfd
