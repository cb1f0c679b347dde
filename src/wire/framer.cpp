#include "dyad/wire/framer.hpp"

#include "dyad/base/reader.hpp"
#include "wire/envelope.hpp"

namespace dyad::wire {
namespace {

/// RFC 4271 4.2 to 4.5, RFC 2918 section 3, RFC 8654 section 4: octets, header included.
struct LengthBounds {
    std::size_t least;
    std::size_t most;
};

/// Nothing for a type nobody defined.
std::optional<LengthBounds> length_bounds(std::uint8_t type, std::size_t max_octets) {
    switch (static_cast<MessageType>(type)) {
        case MessageType::Open:
            return LengthBounds{29, kMaxMessageOctets};
        case MessageType::Update:
            return LengthBounds{23, max_octets};
        case MessageType::Notification:
            return LengthBounds{21, max_octets};
        case MessageType::Keepalive:
            return LengthBounds{kHeaderOctets, kHeaderOctets};
        case MessageType::RouteRefresh:
            return LengthBounds{23, max_octets};
    }
    return std::nullopt;
}

}  // namespace

std::expected<std::optional<MessageView>, Notification> next_message(Bytes buffer, std::size_t max_octets) {
    Reader in{buffer};
    in.bytes(kMarkerOctets);
    const std::size_t length = in.u16();
    const std::uint8_t type = in.u8();
    if (in.failed()) return std::nullopt;

    // In the order of RFC 4271 6.1: without synchronization neither length nor type means anything.
    if (!has_marker(buffer))
        return std::unexpected(Notification{ErrorCode::MessageHeader, subcode::kConnectionNotSynchronized, {}});
    if (length < kHeaderOctets || length > max_octets) return std::unexpected(bad_message_length(length));
    const auto bounds = length_bounds(type, max_octets);
    if (!bounds) return std::unexpected(Notification{ErrorCode::MessageHeader, subcode::kBadMessageType, {type}});
    if (length < bounds->least || length > bounds->most) return std::unexpected(bad_message_length(length));

    if (buffer.size() < length) return std::nullopt;
    return MessageView{static_cast<MessageType>(type), buffer.first(length)};
}

Bytes keepalive_message() {
    static constexpr std::array<std::uint8_t, kHeaderOctets> kKeepalive{
        0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 19, 4};
    return kKeepalive;
}

}  // namespace dyad::wire
