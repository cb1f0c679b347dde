#include "dyad/wire/route_refresh.hpp"

#include "dyad/base/reader.hpp"
#include "wire/envelope.hpp"

namespace dyad::wire {
namespace {

constexpr std::size_t kBodyOctets = 4;

/// RFC 7313 section 5: the data is the complete message.
Notification invalid_message_length(Bytes body) {
    const auto message = whole_message(MessageType::RouteRefresh, [&](Writer& out) { out.bytes(body); });
    return {ErrorCode::RouteRefreshMessage, subcode::kInvalidMessageLength, message};
}

}  // namespace

std::expected<RouteRefresh, Notification> decode_route_refresh(Bytes body) {
    constexpr std::uint8_t kBeginning = 1, kEnd = 2;  // RFC 7313 section 3.2
    Reader in{body};
    RouteRefresh refresh;
    refresh.afi = in.u16();
    refresh.subtype = in.u8();
    refresh.safi = in.u8();
    if (in.failed()) return std::unexpected(bad_message_length(kHeaderOctets + body.size()));
    // A plain request may carry RFC 5291's filters behind it, which we never asked for: passed over.
    const bool demarcation = refresh.subtype == kBeginning || refresh.subtype == kEnd;
    if (demarcation && body.size() != kBodyOctets) return std::unexpected(invalid_message_length(body));
    return refresh;
}

std::vector<std::uint8_t> encode_route_refresh(const RouteRefresh& refresh) {
    return whole_message(MessageType::RouteRefresh, [&](Writer& out) {
        out.u16(refresh.afi);
        out.u8(refresh.subtype);
        out.u8(refresh.safi);
    });
}

}  // namespace dyad::wire
