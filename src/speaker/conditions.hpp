#pragma once
#include <map>
#include <string>
#include <utility>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"

/// Prefixes that are advertised only while somebody else has them: `{ prefix = "0.0.0.0/0", when = "present", on_failure = … }`
/// (ExpressRoute requirement 47). *Somebody else* is any neighbour whose route is best in our own table and whose path Microsoft is
/// not in. A default route that is withdrawn from private peering is a security event, since Azure then sends straight to the
/// Internet (F3.8): so what happens then is written in the file, and told.
namespace dyad::speaker {

struct State;

struct Condition {
    bool present = false;  ///< when last looked
    bool ever = false;     ///< in this process: `keep` keeps only what there was
};
/// By peering (or neighbour) and prefix.
using Conditions = std::map<std::pair<std::string, Prefix>, Condition>;

/// Once a turn, behind the decision: what has changed is advertised or withdrawn, and told.
void watch_conditions(State& state);
/// The session's plan is another: what was found out of its conditions is put into it.
void keep_conditions(State& state, SessionId id);

}  // namespace dyad::speaker
