#include "dyad/wire/route_refresh.hpp"

#include <algorithm>
#include <cstddef>

#include "dyad/base/reader.hpp"
#include "wire/envelope.hpp"

namespace dyad::wire {
namespace {

constexpr std::size_t kBodyOctets = 4;

/// RFC 7313 section 5: the data is the complete message, as far as a NOTIFICATION has room for it.
Notification invalid_message_length(Bytes body) {
    const auto shown = body.first(std::min(body.size(), kMaxMessageOctets - kHeaderOctets));
    auto message = whole_message(MessageType::RouteRefresh, [&](Writer& out) { out.bytes(shown); });
    boost::endian::store_big_u16(message.data() + offsetof(MessageHeader, length),
                                 static_cast<std::uint16_t>(kHeaderOctets + body.size()));
    return {ErrorCode::RouteRefreshMessage, subcode::kInvalidMessageLength, message};
}

}  // namespace

std::expected<RouteRefresh, Notification> decode_route_refresh(Bytes body) {
    Reader in{body};
    RouteRefresh refresh;
    refresh.afi = in.u16();
    refresh.subtype = in.u8();
    refresh.safi = in.u8();
    if (in.failed()) return std::unexpected(bad_message_length(kHeaderOctets + body.size()));
    const bool demarcation = refresh.subtype == refresh_subtype::kBegin || refresh.subtype == refresh_subtype::kEnd;
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
