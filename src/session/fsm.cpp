#include "session/fsm.hpp"

#include <utility>

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"

namespace dyad::session::fsm {
namespace {

using enum EventNumber;
using wire::Notification;

enum class Tcp : std::uint8_t { Up, Gone };

/// How an attempt ends. Nearly every paragraph of 8.2.2 is this with the defaults: "sends the NOTIFICATION, releases
/// all BGP resources, drops the TCP connection, increments the ConnectRetryCounter by 1, changes its state to Idle".
struct Ending {
    std::optional<Notification> say{};  ///< nothing: without a word
    std::optional<Do> count = Do::CountFailure;
    Tcp tcp = Tcp::Up;
};

Step end(State& state, Ending ending) {
    Step step;
    if (ending.say) {
        step.add(Do::SendNotification);
        step.notification = std::move(ending.say);
    }
    const bool listening_only = std::holds_alternative<Active>(state) && !delays_open(state);
    if (ending.tcp == Tcp::Up && !listening_only) step.add(Do::Drop);
    step.add(Do::Release);
    if (ending.count) step.add(*ending.count);
    if (std::holds_alternative<Established>(state))
        step.add(Do::TellDown);
    else if (!listening_only)
        step.add(Do::TellFailed);
    state = Idle{};
    return step;
}

/// The type of the message that an event stands for.
std::optional<wire::MessageType> message_of(EventNumber event) {
    switch (event) {
        case BgpOpen:
        case BgpOpenWhileDelaying:
        case BgpOpenMsgErr:
            return wire::MessageType::Open;
        case NotifMsgVerErr:
        case NotifMsg:
            return wire::MessageType::Notification;
        case KeepAliveMsg:
            return wire::MessageType::Keepalive;
        case UpdateMsg:
        case UpdateMsgErr:
            return wire::MessageType::Update;
        case RouteRefreshMsg:
            return wire::MessageType::RouteRefresh;
        case ManualStart:
        case ManualStop:
        case AutomaticStart:
        case ManualStartPassive:
        case AutomaticStartPassive:
        case AutomaticStartDamped:
        case AutomaticStartDampedPassive:
        case AutomaticStop:
        case ConnectRetryTimerExpires:
        case HoldTimerExpires:
        case KeepaliveTimerExpires:
        case DelayOpenTimerExpires:
        case IdleHoldTimerExpires:
        case TcpCrAcked:
        case TcpConnectionConfirmed:
        case TcpConnectionFails:
        case BgpHeaderErr:
        case OpenCollisionDump:
        case SendHoldTimerExpires:
        case PeerRestarts:
            return std::nullopt;
    }
    return std::nullopt;
}

/// RFC 6608 section 4: the state an unexpected message came in, and as data its type. Anything else that does not
/// belong here is "Unspecified".
Notification fsm_error(const State& state, EventNumber event) {
    const auto message = message_of(event);
    if (!message) return {wire::ErrorCode::FiniteStateMachine, 0, {}};
    std::uint8_t subcode = wire::subcode::kUnexpectedInOpenSent;
    if (std::holds_alternative<OpenConfirm>(state)) subcode = wire::subcode::kUnexpectedInOpenConfirm;
    if (std::holds_alternative<Established>(state)) subcode = wire::subcode::kUnexpectedInEstablished;
    return {wire::ErrorCode::FiniteStateMachine, subcode, {static_cast<std::uint8_t>(*message)}};
}

Notification hold_timer_expired() { return {wire::ErrorCode::HoldTimerExpired, 0, {}}; }
Notification send_hold_timer_expired() { return {wire::ErrorCode::SendHoldTimerExpired, 0, {}}; }
Notification collision_lost() { return wire::cease(wire::subcode::kCollisionResolution); }

/// 16 and 17 without DelayOpen: "completes BGP initialization, sends an OPEN message, sets the HoldTimer to a large value".
Step tcp_is_up(State& state, ConnectionId connection) {
    state = OpenSent{connection};
    return {Do::StopConnectRetryTimer, Do::SendOpen, Do::SetHoldTimerLarge};
}

/// 16 and 17 with DelayOpen: "stops the ConnectRetryTimer, sets the DelayOpenTimer to the initial value, stays".
Step delay_open(State& state, ConnectionId connection) {
    if (std::holds_alternative<Connect>(state))
        state = Connect{connection, Awaits::DelayOpenTimer};
    else
        state = Active{connection};
    return {Do::StopConnectRetryTimer, Do::StartDelayOpenTimer};
}

/// 12: "sends an OPEN message, sets the HoldTimer to a large value".
Step delay_is_over(State& state) {
    state = OpenSent{*connection_of(state)};
    return {Do::StopConnectRetryTimer, Do::StopDelayOpenTimer, Do::SendOpen, Do::SetHoldTimerLarge};
}

/// 20: the peer did not wait. "Sends an OPEN message, sends a KEEPALIVE message".
Step open_while_delaying(State& state, Event& event) {
    ensure(event.negotiated.has_value());
    state = OpenConfirm{*connection_of(state), std::move(*event.negotiated)};
    return {Do::StopConnectRetryTimer, Do::StopDelayOpenTimer, Do::SendOpen, Do::SendKeepalive,
            Do::SetHoldTimerNegotiated};
}

/// What an end in Connect or Active says: nothing without TCP.
std::optional<Notification> if_delaying(const State& state, std::optional<Notification> what) {
    return delays_open(state) ? std::move(what) : std::nullopt;
}

Step in_idle(State& state, const Event& event) {
    switch (event.number) {
        case ManualStart:
        case AutomaticStart:
            state = Connect{};
            return {Do::ClearFailures, Do::StartConnectRetryTimer, Do::Dial};
        case AutomaticStartDamped:
            state = Connect{};
            return {Do::StartConnectRetryTimer, Do::Dial};
        case ManualStartPassive:
        case AutomaticStartPassive:
            state = Active{};
            return {Do::ClearFailures};
        case AutomaticStartDampedPassive:
            state = Active{};
            return {};
        case ManualStop:
        case AutomaticStop:
        case ConnectRetryTimerExpires:
        case HoldTimerExpires:
        case KeepaliveTimerExpires:
        case DelayOpenTimerExpires:
        case IdleHoldTimerExpires:  // Session turns it into 6 or 7
        case TcpCrAcked:
        case TcpConnectionConfirmed:
        case TcpConnectionFails:
        case BgpOpen:
        case BgpOpenWhileDelaying:
        case BgpHeaderErr:
        case BgpOpenMsgErr:
        case OpenCollisionDump:
        case NotifMsgVerErr:
        case NotifMsg:
        case KeepAliveMsg:
        case UpdateMsg:
        case UpdateMsgErr:
        case SendHoldTimerExpires:
        case RouteRefreshMsg:
        case PeerRestarts:
            return {};
    }
    return {};
}

Step in_connect(State& state, Event& event) {
    switch (event.number) {
        case ManualStart:
        case AutomaticStart:
        case ManualStartPassive:
        case AutomaticStartPassive:
        case AutomaticStartDamped:
        case AutomaticStartDampedPassive:
        case PeerRestarts:
            return {};
        case ManualStop:
            return end(state, {.say = if_delaying(state, std::move(event.notification)), .count = Do::ClearFailures});
        case ConnectRetryTimerExpires:
            state = Connect{};
            return {Do::Drop, Do::Release, Do::TellFailed, Do::StartConnectRetryTimer, Do::Dial};
        case TcpCrAcked:
        case TcpConnectionConfirmed:
            if (delays_open(state)) return {};  // a second connection: Session tracks it in a machine of its own
            if (event.delay_open == DelayOpen::Yes) return delay_open(state, event.connection);
            return tcp_is_up(state, event.connection);
        case DelayOpenTimerExpires:
            return delays_open(state) ? delay_is_over(state) : end(state, {});
        case BgpOpenWhileDelaying:
            return delays_open(state) ? open_while_delaying(state, event) : end(state, {});
        case TcpConnectionFails:
            state = Active{};
            return {Do::Release, Do::TellFailed, Do::StartConnectRetryTimer};
        case OpenCollisionDump:
            return end(state, {.say = if_delaying(state, collision_lost()), .count = std::nullopt});
        case BgpHeaderErr:
        case BgpOpenMsgErr:
        case AutomaticStop:
            return end(state, {.say = if_delaying(state, std::move(event.notification))});
        case NotifMsgVerErr:
            if (delays_open(state)) return end(state, {.count = std::nullopt});
            return end(state, {});
        case HoldTimerExpires:
        case KeepaliveTimerExpires:
        case IdleHoldTimerExpires:
        case BgpOpen:
        case NotifMsg:
        case KeepAliveMsg:
        case UpdateMsg:
        case UpdateMsgErr:
        case SendHoldTimerExpires:
        case RouteRefreshMsg:
            return end(state, {});
    }
    return {};
}

Step in_active(State& state, Event& event) {
    switch (event.number) {
        case ManualStart:
        case AutomaticStart:
        case ManualStartPassive:
        case AutomaticStartPassive:
        case AutomaticStartDamped:
        case AutomaticStartDampedPassive:
        case PeerRestarts:
            return {};
        case ManualStop:
            return end(state, {.say = if_delaying(state, std::move(event.notification)), .count = Do::ClearFailures});
        case ConnectRetryTimerExpires: {
            const bool delaying = delays_open(state);
            state = Connect{};
            if (delaying) return {Do::Drop, Do::Release, Do::TellFailed, Do::StartConnectRetryTimer, Do::Dial};
            return {Do::StartConnectRetryTimer, Do::Dial};
        }
        case TcpCrAcked:
        case TcpConnectionConfirmed:
            if (delays_open(state)) return {};
            if (event.delay_open == DelayOpen::Yes) return delay_open(state, event.connection);
            return tcp_is_up(state, event.connection);
        case DelayOpenTimerExpires:
            return delays_open(state) ? delay_is_over(state) : end(state, {});
        case BgpOpenWhileDelaying:
            return delays_open(state) ? open_while_delaying(state, event) : end(state, {});
        case OpenCollisionDump:
            return end(state, {.say = if_delaying(state, collision_lost()), .count = std::nullopt});
        case TcpConnectionFails:
            return end(state, {.tcp = Tcp::Gone});
        case BgpHeaderErr:
        case BgpOpenMsgErr:
        case AutomaticStop:
            return end(state, {.say = if_delaying(state, std::move(event.notification))});
        case NotifMsgVerErr:
            if (delays_open(state)) return end(state, {.count = std::nullopt});
            return end(state, {});
        case HoldTimerExpires:
        case KeepaliveTimerExpires:
        case IdleHoldTimerExpires:
        case BgpOpen:
        case NotifMsg:
        case KeepAliveMsg:
        case UpdateMsg:
        case UpdateMsgErr:
        case SendHoldTimerExpires:
        case RouteRefreshMsg:
            return end(state, {});
    }
    return {};
}

Step in_open_sent(State& state, Event& event) {
    switch (event.number) {
        case ManualStart:
        case AutomaticStart:
        case ManualStartPassive:
        case AutomaticStartPassive:
        case AutomaticStartDamped:
        case AutomaticStartDampedPassive:
        case PeerRestarts:
            return {};
        case TcpCrAcked:
        case TcpConnectionConfirmed:  // a second connection: Session tracks it in a machine of its own
            return {};
        case ManualStop:
            return end(state, {.say = std::move(event.notification), .count = Do::ClearFailures});
        case AutomaticStop:
            return end(state, {.say = std::move(event.notification)});
        case HoldTimerExpires:
            return end(state, {.say = hold_timer_expired()});
        case TcpConnectionFails:
            state = Active{};
            return {Do::Release, Do::TellFailed, Do::StartConnectRetryTimer};
        case BgpOpen:
            ensure(event.negotiated.has_value());
            state = OpenConfirm{std::get<OpenSent>(state).connection, std::move(*event.negotiated)};
            return {Do::StopConnectRetryTimer, Do::SendKeepalive, Do::SetHoldTimerNegotiated};
        case BgpHeaderErr:
        case BgpOpenMsgErr:
            return end(state, {.say = std::move(event.notification)});
        case OpenCollisionDump:
            return end(state, {.say = collision_lost(), .count = std::nullopt});
        case NotifMsgVerErr:
            return end(state, {.count = std::nullopt});
        case NotifMsg:
            return end(state, {});
        case ConnectRetryTimerExpires:
        case KeepaliveTimerExpires:
        case DelayOpenTimerExpires:
        case IdleHoldTimerExpires:
        case BgpOpenWhileDelaying:
        case KeepAliveMsg:
        case UpdateMsg:
        case UpdateMsgErr:
        case SendHoldTimerExpires:
        case RouteRefreshMsg:
            return end(state, {.say = fsm_error(state, event.number)});
    }
    return {};
}

Step in_open_confirm(State& state, Event& event) {
    switch (event.number) {
        case ManualStart:
        case AutomaticStart:
        case ManualStartPassive:
        case AutomaticStartPassive:
        case AutomaticStartDamped:
        case AutomaticStartDampedPassive:
        case PeerRestarts:
            return {};
        case TcpCrAcked:
        case TcpConnectionConfirmed:
            return {};
        case ManualStop:
            return end(state, {.say = std::move(event.notification), .count = Do::ClearFailures});
        case AutomaticStop:
            return end(state, {.say = std::move(event.notification)});
        case HoldTimerExpires:
            return end(state, {.say = hold_timer_expired()});
        case KeepaliveTimerExpires:
            return {Do::SendKeepalive, Do::RestartKeepaliveTimer};
        case TcpConnectionFails:
            return end(state, {.tcp = Tcp::Gone});
        case NotifMsgVerErr:
            return end(state, {.count = std::nullopt});
        case NotifMsg:
            return end(state, {});
        case BgpHeaderErr:
        case BgpOpenMsgErr:
            return end(state, {.say = std::move(event.notification)});
        case OpenCollisionDump:
            return end(state, {.say = collision_lost(), .count = std::nullopt});
        case KeepAliveMsg: {
            auto& confirmed = std::get<OpenConfirm>(state);
            state = Established{confirmed.connection, std::move(confirmed.negotiated)};
            return {Do::RestartHoldTimer, Do::TellUp};
        }
        case BgpOpen:  // a second one on this connection (RFC 6608)
        case BgpOpenWhileDelaying:
        case ConnectRetryTimerExpires:
        case DelayOpenTimerExpires:
        case IdleHoldTimerExpires:
        case UpdateMsg:
        case UpdateMsgErr:
        case SendHoldTimerExpires:
        case RouteRefreshMsg:
            return end(state, {.say = fsm_error(state, event.number)});
    }
    return {};
}

Step in_established(State& state, Event& event) {
    switch (event.number) {
        case ManualStart:
        case AutomaticStart:
        case ManualStartPassive:
        case AutomaticStartPassive:
        case AutomaticStartDamped:
        case AutomaticStartDampedPassive:
            return {};
        case TcpCrAcked:
        case TcpConnectionConfirmed:
            return {};
        case KeepAliveMsg:
        case UpdateMsg:
        case RouteRefreshMsg:
            return {Do::RestartHoldTimer};
        case KeepaliveTimerExpires:
            return {Do::SendKeepalive, Do::RestartKeepaliveTimer};
        case ManualStop:
            return end(state, {.say = std::move(event.notification), .count = Do::ClearFailures});
        case AutomaticStop:
            return end(state, {.say = std::move(event.notification)});
        case HoldTimerExpires:
            return end(state, {.say = hold_timer_expired()});
        case TcpConnectionFails:
            return end(state, {.tcp = Tcp::Gone});
        case NotifMsgVerErr:
        case NotifMsg:
            return end(state, {});
        case BgpHeaderErr:
        case UpdateMsgErr:
            return end(state, {.say = std::move(event.notification)});
        case OpenCollisionDump:
            return end(state, {.say = collision_lost(), .count = std::nullopt});
        case SendHoldTimerExpires:
            return end(state, {.say = send_hold_timer_expired()});
        case PeerRestarts:  // no failure of the peer's, and it does not hear us there any more
            return end(state, {.count = Do::ClearFailures});
        case BgpOpen:
        case BgpOpenWhileDelaying:
        case BgpOpenMsgErr:
        case ConnectRetryTimerExpires:
        case DelayOpenTimerExpires:
        case IdleHoldTimerExpires:
            return end(state, {.say = fsm_error(state, event.number)});
    }
    return {};
}

}  // namespace

void Step::add(Do what) {
    ensure(size_ < kMost);
    todo_[size_++] = what;
}

session::State name(const State& state) { return static_cast<session::State>(state.index()); }

std::optional<ConnectionId> connection_of(const State& state) {
    struct Visitor {
        std::optional<ConnectionId> operator()(const Idle&) const { return std::nullopt; }
        std::optional<ConnectionId> operator()(const Connect& connect) const { return connect.connection; }
        std::optional<ConnectionId> operator()(const Active& active) const { return active.connection; }
        std::optional<ConnectionId> operator()(const OpenSent& sent) const { return sent.connection; }
        std::optional<ConnectionId> operator()(const OpenConfirm& confirm) const { return confirm.connection; }
        std::optional<ConnectionId> operator()(const Established& up) const { return up.connection; }
    };
    return std::visit(Visitor{}, state);
}

bool delays_open(const State& state) {
    if (const auto* connect = std::get_if<Connect>(&state)) return connect->awaits == Awaits::DelayOpenTimer;
    const auto* active = std::get_if<Active>(&state);
    return active && active->connection;
}

bool has_tcp(const State& state) { return name(state) >= session::State::OpenSent || delays_open(state); }

Step transition(State& state, Event event) {
    switch (name(state)) {
        case session::State::Idle:
            return in_idle(state, event);
        case session::State::Connect:
            return in_connect(state, event);
        case session::State::Active:
            return in_active(state, event);
        case session::State::OpenSent:
            return in_open_sent(state, event);
        case session::State::OpenConfirm:
            return in_open_confirm(state, event);
        case session::State::Established:
            return in_established(state, event);
    }
    return {};
}

}  // namespace dyad::session::fsm
