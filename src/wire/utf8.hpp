#pragma once
#include <cstddef>

#include "dyad/base/bytes.hpp"

namespace dyad::wire {

/// How many leading octets are whole, valid characters of UTF-8 in its shortest form (RFC 3629 section 4).
std::size_t valid_utf8_octets(Bytes text);

}  // namespace dyad::wire
