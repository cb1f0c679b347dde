#pragma once
#include <expected>

#include "dyad/session/negotiated.hpp"
#include "dyad/session/reason.hpp"
#include "dyad/session/session.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::session {

/// The OPEN that says what the operator configured: our families (RFC 4760), route refresh (RFC 2918), four-octet AS
/// numbers (RFC 6793).
wire::Open our_open(const Parameters& ours);

/// What both OPENs agree on. Only the AS, the identifier and the hold time can fail (RFC 4271 6.2); a capability that
/// is missing or unknown never does (RFC 5492 section 3), the session then goes without it. The error's notification
/// is what to answer.
std::expected<Negotiated, Reason> negotiate(const Parameters& ours, const wire::Open& received);

}  // namespace dyad::session
