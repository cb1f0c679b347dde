#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/net/prefix.hpp"

/// The table that every benchmark sends: made up, the same on every run, with a full table's habits. Five in eight
/// prefixes are /24, the rest /21 to /23 around them; they come in no order of address; about seven in a row share an
/// attribute set. A prefix and its number in the table say each other, so a receiver counts in an array of bits.
namespace dyad::bench {

/// 16.0.0.0/4, in blocks of eight prefixes.
inline constexpr std::uint32_t kTableSize = 1u << 20;
/// Never part of a load (those end at a million): it carries a number in a community, to find a moment again at the sink.
inline constexpr std::uint32_t kMarker = kTableSize - 1;
inline constexpr std::uint32_t kMarkerAs = 65000;

Prefix prefix_of(std::uint32_t number);
std::optional<std::uint32_t> number_of(const Prefix& prefix);

/// As who sends it.
struct Sender {
    Asn asn;
    Address next_hop;
};

/// UPDATEs that announce prefixes first .. first+count-1; another variant has other attributes for each.
std::vector<std::uint8_t> announcements(const Sender& sender, std::uint32_t first, std::uint32_t count,
                                        std::uint32_t variant);
std::vector<std::uint8_t> withdrawals(std::uint32_t first, std::uint32_t count);
/// The marker prefix, with this number (16 bits of it) in its community.
std::vector<std::uint8_t> marker(const Sender& sender, std::uint32_t number);
/// Reads that number out of a path attributes field.
std::optional<std::uint32_t> marked(Bytes attributes);

}  // namespace dyad::bench
