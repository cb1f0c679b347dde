#include "speaker/receive.hpp"

#include <algorithm>

#include "speaker/advertise.hpp"
#include "speaker/connections.hpp"
#include "speaker/received_limit.hpp"
#include "speaker/refresh.hpp"
#include "speaker/restart.hpp"
#include "speaker/update_reader.hpp"

namespace dyad::speaker {
namespace {

Duration silence_of(const Peer& peer) {
    return promises_end_of_rib(*peer.session.negotiated()) ? kPromisedTableSilence : kTableSilence;
}

/// Tables that have begun and not ended, and when silence will have ended them. Silence before the first prefix is a
/// peer that has not begun.
template <class Visit>
void for_each_awaited_table(const State& state, Visit&& visit) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& peer = state.peers[i];
        if (peer.session.state() != session::State::Established) continue;
        for (const auto family : peer.session.negotiated()->families) {
            const bool begun = state.ribs[slot(family)].counts(SessionId{i}).received > 0;
            if (begun && !peer.table_received[slot(family)])
                visit(SessionId{i}, family, peer.last_update + silence_of(peer));
        }
    }
}

}  // namespace

void tcp_received(State& state, Instant now, const TcpReceived& news) {
    const auto found = state.connections.find(news.connection.value);
    if (found == state.connections.end()) return;
    const auto id = found->second.session;
    auto& session = state.peer(id).session;
    session.feed(news.connection, news.octets);
    UpdateReader reader{state, id};
    while (const auto message = session.next(now)) {
        // The session may have come up within these same octets.
        carry_out(state, now, id);
        if (message->type == wire::MessageType::RouteRefresh) {
            refresh_received(state, now, id, message->body());
            continue;
        }
        state.peer(id).last_update = now;
        if (const auto error = reader.read(now, *message)) session.fail(now, error->notification(), error->what);
        watch_received(state, now, id);
    }
    carry_out(state, now, id);
}

void notice_tables(State& state, Instant now) {
    for_each_awaited_table(state, [&](SessionId id, Family family, Instant silent_at) {
        if (now >= silent_at) table_in(state, state.peer(id), family, id);
    });
}

void tell_damage(State& state, Instant now) {
    for (auto& peer : state.peers)
        for (auto& event : peer.damage.due(now)) state.emit(std::move(event));
}

std::optional<Instant> table_deadline(const State& state) {
    std::optional<Instant> deadline;
    for_each_awaited_table(state,
                           [&](SessionId, Family, Instant silent_at) { deadline = earlier(deadline, silent_at); });
    return deadline;
}

}  // namespace dyad::speaker
