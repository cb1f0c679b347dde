#pragma once
#include <array>
#include <vector>

#include "dyad/base/ensure.hpp"
#include "dyad/base/writer.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::wire {

/// Writes a header (RFC 4271 4.1) whose length only end_message knows; returns where the message begins.
inline std::size_t begin_message(Writer& out, MessageType type) {
    const auto start = out.size();
    for (std::size_t i = 0; i < kMarkerOctets; ++i) out.u8(0xff);
    out.u16(0);
    out.u8(static_cast<std::uint8_t>(type));
    return start;
}

inline void end_message(Writer& out, std::size_t start) {
    out.patch_u16(start + kMarkerOctets, static_cast<std::uint16_t>(out.size() - start));
}

/// A whole message whose body the function writes. What it writes must fit in 4,096 octets.
template <class WriteBody>
std::vector<std::uint8_t> whole_message(MessageType type, WriteBody write_body) {
    std::array<std::uint8_t, kMaxMessageOctets> buffer;
    Writer out{buffer};
    const auto start = begin_message(out, type);
    write_body(out);
    ensure(!out.failed());
    end_message(out, start);
    const auto written = out.written();
    return {written.begin(), written.end()};
}

/// RFC 4271 6.1: the data is the Length field that is wrong.
inline Notification bad_message_length(std::size_t message_octets) {
    return {ErrorCode::MessageHeader,
            subcode::kBadMessageLength,
            {static_cast<std::uint8_t>(message_octets >> 8), static_cast<std::uint8_t>(message_octets)}};
}

}  // namespace dyad::wire
