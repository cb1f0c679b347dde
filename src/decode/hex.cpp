#include "decode/hex.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace dyad::decode {
namespace {

using WordList = std::vector<std::string_view>;

bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool all_hex(std::string_view word) { return !word.empty() && std::ranges::all_of(word, is_hex); }

std::uint64_t number_of(std::string_view digits) {
    std::uint64_t number = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
    return number;
}

/// Words between blanks; two blanks or more, which set off a column of characters, leave an empty word.
WordList split(std::string_view line) {
    WordList words;
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    while (!line.empty()) {
        const auto end = std::ranges::find_if(line, is_blank);
        const auto size = static_cast<std::size_t>(end - line.begin());
        words.push_back(line.substr(0, size));
        line.remove_prefix(size);
        std::size_t blanks = 0;
        for (; !line.empty() && is_blank(line.front()); line.remove_prefix(1)) ++blanks;
        if (blanks > 1 && !line.empty()) words.push_back({});
    }
    return words;
}

/// "0x0010:", "00000010", "0010:": what a dump has in front of a line, if that is what the word is.
std::optional<std::uint64_t> offset_of(std::string_view word) {
    const bool colon = word.ends_with(':');
    if (colon) word.remove_suffix(1);
    if (word.starts_with("0x")) word.remove_prefix(2);
    constexpr std::size_t kFewest = 4, kMost = 8;
    if (word.size() < kFewest || word.size() > kMost || !all_hex(word)) return std::nullopt;
    return number_of(word);
}

struct Line {
    std::size_t number;
    std::string_view text;
    WordList words;
};

std::vector<Line> lines_of(std::string_view text) {
    std::vector<Line> lines;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto size = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, size);
        text.remove_prefix(std::min(text.size(), size + 1));
        auto words = split(line);
        if (!words.empty() && !words.front().starts_with('#')) lines.push_back({number, line, std::move(words)});
    }
    return lines;
}

/// A dump: every line begins with an offset, they start at zero and rise.
bool has_offsets(const std::vector<Line>& lines) {
    std::optional<std::uint64_t> before;
    for (const auto& line : lines) {
        const auto offset = offset_of(line.words.front());
        const bool lone_end = line.words.size() == 1 && &line == &lines.back() && lines.size() > 1;
        if (!offset || (line.words.size() == 1 && !lone_end)) return false;
        if (before ? *offset <= *before : *offset != 0) return false;
        before = offset;
    }
    // One line of octets may begin with zeros itself: only a colon or another width than its neighbour's tells.
    if (lines.size() != 1) return !lines.empty();
    const auto& words = lines.front().words;
    return words.front().ends_with(':') || words.front().size() == 8;
}

/// Digits of a word without what stands between or in front of octets; nothing if there are other characters.
std::optional<std::string> digits_of(std::string_view word) {
    std::string digits;
    while (!word.empty()) {
        if (word.starts_with("0x") || word.starts_with("0X") || word.starts_with("\\x")) {
            word.remove_prefix(2);
        } else if (std::string_view{":-,;.{}[]()\"'"}.contains(word.front())) {
            word.remove_prefix(1);
        } else if (is_hex(word.front())) {
            digits += word.front();
            word.remove_prefix(1);
        } else {
            return std::nullopt;
        }
    }
    return digits;
}

/// Of a dump's line: the words up to the column of characters. That begins behind two blanks when what follows cannot be
/// all octets, or behind as many octets as a line has.
WordList without_characters(const WordList& words) {
    constexpr std::size_t kMostOctets = 16;
    WordList kept;
    std::size_t octets = 0;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const auto word = words[i];
        if (word.empty()) {
            if (octets >= kMostOctets) break;
            continue;
        }
        if (!all_hex(word) || word.size() % 2 != 0 || octets + word.size() / 2 > kMostOctets) break;
        octets += word.size() / 2;
        kept.push_back(word);
    }
    return kept;
}

}  // namespace

std::expected<std::vector<std::uint8_t>, std::string> read_hex(std::string_view text) {
    const auto lines = lines_of(text);
    const bool dump = has_offsets(lines);
    std::string digits;
    for (const auto& line : lines) {
        for (const auto word : dump ? without_characters(line.words) : line.words) {
            const auto more = digits_of(word);
            if (!more)
                return std::unexpected("line " + std::to_string(line.number) + ": \"" +
                                       std::string{word.substr(0, 32)} + "\" is not hex");
            digits += *more;
        }
    }
    if (digits.size() % 2 != 0) return std::unexpected("an odd number of hex digits: " + std::to_string(digits.size()));
    std::vector<std::uint8_t> octets;
    octets.reserve(digits.size() / 2);
    for (std::size_t i = 0; i < digits.size(); i += 2)
        octets.push_back(static_cast<std::uint8_t>(number_of(std::string_view{digits}.substr(i, 2))));
    return octets;
}

}  // namespace dyad::decode
