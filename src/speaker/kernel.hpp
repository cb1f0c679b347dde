#pragma once
#include "speaker/state.hpp"

/// The kernel's side: links and addresses decide whether a session can live, the FIB follows the RIB.
namespace dyad::speaker {

/// Asks for links, then addresses; nothing is dialled and nothing written before both are known.
void discover(State& state);
void kernel_news(State& state, Instant now, const KernelNews& news);
void kernel_replied(State& state, Instant now, const KernelReplied& reply);
void kernel_overrun(State& state, Instant now);
void kernel_touched(State& state, Instant now, const KernelTouched& news);
void kernel_touches_lost(State& state, Instant now);

/// Looks at a session's link anew: starts it when everything is there, stops it with the reason when not.
void follow_link(State& state, Instant now, SessionId id);
void follow_links(State& state, Instant now);

/// The next request batches, as many as may be under way, and what the planner has to tell.
void drive_fib(State& state, Instant now);

/// How long the sessions wait at start for what the kernel holds of an earlier run; it answers in milliseconds.
inline constexpr Duration kKernelPatience = std::chrono::seconds{2};
/// The kernel's tables are known, or have been waited for: sessions whose links are ready start.
void release_sessions(State& state, Instant now);

}  // namespace dyad::speaker
