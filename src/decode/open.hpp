#pragma once
#include "decode/context.hpp"
#include "decode/cursor.hpp"

namespace dyad::decode {

/// Reads an OPEN's body: the fixed fields, optional parameters (RFC 9072's longer form too), each capability.
void read_open(Cursor& in, Fields& out, const Context& context);

/// Capabilities to the end (RFC 5492 section 4).
void read_capabilities(Cursor& in, Fields& out, const Context& context);

}  // namespace dyad::decode
