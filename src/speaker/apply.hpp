#pragma once
#include "dyad/config/diff.hpp"
#include "speaker/state.hpp"

namespace dyad::speaker {

/// Makes the running speaker what the configuration says, touching only what differs: start, reload and removal
/// of a neighbour are the same orders.
std::vector<config::Change> apply(State& state, Instant now, config::Config config);

}  // namespace dyad::speaker
