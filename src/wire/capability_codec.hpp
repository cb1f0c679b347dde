#pragma once
#include <vector>

#include "dyad/wire/open.hpp"

namespace dyad::wire {

/// One capability of an OPEN (RFC 5492 section 4). One we know but whose value is not as its RFC has it is kept as unknown:
/// RFC 5492 section 3 has us ignore what we do not understand, and only the peer loses by it.
Capability decode_capability(std::uint8_t code, Bytes value);
/// Appends code, length and value, which has room in 255 octets.
void encode_capability(const Capability& capability, std::vector<std::uint8_t>& out);

}  // namespace dyad::wire
