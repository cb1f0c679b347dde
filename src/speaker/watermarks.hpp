#pragma once
#include <cstddef>
#include <optional>
#include <string>

#include "dyad/base/time.hpp"

/// Routes that vanish from a session that stays up: a virtual network's connection was dropped, a route filter detached,
/// Microsoft's core is worked on (ExpressRoute requirements 35 and 36). `watch` says from when on that is news.
namespace dyad::speaker {

struct State;
struct Peer;

struct Watermark {
    std::size_t most = 0;  ///< routes, since the table was in or since the last alarm was over
    std::optional<Instant> low_since{};
    std::optional<Instant> alarm{};  ///< since when it is told
    bool empty_told = false;         ///< nothing has come since Established, and that was said
};

void watch_watermarks(State& state, Instant now);
std::optional<Instant> watermark_deadline(const State& state);
/// "312 of 812 routes are left"; "" where there is no alarm.
std::string watermark_words(const State& state, const Peer& peer);

}  // namespace dyad::speaker
