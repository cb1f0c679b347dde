#include "wire/capability_codec.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "dyad/base/ensure.hpp"
#include "dyad/base/overloaded.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/base/writer.hpp"

namespace dyad::wire {
namespace {

/// IANA "Capability Codes".
enum class Code : std::uint8_t {
    Multiprotocol = 1,
    RouteRefresh = 2,
    ExtendedNextHop = 5,
    ExtendedMessage = 6,
    Role = 9,
    GracefulRestart = 64,
    FourOctetAs = 65,
    AddPath = 69,
    EnhancedRouteRefresh = 70,
};

/// The capability's length is one octet (RFC 5492 section 4).
constexpr std::size_t kMostOctets = 255;

/// RFC 4724 section 3, RFC 8538 section 2.
constexpr std::uint16_t kRestarting = 0x8000, kNotification = 0x4000, kRestartTime = 0x0fff;
constexpr std::uint8_t kForwardingPreserved = 0x80;

std::optional<Capability> decode_multiprotocol(Reader in) {
    Multiprotocol family;
    family.afi = in.u16();
    in.u8();  // reserved
    family.safi = in.u8();
    if (in.failed() || !in.empty()) return std::nullopt;
    return family;
}

template <class Flag>
std::optional<Capability> decode_flag(Reader in) {
    if (!in.empty()) return std::nullopt;
    return Flag{};
}

std::optional<Capability> decode_four_octet_as(Reader in) {
    const FourOctetAs as{Asn{in.u32()}};
    if (in.failed() || !in.empty()) return std::nullopt;
    return as;
}

std::optional<Capability> decode_graceful_restart(Reader in) {
    GracefulRestart restart;
    const auto flags_and_time = in.u16();
    restart.restarting = (flags_and_time & kRestarting) != 0;
    restart.notification = (flags_and_time & kNotification) != 0;
    restart.restart_time = std::chrono::seconds{flags_and_time & kRestartTime};
    while (!in.empty()) {
        GracefulRestart::PerFamily family;
        family.afi = in.u16();
        family.safi = in.u8();
        family.forwarding_preserved = (in.u8() & kForwardingPreserved) != 0;
        restart.families.push_back(family);
    }
    if (in.failed()) return std::nullopt;
    return restart;
}

/// RFC 7911 section 4: with any other mode it is not understood.
std::optional<Capability> decode_add_path(Reader in) {
    AddPath add_path;
    while (!in.empty()) {
        AddPath::PerFamily family;
        family.afi = in.u16();
        family.safi = in.u8();
        const auto mode = in.u8();
        if (mode < 1 || mode > 3) return std::nullopt;
        family.mode = static_cast<AddPathMode>(mode);
        add_path.families.push_back(family);
    }
    if (in.failed() || add_path.families.empty()) return std::nullopt;
    return add_path;
}

std::optional<Capability> decode_role(Reader in) {
    const RoleCapability role{static_cast<Role>(in.u8())};
    if (in.failed() || !in.empty()) return std::nullopt;
    return role;
}

std::optional<Capability> decode_extended_next_hop(Reader in) {
    ExtendedNextHop next_hops;
    while (!in.empty()) {
        ExtendedNextHop::Encoding encoding;
        encoding.afi = in.u16();
        encoding.safi = in.u16();
        encoding.next_hop_afi = in.u16();
        next_hops.encodings.push_back(encoding);
    }
    if (in.failed()) return std::nullopt;
    return next_hops;
}

std::optional<Capability> decode_known(std::uint8_t code, Bytes value) {
    const Reader in{value};
    switch (static_cast<Code>(code)) {
        case Code::Multiprotocol:
            return decode_multiprotocol(in);
        case Code::RouteRefresh:
            return decode_flag<RouteRefreshCapability>(in);
        case Code::ExtendedNextHop:
            return decode_extended_next_hop(in);
        case Code::ExtendedMessage:
            return decode_flag<ExtendedMessage>(in);
        case Code::Role:
            return decode_role(in);
        case Code::GracefulRestart:
            return decode_graceful_restart(in);
        case Code::FourOctetAs:
            return decode_four_octet_as(in);
        case Code::AddPath:
            return decode_add_path(in);
        case Code::EnhancedRouteRefresh:
            return decode_flag<EnhancedRouteRefresh>(in);
    }
    return std::nullopt;
}

void encode(const Multiprotocol& family, Writer& out) {
    out.u16(family.afi);
    out.u8(0);
    out.u8(family.safi);
}
void encode(const RouteRefreshCapability&, Writer&) {}
void encode(const FourOctetAs& as, Writer& out) { out.u32(as.asn.value); }
void encode(const ExtendedMessage&, Writer&) {}
void encode(const EnhancedRouteRefresh&, Writer&) {}
void encode(const GracefulRestart& restart, Writer& out) {
    const auto time = std::clamp<std::chrono::seconds::rep>(restart.restart_time.count(), 0, kRestartTime);
    out.u16(static_cast<std::uint16_t>((restart.restarting ? kRestarting : 0) |
                                       (restart.notification ? kNotification : 0) | time));
    for (const auto& family : restart.families) {
        out.u16(family.afi);
        out.u8(family.safi);
        out.u8(family.forwarding_preserved ? kForwardingPreserved : 0);
    }
}
void encode(const AddPath& add_path, Writer& out) {
    for (const auto& family : add_path.families) {
        out.u16(family.afi);
        out.u8(family.safi);
        out.u8(static_cast<std::uint8_t>(family.mode));
    }
}
void encode(const RoleCapability& role, Writer& out) { out.u8(static_cast<std::uint8_t>(role.role)); }
void encode(const ExtendedNextHop& next_hops, Writer& out) {
    for (const auto& encoding : next_hops.encodings) {
        out.u16(encoding.afi);
        out.u16(encoding.safi);
        out.u16(encoding.next_hop_afi);
    }
}
void encode(const UnknownCapability& unknown, Writer& out) { out.bytes(unknown.value); }

constexpr std::uint8_t number(Code code) { return static_cast<std::uint8_t>(code); }

}  // namespace

std::uint8_t capability_code(const Capability& capability) {
    return std::visit(Overloaded{
                          [](const Multiprotocol&) { return number(Code::Multiprotocol); },
                          [](const RouteRefreshCapability&) { return number(Code::RouteRefresh); },
                          [](const FourOctetAs&) { return number(Code::FourOctetAs); },
                          [](const ExtendedMessage&) { return number(Code::ExtendedMessage); },
                          [](const EnhancedRouteRefresh&) { return number(Code::EnhancedRouteRefresh); },
                          [](const GracefulRestart&) { return number(Code::GracefulRestart); },
                          [](const AddPath&) { return number(Code::AddPath); },
                          [](const RoleCapability&) { return number(Code::Role); },
                          [](const ExtendedNextHop&) { return number(Code::ExtendedNextHop); },
                          [](const UnknownCapability& unknown) { return unknown.code; },
                      },
                      capability);
}

Capability decode_capability(std::uint8_t code, Bytes value) {
    if (auto known = decode_known(code, value)) return std::move(*known);
    return UnknownCapability{code, {value.begin(), value.end()}};
}

void encode_capability(const Capability& capability, std::vector<std::uint8_t>& out) {
    std::array<std::uint8_t, kMostOctets> value;
    Writer writer{value};
    std::visit([&](const auto& known) { encode(known, writer); }, capability);
    ensure(!writer.failed());
    out.push_back(capability_code(capability));
    out.push_back(static_cast<std::uint8_t>(writer.size()));
    out.insert(out.end(), value.begin(), value.begin() + static_cast<std::ptrdiff_t>(writer.size()));
}

}  // namespace dyad::wire
