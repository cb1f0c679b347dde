#pragma once
#include <algorithm>
#include <array>
#include <boost/endian/buffers.hpp>
#include <cstddef>
#include <cstdint>

#include "dyad/base/bytes.hpp"

namespace dyad::wire {

/// RFC 4271 4.1, and RFC 2918 for ROUTE-REFRESH.
enum class MessageType : std::uint8_t { Open = 1, Update = 2, Notification = 3, Keepalive = 4, RouteRefresh = 5 };

/// RFC 4271 4.1. The marker is all ones.
struct MessageHeader {
    std::array<std::uint8_t, 16> marker;
    boost::endian::big_uint16_buf_t length;  ///< octets, header included
    boost::endian::big_uint8_buf_t type;
};
static_assert(sizeof(MessageHeader) == 19);

inline constexpr std::size_t kHeaderOctets = sizeof(MessageHeader);
inline constexpr std::size_t kMarkerOctets = sizeof(MessageHeader::marker);
/// Begins with sixteen ones.
inline bool has_marker(Bytes octets) {
    return octets.size() >= kMarkerOctets &&
           std::ranges::all_of(octets.first(kMarkerOctets), [](std::uint8_t octet) { return octet == 0xff; });
}
/// RFC 4271 4.1: no message is longer unless both sides agreed on RFC 8654.
inline constexpr std::size_t kMaxMessageOctets = 4096;
/// RFC 8654 section 4: then all but OPEN and KEEPALIVE may be as long as the Length field can say.
inline constexpr std::size_t kMaxExtendedMessageOctets = 65'535;

/// One whole message inside a receive buffer; lives as long as that buffer is left alone.
struct MessageView {
    MessageType type;
    Bytes whole;  ///< header included
    Bytes body() const { return whole.subspan(kHeaderOctets); }
};

}  // namespace dyad::wire
