#pragma once
#include <string_view>

namespace dyad::ctl {

inline constexpr std::string_view kVersion = DYAD_VERSION;

}  // namespace dyad::ctl
