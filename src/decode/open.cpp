#include "decode/open.hpp"

#include <algorithm>
#include <array>

#include "decode/shapes.hpp"
#include "decode/words.hpp"

namespace dyad::decode {
namespace {

constexpr std::array kFixed{
    Part{"Version", 1, number, "RFC 4271 4.2"}, Part{"My Autonomous System", 2, number, "RFC 4271 4.2"},
    Part{"Hold Time", 2, seconds, "RFC 4271 4.2"}, Part{"BGP Identifier", 4, address, "RFC 4271 4.2"}};

constexpr std::array kSendReceive{Name{1, "receive"}, Name{2, "send"}, Name{3, "send and receive"}};

std::string forwarding(Bytes octets) { return octets[0] & 0x80 ? "forwarding preserved" : "forwarding not preserved"; }

constexpr std::array<Part, 0> kNoCapabilityValue{};
constexpr std::array kUnreadCapability{Part{"Value", kRest, hex}};
constexpr std::array kMultiprotocol{Part{"Address Family", 2, afi}, Part{"Reserved", 1, number},
                                    Part{"Subsequent Address Family", 1, safi}};
constexpr std::array kNextHopEncoding{Part{"Address Family", 2, afi}, Part{"Subsequent Address Family", 2, safi},
                                      Part{"Next Hop Family", 2, afi}};
constexpr std::array kLabels{Part{"Address Family", 2, afi}, Part{"Subsequent Address Family", 1, safi},
                             Part{"Labels", 1, number}};
constexpr std::array kRole{Part{"Role", 1, role}};
constexpr std::array kFourOctetAs{Part{"AS", 4, number}};
constexpr std::array kPaths{Part{"Address Family", 2, afi}, Part{"Subsequent Address Family", 1, safi},
                            Part{"Send/Receive", 1, named<kSendReceive>}};
constexpr std::array kRestartFamily{Part{"Address Family", 2, afi}, Part{"Subsequent Address Family", 1, safi},
                                    Part{"Flags", 1, forwarding}};
constexpr std::array kStaleFamily{Part{"Address Family", 2, afi}, Part{"Subsequent Address Family", 1, safi},
                                  Part{"Flags", 1, forwarding}, Part{"Stale Time", 3, seconds}};

void graceful_restart(Cursor& in, Fields& out, const Context& context) {
    in.read({"Restart Flags and Time", 2, restart}, out);
    entries<kRestartFamily>(in, out, context);
}

/// RFC 5291 section 5.
void route_filtering(Cursor& in, Fields& out, const Context&) {
    static constexpr std::array kFilter{Part{"ORF Type", 1, number}, Part{"Send/Receive", 1, named<kSendReceive>}};
    while (!in.empty())
        nest("Entry", "RFC 5291 5", in, out, [&](Field& field) {
            in.read(Layout{kMultiprotocol}, field.fields);
            const auto count = in.read({"Number of ORFs", 1, number}, field.fields);
            for (std::uint64_t i = 0; i < count && !in.cut(); ++i) in.read(Layout{kFilter}, field.fields);
        });
}

/// Names, each behind a length of one octet.
void counted_text(const char* name, Cursor& in, Fields& out) {
    auto value = in.sub(in.read({"Length", 1, number}, out), out);
    if (!value.cut()) value.read({name, kRest, text}, out);
}
void host_and_domain(Cursor& in, Fields& out, const Context&) {
    counted_text("Hostname", in, out);
    if (!in.empty()) counted_text("Domain", in, out);
}
void software_version(Cursor& in, Fields& out, const Context&) { counted_text("Version", in, out); }

struct CapabilityShape {
    std::uint8_t code;
    std::string_view rfc;
    Read read;
};
constexpr std::array kCapabilityShapes{
    CapabilityShape{1, "RFC 4760 8", once<kMultiprotocol>},
    CapabilityShape{2, "RFC 2918 2", once<kNoCapabilityValue>},
    CapabilityShape{3, "RFC 5291 5", route_filtering},
    CapabilityShape{5, "RFC 8950 4", entries<kNextHopEncoding>},
    CapabilityShape{6, "RFC 8654 3", once<kNoCapabilityValue>},
    CapabilityShape{8, "RFC 8277 2.1", entries<kLabels>},
    CapabilityShape{9, "RFC 9234 4.1", once<kRole>},
    CapabilityShape{64, "RFC 4724 3", graceful_restart},
    CapabilityShape{65, "RFC 6793 3", once<kFourOctetAs>},
    CapabilityShape{69, "RFC 7911 4", entries<kPaths>},
    CapabilityShape{70, "RFC 7313 3.1", once<kNoCapabilityValue>},
    CapabilityShape{71, "RFC 9494 3.1", entries<kStaleFamily>},
    CapabilityShape{73, "draft-walton-bgp-hostname-capability", host_and_domain},
    CapabilityShape{75, "draft-ietf-idr-version-capability", software_version},
    CapabilityShape{128, "RFC 2918 2", once<kNoCapabilityValue>},
};
constexpr CapabilityShape kUnknownCapability{0, "RFC 5492 4", once<kUnreadCapability>};

const CapabilityShape& capability_shape(std::uint8_t code) {
    const auto found = std::ranges::find(kCapabilityShapes, code, &CapabilityShape::code);
    return found != kCapabilityShapes.end() ? *found : kUnknownCapability;
}

void read_capability(Cursor& in, Fields& out, const Context& context) {
    const std::uint8_t code = in.ahead()[0];
    const auto& shape = capability_shape(code);
    nest("Capability", shape.rfc, in, out, [&](Field& field) {
        in.read({"Capability Code", 1, capability_code, "RFC 5492 4"}, field.fields);
        const auto length = in.read({"Capability Length", 1, number, "RFC 5492 4"}, field.fields);
        if (!in.cut()) field.number = code;
        auto value = in.sub(length, field.fields);
        Fields read;
        shape.read(value, read, context);
        value.leave_nothing(read);
        const auto words = summary(read);
        field.value = field.fields.front().value + (words.empty() ? "" : ": " + words);
        std::ranges::move(read, std::back_inserter(field.fields));
    });
}

constexpr std::uint8_t kExtendedParameters = 255;  // RFC 9072 section 2

void read_parameters(Cursor in, Fields& out, std::size_t length_octets, const Context& context) {
    static constexpr std::array kTypes{Name{1, "authentication, deprecated"}, Name{2, "capabilities"},
                                       Name{255, "extended length"}};
    constexpr std::uint64_t kCapabilities = 2;
    while (!in.empty())
        nest("Optional Parameter", length_octets == 1 ? "RFC 4271 4.2" : "RFC 9072 2", in, out, [&](Field& field) {
            const auto type = in.read({"Parameter Type", 1, named<kTypes>}, field.fields);
            const auto length = in.read({"Parameter Length", length_octets, number}, field.fields);
            auto value = in.sub(length, field.fields);
            field.value = field.fields.front().value;
            if (type == kCapabilities)
                read_capabilities(value, field.fields, context);
            else
                once<kUnreadCapability>(value, field.fields, context);
        });
}

}  // namespace

void read_capabilities(Cursor& in, Fields& out, const Context& context) {
    while (!in.empty()) read_capability(in, out, context);
}

void read_open(Cursor& in, Fields& out, const Context& context) {
    in.read(Layout{kFixed}, out);
    const auto length = in.read({"Optional Parameters Length", 1, number, "RFC 4271 4.2"}, out);
    if (length != 0 && !in.empty() && in.ahead()[0] == kExtendedParameters) {
        in.read({"Non-Extended Parameter Type", 1, number, "RFC 9072 2"}, out);
        const auto extended = in.read({"Extended Optional Parameters Length", 2, number, "RFC 9072 2"}, out);
        read_parameters(in.sub(extended, out), out, 2, context);
    } else {
        read_parameters(in.sub(length, out), out, 1, context);
    }
}

}  // namespace dyad::decode
