#pragma once
#include <cstdint>

#include "dyad/session/negotiated.hpp"
#include "dyad/session/session.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::session {

/// How much our OPEN offers. A peer that answers it with Unsupported Optional Parameter or Unsupported Capability is
/// tried again with less (RFC 5492 section 3), down to an OPEN as of RFC 1771.
enum class Offer : std::uint8_t {
    Everything,
    Essentials,  ///< families, four-octet AS numbers, route refresh
    Nothing,     ///< no capability at all: IPv4 unicast
};

/// The next lesser offer that still makes a session with these parameters; nothing below the last.
std::optional<Offer> less_than(Offer offer, const Parameters& parameters, const wire::Notification& refusal);
/// The parameters with what is offered of them.
Parameters reduced(Parameters parameters, Offer offer);
/// The OPEN that makes this offer.
wire::Open offered_open(const Parameters& parameters, Offer offer);
/// What is agreed on where we offered no capability: nothing that needs both sides'.
void forget_capabilities(Negotiated& agreed);
/// For the operator: "without optional capabilities".
std::string words(Offer offer);

}  // namespace dyad::session
