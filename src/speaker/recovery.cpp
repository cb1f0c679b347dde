#include "speaker/recovery.hpp"

#include <algorithm>

namespace dyad::speaker {
namespace {

bool table_complete(const Peer& peer) {
    if (peer.session.state() != session::State::Established) return false;
    return std::ranges::all_of(peer.session.negotiated()->families,
                               [&](Family family) { return peer.table_received[slot(family)]; });
}

bool expected(const Peer& peer) { return peer.plan.enabled && !peer.removed; }

/// The FIB hears of a set's members before it is wanted for the first time.
void define_sets(State& state, Family family) {
    const auto& sets = state.ribs[slot(family)].path_sets();
    for (auto& known = state.sets_defined[slot(family)]; known < sets.size(); ++known) {
        const PathSetId set{static_cast<std::uint32_t>(known)};
        state.fib.define_set(family, set, sets.members(set), sets.reserve(set), sets.fallback(set));
    }
}

/// A slice of all rows, each wished for again; true when the last is done.
bool apply_rows(State& state, Instant now) {
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        auto& next = state.recovery_scan[slot(family)];
        const auto rows = state.ribs[slot(family)].table().size();
        const auto end = std::min(rows, next + kScanRows);
        for (; next < end; ++next) want_in_kernel(state, now, family, PrefixId{static_cast<std::uint32_t>(next)});
        if (next < rows) return false;
    }
    return true;
}

}  // namespace

void start_recovery(State& state, Instant now) {
    state.recovery_scan = {};
    state.recovery = state.config.fib.enabled ? Recovery::Dumping : Recovery::Done;
    state.recovery_ends.reset();
    if (state.config.fib.enabled) state.fib.start(now);
}

void kernel_known(State& state, Instant now, bool adopted) {
    if (state.recovery != Recovery::Dumping) return;
    state.recovery_scan = {};
    state.recovery = adopted ? Recovery::Waiting : Recovery::Applying;
    state.recovery_ends = now + state.config.fib.stale_after;
}

bool progress_recovery(State& state, Instant now) {
    if (state.recovery == Recovery::Waiting) {
        const bool any = std::ranges::any_of(state.peers, table_complete);
        const bool all =
            std::ranges::all_of(state.peers, [](const Peer& peer) { return !expected(peer) || table_complete(peer); });
        if (any) state.recovery_ends = std::min(*state.recovery_ends, now + kRecoveryGrace);
        const bool settled = std::ranges::all_of(state.ribs, &rib::Rib::settled);
        const bool looked_at_all = apply_rows(state, now);
        if ((!all || !settled) && now < *state.recovery_ends) return !looked_at_all;
        state.recovery = Recovery::Applying;
        state.recovery_scan = {};
        state.recovery_ends.reset();
    }
    if (state.recovery == Recovery::Applying && apply_rows(state, now)) {
        state.recovery = Recovery::Done;
        state.recovery_ends.reset();
        state.fib.sweep(now, state.rows);
    }
    return state.recovery == Recovery::Applying;
}

bool held_back(const State& state, Family family, PrefixId row) {
    // Wished for when it is enabled: recovery begins then, and looks at every row. Until then they cost nothing.
    if (!state.config.fib.enabled) return true;
    if (state.recovery == Recovery::Dumping || state.recovery == Recovery::Frozen) return true;
    return state.recovery == Recovery::Waiting && state.fib.row_state(family, row) == fib::RowState::Installed;
}

void want_in_kernel(State& state, Instant now, Family family, PrefixId row) {
    if (held_back(state, family, row)) return;
    define_sets(state, family);
    state.fib.want(now, family, row, state.ribs[slot(family)].loc_route(row).paths);
}

}  // namespace dyad::speaker
