#include "decode/framing.hpp"

#include <utility>

#include "dyad/wire/message.hpp"

namespace dyad::decode {
namespace {

using wire::has_marker, wire::kMarkerOctets;

constexpr std::uint8_t kLastType = 5;

std::size_t length_of(Bytes header) { return static_cast<std::size_t>(header[16]) << 8 | header[17]; }

/// Not only sixteen ones, which NLRI may hold too.
bool begins_message(Bytes octets) {
    if (octets.size() < wire::kHeaderOctets || !has_marker(octets)) return false;
    const auto type = octets[18];
    return length_of(octets) >= wire::kHeaderOctets && type != 0 && type <= kLastType;
}

/// Where the next message begins behind the first octet; nothing if there is none.
std::optional<std::size_t> next_beginning(Bytes octets) {
    for (std::size_t at = 1; at + wire::kHeaderOctets <= octets.size(); ++at) {
        // From the last octet of a would-be marker: most places are passed over sixteen at a time.
        if (octets[at + kMarkerOctets - 1] != 0xff) {
            at += kMarkerOctets - 1;
            continue;
        }
        if (begins_message(octets.subspan(at))) return at;
    }
    return std::nullopt;
}

}  // namespace

std::optional<Framing::Frame> Framing::next() {
    drop_given();
    const Bytes octets = unread();
    if (octets.size() < wire::kHeaderOctets) return std::nullopt;
    // A header with a marker is a message's, whatever type it says; its length is believed if it can be.
    if (has_marker(octets) && length_of(octets) >= wire::kHeaderOctets) {
        if (octets.size() < length_of(octets)) return std::nullopt;
        return give(length_of(octets), true);
    }
    const auto beginning = next_beginning(octets);
    if (beginning) return give(*beginning, false);
    // The tail may be a marker's beginning.
    return octets.size() > wire::kMaxMessageOctets
               ? std::optional{give(octets.size() - (wire::kHeaderOctets - 1), false)}
               : std::nullopt;
}

std::optional<Framing::Frame> Framing::rest() {
    drop_given();
    const Bytes octets = unread();
    if (octets.empty()) return std::nullopt;
    // A message that is not whole may have swallowed others.
    if (const auto beginning = next_beginning(octets)) return give(*beginning, has_marker(octets));
    return give(octets.size(), has_marker(octets));
}

std::size_t Framing::gap() {
    drop_given();
    given_ = unread().size();
    return given_;
}

Framing::Frame Framing::give(std::size_t octets, bool synchronized) {
    given_ = octets;
    return {unread().first(octets), position_, synchronized};
}

Bytes Framing::unread() const { return Bytes{buffer_}.subspan(head_); }

void Framing::drop_given() {
    constexpr std::size_t kWorthMoving = 1 << 16;
    head_ += given_;
    position_ += std::exchange(given_, 0);
    if (head_ != buffer_.size() && (head_ < kWorthMoving || head_ < buffer_.size() / 2)) return;
    buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(head_));
    head_ = 0;
}

}  // namespace dyad::decode
