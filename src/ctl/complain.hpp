#pragma once
#include <string_view>

namespace dyad::ctl {

/// "dyad: …" on standard error, behind all that standard output has said so far.
void complain(std::string_view words);

}  // namespace dyad::ctl
