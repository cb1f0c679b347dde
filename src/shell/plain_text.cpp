#include "shell/plain_text.hpp"

#include <cstdint>

namespace dyad::shell {

namespace {

bool continues(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<std::uint8_t>(text[at]) & 0xc0) == 0x80;
}

/// Octets of the UTF-8 character at the front (RFC 3629); 0 when it is none.
std::size_t character_octets(std::string_view text) {
    const auto first = static_cast<std::uint8_t>(text[0]);
    const auto second = text.size() > 1 ? static_cast<std::uint8_t>(text[1]) : std::uint8_t{0};
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return continues(text, 1) ? 2 : 0;
    if (first >= 0xe0 && first < 0xf0) {
        const bool overlong = first == 0xe0 && second < 0xa0;
        const bool surrogate = first == 0xed && second >= 0xa0;
        return continues(text, 1) && continues(text, 2) && !overlong && !surrogate ? 3 : 0;
    }
    if (first >= 0xf0 && first < 0xf5) {
        const bool out_of_range = (first == 0xf0 && second < 0x90) || (first == 0xf4 && second >= 0x90);
        return continues(text, 1) && continues(text, 2) && continues(text, 3) && !out_of_range ? 4 : 0;
    }
    return 0;
}

}  // namespace

std::string plain_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    while (!text.empty()) {
        const auto octets = character_octets(text);
        const auto first = static_cast<std::uint8_t>(text[0]);
        // U+0080..U+009F are control characters too: some terminals obey them.
        const bool control = first < 0x20 || first == 0x7f ||
                             (first == 0xc2 && octets == 2 && static_cast<std::uint8_t>(text[1]) < 0xa0);
        if (octets == 0 || control) {
            out += '?';
        } else {
            out += text.substr(0, octets);
        }
        text.remove_prefix(octets == 0 ? 1 : octets);
    }
    return out;
}

}  // namespace dyad::shell
