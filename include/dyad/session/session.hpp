#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/base/random.hpp"
#include "dyad/base/strong_id.hpp"
#include "dyad/base/time.hpp"
#include "dyad/session/negotiated.hpp"
#include "dyad/session/reason.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/notification.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::session {

/// What the operator configured for one neighbour.
struct Parameters {
    Asn local_as;
    Asn peer_as;
    RouterId router_id;
    std::vector<Family> families = {Family::Ipv4};  ///< announced as multiprotocol capabilities
    std::chrono::seconds hold_time{180};            ///< proposed; the lower of both sides counts
    std::chrono::seconds connect_retry_time{5};     ///< between TCP attempts; jittered 0.75..1 (RFC 4271 section 10)
    bool passive = false;                           ///< PassiveTcpEstablishment
    bool extended_messages = false;                 ///< announced: we take 65,535 octets (RFC 8654)
    bool enhanced_refresh = false;                  ///< announced (RFC 7313)
    std::optional<wire::GracefulRestart> graceful_restart{};  ///< announced as it stands here (RFC 4724)
    bool add_path_receive = false;                  ///< announced for all our families (RFC 7911)
    bool add_path_send = false;                     ///< the owner can send several paths of a prefix
    bool extended_next_hop = false;                 ///< announced: IPv4 routes by IPv6 next hops (RFC 8950)
    std::optional<wire::Role> role{};               ///< ours, announced; external peers only (RFC 9234)
    bool role_strict = false;                       ///< a peer that announces none is refused (RFC 9234 section 4.2)
    std::chrono::seconds delay_open{0};             ///< DelayOpenTime: our OPEN waits so long for the peer's; 0: DelayOpen is off
    std::chrono::seconds send_hold_time{0};         ///< RFC 9687; 0: off, and nobody need call queued() and sent()
    friend bool operator==(const Parameters&, const Parameters&) = default;
};

/// The states of RFC 4271 8.2.2, of the session as a whole (the furthest of its connections).
enum class State : std::uint8_t { Idle, Connect, Active, OpenSent, OpenConfirm, Established };
std::string_view to_string(State state);

/// What the session wants done; collected by take_actions() in the order to do it.
struct OpenConnection {};                                                    ///< dial; answer with connecting(id) at once, then connected/connect_failed
struct CloseConnection { ConnectionId connection; };                         ///< after what was sent before it has left, if it can
struct SendMessage { ConnectionId connection; std::vector<std::uint8_t> octets; };
/// RFC 4724 4.2: what the peer asked us to keep while it restarts. Families may be a part of those agreed on.
struct Retained {
    std::vector<Family> families;
    std::chrono::seconds restart_time{};  ///< for so long, unless it is back
    bool by_notification = false;         ///< N was exchanged: what was stale already stays (RFC 8538 4.1)
    friend bool operator==(const Retained&, const Retained&) = default;
};
struct WentUp { Negotiated negotiated; };                                    ///< Established entered
struct WentDown { Reason reason; Duration was_up{}; std::optional<Retained> retained; };  ///< Established left: drop the peer's routes but for what is retained
struct StayedDown { Reason reason; };                                        ///< an attempt ended before Established
using Action = std::variant<OpenConnection, CloseConnection, SendMessage, WentUp, WentDown, StayedDown>;

/// Messages counted by type, both ways; index is the wire type code (0 unused).
struct MessageCounters {
    std::array<std::uint64_t, 6> received{};
    std::array<std::uint64_t, 6> sent{};
};

/// BGP with one neighbour: the FSM of RFC 4271 section 8 run once for the connection we open and once for
/// the one the peer opens, and the rule that leaves one of them (6.8, RFC 6286). Pure: TCP news, octets and
/// the time go in, actions come out. It reads OPEN, KEEPALIVE and NOTIFICATION itself and hands UPDATE and
/// ROUTE-REFRESH to its owner.
class Session {
public:
    /// seed decides the jitter of its timers, nothing else.
    Session(Parameters parameters, std::uint64_t seed);
    ~Session();
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;

    /// ManualStart. Also ends a hold-off after path_down or stop.
    void start(Instant now);
    /// Hard: for good, nothing is retained on either side (where N was exchanged the NOTIFICATION is put into a Hard
    /// Reset, RFC 8538 section 3). Graceful: we mean to be back at once.
    enum class Ending : std::uint8_t { Hard, Graceful };
    /// ManualStop: sends the NOTIFICATION where a connection is open and stays Idle until start().
    void stop(Instant now, const wire::Notification& notification, Reason reason, Ending ending = Ending::Hard);
    /// Reset: as stop, then start again as soon as the peer can have read why; a call of its is taken at once.
    void reset(Instant now, const wire::Notification& notification, Reason reason, Ending ending = Ending::Hard);
    /// Leaves the peer alone for a while (up to a quarter less: jitter): no attempt, and no call of its is taken.
    void hold_off(Instant now, Duration wait);
    /// What our OPENs say of restarts from now on: R and F change as we do (RFC 4724 section 3).
    void announce(const wire::GracefulRestart& restart);
    /// Ends it without a word, for a restart of ours that the peer is to bridge (RFC 4724 4.1), and stays Idle. False, and
    /// nothing is done, where the peer has not agreed to that. The NOTIFICATION is for an attempt beside it.
    bool leave(Instant now, const wire::Notification& notification, Reason reason);

    void connecting(ConnectionId connection);
    void connected(Instant now, ConnectionId connection);
    /// The attempt ended without a connection; error is an errno, and hint what else the driver saw.
    void connect_failed(Instant now, ConnectionId connection, int error, ConnectHint hint = ConnectHint::None);
    /// The dial still hangs, and the driver has seen why: reason() says so.
    void hint(ConnectionId connection, ConnectHint hint);
    /// The peer called. False: not wanted now (held in Idle, or a call of its is Established): close it. An earlier call that
    /// is not Established yet is given up for the new one; so is an Established connection whose peer announced that it
    /// may restart (RFC 4724 section 5).
    bool accepted(Instant now, ConnectionId connection);
    /// The connection is gone; error is an errno, 0 when the peer closed it in order.
    void closed(Instant now, ConnectionId connection, int error);

    /// Hands over octets just received; they must stay where they are until next() has returned nothing.
    void feed(ConnectionId connection, Bytes octets);
    /// Works through what was fed: the next UPDATE or ROUTE-REFRESH of the Established connection, or
    /// nothing when all is consumed (an incomplete tail is kept inside). The view is valid until the next call.
    /// The KEEPALIVE that established the session may have come just before: WentUp then waits in take_actions().
    std::optional<wire::MessageView> next(Instant now);
    /// The owner found an error in a message that next() gave: sends the NOTIFICATION and closes.
    void fail(Instant now, const wire::Notification& notification, std::string what);
    /// The owner sent this message itself (an UPDATE): counts it.
    void count_sent(wire::MessageType type);
    /// The owner queued octets of its own on the Established connection.
    void queued(Instant now, std::size_t octets);
    /// So many octets of the connection, the session's and the owner's, have been taken by the network.
    void sent(Instant now, ConnectionId connection, std::size_t octets);

    /// When tick() must be called, if ever.
    std::optional<Instant> deadline() const;
    void tick(Instant now);
    std::vector<Action> take_actions();

    State state() const;
    const Parameters& parameters() const;
    /// What both OPENs agreed on; only in OpenConfirm and Established.
    const Negotiated* negotiated() const;
    /// What our OPEN says, or said on the connection there is: less than configured for a peer that refused all of it
    /// (RFC 5492 section 3).
    wire::Open offered() const;
    /// The connection that carries the Established session.
    std::optional<ConnectionId> established() const;
    std::optional<Instant> established_since() const;
    /// Why the session is not Established: the failure that says most while it waits to try again, live ("no OPEN for
    /// 12 s") where that is the truth. Not to be asked while it is Established.
    Reason reason(Instant now) const;
    /// The last time an Established session ended, or an attempt did, and why.
    std::optional<Reason> last_error() const;
    const MessageCounters& counters() const;
    std::uint64_t times_established() const;
    /// When silence ends the Established session; nothing with a hold time of 0.
    std::optional<Instant> hold_expires() const;
    /// The next TCP attempt, when one is scheduled.
    std::optional<Instant> next_attempt() const;

private:
    struct Parts;  // two state machines, their timers and buffers
    std::unique_ptr<Parts> parts_;
};

}  // namespace dyad::session
