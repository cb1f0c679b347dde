#pragma once
#include <string>
#include <string_view>

namespace dyad::shell {

/// Words that came from a peer, fit for JSON and for a terminal: control characters and octets that are no UTF-8
/// become '?'.
std::string plain_text(std::string_view text);

}  // namespace dyad::shell
