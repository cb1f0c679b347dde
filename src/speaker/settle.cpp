#include "speaker/settle.hpp"

#include <algorithm>

#include "speaker/advertise.hpp"
#include "speaker/backup.hpp"
#include "speaker/recovery.hpp"

namespace dyad::speaker {
namespace {

bool settle_family(State& state, Instant now, Family family) {
    auto& rib = state.ribs[slot(family)];
    if (rib.dropping()) rib.drop_slice(kDropRows, state.pool);
    const auto changes = rib.settle(kSettleRows, state.neighbours, state.pool);
    for (const auto& change : changes)
        if (change.before.paths != change.after.paths) want_in_kernel(state, now, family, change.prefix);
    note_changes(state, now, family, changes);
    learn(state, family, changes);
    loc_routes_changed(state, family, changes);
    return !rib.settled();
}

}  // namespace

bool settle(State& state, Instant now) {
    const bool v4 = settle_family(state, now, Family::Ipv4);
    const bool v6 = settle_family(state, now, Family::Ipv6);
    return v4 || v6;
}

}  // namespace dyad::speaker
