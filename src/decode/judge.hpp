#pragma once
#include <string>

#include "decode/context.hpp"
#include "decode/field.hpp"
#include "dyad/base/bytes.hpp"

namespace dyad::decode {

/// Writes faults into the tree: what our own codec, the one our sessions run on, says of the message and of each attribute,
/// with what follows from it. Returns the worst: "", "ignored", "attribute-discard", "treat-as-withdraw",
/// "afi-safi-disable", "session-reset (NOTIFICATION …)" or "incomplete".
std::string judge(Bytes message, const Context& context, Field& root);

}  // namespace dyad::decode
