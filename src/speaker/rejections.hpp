#pragma once
#include <cstddef>
#include <optional>
#include <vector>

#include "dyad/base/time.hpp"
#include "dyad/net/prefix.hpp"

/// What a neighbour says and we do not believe, counted, and the guard's part told (ExpressRoute requirements 34 and 37). The
/// verdicts themselves are judged where a prefix is decided; here they are only counted, now and then.
namespace dyad::speaker {

struct State;

struct Rejections {
    std::size_t guarded = 0;  ///< it covers ours, or is a default or private aggregate nobody asked for
    std::size_t looped = 0;   ///< our own come back
    std::size_t others = 0;
    // When they are to be counted again:
    std::size_t refused = 0;  ///< in all, as of the last count
    std::optional<Instant> look_at{};
    Instant looked{};
    std::size_t told = 0;  ///< of the guard's
};

/// Once a turn.
void watch_rejections(State& state, Instant now);
std::optional<Instant> rejections_deadline(const State& state);

}  // namespace dyad::speaker
