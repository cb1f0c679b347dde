#include "speaker/restart.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"

namespace dyad::speaker {
namespace {

constexpr std::array kBoth{Family::Ipv4, Family::Ipv6};

std::size_t marked(const State& state, SessionId id) { return state.ribs[0].marked(id) + state.ribs[1].marked(id); }

/// RFC 4724 4.2: it is back, and says that what it forwarded by is still there.
bool preserved(const session::Negotiated& negotiated, Family family) {
    if (!negotiated.has(family) || !negotiated.graceful_restart) return false;
    return std::ranges::any_of(negotiated.graceful_restart->families, [&](const auto& one) {
        return one.afi == static_cast<std::uint16_t>(family) && one.safi == wire::kSafiUnicast &&
               one.forwarding_preserved;
    });
}

void sweep(State& state, SessionId id, Family family, std::string_view why) {
    const auto count = state.ribs[slot(family)].marked(id);
    if (count == 0) return;
    state.ribs[slot(family)].sweep(id);
    state.emit(RoutesReleased{state.peer(id).plan.name, count, std::string{why}});
}

/// Families whose routes of before are still to be confirmed.
bool waits(const Peer& peer) { return peer.retained && contains(peer.retained->families, true); }

}  // namespace

void retain_routes(State& state, Instant now, SessionId id, const session::Retained& retained) {
    auto& peer = state.peer(id);
    using enum rib::Rib::AlreadyStale;
    peer.retained.emplace();
    for (const auto family : kBoth) {
        auto& rib = state.ribs[slot(family)];
        const bool keep = contains(retained.families, family);
        peer.retained->families[slot(family)] = keep;
        if (keep)
            rib.retain(id, retained.by_notification ? Stay : Leave, state.pool);
        else
            rib.drop(id);
    }
    peer.retained->until = now + retained.restart_time;
    if (marked(state, id) == 0) peer.retained.reset();
    if (!peer.retained) return state.fib.path_down(now, id);
    state.fib.path_stale(now, id);
    state.emit(RoutesRetained{peer.plan.name, marked(state, id), retained.restart_time});
}

void resume_retained(State& state, Instant now, SessionId id, const session::Negotiated& negotiated) {
    auto& peer = state.peer(id);
    if (!peer.retained) return;
    for (const auto family : kBoth) {
        auto& kept = peer.retained->families[slot(family)];
        if (!kept || preserved(negotiated, family)) continue;
        kept = false;
        sweep(state, id, family, "its peer has not preserved what it forwards by");
    }
    peer.retained->until = now + peer.plan.stale_time;
    if (!waits(peer)) peer.retained.reset();
}

void end_of_rib_received(State& state, SessionId id, Family family) {
    auto& peer = state.peer(id);
    peer.end_of_rib[slot(family)] = true;
    if (!peer.retained || !peer.retained->families[slot(family)]) return;
    peer.retained->families[slot(family)] = false;
    sweep(state, id, family, "its peer has told its table anew, without them");
    if (!waits(peer)) peer.retained.reset();
}

void let_go(State& state, Instant now, SessionId id, std::string_view why) {
    auto& peer = state.peer(id);
    if (!peer.retained) return;
    const auto count = marked(state, id);
    peer.retained.reset();
    if (peer.session.state() == session::State::Established) {
        for (const auto family : kBoth) sweep(state, id, family, why);
        return;
    }
    state.fib.path_down(now, id);
    for (auto& rib : state.ribs) rib.drop(id);
    if (count > 0) state.emit(RoutesReleased{peer.plan.name, count, std::string{why}});
}

void expire_retained(State& state, Instant now) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& peer = state.peers[i];
        if (!peer.retained || now < peer.retained->until) continue;
        const bool back = peer.session.state() == session::State::Established;
        let_go(state, now, SessionId{i},
               back ? "its peer is back and has sent no End-of-RIB in time" : "its peer is not back in time");
    }
}

std::optional<Instant> retained_deadline(const State& state) {
    std::optional<Instant> deadline;
    for (const auto& peer : state.peers)
        if (peer.retained) deadline = earlier(deadline, peer.retained->until);
    return deadline;
}

void announce_restart(State& state, SessionId id) {
    auto& peer = state.peer(id);
    auto restart = peer.plan.parameters.graceful_restart;
    if (!restart) return;
    // R until it has been up once: whoever knew us before this process is told that we are another.
    const bool adopted = contains(state.adopted, true);
    restart->restarting = adopted && !peer.was_established;
    for (auto& one : restart->families) {
        const bool v4 = one.afi == static_cast<std::uint16_t>(Family::Ipv4);
        // Truthfully: routes found in the kernel at start, or a session's end that was none of the kernel's.
        one.forwarding_preserved = peer.was_established || state.adopted[slot(v4 ? Family::Ipv4 : Family::Ipv6)];
    }
    peer.session.announce(*restart);
}

bool defers_selection(const State& state, const Peer& peer) {
    if (state.recovery != Recovery::Waiting || !peer.plan.parameters.graceful_restart) return false;
    const auto& theirs = peer.session.negotiated()->graceful_restart;
    return theirs && !theirs->restarting;
}

bool promises_end_of_rib(const session::Negotiated& negotiated) { return negotiated.graceful_restart.has_value(); }

}  // namespace dyad::speaker
