#pragma once
#include <expected>

#include "dyad/session/negotiated.hpp"
#include "dyad/session/reason.hpp"
#include "dyad/session/session.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::session {

/// The OPEN that says what the operator configured: our families (RFC 4760), route refresh (RFC 2918), four-octet AS
/// numbers (RFC 6793), and those of the optional capabilities that are asked for.
wire::Open our_open(const Parameters& ours);

/// What both OPENs agree on. Only the AS, the identifier, the hold time (RFC 4271 6.2) and the role (RFC 9234 section 4.2)
/// can fail; any other capability that is missing or unknown never does (RFC 5492 section 3), the session then goes
/// without it. The error's notification
/// is what to answer.
std::expected<Negotiated, Reason> negotiate(const Parameters& ours, const wire::Open& received);

/// What a message from the peer may have at most, as our OPEN has told it (RFC 8654).
std::size_t max_received_octets(const Parameters& ours);

}  // namespace dyad::session
