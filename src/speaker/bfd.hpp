#pragma once
#include <chrono>
#include <optional>
#include <string>

#include "speaker/state.hpp"

/// BFD beside BGP (RFC 5882): which sessions are to be, what their news does to BGP, and what is shown of them. The
/// machines themselves run elsewhere, on a clock of their own; what comes in here is a path that came up, failed, or was
/// given up by order.
namespace dyad::speaker {

/// Tells the driver which BFD sessions are to be, when that has changed: those of all neighbours with `bfd` whose link is
/// there, whether BGP is up or not.
void follow_bfd(State& state);
/// A path that fails leaves the kernel's groups at once, and then its Established session goes down (Cease/10).
void bfd_changed(State& state, Instant now, const BfdChanged& news);
void bfd_facts(State& state, Instant now, const BfdFacts& news);

/// Established for so long, and BFD was never up: some seconds are what two machines need that begin at the same time.
inline constexpr std::chrono::seconds kBfdAnswersWithin{30};
/// Tells of neighbours that do not answer. Once a turn.
void watch_bfd(State& state, Instant now);
std::optional<Instant> bfd_deadline(const State& state);

/// With `strict` BGP waits for BFD, unless either side gave BFD up by order (RFC 5882 section 4.1). What is Established
/// does not wait again.
bool bfd_allows(const Peer& peer);
/// What to say while it does not.
session::Reason awaiting_bfd(const Peer& peer);

/// For tables: "Up", "Down" ...; "" where BFD is off.
std::string bfd_word(const Peer& peer);
/// Why BFD is not Up: behind what BGP says; "" where it is, or is off.
std::string bfd_remark(const Peer& peer);
BfdView bfd_view(const State& state, Instant now);

}  // namespace dyad::speaker
