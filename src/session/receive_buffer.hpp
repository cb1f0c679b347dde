#pragma once
#include <cstddef>
#include <expected>
#include <optional>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/wire/framer.hpp"

namespace dyad::session {

/// Cuts a connection's octets into messages. Whole messages are given where they lie, in what was fed; only what is
/// left of a message at the end is copied, and completed from the next feed.
class ReceiveBuffer {
public:
    /// Octets that stay where they are until next() has given nothing.
    void feed(Bytes octets);
    /// The next whole message, nothing when there is none yet, or the NOTIFICATION that a bad header calls for
    /// (RFC 4271 6.1); max_octets as for wire::next_message. A message is valid until the next call.
    std::expected<std::optional<wire::MessageView>, wire::Notification> next(
        std::size_t max_octets = wire::kMaxMessageOctets);
    void clear();

private:
    std::expected<std::optional<wire::MessageView>, wire::Notification> complete_tail(std::size_t max_octets);
    void extend_tail(std::size_t wanted);

    Bytes fed_;
    std::vector<std::uint8_t> tail_;  ///< the beginning of a message; less than one of the longest there may be
    bool tail_given_ = false;         ///< tail_ was a whole message, given by the last next()
};

}  // namespace dyad::session
