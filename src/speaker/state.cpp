#include "speaker/state.hpp"

namespace dyad::speaker {

State::State(Instant now, Host host_) : host(std::move(host_)), started(now) {}

std::optional<SessionId> State::find_session(std::string_view name) const {
    for (std::uint32_t i = 0; i < peers.size(); ++i)
        if (!peers[i].removed && peers[i].plan.name == name) return SessionId{i};
    return std::nullopt;
}

bool leaves_routes_behind(const State& state) { return state.shutting_down && !state.config.fib.flush_on_exit; }

bool carries(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    if (peer.session.state() != session::State::Established) return false;
    if (!peer.plan.expect_routes) return true;
    return state.ribs[0].counts(id).accepted + state.ribs[1].counts(id).accepted > 0;
}

}  // namespace dyad::speaker
