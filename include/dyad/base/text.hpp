#pragma once
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dyad {

/// The whole text as a decimal number; nothing where anything else stands in it, or the number is larger than most.
std::optional<std::uint32_t> whole_number(std::string_view text,
                                          std::uint32_t most = std::numeric_limits<std::uint32_t>::max());

/// What stands between the separators: one part more than there are of them.
std::vector<std::string> split(std::string_view text, char separator);

/// "1 entry", "2 entries".
std::string counted(std::size_t count, std::string_view one, std::string_view several);

}  // namespace dyad
