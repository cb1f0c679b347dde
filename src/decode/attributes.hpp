#pragma once
#include "decode/context.hpp"
#include "decode/cursor.hpp"

namespace dyad::decode {

/// Reads path attributes to the end (RFC 4271 4.3): flags, type, length, and the value by the RFC that defines it.
void read_attributes(Cursor& in, Fields& out, const Context& context);

}  // namespace dyad::decode
