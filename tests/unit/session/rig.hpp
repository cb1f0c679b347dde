#pragma once
#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "dyad/session/session.hpp"
#include "dyad/wire/framer.hpp"

/// A Session with a clock of its own and everything it asked for written down.
namespace dyad::session::testing {

using namespace std::chrono_literals;

inline constexpr Asn kOurAs{65010};
inline constexpr Asn kPeerAs{12076};
inline constexpr RouterId kOurId{0x0a000001};
inline constexpr RouterId kHigherId{0x0a000002};
inline constexpr RouterId kLowerId{0x09000001};

using Octets = std::vector<std::uint8_t>;

inline Parameters configured() { return {.local_as = kOurAs, .peer_as = kPeerAs, .router_id = kOurId}; }

inline wire::Open peer_open(RouterId id = kHigherId, std::chrono::seconds hold_time = 180s, Asn asn = kPeerAs) {
    return {asn, hold_time, id, {wire::Multiprotocol{1, 1}, wire::RouteRefreshCapability{}, wire::FourOctetAs{asn}}};
}
inline Octets open_message(const wire::Open& open = peer_open()) { return wire::encode_open(open); }
inline Octets keepalive() {
    const auto message = wire::keepalive_message();
    return {message.begin(), message.end()};
}
inline Octets message(wire::MessageType type, const Octets& body) {
    Octets whole(16, 0xff);
    const auto length = wire::kHeaderOctets + body.size();
    whole.push_back(static_cast<std::uint8_t>(length >> 8));
    whole.push_back(static_cast<std::uint8_t>(length));
    whole.push_back(static_cast<std::uint8_t>(type));
    whole.insert(whole.end(), body.begin(), body.end());
    return whole;
}
/// An End-of-RIB: the smallest UPDATE (RFC 4724).
inline Octets update() { return message(wire::MessageType::Update, {0, 0, 0, 0}); }
inline Octets route_refresh() { return message(wire::MessageType::RouteRefresh, {0, 1, 0, 1}); }
inline Octets operator+(Octets left, const Octets& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

struct Rig {
    explicit Rig(Parameters parameters = configured(), std::uint64_t seed = 1) : session(std::move(parameters), seed) {}

    Session session;
    Instant now{100s};
    std::uint32_t dials = 0;
    std::uint32_t calls = 0;
    std::vector<Action> done{};  ///< since the last take()

    /// Plays the owner: numbers dials, writes everything down.
    void carry_out() {
        for (auto actions = session.take_actions(); !actions.empty(); actions = session.take_actions())
            for (auto& action : actions) {
                if (std::holds_alternative<OpenConnection>(action)) session.connecting(ConnectionId{2 * dials++});
                done.push_back(std::move(action));
            }
    }
    ConnectionId dialled() const { return {2 * (dials - 1)}; }

    void start() {
        session.start(now);
        carry_out();
    }
    /// TCP to the peer comes up.
    ConnectionId connect() {
        session.connected(now, dialled());
        carry_out();
        return dialled();
    }
    void refuse(int error, ConnectHint hint = ConnectHint::None) {
        session.connect_failed(now, dialled(), error, hint);
        carry_out();
    }
    /// The peer calls; nothing if it is not wanted.
    std::optional<ConnectionId> call() {
        const ConnectionId id{2 * calls++ + 1};
        if (!session.accepted(now, id)) return std::nullopt;
        carry_out();
        return id;
    }
    /// Types of the messages that came through.
    std::vector<wire::MessageType> receive(ConnectionId id, const Octets& octets) {
        std::vector<wire::MessageType> through;
        session.feed(id, octets);
        while (const auto given = session.next(now)) through.push_back(given->type);
        carry_out();
        return through;
    }
    void close(ConnectionId id, int error = 0) {
        session.closed(now, id, error);
        carry_out();
    }
    void pass(Duration time) {
        const Instant end = now + time;
        while (session.deadline() && *session.deadline() <= end) {
            now = std::max(now, *session.deadline());
            session.tick(now);
            carry_out();
        }
        now = end;
    }
    ConnectionId establish(const wire::Open& open = peer_open()) {
        if (session.state() == State::Idle) start();
        const auto id = connect();
        receive(id, open_message(open) + keepalive());
        return id;
    }

    std::vector<Action> take() { return std::exchange(done, {}); }
    template <class Kind>
    std::vector<Kind> all() const {
        std::vector<Kind> found;
        for (const auto& action : done)
            if (const auto* kind = std::get_if<Kind>(&action)) found.push_back(*kind);
        return found;
    }
    /// The NOTIFICATIONs sent on a connection.
    std::vector<wire::Notification> notifications(ConnectionId id) const {
        std::vector<wire::Notification> found;
        for (const auto& sent : all<SendMessage>()) {
            const auto view = wire::next_message(sent.octets);
            if (sent.connection == id && (*view)->type == wire::MessageType::Notification)
                found.push_back(*wire::decode_notification((*view)->body()));
        }
        return found;
    }
    std::vector<wire::MessageType> sent(ConnectionId id) const {
        std::vector<wire::MessageType> found;
        for (const auto& one : all<SendMessage>())
            if (one.connection == id) found.push_back((*wire::next_message(one.octets))->type);
        return found;
    }
    bool dropped(ConnectionId id) const {
        for (const auto& close : all<CloseConnection>())
            if (close.connection == id) return true;
        return false;
    }
    std::string why() const { return describe(session.reason(now)); }
};

inline wire::Notification fsm_error(std::uint8_t subcode, wire::MessageType type) {
    return {wire::ErrorCode::FiniteStateMachine, subcode, {static_cast<std::uint8_t>(type)}};
}

}  // namespace dyad::session::testing
