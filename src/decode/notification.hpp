#pragma once
#include "decode/context.hpp"
#include "decode/cursor.hpp"

namespace dyad::decode {

/// Reads a NOTIFICATION's body; its data by what the error has there (RFC 4271 section 6, RFC 9003 and others).
void read_notification(Cursor& in, Fields& out, const Context& context);

}  // namespace dyad::decode
