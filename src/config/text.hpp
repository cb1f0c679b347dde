#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace dyad::config {

/// Text as code points, in which columns are counted. Octets that are no UTF-8 become U+FFFD each.
std::u32string code_points(std::string_view utf8);
std::string utf8(std::u32string_view points);

/// A line by its number from 1, without its end; "" behind the last one.
std::string_view line_of(std::string_view text, std::uint32_t number);

/// "…" around it, as TOML writes text.
std::string quoted(std::string_view text);

std::string lower(std::string_view text);

/// "300ms", "180s", "5m", "1h"; nothing where the unit is missing or the number is too large for a year.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
/// In the largest unit that loses nothing.
std::string duration_text(std::chrono::milliseconds duration);

/// "65010:9" with '*' for any rest, as policies match it.
bool is_community_pattern(std::string_view text);

}  // namespace dyad::config
