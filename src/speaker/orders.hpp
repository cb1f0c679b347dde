#pragma once
#include "speaker/state.hpp"

/// What an operator orders sessions to do.
namespace dyad::speaker {

OrderAnswer carry_out_order(State& state, Instant now, const Order& order);

}  // namespace dyad::speaker
