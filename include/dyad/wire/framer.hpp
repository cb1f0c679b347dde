#pragma once
#include <expected>
#include <optional>

#include "dyad/wire/message.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::wire {

/// The first whole message of a receive buffer, in place; nothing if it is not whole yet. A header that
/// RFC 4271 6.1 forbids (marker, length out of the type's bounds, unknown type) is the NOTIFICATION to
/// answer with, and is told as soon as the header is there.
/// max_octets: kMaxExtendedMessageOctets where we have announced RFC 8654; OPEN and KEEPALIVE stay within 4,096.
std::expected<std::optional<MessageView>, Notification> next_message(Bytes buffer,
                                                                     std::size_t max_octets = kMaxMessageOctets);

/// A KEEPALIVE, whole: the header alone (RFC 4271 4.4).
Bytes keepalive_message();

}  // namespace dyad::wire
