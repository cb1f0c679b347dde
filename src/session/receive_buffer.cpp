#include "session/receive_buffer.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>

#include "dyad/base/ensure.hpp"

namespace dyad::session {

void ReceiveBuffer::feed(Bytes octets) {
    ensure(fed_.empty());
    fed_ = octets;
}

std::expected<std::optional<wire::MessageView>, wire::Notification> ReceiveBuffer::next(std::size_t max_octets) {
    if (tail_given_) {
        tail_.clear();
        tail_given_ = false;
    }
    if (!tail_.empty()) return complete_tail(max_octets);

    auto message = wire::next_message(fed_, max_octets);
    if (!message) return message;
    if (*message) {
        fed_ = fed_.subspan((*message)->whole.size());
    } else {
        extend_tail(fed_.size());
    }
    return message;
}

void ReceiveBuffer::clear() {
    fed_ = {};
    tail_.clear();
    tail_given_ = false;
}

/// First up to a header, which says the length, then up to that.
std::expected<std::optional<wire::MessageView>, wire::Notification> ReceiveBuffer::complete_tail(
    std::size_t max_octets) {
    extend_tail(wire::kHeaderOctets);
    auto message = wire::next_message(tail_, max_octets);
    if (message && !*message && tail_.size() >= wire::kHeaderOctets) {
        extend_tail(boost::endian::load_big_u16(tail_.data() + offsetof(wire::MessageHeader, length)));
        message = wire::next_message(tail_, max_octets);
    }
    tail_given_ = message && message->has_value();
    return message;
}

/// Moves octets from what was fed until the tail has this many, or nothing is left.
void ReceiveBuffer::extend_tail(std::size_t wanted) {
    if (tail_.size() >= wanted) return;
    tail_.reserve(std::max(wanted, wire::kMaxMessageOctets));
    const auto taken = fed_.first(std::min(wanted - tail_.size(), fed_.size()));
    tail_.insert(tail_.end(), taken.begin(), taken.end());
    fed_ = fed_.subspan(taken.size());
}

}  // namespace dyad::session
