#include "speaker/connections.hpp"

#include <algorithm>
#include <system_error>

#include "dyad/base/overloaded.hpp"
#include "speaker/advertise.hpp"
#include "speaker/backup.hpp"
#include "speaker/kernel.hpp"
#include "speaker/refresh.hpp"
#include "speaker/restart.hpp"
#include "speaker/trips.hpp"

namespace dyad::speaker {
namespace {

void forget(State& state, Peer& peer, ConnectionId connection) {
    state.connections.erase(connection.value);
    std::erase(peer.connections, connection);
}

void open_connection(State& state, Peer& peer, SessionId id) {
    const ConnectionId connection{state.next_connection};
    state.next_connection += 2;
    state.connections[connection.value] = {.session = id, .dialing = true};
    peer.connections.push_back(connection);
    peer.session.connecting(connection);
    state.outputs.emplace_back(TcpConnect{connection, peer.plan.local, peer.plan.peer, peer.plan.port, peer.plan.tcp});
}

void close_connection(State& state, Peer& peer, ConnectionId connection) {
    forget(state, peer, connection);
    state.outputs.emplace_back(TcpClose{connection});
}

/// RFC 4271 4.5, as far as it matters behind the connection's end: code and subcode.
void note_sent(Peer& peer, const std::vector<std::uint8_t>& octets) {
    constexpr std::size_t kType = 18, kCode = 19, kSubcode = 20;
    if (octets.size() <= kSubcode || octets[kType] != static_cast<std::uint8_t>(wire::MessageType::Notification))
        return;
    peer.notification_sent = wire::Notification{static_cast<wire::ErrorCode>(octets[kCode]), octets[kSubcode], {}};
}

void note_received(Peer& peer, const session::Reason& reason) {
    if (reason.received && reason.notification) peer.notification_received = reason.notification;
}

void send(State& state, Peer& peer, session::SendMessage& message) {
    note_sent(peer, message.octets);
    if (peer.session.established() == message.connection) peer.in_flight += message.octets.size();
    state.outputs.emplace_back(TcpSend{message.connection, std::move(message.octets)});
}

void went_up(State& state, Instant now, SessionId id, const session::Negotiated& negotiated) {
    auto& peer = state.peer(id);
    peer.told.reset();
    peer.in_flight = 0;
    peer.table_received = {};
    peer.end_of_rib = {};
    peer.was_established = true;
    peer.disabled = {};
    peer.path_ignored_told = false;
    peer.bfd_unanswered_told = false;
    peer.last_update = now;
    state.neighbours[id.index()].source.router_id = negotiated.peer_router_id;
    resume_retained(state, now, id, negotiated);
    state.fib.path_up(id);
    link_is_up(state, now, id);
    start_advertising(state, id, negotiated);
    state.emit(SessionEstablished{peer.plan.name, negotiated.peer_as, negotiated.peer_router_id, negotiated.hold_time});
}

/// RFC 4724 4.2, and what a dead link says is not to be forwarded by.
bool may_retain(const State& state, const Peer& peer) {
    return !state.shutting_down && !peer.removed && peer.plan.enabled && peer.link == LinkState::Ready;
}

/// The kernel first: traffic leaves the path before any route is looked at.
void went_down(State& state, Instant now, SessionId id, const session::WentDown& down) {
    auto& peer = state.peer(id);
    if (down.retained && may_retain(state, peer)) {
        retain_routes(state, now, id, *down.retained);
    } else {
        peer.retained.reset();
        if (!leaves_routes_behind(state)) state.fib.path_down(now, id);
        for (auto& rib : state.ribs) rib.drop(id);
    }
    link_is_lost(state, now, id);
    peer_counted(state, now, id, down);
    stop_advertising(state, id);
    forget_refreshes(peer);
    peer.in_flight = 0;
    peer.told = down.reason;
    note_received(peer, down.reason);
    peer.down_since = now;
    state.emit(SessionDown{peer.plan.name, down.reason, down.was_up});
}

/// RFC 4486 section 4: a neighbour we know hears that it is not wanted now. Who is not known is refused by the driver,
/// before anything is allocated or said.
void reject(State& state, ConnectionId connection) {
    state.outputs.emplace_back(
        TcpSend{connection, wire::encode_notification(wire::cease(wire::subcode::kConnectionRejected))});
    state.outputs.emplace_back(TcpClose{connection});
}

void stayed_down(State& state, Instant now, SessionId id, const session::Reason& reason) {
    auto& peer = state.peer(id);
    note_received(peer, reason);
    const bool same = peer.told && peer.told->cause == reason.cause && peer.told->notification == reason.notification;
    peer.told = reason;
    if (!same) state.emit(SessionFailed{peer.plan.name, reason});
    attempt_failed(state, now, id);
}

}  // namespace

void carry_out(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    for (auto& action : peer.session.take_actions())
        std::visit(Overloaded{
                       [&](session::OpenConnection&) { open_connection(state, peer, id); },
                       [&](session::CloseConnection& close) { close_connection(state, peer, close.connection); },
                       [&](session::SendMessage& message) { send(state, peer, message); },
                       [&](session::WentUp& up) { went_up(state, now, id, up.negotiated); },
                       [&](session::WentDown& down) { went_down(state, now, id, down); },
                       [&](session::StayedDown& down) { stayed_down(state, now, id, down.reason); },
                   },
                   action);
}

void tick_sessions(State& state, Instant now) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& session = state.peers[i].session;
        const auto due = session.deadline();
        if (due && *due <= now) {
            announce_restart(state, SessionId{i});
            session.tick(now);
        }
        carry_out(state, now, SessionId{i});
    }
}

void tcp_connected(State& state, Instant now, const TcpConnected& news) {
    const auto found = state.connections.find(news.connection.value);
    if (found == state.connections.end()) return;
    found->second.dialing = false;
    const auto id = found->second.session;
    announce_restart(state, id);
    state.peer(id).session.connected(now, news.connection);
    carry_out(state, now, id);
}

void tcp_accepted(State& state, Instant now, const TcpAccepted& news) {
    const auto caller = std::ranges::find_if(state.peers, [&](const Peer& peer) {
        return !peer.removed && peer.plan.speaks() && peer.plan.peer == news.peer &&
               (!peer.plan.local || *peer.plan.local == news.local);
    });
    if (caller == state.peers.end()) {
        state.outputs.emplace_back(TcpClose{news.connection});
        return;
    }
    const SessionId id{static_cast<std::uint32_t>(caller - state.peers.begin())};
    announce_restart(state, id);
    if (!caller->session.accepted(now, news.connection)) return reject(state, news.connection);
    state.connections[news.connection.value] = {.session = id, .dialing = false};
    caller->connections.push_back(news.connection);
    carry_out(state, now, id);
}

void tcp_sent(State& state, Instant now, const TcpSent& news) {
    const auto found = state.connections.find(news.connection.value);
    if (found == state.connections.end()) return;
    auto& peer = state.peer(found->second.session);
    peer.session.sent(now, news.connection, news.octets);
    if (peer.session.established() == news.connection) peer.in_flight -= std::min(peer.in_flight, news.octets);
}

bool awaits_room(const State& state, ConnectionId connection) {
    const auto found = state.connections.find(connection.value);
    if (found == state.connections.end()) return false;
    const auto& outbound = state.peer(found->second.session).outbound;
    return std::ranges::any_of(outbound, [](const Outbound& one) { return one.rib.pending() > 0; });
}

void tcp_closed(State& state, Instant now, const TcpClosed& news) {
    const auto found = state.connections.find(news.connection.value);
    if (found == state.connections.end()) return;
    const auto [id, dialing] = found->second;
    auto& peer = state.peer(id);
    forget(state, peer, news.connection);
    if (dialing)
        peer.session.connect_failed(now, news.connection, news.error, news.hint);
    else
        peer.session.closed(now, news.connection, news.error);
    carry_out(state, now, id);
}

void tcp_rekey_failed(State& state, Instant now, const TcpRekeyFailed& news) {
    const auto found = state.connections.find(news.connection.value);
    if (found == state.connections.end()) return;
    const auto id = found->second.session;
    const auto text = std::generic_category().message(news.error);
    state.peer(id).session.reset(
        now, wire::cease(wire::subcode::kOtherConfigurationChange),
        {.cause = session::Cause::ConfigurationChanged,
         .detail = "the kernel does not take the new MD5 key on a running connection: " + text},
        session::Session::Ending::Graceful);
    carry_out(state, now, id);
}

void tcp_hint(State& state, const TcpHint& news) {
    const auto found = state.connections.find(news.connection.value);
    if (found != state.connections.end()) state.peer(found->second.session).session.hint(news.connection, news.hint);
}

void listen_failed(State& state, const ListenFailed& news) {
    auto& told = state.listen_errors[news.local.to_string() + ":" + std::to_string(news.port)];
    if (told == news.error) return;
    told = news.error;
    if (news.error != 0) state.emit(ListenerFailed{news.local, news.port, news.error});
}

}  // namespace dyad::speaker
