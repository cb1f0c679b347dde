#pragma once
#include <cstdint>
#include <string_view>

#include "dyad/config/parse.hpp"

namespace dyad::config {

/// What stands at the place where the TOML parser stopped, in words for someone who writes router
/// configurations: the six or so mistakes that everyone makes have their own, the others the parser's.
Diagnostic explain_syntax(std::string_view text, std::uint32_t line, std::uint32_t column,
                          std::string_view description);

}  // namespace dyad::config
