#pragma once
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace dyad::config {

inline std::filesystem::path source_root() { return DYAD_SOURCE_ROOT; }

inline std::string content_of(const std::filesystem::path& path) {
    std::ifstream in{path, std::ios::binary};
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

inline std::vector<std::filesystem::path> toml_files(const std::filesystem::path& directory) {
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator{directory})
        if (entry.path().extension() == ".toml") files.push_back(entry.path());
    std::ranges::sort(files);
    return files;
}

/// DYAD_BLESS=1 writes what is instead of asking whether it is what it was.
inline bool blessing() { return std::getenv("DYAD_BLESS") != nullptr; }

inline void bless(const std::filesystem::path& path, const std::string& content) {
    std::ofstream{path, std::ios::binary} << content;
}

}  // namespace dyad::config
