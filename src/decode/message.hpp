#pragma once
#include "decode/context.hpp"
#include "decode/field.hpp"
#include "dyad/base/bytes.hpp"

namespace dyad::decode {

struct Dissection {
    Field message;
    std::string verdict;  ///< the worst of all faults, as judge() says it; "" for a message without
};

/// One message, header included, as a tree of its fields, whatever is wrong with it; faults stand at their places, each
/// with what RFC 4271 or 7606 makes of it. The octets may be fewer or more than the header says.
Dissection dissect(Bytes message, const Context& context);

}  // namespace dyad::decode
