#pragma once
#include <expected>
#include <string>

#include "dyad/base/bytes.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::mrt {

/// The attributes of one RIB entry (RFC 6396 4.3.4): four-octet AS numbers always, and an MP_REACH_NLRI that is
/// its next hop alone. The error is for the operator.
std::expected<wire::Attributes, std::string> decode_rib_attributes(Bytes block);

}  // namespace dyad::mrt
