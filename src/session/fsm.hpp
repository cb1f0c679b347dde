#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <variant>

#include "dyad/base/strong_id.hpp"
#include "dyad/session/negotiated.hpp"
#include "dyad/session/session.hpp"
#include "dyad/wire/notification.hpp"

/// The state machine of RFC 4271 8.2.2 for one connection, to be read beside it: an event in, the next state and a
/// list of things to do out. It knows no time, no octets and no second connection; Session has all three.
///
/// Where it departs from 8.2.2, and why:
///  - Connect, Tcp fails (18): to Active, not Idle. Idle refuses calls, and the peer may well be calling us now.
///  - A start with PassiveTcpEstablishment (4, 5, 7) leaves the ConnectRetryTimer alone: its expiry would dial.
///  - A NOTIFICATION is never answered with one (6.4 wins over OpenSent's "any other event").
///  - A header error (21) is told as such in Established too (6.1 wins over "any other event").
///  - A collision lost (23) is nobody's failure: it is not counted.
/// SendNOTIFICATIONwithoutOPEN is TRUE: while the DelayOpenTimer runs the peer is told why we end it.
/// Left out, as 8.2.1.3 allows: TrackTcpState (14, 15).
///
/// What later RFCs add: SendHoldTimer (29, RFC 9687), the peer that restarts (31, RFC 4724 section 5), ROUTE-REFRESH.
namespace dyad::session::fsm {

struct Idle {
    friend bool operator==(const Idle&, const Idle&) = default;
};
/// What Connect still waits for.
enum class Awaits : std::uint8_t { Tcp, DelayOpenTimer };
/// A TCP attempt is under way; the owner has not numbered it yet where there is no id. Or it has succeeded, and the
/// DelayOpenTimer runs.
struct Connect {
    std::optional<ConnectionId> connection;
    Awaits awaits = Awaits::Tcp;
    friend bool operator==(const Connect&, const Connect&) = default;
};
struct Active {
    std::optional<ConnectionId> connection{};  ///< while its DelayOpenTimer runs
    friend bool operator==(const Active&, const Active&) = default;
};
struct OpenSent {
    ConnectionId connection;
    friend bool operator==(const OpenSent&, const OpenSent&) = default;
};
struct OpenConfirm {
    ConnectionId connection;
    Negotiated negotiated;
    friend bool operator==(const OpenConfirm&, const OpenConfirm&) = default;
};
struct Established {
    ConnectionId connection;
    Negotiated negotiated;
    friend bool operator==(const Established&, const Established&) = default;
};
/// In the order of session::State.
using State = std::variant<Idle, Connect, Active, OpenSent, OpenConfirm, Established>;

session::State name(const State& state);
/// The connection there is, or is being made.
std::optional<ConnectionId> connection_of(const State& state);
/// TCP is up, and our OPEN waits for the DelayOpenTimer.
bool delays_open(const State& state);
/// TCP is up: octets may come.
bool has_tcp(const State& state);

/// RFC 4271 8.1, by its numbers.
enum class EventNumber : std::uint8_t {
    ManualStart = 1,
    ManualStop = 2,
    AutomaticStart = 3,
    ManualStartPassive = 4,
    AutomaticStartPassive = 5,
    AutomaticStartDamped = 6,
    AutomaticStartDampedPassive = 7,
    AutomaticStop = 8,
    ConnectRetryTimerExpires = 9,
    HoldTimerExpires = 10,
    KeepaliveTimerExpires = 11,
    DelayOpenTimerExpires = 12,
    IdleHoldTimerExpires = 13,
    TcpCrAcked = 16,              ///< the connection we opened is up
    TcpConnectionConfirmed = 17,  ///< the connection the peer opened is up
    TcpConnectionFails = 18,      ///< the connection is gone already
    BgpOpen = 19,
    BgpOpenWhileDelaying = 20,  ///< "BGPOpen with DelayOpenTimer running"
    BgpHeaderErr = 21,
    BgpOpenMsgErr = 22,
    OpenCollisionDump = 23,
    NotifMsgVerErr = 24,
    NotifMsg = 25,
    KeepAliveMsg = 26,
    UpdateMsg = 27,
    UpdateMsgErr = 28,
    SendHoldTimerExpires = 29,  ///< RFC 9687
    RouteRefreshMsg = 30,       ///< RFC 2918 gave it no number; treated as an UPDATE in every state
    PeerRestarts = 31,  ///< RFC 4724 section 5: 16 or 17 beside an Established connection whose peer announced it
};

/// The DelayOpen attribute, when TCP comes up.
enum class DelayOpen : std::uint8_t { No, Yes };

struct Event {
    EventNumber number;
    ConnectionId connection{};                         ///< 16, 17: which one is up
    std::optional<Negotiated> negotiated{};            ///< 19 in OpenSent, 20: what both OPENs agree on
    std::optional<wire::Notification> notification{};  ///< 2, 8, 21, 22, 28: what to tell the peer
    DelayOpen delay_open = DelayOpen::No;              ///< 16, 17
};

/// What 8.2.2 has "the local system" do, in its words.
enum class Do : std::uint8_t {
    Dial,     ///< initiates a TCP connection to the other BGP peer
    Drop,     ///< drops the TCP connection
    Release,  ///< releases all BGP resources: every timer, the receive buffer
    SendOpen,
    SendKeepalive,
    SendNotification,
    StartConnectRetryTimer,
    StopConnectRetryTimer,
    StartDelayOpenTimer,
    StopDelayOpenTimer,
    SetHoldTimerLarge,
    SetHoldTimerNegotiated,  ///< and the KeepaliveTimer
    RestartHoldTimer,
    RestartKeepaliveTimer,
    CountFailure,   ///< increments the ConnectRetryCounter, performs peer oscillation damping
    ClearFailures,  ///< sets the ConnectRetryCounter to zero
    TellUp,         ///< Established entered
    TellDown,       ///< Established left: deletes all routes associated with this connection
    TellFailed,     ///< an attempt ended before Established
};

/// What follows from an event; at most kMost things, so that an UPDATE costs no allocation.
struct Step {
    static constexpr std::size_t kMost = 6;

    Step() = default;
    Step(std::initializer_list<Do> todo) {
        for (const Do what : todo) add(what);
    }
    void add(Do what);
    const Do* begin() const { return todo_.data(); }
    const Do* end() const { return todo_.data() + size_; }
    std::size_t size() const { return size_; }

    std::optional<wire::Notification> notification;  ///< for Do::SendNotification

private:
    std::array<Do, kMost> todo_{};
    std::size_t size_ = 0;
};

/// Moves the state on and says what is to be done, in this order.
Step transition(State& state, Event event);

}  // namespace dyad::session::fsm
