#include "config/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "dyad/base/text.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::config {
namespace {

constexpr char32_t kReplacement = 0xfffd;

/// Octets of the sequence that begins with this one; 0 for one that begins none.
std::size_t sequence_length(unsigned char lead) {
    if (lead < 0x80) return 1;
    if (lead >= 0xc2 && lead < 0xe0) return 2;
    if (lead >= 0xe0 && lead < 0xf0) return 3;
    if (lead >= 0xf0 && lead < 0xf5) return 4;
    return 0;
}

struct Unit {
    std::string_view text;
    std::int64_t milliseconds;
};
constexpr Unit kUnits[] = {{"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

/// Nothing in a router's configuration waits longer than a year.
constexpr std::int64_t kLongestDuration = 366LL * 24 * 3'600'000;

}  // namespace

std::u32string code_points(std::string_view text) {
    std::u32string points;
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = sequence_length(lead);
        char32_t point = length > 1 ? lead & (0xffU >> (length + 1)) : lead;
        bool good = length != 0 && i + length <= text.size();
        for (std::size_t k = 1; good && k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            good = (next & 0xc0U) == 0x80;
            point = (point << 6U) | (next & 0x3fU);
        }
        points += good ? point : kReplacement;
        i += good ? length : 1;
    }
    return points;
}

std::string utf8(std::u32string_view points) {
    std::string text;
    const auto put = [&](char32_t octet) { text += static_cast<char>(static_cast<unsigned char>(octet)); };
    for (const char32_t point : points) {
        if (point < 0x80) {
            put(point);
        } else if (point < 0x800) {
            put(0xc0U | (point >> 6U)), put(0x80U | (point & 0x3fU));
        } else if (point < 0x10000) {
            put(0xe0U | (point >> 12U)), put(0x80U | ((point >> 6U) & 0x3fU)), put(0x80U | (point & 0x3fU));
        } else {
            put(0xf0U | (point >> 18U)), put(0x80U | ((point >> 12U) & 0x3fU));
            put(0x80U | ((point >> 6U) & 0x3fU)), put(0x80U | (point & 0x3fU));
        }
    }
    return text;
}

std::string_view line_of(std::string_view text, std::uint32_t number) {
    for (; number > 1 && !text.empty(); --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    auto line = text.substr(0, std::min(text.find('\n'), text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            constexpr std::string_view kHex = "0123456789abcdef";
            const auto octet = static_cast<unsigned char>(c);
            out += "\\u00";
            out += kHex[octet >> 4U];
            out += kHex[octet & 15U];
        } else {
            out += c;
        }
    }
    return out + '"';
}

std::string lower(std::string_view text) {
    std::string out{text};
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
    const auto number = whole_number(text.substr(0, digits));
    const auto unit = std::ranges::find(kUnits, text.substr(digits), &Unit::text);
    if (!number || unit == std::end(kUnits)) return std::nullopt;
    if (std::int64_t{*number} > kLongestDuration / unit->milliseconds) return std::nullopt;
    return std::chrono::milliseconds{*number * unit->milliseconds};
}

std::string duration_text(std::chrono::milliseconds duration) {
    // "180s", not "3m": below an hour network people count in seconds.
    const auto count = duration.count();
    if (count == 0) return "0s";
    if (count % 3'600'000 == 0) return std::to_string(count / 3'600'000) + "h";
    if (count % 1'000 == 0) return std::to_string(count / 1'000) + "s";
    return std::to_string(count) + "ms";
}

bool is_community_pattern(std::string_view text) {
    if (wire::parse_community(text)) return true;
    if (!text.ends_with('*')) return false;
    text.remove_suffix(1);
    if (text.empty()) return true;
    const auto colon = text.find(':');
    const auto fits = [](std::string_view digits) {
        const auto number = whole_number(digits);
        return number && *number <= 0xffff && (digits.size() == 1 || digits.front() != '0');
    };
    if (colon == std::string_view::npos) return fits(text);
    return fits(text.substr(0, colon)) && (colon + 1 == text.size() || fits(text.substr(colon + 1)));
}

}  // namespace dyad::config
