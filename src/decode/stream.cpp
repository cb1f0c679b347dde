#include "decode/stream.hpp"

#include <algorithm>
#include <utility>

namespace dyad::decode {
namespace {

/// BGP's windows are tens of kilobytes; a router's table dump on a long path may have a few hundred under way.
constexpr std::size_t kMostPendingOctets = 1 << 20, kMostPendingSegments = 2048;
/// So that what lies before the first octet is not below zero.
constexpr std::uint64_t kFirstWrap = std::uint64_t{1} << 32;

}  // namespace

void Stream::begin(std::uint32_t sequence) { next_ = kFirstWrap + sequence; }

std::uint64_t Stream::position(std::uint32_t sequence) const {
    const auto distance = static_cast<std::int32_t>(sequence - static_cast<std::uint32_t>(*next_));
    return *next_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(distance));
}

void Stream::push(std::uint32_t sequence, Bytes payload) {
    if (payload.empty()) return;
    if (!next_) begin(sequence);
    auto at = position(sequence);
    const auto end = at + payload.size();
    if (end <= *next_) return;  // a repetition
    if (at < *next_) {
        payload = payload.subspan(*next_ - at);
        at = *next_;
    }
    auto& held = pending_[at];
    if (held.size() >= payload.size()) return;
    pending_octets_ += payload.size() - held.size();
    held.assign(payload.begin(), payload.end());
}

void Stream::take(std::vector<std::uint8_t>& out) {
    while (!pending_.empty() && pending_.begin()->first <= *next_) {
        const auto first = pending_.begin();
        const auto& octets = first->second;
        const auto known = std::min<std::uint64_t>(*next_ - first->first, octets.size());
        out.insert(out.end(), octets.begin() + static_cast<std::ptrdiff_t>(known), octets.end());
        *next_ += octets.size() - known;
        pending_octets_ -= octets.size();
        pending_.erase(first);
    }
}

bool Stream::crowded() const { return pending_octets_ > kMostPendingOctets || pending_.size() > kMostPendingSegments; }

std::uint64_t Stream::skip() {
    if (pending_.empty()) return 0;
    const auto lost = pending_.begin()->first - *next_;
    *next_ = pending_.begin()->first;
    return lost;
}

std::uint64_t Stream::lose_before(std::uint32_t sequence) {
    if (!next_) return 0;
    const auto at = position(sequence);
    return at <= *next_ ? 0 : at - std::exchange(*next_, at);
}

}  // namespace dyad::decode
