#pragma once
#include <optional>
#include <vector>

#include "dyad/session/session.hpp"
#include "session/diagnosis.hpp"
#include "session/fsm.hpp"
#include "session/offer.hpp"
#include "session/receive_buffer.hpp"
#include "session/timers.hpp"

namespace dyad::session {

/// One state machine with what belongs to its connection.
struct Connection {
    fsm::State state{};
    Instant since{};  ///< when the state was entered
    Timers timers{};
    ReceiveBuffer received{};
    std::size_t unsent = 0;                ///< octets handed out that the network has not taken
    Offer offer = Offer::Everything;       ///< of the OPEN sent
    ConnectHint hint = ConnectHint::None;  ///< what the driver saw of the dial

    State name() const { return fsm::name(state); }
    std::optional<ConnectionId> id() const { return fsm::connection_of(state); }
    bool has_tcp() const { return fsm::has_tcp(state); }
};

/// The inside of a Session. RFC 4271 8.2.1: one machine for the configured peer, which dials, and one more for a
/// connection that the peer opened, as long as there is one.
struct Session::Parts {
    enum class Wanted : std::uint8_t { Stopped, Started };

    Parts(Parameters configured, std::uint64_t seed) : parameters(std::move(configured)), random(seed) {}

    Parameters parameters;
    Random random;

    Connection ours{};                   ///< the machine of the configured peer; its connection is one we opened
    std::optional<Connection> theirs{};  ///< the machine of a connection that the peer opened

    Wanted wanted = Wanted::Stopped;
    Reason why_stopped{};
    Offer offer = Offer::Everything;  ///< of the next OPEN
    Damping damping{};
    /// IdleHoldTimer: until then calls are refused, and our machine, where it is in Idle, stays there.
    std::optional<Instant> idle_hold{};
    bool held_off = false;  ///< by the owner: then none of its calls is taken

    LastFailure failure{};
    std::optional<Reason> last_error{};
    std::optional<Instant> established_since{};
    std::uint64_t times_established = 0;
    MessageCounters counters{};
    std::vector<Action> actions{};

    Connection* find(ConnectionId connection);
    Connection* other(const Connection& at);
    /// Our dial under this number is under way.
    bool dials(ConnectionId connection) const;
    const Connection& furthest() const;
    const Connection* established() const;
    Connection* established();
    /// The peer's connection is past its OPEN: we need none of our own.
    bool theirs_suffices() const;

    // parts.cpp: an event, and what follows from it.
    /// why: what to tell if the event ends an attempt or the session; without it, the NOTIFICATION that is sent.
    void run(Instant now, Connection& at, fsm::Event event, std::optional<Reason> why = std::nullopt);
    /// After every input: disposes of a machine whose connection is gone, and lets ours not rest in Idle for ever.
    void tidy(Instant now);
    void start_ours(Instant now, fsm::EventNumber active, fsm::EventNumber passive);

    void tcp_up(Instant now, Connection& at, fsm::EventNumber event, ConnectionId connection);
    void queue(Instant now, Connection& at, std::size_t octets);
    void sent(Instant now, Connection& at, std::size_t octets);

    // retention.cpp: RFC 4724 and 8538.
    /// N was exchanged on this connection.
    bool by_notification(const Connection& at) const;
    /// What the peer of the Established connection asks us to keep, if it may be when this event ends it.
    std::optional<Retained> retained_after(const Connection& at, fsm::EventNumber event,
                                           const std::optional<Reason>& why) const;
    /// The Established connection whose peer has announced that a new one means a restart.
    Connection* restartable();

    // messages.cpp: octets into events.
    std::optional<wire::MessageView> read(Instant now, Connection& at);

    Ending ending = Ending::Hard;  ///< of the ManualStop that is being run

private:
    struct End {
        std::optional<ConnectionId> connection;
        Reason why;
        std::optional<Retained> retained;
    };
    void perform(Instant now, Connection& at, const fsm::Step& step, End end);
    void drop(std::optional<ConnectionId> connection);
    void send(Instant now, Connection& at, ConnectionId connection, std::vector<std::uint8_t> octets);
    void send_open(Instant now, Connection& at, ConnectionId connection);
    void hold_as_negotiated(Instant now, Connection& at);
    void restart_keepalive(Instant now, Connection& at);
    void count_failure(Instant now);
    void tell_up(Instant now, Connection& at);
    void tell_down(Instant now, End end);
    void tell_failed(Instant now, const Connection& at, Reason why);

    void handle(Instant now, Connection& at, const wire::MessageView& message);
    void open_received(Instant now, Connection& at, Bytes body);
    /// RFC 4271 6.8, on a valid OPEN.
    enum class Fate : std::uint8_t { Survives, Lost };
    Fate resolve_collision(Instant now, Connection& at, const Negotiated& agreed);
    void notification_received(Instant now, Connection& at, Bytes body);
    /// 2/4 and 2/7: says whether there is less to offer, and offers that from now on.
    enum class Again : std::uint8_t { No, WithLess };
    Again refused(const Connection& at, const wire::Notification& notification);
};

}  // namespace dyad::session
