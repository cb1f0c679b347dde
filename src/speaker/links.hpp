#pragma once
#include <optional>
#include <string>
#include <vector>

#include "speaker/state.hpp"

/// The links of peerings as operators name them, and whether one can stand for the other.
namespace dyad::speaker {

/// Of its IPv4 session, which the IPv6 one shares.
std::string link_name(const SessionPlan& plan);
/// Sessions that this name means: "er-ams/private/primary" both families, "…/v6" the one; "er-ams/primary" all peerings of the
/// circuit, and "primary" is enough where there is one circuit.
std::vector<SessionId> sessions_of_link(const State& state, const std::string& name);
/// All there are, for who asked for another.
std::vector<std::string> link_names(const State& state);
/// The same peering and family by its other link; nothing where that is not here.
std::optional<SessionId> other_link(const State& state, SessionId id);
/// Why traffic should not be sent over the session's link; "" where nothing speaks against it: Established, carrying routes, BFD
/// not down (it may never have been up), not drained.
std::string link_trouble(const State& state, SessionId id);

}  // namespace dyad::speaker
