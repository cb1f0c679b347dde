#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dyad/net/asn.hpp"

namespace dyad::wire {

/// RFC 4271 4.3 (1, 2), RFC 5065 (3, 4).
enum class SegmentType : std::uint8_t { AsSet = 1, AsSequence = 2, ConfedSequence = 3, ConfedSet = 4 };

/// RFC 4271 4.3: a segment's length is one octet.
inline constexpr std::size_t kMaxSegmentAsns = 255;

struct AsSegment {
    SegmentType type = SegmentType::AsSequence;
    std::vector<Asn> asns;
    friend bool operator==(const AsSegment&, const AsSegment&) = default;
};

struct AsPath {
    std::vector<AsSegment> segments;

    /// RFC 4271 9.1.2.2 a): a set counts as one, confederation segments as none (RFC 5065 5.3).
    std::size_t length() const;
    bool contains(Asn asn) const;
    /// The AS that handed the route over: leftmost of a leading sequence; nothing for an empty path or a leading set.
    std::optional<Asn> first() const;
    /// The AS that made the route: rightmost of a trailing sequence.
    std::optional<Asn> origin() const;
    /// RFC 4271 5.1.2 b): puts asn in front count times, opening a new segment where one is full (255).
    void prepend(Asn asn, std::size_t count = 1);
    /// "12076 64512 {65001,65002}", confederation segments as "(…)" and "[…]"; "" when empty. As bgpdump prints it.
    std::string to_string() const;

    friend bool operator==(const AsPath&, const AsPath&) = default;
};

}  // namespace dyad::wire
