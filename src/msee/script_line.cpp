#include "msee/script_line.hpp"

#include <charconv>

#include "dyad/base/closest.hpp"
#include "dyad/base/text.hpp"
#include "msee/script.hpp"

namespace dyad::msee {

namespace {

constexpr auto kLongestTime = std::chrono::hours{24};
constexpr std::string_view kFamilies[] = {"ipv4", "ipv6"};

}  // namespace

Line::Line(std::string_view text) {
    std::size_t at = 0;
    while (true) {
        while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) ++at;
        if (at == text.size() || text[at] == '#') break;
        at = read_word(text, at);
    }
    end_ = {"", static_cast<std::uint32_t>(text.size() + 1), static_cast<std::uint32_t>(text.size() + 2), false};
}

void Line::complain(const Word& where, std::string what, std::string mark, std::string hint) {
    if (complaint) return;
    complaint = Complaint{where.column, std::max(where.end_column, where.column + 1), std::move(what), std::move(mark),
                          std::move(hint)};
}

/// KEY="some words" is one word, too; its quotation marks go.
std::size_t Line::read_word(std::string_view text, std::size_t at) {
    Word word{"", static_cast<std::uint32_t>(at + 1), 0, text[at] == '"'};
    bool inside = false;
    for (; at < text.size(); ++at) {
        const char letter = text[at];
        if (letter == '"') {
            inside = !inside;
        } else if (inside && letter == '\\' && at + 1 < text.size()) {
            word.text += text[++at];
        } else if (!inside && (letter == ' ' || letter == '\t' || letter == '\r' || letter == '#')) {
            break;
        } else {
            word.text += letter;
        }
    }
    word.end_column = static_cast<std::uint32_t>(at + 1);
    if (inside) complain(word, "a quotation mark is open", "it is never closed");
    words_.push_back(std::move(word));
    return at;
}

std::string quoted(std::string_view text) { return "`" + std::string{text} + "`"; }

std::string meant(std::string_view text, std::span<const std::string_view> known) {
    Closest closest{text};
    for (const auto candidate : known) closest.offer(candidate);
    return closest.best() ? "did you mean " + quoted(*closest.best()) + "?" : "";
}

std::string listing(std::span<const std::string_view> known) {
    std::string out;
    for (const auto word : known) out += (out.empty() ? "" : ", ") + std::string{word};
    return out;
}

void unknown(Line& line, const Word& word, std::string_view kind, std::span<const std::string_view> known) {
    if (word.text.empty() && !word.quoted)
        line.complain(word, "the line ends too early", std::string{kind} + " is missing: " + listing(known));
    else
        line.complain(word, quoted(word.text) + " is no " + std::string{kind}, listing(known), meant(word.text, known));
}

std::optional<Octets> octets_of(std::string_view text) {
    Octets out;
    int high = -1;
    for (const char letter : text) {
        const bool parts = letter == ':' || letter == '.' || letter == '-';
        if (parts && high < 0) continue;
        std::uint8_t digit = 0;
        const auto [end, error] = std::from_chars(&letter, &letter + 1, digit, 16);
        if (error != std::errc{} || end == &letter) return std::nullopt;
        if (high < 0) {
            high = digit;
        } else {
            out.push_back(static_cast<std::uint8_t>(high << 4 | digit));
            high = -1;
        }
    }
    return high < 0 ? std::optional{out} : std::nullopt;
}

Octets read_hex(Line& line, const Word& word, std::string_view text) {
    auto octets = octets_of(text);
    if (!octets) line.complain(word, "these are no octets", "an even number of hexadecimal digits");
    return octets.value_or(Octets{});
}

Duration read_time(Line& line) {
    const auto& word = line.next();
    const std::string_view text = word.text;
    const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto unit = text.substr(digits);
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + digits, value);
    const auto scale = unit == "ms" ? 1e6 : unit == "s" ? 1e9 : unit == "m" ? 6e10 : 0.0;
    const bool ok = error == std::errc{} && end == text.data() + digits && scale > 0;
    if (!ok || value * scale > static_cast<double>(Duration{kLongestTime}.count())) {
        line.complain(word, word.text.empty() ? "a time is missing" : quoted(word.text) + " is no time",
                      "such as 10ms, 2s or 1m; a day at most");
        return {};
    }
    return Duration{static_cast<Duration::rep>(value * scale)};
}

Duration read_patience(Line& line) { return line.accept("within") ? read_time(line) : kDefaultPatience; }

std::uint32_t read_number(Line& line, const Word& word, std::string_view text, std::uint32_t highest) {
    const auto value = whole_number(text);
    if (!value || *value > highest)
        line.complain(word, quoted(text) + " is no number", "0 to " + std::to_string(highest));
    return value.value_or(0);
}

std::optional<Family> family_of(std::string_view text) {
    if (text == "ipv4") return Family::Ipv4;
    if (text == "ipv6") return Family::Ipv6;
    return std::nullopt;
}
Family read_family(Line& line) {
    const auto& word = line.next();
    const auto family = family_of(word.text);
    if (!family) unknown(line, word, "address family", kFamilies);
    return family.value_or(Family::Ipv4);
}

std::vector<Prefix> read_prefixes(Line& line, const Word& word, std::string_view text) {
    std::vector<Prefix> out;
    for (const auto& part : split(text, ',')) {
        const auto prefix = Prefix::parse(part);
        if (prefix)
            out.push_back(*prefix);
        else
            line.complain(
                word, quoted(part) + " is no prefix",
                prefix.error() == PrefixError::HostBitsSet ? "bits behind its length are set" : "such as 10.0.0.0/24");
    }
    return out;
}

Address read_address(Line& line, const Word& word, std::string_view text) {
    const auto address = Address::parse(text);
    if (!address) line.complain(word, quoted(text) + " is no address", "IPv4 or IPv6");
    return address.value_or(Address{});
}

RouterId read_id(Line& line, const Word& word, std::string_view text) {
    const auto address = read_address(line, word, text);
    if (!address.is_v4()) line.complain(word, quoted(text) + " is no identifier", "four octets, such as 192.0.2.1");
    return address.is_v4() ? RouterId{address.to_u32()} : RouterId{};
}

}  // namespace dyad::msee
