#include "speaker/links.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "speaker/bfd.hpp"
#include "speaker/drain.hpp"

namespace dyad::speaker {
namespace {

bool is_meant(const State& state, const SessionPlan& plan, const std::string& name) {
    if (plan.link.empty()) return false;
    if (name == plan.name || name == link_name(plan) || name == plan.circuit + "/" + plan.link) return true;
    return state.config.circuits.size() == 1 && name == plan.link;
}

}  // namespace

std::string link_name(const SessionPlan& plan) {
    return plan.name.ends_with("/v6") ? plan.name.substr(0, plan.name.size() - 3) : plan.name;
}

std::vector<SessionId> sessions_of_link(const State& state, const std::string& name) {
    std::vector<SessionId> ids;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i)
        if (!state.peers[i].removed && is_meant(state, state.peers[i].plan, name)) ids.push_back(SessionId{i});
    return ids;
}

std::vector<std::string> link_names(const State& state) {
    std::vector<std::string> names;
    for (const auto& peer : state.peers)
        if (auto name = link_name(peer.plan); !peer.removed && !peer.plan.link.empty() && !contains(names, name))
            names.push_back(std::move(name));
    return names;
}

std::optional<SessionId> other_link(const State& state, SessionId id) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& other = state.peers[i];
        if (i != id.value && !other.removed && !other.plan.link.empty() &&
            other.plan.peering == state.peer(id).plan.peering)
            return SessionId{i};
    }
    return std::nullopt;
}

std::string link_trouble(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    if (peer.removed) return peer.plan.name + " is no longer configured";
    if (peer.session.state() != session::State::Established)
        return peer.plan.name + " is " + std::string{session::to_string(peer.session.state())};
    if (peer.drain) return peer.plan.name + " is " + drain_word(peer);
    const bool bfd_was_up = peer.bfd && peer.bfd->facts.times_up > 0;
    if (const auto remark = bfd_remark(peer); bfd_was_up && !remark.empty()) return peer.plan.name + ": " + remark;
    return carries(state, id) ? "" : peer.plan.name + " carries no routes";
}

}  // namespace dyad::speaker
