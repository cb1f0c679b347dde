#include "speaker/orders.hpp"

#include "speaker/connections.hpp"
#include "speaker/drain.hpp"
#include "speaker/limits.hpp"
#include "speaker/query.hpp"
#include "speaker/refresh.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

/// A session's own name, or its peering's: "er-ams/private" means all of it, "er-ams/private/v6" its IPv6 pair.
bool is_meant(const SessionPlan& plan, const std::string& name) {
    if (plan.name == name) return true;
    return !plan.peering.empty() && (plan.peering == name || plan.peering == name + "/v6");
}

/// RFC 4486's Administrative Reset, with the operator's words (RFC 9003); where N was exchanged a Hard Reset, since it is
/// for a table built anew that one resets.
OrderedRow reset(State& state, Instant now, SessionId id, const std::string& text) {
    auto& peer = state.peer(id);
    if (!peer.plan.enabled) return {peer.plan.name, false, "is disabled by the configuration"};
    if (is_drilled(state, id)) return {peer.plan.name, false, "is shut by a drill: `dyad drill --end` ends it"};
    if (peer.link != LinkState::Ready) return {peer.plan.name, false, session::describe(peer.session.reason(now))};
    const bool was_up = peer.session.state() == session::State::Established;
    peer.session.reset(now, wire::cease(wire::subcode::kAdministrativeReset, text),
                       {.cause = session::Cause::AdministrativelyReset, .detail = text});
    carry_out(state, now, id);
    let_go(state, now, id, "reset by the operator");
    return {peer.plan.name, true, was_up ? "reset: Cease/Administrative Reset was sent" : "tried again at once"};
}

OrderedRow refresh(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    if (peer.session.state() != session::State::Established) return {peer.plan.name, false, "is not Established"};
    bool asked = true;
    for (const auto family : peer.session.negotiated()->families) {
        asked = refresh_in(state, now, id, family) && asked;
        refresh_out(state, id, family);
    }
    return {peer.plan.name, true,
            asked ? "its peer was asked for its table, and hears ours again"
                  : "hears our table again; its peer does not know ROUTE-REFRESH, `dyad reset` brings its table"};
}

/// Every session's reason; "" as soon as one of them did what was ordered.
std::string refusal(const std::vector<OrderedRow>& sessions) {
    std::string why;
    for (const auto& row : sessions) {
        if (row.done) return {};
        why += (why.empty() ? "" : "; ") + row.session + " " + row.what;
    }
    return why;
}

OrderedRow obey(State& state, Instant now, SessionId id, const Order& order) {
    switch (order.what) {
        case Order::What::Reset:
            return reset(state, now, id, order.text);
        case Order::What::Refresh:
            return refresh(state, now, id);
        case Order::What::Clear:
            return clear_limits(state, now, id);
        case Order::What::Drain:
        case Order::What::Undrain:
        case Order::What::Drill:
        case Order::What::DrillEnd:
            break;  // of links
    }
    return {state.peer(id).plan.name, false, ""};
}

OrderAnswer order_sessions(State& state, Instant now, const Order& order) {
    OrderView view;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& peer = state.peers[i];
        if (peer.removed || !peer.plan.speaks() || !is_meant(peer.plan, order.name)) continue;
        const SessionId id{i};
        view.sessions.push_back(obey(state, now, id, order));
    }
    if (view.sessions.empty()) return NotFound{"there is no session " + order.name, session_names(state)};
    return view;
}

OrderAnswer answer_to(State& state, Instant now, const Order& order) {
    switch (order.what) {
        case Order::What::Reset:
        case Order::What::Refresh:
        case Order::What::Clear:
            return order_sessions(state, now, order);
        case Order::What::Drain:
        case Order::What::Undrain:
            return order_link(state, now, order);
        case Order::What::Drill:
        case Order::What::DrillEnd:
            return order_drill(state, now, order);
    }
    return NotFound{"no such order", {}};
}

}  // namespace

OrderAnswer carry_out_order(State& state, Instant now, const Order& order) {
    auto answer = answer_to(state, now, order);
    if (auto* view = std::get_if<OrderView>(&answer)) view->refused = refusal(view->sessions);
    return answer;
}

}  // namespace dyad::speaker
