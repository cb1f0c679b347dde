#include "decode/message.hpp"

#include <algorithm>
#include <array>

#include "decode/attributes.hpp"
#include "decode/judge.hpp"
#include "decode/nlri.hpp"
#include "decode/notification.hpp"
#include "decode/open.hpp"
#include "decode/shapes.hpp"
#include "decode/words.hpp"
#include "dyad/base/text.hpp"

namespace dyad::decode {
namespace {

constexpr std::array kMessageTypes{Name{1, "OPEN"}, Name{2, "UPDATE"}, Name{3, "NOTIFICATION"}, Name{4, "KEEPALIVE"},
                                   Name{5, "ROUTE-REFRESH"}};
constexpr std::array kMessageHeader{Part{"Marker", 16, marker, "RFC 4271 4.1"},
                                    Part{"Length", 2, number, "RFC 4271 4.1"},
                                    Part{"Type", 1, named<kMessageTypes>, "RFC 4271 4.1"}};

void update_body(Cursor& in, Fields& out, const Context& context) {
    const auto prefixes = [&](const char* name, Cursor& part) {
        nest(name, "RFC 4271 4.3", part, out, [&](Field& field) {
            read_routes(part, field.fields, {1, wire::kSafiUnicast}, context);
        });
    };
    const auto withdrawn_octets = in.read({"Withdrawn Routes Length", 2, number, "RFC 4271 4.3"}, out);
    auto withdrawn = in.sub(withdrawn_octets, out);
    if (!withdrawn.empty()) prefixes("Withdrawn Routes", withdrawn);
    const auto attribute_octets = in.read({"Total Path Attribute Length", 2, number, "RFC 4271 4.3"}, out);
    auto attributes = in.sub(attribute_octets, out);
    if (!attributes.empty())
        nest("Path Attributes", "RFC 4271 4.3", attributes, out, [&](Field& field) {
            read_attributes(attributes, field.fields, context);
            field.value = counted(field.fields.size(), "attribute", "attributes");
        });
    if (!in.empty()) prefixes("NLRI", in);
}

/// RFC 2918 section 3; RFC 7313 3.2 for the octet that was reserved; RFC 5291 section 4 for what may follow.
void route_refresh_body(Cursor& in, Fields& out, const Context&) {
    static constexpr std::array kSubtypes{Name{0, "request"}, Name{1, "beginning of refresh"},
                                          Name{2, "end of refresh"}};
    in.read({"Address Family", 2, afi, "RFC 2918 3"}, out);
    in.read({"Message Subtype", 1, named<kSubtypes>, "RFC 7313 3.2"}, out);
    in.read({"Subsequent Address Family", 1, safi, "RFC 2918 3"}, out);
    if (!in.empty()) in.read({"Route filters", kRest, hex, "RFC 5291 4"}, out);
}

void no_body(Cursor&, Fields&, const Context&) {}
void unread_body(Cursor& in, Fields& out, const Context&) {
    if (!in.empty()) in.read({"Body", kRest, hex}, out);
}

struct MessageShape {
    std::uint8_t type;
    std::string_view rfc;
    Read read;
};
constexpr std::array kMessageShapes{
    MessageShape{1, "RFC 4271 4.2", read_open}, MessageShape{2, "RFC 4271 4.3", update_body},
    MessageShape{3, "RFC 4271 4.5", read_notification}, MessageShape{4, "RFC 4271 4.4", no_body},
    MessageShape{5, "RFC 2918 3", route_refresh_body}};
constexpr MessageShape kUnknownMessage{0, "RFC 4271 4.1", unread_body};

}  // namespace

Dissection dissect(Bytes message, const Context& context) {
    Cursor in{message};
    Field root{.octets = message.size(), .name = "message", .value = {}};
    in.read(Layout{kMessageHeader}, root.fields);
    if (!in.cut()) {
        const auto length = root.fields[1].number.value_or(0), type = root.fields[2].number.value_or(0);
        const auto found = std::ranges::find(kMessageShapes, type, &MessageShape::type);
        const auto& shape = found != kMessageShapes.end() ? *found : kUnknownMessage;
        root.rfc = shape.rfc;
        root.number = type;
        const auto named_type = root.fields[2].value;
        root.name =
            found != kMessageShapes.end() ? named_type.substr(0, named_type.find(' ')) : "type " + std::to_string(type);
        const std::size_t header = in.offset();
        auto body = in.sub(length < header ? 0 : length - header, root.fields);
        if (root.fields.back().fault) {
            // The length field is what says too much, not the type behind it.
            root.fields.back().fault.reset();
            root.fields[1].fault = Fault{
                "says " + std::to_string(length) + " octets, " + std::to_string(message.size()) + " are there", ""};
        }
        shape.read(body, root.fields, context);
        body.leave_nothing(root.fields);
    }
    in.leave_nothing(root.fields);
    auto verdict = judge(message, context, root);
    return {std::move(root), std::move(verdict)};
}

}  // namespace dyad::decode
