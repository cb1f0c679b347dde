#pragma once
#include "speaker/state.hpp"

/// After a start with routes of an earlier run in the kernel: they forward on, untouched, until the neighbours have
/// told their tables again; then what differs is written and what nobody wants is removed (RFC 4724's idea, ours
/// alone: the peers need not take part).
namespace dyad::speaker {

/// How long a complete table waits for the other neighbours' before the kernel is brought in line with what there is.
inline constexpr Duration kRecoveryGrace = std::chrono::seconds{15};

void start_recovery(State& state, Instant now);
/// The kernel's own tables have been read; adopted: it held routes of ours.
void kernel_known(State& state, Instant now, bool adopted);
/// True while rows wait to be looked at, which needs no news.
bool progress_recovery(State& state, Instant now);
/// The kernel keeps what it has for this row, for now.
bool held_back(const State& state, Family family, PrefixId row);
/// Tells the FIB what the RIB wants of the row now.
void want_in_kernel(State& state, Instant now, Family family, PrefixId row);

}  // namespace dyad::speaker
