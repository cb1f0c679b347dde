#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "dyad/base/bytes.hpp"

namespace dyad::decode {

/// One direction of a TCP connection put in order again: segments in any order, repeated, overlapping. What waits behind a
/// gap is bounded; whoever feeds it asks crowded() and decides to skip().
class Stream {
public:
    /// The octet behind a SYN; a stream whose beginning was not captured begins with the first segment seen.
    void begin(std::uint32_t sequence);
    bool begun() const { return next_.has_value(); }
    void push(std::uint32_t sequence, Bytes payload);
    /// Moves to `out` all octets that are in order now.
    void take(std::vector<std::uint8_t>& out);
    /// More waits behind a gap than a sender may have under way.
    bool crowded() const;
    bool waiting() const { return !pending_.empty(); }
    /// Gives up the gap: goes on at the first octets that are there. How many were lost.
    std::uint64_t skip();
    /// What is before this sequence number and has not come will never come. How many octets: 0 for what is known already.
    std::uint64_t lose_before(std::uint32_t sequence);

private:
    std::uint64_t position(std::uint32_t sequence) const;

    std::optional<std::uint64_t> next_;  ///< sequence number with its wraps counted
    std::map<std::uint64_t, std::vector<std::uint8_t>> pending_;
    std::size_t pending_octets_ = 0;
};

}  // namespace dyad::decode
