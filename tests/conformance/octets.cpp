#include "octets.hpp"

#include "dyad/base/ensure.hpp"
#include "dyad/net/prefix.hpp"

namespace dyad::conformance {
namespace {

constexpr std::size_t kHeader = 19;

std::uint8_t digit(char letter) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    const auto value = kDigits.find(letter);
    ensure(value != std::string_view::npos);
    return static_cast<std::uint8_t>(value);
}

}  // namespace

Octets hex(std::string_view text) {
    std::string digits;
    for (const char letter : text)
        if (letter != ' ') digits += letter;
    ensure(digits.size() % 2 == 0);
    Octets octets;
    for (std::size_t i = 0; i < digits.size(); i += 2)
        octets.push_back(static_cast<std::uint8_t>(digit(digits[i]) << 4 | digit(digits[i + 1])));
    return octets;
}

std::string to_hex(Bytes octets) {
    std::string text;
    for (const auto octet : octets) {
        text += "0123456789abcdef"[octet >> 4];
        text += "0123456789abcdef"[octet & 15];
    }
    return text;
}

Octets u16(std::size_t value) { return {static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)}; }
Octets u32(std::size_t value) { return u16(value >> 16) + u16(value); }
Octets text(std::string_view letters) { return {letters.begin(), letters.end()}; }
Octets times(std::size_t count, std::uint8_t octet) { return Octets(count, octet); }

Octets operator+(Octets left, const Octets& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

Octets prefix(std::string_view text) {
    const auto parsed = Prefix::parse(text);
    ensure(parsed.has_value());
    const auto octets = parsed->address().bytes().first((parsed->length() + 7u) / 8u);
    return Octets{parsed->length()} + Octets{octets.begin(), octets.end()};
}

Octets address(std::string_view text) {
    const auto parsed = Address::parse(text);
    ensure(parsed.has_value());
    const auto octets = parsed->bytes();
    return {octets.begin(), octets.end()};
}

Octets message(std::uint8_t type, const Octets& body) {
    return times(16, 0xff) + u16(kHeader + body.size()) + Octets{type} + body;
}

Octets keepalive() { return message(kKeepalive, {}); }

Octets notification(std::uint8_t code, std::uint8_t subcode, const Octets& data) {
    return message(kNotification, Octets{code, subcode} + data);
}

Octets route_refresh(std::uint16_t afi, std::uint8_t subtype, std::uint8_t safi) {
    return message(kRouteRefresh, u16(afi) + Octets{subtype, safi});
}

}  // namespace dyad::conformance
