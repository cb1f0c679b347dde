#pragma once
#include <optional>
#include <vector>

#include "dyad/session/session.hpp"
#include "session/diagnosis.hpp"
#include "session/fsm.hpp"
#include "session/receive_buffer.hpp"
#include "session/timers.hpp"

namespace dyad::session {

/// One state machine with what belongs to its connection.
struct Connection {
    fsm::State state{};
    Instant since{};  ///< when the state was entered
    Timers timers{};
    ReceiveBuffer received{};
    ConnectHint hint = ConnectHint::None;  ///< what the driver saw of the dial

    State name() const { return fsm::name(state); }
    std::optional<ConnectionId> id() const { return fsm::connection_of(state); }
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
    Damping damping{};
    /// IdleHoldTimer: until then calls are refused, and our machine, where it is in Idle, stays there.
    std::optional<Instant> idle_hold{};

    LastFailure failure{};
    std::optional<Reason> last_error{};
    std::optional<Instant> established_since{};
    std::uint64_t times_established = 0;
    MessageCounters counters{};
    std::vector<Action> actions{};

    Connection* find(ConnectionId connection);
    Connection* other(const Connection& at);
    const Connection& furthest() const;
    const Connection* established() const;
    /// The peer's connection is past its OPEN: we need none of our own.
    bool theirs_suffices() const;

    // parts.cpp: an event, and what follows from it.
    /// why: what to tell if the event ends an attempt or the session; without it, the NOTIFICATION that is sent.
    void run(Instant now, Connection& at, fsm::Event event, std::optional<Reason> why = std::nullopt);
    /// After every input: disposes of a machine whose connection is gone, and lets ours not rest in Idle for ever.
    void tidy(Instant now);
    void start_ours(Instant now, fsm::EventNumber active, fsm::EventNumber passive);

    // messages.cpp: octets into events.
    std::optional<wire::MessageView> read(Instant now, Connection& at);

private:
    void perform(Instant now, Connection& at, std::optional<ConnectionId> connection, const fsm::Step& step,
                 Reason why);
    void drop(std::optional<ConnectionId> connection);
    void send(ConnectionId connection, std::vector<std::uint8_t> octets);
    void hold_as_negotiated(Instant now, Connection& at);
    void restart_keepalive(Instant now, Connection& at);
    void count_failure(Instant now);
    void tell_up(Instant now, const Connection& at);
    void tell_down(Instant now, Reason why);
    void tell_failed(Instant now, const Connection& at, Reason why);

    void handle(Instant now, Connection& at, const wire::MessageView& message);
    void open_received(Instant now, Connection& at, Bytes body);
    /// RFC 4271 6.8, on a valid OPEN.
    enum class Fate : std::uint8_t { Survives, Lost };
    Fate resolve_collision(Instant now, Connection& at, const Negotiated& agreed);
    void notification_received(Instant now, Connection& at, Bytes body);
};

}  // namespace dyad::session
