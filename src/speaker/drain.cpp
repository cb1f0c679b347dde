#include "speaker/drain.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "speaker/advertise.hpp"
#include "speaker/links.hpp"
#include "speaker/pairs.hpp"

namespace dyad::speaker {
namespace {

/// A path that is not out of the kernel's groups by then is looked at again after this.
constexpr Duration kLookAgain = std::chrono::seconds{1};

bool still_established(const Peer& peer) { return peer.session.state() == session::State::Established; }

/// The same where the other link ends on another router.
std::string nowhere_elsewhere(const State& state, const Peer& peer) {
    const auto* pair = find_pair(state, peer.plan.peering);
    if (!pair || pair->elsewhere.empty()) return "its peering has no other link";
    const auto& other = pair->elsewhere.front();
    return is_healthy(state, other) ? "" : other.session + " is not healthy, as far as " + other.on + " tells";
}

/// Why no traffic could leave the session's link; "" if it can, or there is none on it.
std::string nowhere_to_go(const State& state, SessionId id) {
    if (!still_established(state.peer(id)) || state.peer(id).drain) return "";
    const auto other = other_link(state, id);
    if (!other) return nowhere_elsewhere(state, state.peer(id));
    const auto& peer = state.peer(*other);
    if (peer.drain) return peer.plan.name + " is " + drain_word(peer) + " itself";
    return carries(state, *other) ? "" : peer.plan.name + " carries no routes";
}

/// Everything that being drained or not changes, made to agree with it.
void apply_drain(State& state, SessionId id) {
    auto& peer = state.peer(id);
    const bool drained = peer.drain.has_value();
    peer.plan.exporting.shutting_down = drained;
    state.drains_changed = true;
    state.neighbours[id.index()].source.traffic = drained ? rib::Traffic::Drained : rib::Traffic::Welcome;
    state.fib.path_drained(id, drained ? fib::Drained::Yes : fib::Drained::No);
}

/// The RIB decides anew, the neighbours hear it: the peer itself, and who is passed its routes with a preference.
void spread(State& state, SessionId id) {
    for (auto& rib : state.ribs) rib.reconsider(id);
    reconsider_advertising(state, id);
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& exporting = state.peers[i].plan.exporting;
        if (!exporting.external && exporting.passes_on(id)) reconsider_advertising(state, SessionId{i});
    }
}

std::string staying(std::size_t routes) {
    if (routes == 0) return "";
    return "; " + std::to_string(routes) +
           (routes == 1 ? " route that no other link has stays" : " routes that no other link has stay");
}

OrderedRow drain(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    if (peer.drain) return {peer.plan.name, true, "is " + drain_word(peer) + " already"};
    const auto only_here = routes_only_here(state, id);
    peer.drain = Drain{.since = now, .look_at = {}, .done = false};
    apply_drain(state, id);
    spread(state, id);
    state.emit(LinkDraining{peer.plan.name, only_here});
    if (!still_established(peer))
        return {peer.plan.name, true, "is not Established: nothing to move, and it will come up drained"};
    return {peer.plan.name, true, "is draining: its peer has a minute to follow" + staying(only_here)};
}

OrderedRow undrain(State& state, SessionId id) {
    auto& peer = state.peer(id);
    if (!peer.drain) return {peer.plan.name, true, "is not drained"};
    peer.drain.reset();
    apply_drain(state, id);
    spread(state, id);
    state.emit(LinkUndrained{peer.plan.name});
    return {peer.plan.name, true, "carries traffic again"};
}

/// All of the link or nothing: half a link is no use to who wants to pull its cable.
std::vector<OrderedRow> refusals(const State& state, const std::vector<SessionId>& ids) {
    std::vector<OrderedRow> rows;
    for (const auto id : ids) {
        const auto& peer = state.peer(id);
        if (const auto why = nowhere_to_go(state, id); !why.empty())
            rows.push_back({peer.plan.name, false, "stays as it is: " + why + "; --force drains it all the same"});
    }
    return rows;
}

/// What we have to say has left, and been acknowledged as far as the driver knows.
bool all_said(const State& state, const Peer& peer) {
    const bool waiting = std::ranges::any_of(
        peer.outbound, [](const Outbound& outbound) { return outbound.scan || outbound.rib.pending() > 0; });
    return !waiting && peer.in_flight == 0 && state.ribs[0].settled() && state.ribs[1].settled();
}

/// The kernel sends more over it than what it alone can carry.
bool path_is_used(const State& state, SessionId id) {
    std::size_t routes = 0;
    for (const auto& group : state.fib.groups())
        if (contains(group.members, id)) routes += group.routes;
    return routes > routes_only_here(state, id);
}

void watch(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    auto& drain = *peer.drain;
    if (still_established(peer)) {
        if (!drain.look_at && all_said(state, peer)) drain.look_at = now + kPeerTime;
        if (!drain.look_at || now < *drain.look_at) return;
        drain.look_at = now + kLookAgain;
        if (path_is_used(state, id)) return;
    }
    drain.look_at.reset();
    drain.done = true;
    state.emit(LinkDrained{peer.plan.name, now - drain.since, routes_only_here(state, id)});
}

}  // namespace

OrderAnswer order_link(State& state, Instant now, const Order& order) {
    const auto ids = sessions_of_link(state, order.name);
    if (ids.empty()) return NotFound{"there is no link " + order.name, link_names(state)};
    OrderView view;
    const bool draining = order.what == Order::What::Drain;
    if (draining && !order.force) view.sessions = refusals(state, ids);
    if (!view.sessions.empty()) return view;
    for (const auto id : ids) view.sessions.push_back(draining ? drain(state, now, id) : undrain(state, id));
    return view;
}

void keep_drained(State& state, SessionId id) { apply_drain(state, id); }

void watch_drains(State& state, Instant now) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i)
        if (state.peers[i].drain && !state.peers[i].drain->done) watch(state, now, SessionId{i});
}

std::optional<Instant> drain_deadline(const State& state) {
    std::optional<Instant> deadline;
    for (const auto& peer : state.peers)
        if (peer.drain) deadline = earlier(deadline, peer.drain->look_at);
    return deadline;
}

std::string drain_word(const Peer& peer) {
    if (!peer.drain) return "";
    return peer.drain->done ? "drained" : "draining";
}

std::size_t routes_only_here(const State& state, SessionId id) {
    std::size_t routes = 0;
    for (const auto& rib : state.ribs)
        for (std::uint32_t row = 0; row < rib.table().size(); ++row)
            routes += rib.is_only_path(id, PrefixId{row}) ? 1 : 0;
    return routes;
}

}  // namespace dyad::speaker
