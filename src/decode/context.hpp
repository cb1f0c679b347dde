#pragma once
#include <vector>

#include "dyad/base/contains.hpp"
#include "dyad/wire/attributes.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::decode {

/// What the two OPENs agreed on, as far as it changes how later messages of one direction read.
struct Context {
    bool four_octet_as = true;                  ///< RFC 6793
    bool external = false;                      ///< known to be eBGP: what only iBGP may send is a fault
    bool extended_messages = false;             ///< RFC 8654
    std::vector<wire::Multiprotocol> add_path;  ///< families whose routes carry a path identifier (RFC 7911)

    bool has_path_ids(const wire::Multiprotocol& family) const { return contains(add_path, family); }
    wire::AttributeContext attributes() const { return {.four_octet_as = four_octet_as, .external = external}; }
};

}  // namespace dyad::decode
