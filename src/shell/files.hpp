#pragma once
#include <expected>
#include <string>
#include <string_view>

namespace dyad::shell {

/// No file we read is larger; a configuration of a million lines is a mistake.
inline constexpr std::size_t kMaxFileOctets = 16 << 20;

/// A whole file, or the errno (EFBIG where it is larger than we want).
std::expected<std::string, int> read_file(const std::string& path);
/// Into an existing file (a sysctl): 0 or an errno.
int write_existing(const std::string& path, std::string_view text);

}  // namespace dyad::shell
