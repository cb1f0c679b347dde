#pragma once
#include <cstddef>
#include <limits>
#include <string>

#include "dyad/base/bytes.hpp"

namespace dyad {

/// "0a0bff": two lower-case digits an octet; of more than `most` octets the first, and "…".
std::string hex_text(Bytes octets, std::size_t most = std::numeric_limits<std::size_t>::max());

}  // namespace dyad
