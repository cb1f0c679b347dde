#include "dyad/base/hex.hpp"

#include <algorithm>
#include <string_view>

namespace dyad {

std::string hex_text(Bytes octets, std::size_t most) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string text;
    for (const auto octet : octets.first(std::min(octets.size(), most))) {
        text += kDigits[octet >> 4];
        text += kDigits[octet & 15];
    }
    if (octets.size() > most) text += "…";
    return text;
}

}  // namespace dyad
