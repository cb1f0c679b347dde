#include "speaker/state.hpp"

#include <algorithm>

namespace dyad::speaker {

State::State(Instant now, Host host_) : host(std::move(host_)), started(now), calendar(now, host.unix_seconds) {}

std::optional<SessionId> State::find_session(std::string_view name) const {
    for (std::uint32_t i = 0; i < peers.size(); ++i)
        if (!peers[i].removed && peers[i].plan.name == name) return SessionId{i};
    return std::nullopt;
}

bool leaves_routes_behind(const State& state) { return state.shutting_down && !state.config.fib.flush_on_exit; }

bool carries(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    if (peer.session.state() != session::State::Established) return false;
    const auto ever_received = [&](const Peer& other) {
        return other.plan.peering == peer.plan.peering && !other.removed && other.ever_received;
    };
    if (!peer.plan.expect_routes && std::ranges::none_of(state.peers, ever_received)) return true;
    return state.ribs[0].counts(id).accepted + state.ribs[1].counts(id).accepted >= peer.plan.least_routes;
}

}  // namespace dyad::speaker
