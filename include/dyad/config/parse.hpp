#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "dyad/config/config.hpp"

namespace dyad::config {

/// One complaint about a file: where, what was found, what is allowed, and a hint where there is one.
struct Diagnostic {
    enum class Level : std::uint8_t { Error, Warning } level = Level::Error;
    std::uint32_t line = 0, column = 0;  ///< from 1; code points
    std::uint32_t end_column = 0;        ///< exclusive; marks the span on that line
    std::string what;                    ///< "192.168.15.18/29 has host bits set"
    std::string mark;                    ///< beside the mark: "a peering subnet starts on a multiple of 8"; may be ""
    std::string hint;                    ///< may be ""
    friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

struct Parsed {
    Config config;                        ///< only to be used when there is no error
    std::vector<Diagnostic> diagnostics;  ///< all of them, by line; warnings too
    bool ok() const;
};

/// Reads a whole file's text. Pure: no file is opened, no secret fetched, no interface asked.
Parsed parse(std::string_view text);

/// The frame of every complaint, as the surface document shows it: "FILE:9:13: error: …", the line, the mark, the hint.
/// Inline keys and service keys on that line are shown as stars.
std::string render(const Diagnostic& diagnostic, std::string_view file_name, std::string_view text);

/// Every complaint, an empty line between them, and a last line that counts them; "" where there is none.
std::string render(const Parsed& parsed, std::string_view file_name, std::string_view text);

}  // namespace dyad::config
