#include "speaker/receive.hpp"

#include <algorithm>
#include <ranges>

#include "dyad/wire/update.hpp"
#include "speaker/advertise.hpp"
#include "speaker/connections.hpp"
#include "speaker/received_limit.hpp"
#include "speaker/refresh.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

/// Octets of a broken message an event carries: enough for an attribute, little for a flood.
constexpr std::size_t kShownOctets = 64;

std::string hex(const std::vector<std::uint8_t>& octets) {
    std::string text;
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const auto octet : octets | std::views::take(kShownOctets)) {
        text += kDigits[octet >> 4];
        text += kDigits[octet & 15];
    }
    if (octets.size() > kShownOctets) text += "…";
    return text;
}

std::string severity_name(wire::Severity severity) {
    switch (severity) {
        case wire::Severity::AttributeDiscard:
            return "attribute-discard";
        case wire::Severity::TreatAsWithdraw:
            return "treat-as-withdraw";
        case wire::Severity::AfiSafiDisable:
            return "afi-safi-disable";
        case wire::Severity::SessionReset:
            return "session-reset";
    }
    return "";
}

void tell(State& state, const Peer& peer, const wire::UpdateError& error) {
    state.emit(UpdateDamaged{peer.plan.name, severity_name(error.severity), error.what, hex(error.data)});
}

void table_in(State& state, Peer& peer, Family family, SessionId id) {
    if (std::exchange(peer.table_received[slot(family)], true)) return;
    const auto count = state.ribs[slot(family)].counts(id).received;
    state.emit(TableReceived{peer.plan.name, family == Family::Ipv4 ? "ipv4" : "ipv6", count});
}

/// Reads one UPDATE into the RIBs.
class UpdateReader {
public:
    UpdateReader(State& state, SessionId id) : state_(state), peer_(state.peer(id)), id_(id) {}

    /// An error that costs the session, if there is one.
    std::optional<wire::UpdateError> read(Bytes body) {
        const auto view = wire::parse_update(body);
        if (!view) return view.error();
        if (view->end_of_rib) end_of_rib(*view->end_of_rib);
        withdraw(view->withdrawn);
        if (view->mp_withdrawn) withdraw(*view->mp_withdrawn);
        // RFC 7606 5.2: without routes to withdraw, a bad attribute may hide that there were some.
        return view->announces() ? announce(*view) : wire::error_without_routes(*view, context());
    }

private:
    wire::AttributeContext context() const {
        return {.four_octet_as = peer_.session.negotiated()->four_octet_as,
                .external = peer_.plan.import.external,
                .remove_med = peer_.plan.remove_med};
    }

    void end_of_rib(Family family) {
        table_in(state_, peer_, family, id_);
        end_of_rib_received(state_, id_, family);
    }

    bool negotiated(Family family) const { return peer_.session.negotiated()->has(family); }

    void withdraw(const wire::NlriField& field) {
        if (!negotiated(field.family)) return;
        auto& rib = state_.ribs[slot(field.family)];
        wire::NlriCursor cursor{field};
        while (const auto prefix = cursor.next())
            if (const auto row = rib.table().find(*prefix)) rib.withdraw(id_, *row, state_.pool);
    }

    std::optional<wire::UpdateError> announce(const wire::UpdateView& view) {
        const auto block = wire::attributes_without_mp(view, scratch_);
        if (!view.announced.octets.empty())
            if (auto error = announce(view.announced, block, std::nullopt)) return error;
        if (view.mp_announced && !view.mp_announced->octets.empty())
            return announce(*view.mp_announced, block, view.mp_next_hop);
        return std::nullopt;
    }

    std::optional<wire::UpdateError> announce(const wire::NlriField& field, Bytes block,
                                              const std::optional<Address>& next_hop) {
        if (!negotiated(field.family)) return std::nullopt;
        auto interned = state_.pool.intern(block, next_hop, context());
        if (!interned) return treat_as_withdraw(field, interned.error());
        for (const auto& error : interned->discarded) tell(state_, peer_, error);
        const auto& facts = state_.pool.facts(interned->ref);
        if (const auto* fault = fault_of(facts.next_hop)) {
            state_.pool.release(interned->ref);
            return treat_as_withdraw(field, bad_next_hop(fault));
        }
        auto& rib = state_.ribs[slot(field.family)];
        wire::NlriCursor cursor{field};
        while (const auto prefix = cursor.next()) {
            state_.pool.retain(interned->ref);
            rib.announce(id_, rib.table().intern(*prefix), interned->ref, state_.pool);
        }
        state_.pool.release(interned->ref);
        return std::nullopt;
    }

    std::optional<wire::UpdateError> treat_as_withdraw(const wire::NlriField& field, const wire::UpdateError& error) {
        if (error.severity != wire::Severity::TreatAsWithdraw) return error;
        tell(state_, peer_, error);
        withdraw(field);
        return std::nullopt;
    }

    /// RFC 4271 6.3 a) and b): what makes a next hop semantically wrong; nullptr for a sound one. A session next door
    /// may name itself or a host on a subnet that we share. Of the other family we cannot tell.
    const char* fault_of(const Address& next_hop) const {
        const bool ours = peer_.plan.local == next_hop || state_.interfaces.has_address(next_hop);
        if (ours) return "the next hop is our own address (RFC 4271 6.3)";
        const bool sound = !peer_.plan.import.external || !peer_.plan.on_link || next_hop == peer_.plan.peer ||
                           next_hop.family() != peer_.plan.peer.family() || next_hop.is_link_local();
        if (sound || state_.interfaces.toward(next_hop)) return nullptr;
        return "the next hop is on no subnet of ours, though the neighbour is next door (RFC 4271 6.3)";
    }

    /// The route is left out, the session stays.
    static wire::UpdateError bad_next_hop(const char* what) {
        return {wire::Severity::TreatAsWithdraw,
                wire::subcode::kInvalidNextHop,
                static_cast<std::uint8_t>(wire::AttributeType::NextHop),
                {},
                what};
    }

    State& state_;
    Peer& peer_;
    SessionId id_;
    std::vector<std::uint8_t> scratch_;
};

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
        if (const auto error = reader.read(message->body())) {
            tell(state, state.peer(id), *error);
            session.fail(now, error->notification(), error->what);
        }
        watch_received(state, now, id);
    }
    carry_out(state, now, id);
}

void notice_tables(State& state, Instant now) {
    for_each_awaited_table(state, [&](SessionId id, Family family, Instant silent_at) {
        if (now >= silent_at) table_in(state, state.peer(id), family, id);
    });
}

std::optional<Instant> table_deadline(const State& state) {
    std::optional<Instant> deadline;
    for_each_awaited_table(state,
                           [&](SessionId, Family, Instant silent_at) { deadline = earlier(deadline, silent_at); });
    return deadline;
}

}  // namespace dyad::speaker
