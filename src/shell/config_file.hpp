#pragma once
#include <cstddef>
#include <expected>
#include <string>
#include <vector>

#include "dyad/config/config.hpp"

namespace dyad::shell {

/// A configuration as it was loaded, ready for the Speaker.
struct LoadedConfig {
    config::Config config;
    std::string file;
    std::string text;                   ///< as it stands in the file
    std::vector<std::string> warnings;  ///< rendered
};

struct RefusedConfig {
    std::size_t errors = 0;
    std::string first;  ///< one line
    std::string text;   ///< every complaint in its frame, warnings too
};

enum class Secrets : std::uint8_t { Fetch, Leave };
/// Reads and parses the file and fetches the secrets it names. Nothing is half done: all complaints, or a
/// configuration.
std::expected<LoadedConfig, RefusedConfig> load_config(const std::string& file, Secrets secrets);

/// The file's text as an operator may see it: keys written into it are replaced by their length, the service key by its
/// last four characters.
std::string masked_text(const LoadedConfig& loaded);

}  // namespace dyad::shell
