#pragma once
#include "decode/context.hpp"
#include "decode/cursor.hpp"

namespace dyad::decode {

/// Reads all routes of one family, each a field of its own (a group where a path identifier stands in front). IPv4 and
/// IPv6 are read to the prefix, other families as far as their route's length or type.
void read_routes(Cursor& in, Fields& out, const wire::Multiprotocol& family, const Context& context);

}  // namespace dyad::decode
