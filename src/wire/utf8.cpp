#include "wire/utf8.hpp"

namespace dyad::wire {
namespace {

/// Length of the character whose first octet this is; 0 if none begins so.
std::size_t character_octets(std::uint8_t first) {
    if (first < 0x80) return 1;
    if (first < 0xc2) return 0;  // a continuation, or a longer form of an ASCII character
    if (first < 0xe0) return 2;
    if (first < 0xf0) return 3;
    return first < 0xf5 ? 4 : 0;
}

/// The second octet's range is where longer forms, surrogates and numbers above U+10FFFF are told.
bool second_fits(std::uint8_t first, std::uint8_t second) {
    const std::uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    const std::uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= most;
}

bool is_character(Bytes octets) {
    if (octets.size() >= 2 && !second_fits(octets[0], octets[1])) return false;
    for (std::size_t i = 2; i < octets.size(); ++i)
        if ((octets[i] & 0xc0) != 0x80) return false;
    return true;
}

}  // namespace

std::size_t valid_utf8_octets(Bytes text) {
    std::size_t valid = 0;
    while (valid < text.size()) {
        const auto length = character_octets(text[valid]);
        if (length == 0 || length > text.size() - valid || !is_character(text.subspan(valid, length))) break;
        valid += length;
    }
    return valid;
}

}  // namespace dyad::wire
