#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace dyad::decode {

/// Octets written as hex in any layout people paste: with blanks, colons, dashes or commas between, 0x or \x in front,
/// over any number of lines; dumps with offsets and a column of characters (hexdump -C, xxd, tcpdump -X, od, Wireshark).
/// A line that begins with '#' is a comment. The error is a sentence with the line's number.
std::expected<std::vector<std::uint8_t>, std::string> read_hex(std::string_view text);

}  // namespace dyad::decode
