#include "dyad/session/session.hpp"

#include <utility>

#include "session/parts.hpp"

namespace dyad::session {

using fsm::EventNumber;

namespace {

/// For as long after TCP came up, a peer that has said nothing yet is no news beside the last failure.
constexpr Duration kOpenPatience = std::chrono::seconds{3};

/// A new call behind a NOTIFICATION: a peer that hears the call first would take it for a restart (RFC 4724 section 5).
constexpr Duration kResetPause = std::chrono::milliseconds{250};

Reason live(Instant now, Cause cause, const Connection& at) { return {.cause = cause, .since = now - at.since}; }

/// The session's state where a peer keeps it waiting, unless it has hardly begun to.
Reason awaiting(Instant now, Cause cause, const Connection& at, const Reason* failure) {
    if (failure && now - at.since < kOpenPatience) return *failure;
    return live(now, cause, at);
}

}  // namespace

std::string_view to_string(State state) {
    switch (state) {
        case State::Idle:
            return "Idle";
        case State::Connect:
            return "Connect";
        case State::Active:
            return "Active";
        case State::OpenSent:
            return "OpenSent";
        case State::OpenConfirm:
            return "OpenConfirm";
        case State::Established:
            return "Established";
    }
    return "";
}

Session::Session(Parameters parameters, std::uint64_t seed)
    : parts_(std::make_unique<Parts>(std::move(parameters), seed)) {}
Session::~Session() = default;
Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;

void Session::start(Instant now) {
    auto& p = *parts_;
    p.wanted = Parts::Wanted::Started;
    p.damping.clear();
    p.idle_hold.reset();
    p.held_off = false;
    p.offer = Offer::Everything;
    p.start_ours(now, EventNumber::ManualStart, EventNumber::ManualStartPassive);
    p.tidy(now);
}

void Session::stop(Instant now, const wire::Notification& notification, Reason reason, Ending ending) {
    auto& p = *parts_;
    p.wanted = Parts::Wanted::Stopped;
    p.ending = ending;
    const auto end = [&](Connection& at) {
        const bool wrapped = ending == Ending::Hard && p.by_notification(at);
        const auto said = wrapped ? wire::hard_reset(notification) : notification;
        p.run(now, at, {.number = EventNumber::ManualStop, .notification = said}, reason);
    };
    // The Established one last: what is beside it is then no attempt of its own.
    if (p.theirs && p.theirs->name() != State::Established) end(*p.theirs);
    end(p.ours);
    if (p.theirs) end(*p.theirs);
    p.idle_hold.reset();
    p.held_off = false;
    p.damping.clear();
    p.failure.clear();
    p.why_stopped = std::move(reason);
    p.tidy(now);
}

void Session::reset(Instant now, const wire::Notification& notification, Reason reason, Ending ending) {
    auto& p = *parts_;
    const bool told = p.ours.has_tcp() || (p.theirs && p.theirs->has_tcp());
    stop(now, notification, reason, ending);
    if (!told) return start(now);
    p.failure.note(now, reason);
    p.wanted = Parts::Wanted::Started;
    p.offer = Offer::Everything;
    p.idle_hold = now + jittered(kResetPause, p.random);
}

void Session::hold_off(Instant now, Duration wait) {
    auto& p = *parts_;
    if (p.wanted == Parts::Wanted::Stopped) return;
    const auto end = [&](Connection& at) {
        p.run(now, at, {EventNumber::OpenCollisionDump}, Reason{.cause = Cause::CollisionLost});
    };
    end(p.ours);
    if (p.theirs) end(*p.theirs);
    p.idle_hold = now + jittered(wait, p.random);
    p.held_off = true;
    p.tidy(now);
}

void Session::announce(const wire::GracefulRestart& restart) { parts_->parameters.graceful_restart = restart; }

bool Session::leave(Instant now, const wire::Notification& notification, Reason reason) {
    auto& p = *parts_;
    const auto* agreed = p.established() ? negotiated() : nullptr;
    const auto& ours = p.parameters.graceful_restart;
    if (!agreed || !agreed->graceful_restart || !ours || ours->families.empty()) return false;
    if (p.established()->offer != Offer::Everything) return false;
    p.run(now, *p.established(), {EventNumber::PeerRestarts}, reason);
    stop(now, notification, std::move(reason));  // what was beside it
    return true;
}

void Session::connecting(ConnectionId connection) {
    auto* dial = std::get_if<fsm::Connect>(&parts_->ours.state);
    if (dial && !dial->connection)
        dial->connection = connection;
    else  // not wanted any more
        parts_->actions.emplace_back(CloseConnection{connection});
}

void Session::connected(Instant now, ConnectionId connection) {
    auto& p = *parts_;
    if (p.dials(connection)) p.tcp_up(now, p.ours, EventNumber::TcpCrAcked, connection);
}

void Session::connect_failed(Instant now, ConnectionId connection, int error, ConnectHint hint) {
    auto& p = *parts_;
    if (!p.dials(connection)) return closed(now, connection, error);
    const auto seen = hint == ConnectHint::None ? p.ours.hint : hint;
    p.run(now, p.ours, {EventNumber::TcpConnectionFails}, dial_failed(error, seen));
    p.tidy(now);
}

void Session::hint(ConnectionId connection, ConnectHint hint) {
    if (parts_->dials(connection)) parts_->ours.hint = hint;
}

bool Session::accepted(Instant now, ConnectionId connection) {
    auto& p = *parts_;
    const bool held = p.idle_hold && now < *p.idle_hold && (p.held_off || p.damping.repeated());
    if (p.wanted == Parts::Wanted::Stopped || held) return false;
    if (auto* up = p.restartable()) p.run(now, *up, {EventNumber::PeerRestarts}, peer_restarted());
    if (p.theirs && !p.theirs->id()) p.theirs.reset();
    if (p.theirs && p.theirs->name() == State::Established) return false;
    // A peer that calls again has given up the call before, though we may not have heard of it: waiting for that
    // one's OPEN would lock the peer out for the large hold time.
    if (p.theirs) p.run(now, *p.theirs, {EventNumber::OpenCollisionDump}, Reason{.cause = Cause::CollisionLost});
    p.theirs = Connection{.state = fsm::Active{}, .since = now};
    p.tcp_up(now, *p.theirs, EventNumber::TcpConnectionConfirmed, connection);
    p.tidy(now);
    return true;
}

void Session::closed(Instant now, ConnectionId connection, int error) {
    auto& p = *parts_;
    auto* at = p.find(connection);
    if (!at) return;
    auto why = at->has_tcp() ? tcp_ended(at->name(), error) : dial_failed(error, at->hint);
    p.run(now, *at, {EventNumber::TcpConnectionFails}, std::move(why));
    p.tidy(now);
}

void Session::feed(ConnectionId connection, Bytes octets) {
    auto* at = parts_->find(connection);
    if (at && at->has_tcp()) at->received.feed(octets);
}

std::optional<wire::MessageView> Session::next(Instant now) {
    auto& p = *parts_;
    if (auto message = p.read(now, p.ours)) return message;
    if (p.theirs)
        if (auto message = p.read(now, *p.theirs)) return message;
    p.tidy(now);
    return std::nullopt;
}

void Session::fail(Instant now, const wire::Notification& notification, std::string what) {
    auto& p = *parts_;
    const auto connection = established();
    if (!connection) return;
    p.run(now, *p.find(*connection), {.number = EventNumber::UpdateMsgErr, .notification = notification},
          notification_sent(notification, std::move(what)));
    p.tidy(now);
}

void Session::count_sent(wire::MessageType type) { ++parts_->counters.sent.at(static_cast<std::size_t>(type)); }

void Session::queued(Instant now, std::size_t octets) {
    if (auto* at = parts_->established()) parts_->queue(now, *at, octets);
}

void Session::sent(Instant now, ConnectionId connection, std::size_t octets) {
    if (auto* at = parts_->find(connection)) parts_->sent(now, *at, octets);
}

std::optional<Instant> Session::deadline() const {
    const auto& p = *parts_;
    auto first = earlier(p.idle_hold, p.ours.timers.first());
    if (p.theirs) first = earlier(first, p.theirs->timers.first());
    return first;
}

void Session::tick(Instant now) {
    auto& p = *parts_;
    const auto due = [now](std::optional<Instant> timer) { return timer && *timer <= now; };
    const auto expire = [&](Connection& at) {
        if (due(at.timers.hold()))
            return p.run(now, at, {EventNumber::HoldTimerExpires}, hold_expired(at.name(), at.timers.hold_time));
        if (due(at.timers.send_hold))
            return p.run(now, at, {EventNumber::SendHoldTimerExpires}, send_hold_expired(at.timers.send_hold_time));
        if (due(at.timers.delay_open)) p.run(now, at, {EventNumber::DelayOpenTimerExpires});
        if (due(at.timers.keepalive)) p.run(now, at, {EventNumber::KeepaliveTimerExpires});
        if (!due(at.timers.connect_retry)) return;
        if (p.theirs_suffices())  // ask again later
            at.timers.connect_retry = now + jittered(p.parameters.connect_retry_time, p.random);
        else
            p.run(now, at, {EventNumber::ConnectRetryTimerExpires}, dial_timed_out(at.hint));
    };
    expire(p.ours);
    if (p.theirs) expire(*p.theirs);

    if (due(p.idle_hold)) {
        p.idle_hold.reset();
        p.held_off = false;
        if (p.wanted == Parts::Wanted::Started)
            p.start_ours(now, EventNumber::AutomaticStartDamped, EventNumber::AutomaticStartDampedPassive);
    }
    p.tidy(now);
}

std::vector<Action> Session::take_actions() { return std::exchange(parts_->actions, {}); }

State Session::state() const { return parts_->furthest().name(); }

const Parameters& Session::parameters() const { return parts_->parameters; }

const Negotiated* Session::negotiated() const {
    const auto& state = parts_->furthest().state;
    if (const auto* confirm = std::get_if<fsm::OpenConfirm>(&state)) return &confirm->negotiated;
    if (const auto* up = std::get_if<fsm::Established>(&state)) return &up->negotiated;
    return nullptr;
}

wire::Open Session::offered() const {
    const auto& at = parts_->furthest();
    return offered_open(parts_->parameters, at.name() >= State::OpenSent ? at.offer : parts_->offer);
}

std::optional<ConnectionId> Session::established() const {
    const auto* at = std::as_const(*parts_).established();
    return at ? at->id() : std::nullopt;
}

std::optional<Instant> Session::established_since() const { return parts_->established_since; }

Reason Session::reason(Instant now) const {
    const auto& p = *parts_;
    if (p.wanted == Parts::Wanted::Stopped) return p.why_stopped;
    const auto& at = p.furthest();
    const auto* failure = p.failure.get();
    switch (at.name()) {
        case State::Idle:
            return failure ? *failure : live(now, Cause::Connecting, at);
        case State::Connect:
            if (at.has_tcp()) return awaiting(now, Cause::NoOpenReceived, at, failure);
            if (at.hint != ConnectHint::None) return signature_mismatch(at.hint);
            return failure ? *failure : live(now, Cause::Connecting, at);
        case State::Active:
            if (at.has_tcp()) return awaiting(now, Cause::NoOpenReceived, at, failure);
            if (failure) return *failure;
            return live(now, p.parameters.passive ? Cause::WaitingForPeer : Cause::Connecting, at);
        case State::OpenSent:
            return awaiting(now, Cause::NoOpenReceived, at, failure);
        case State::OpenConfirm:
            return awaiting(now, Cause::NoKeepaliveReceived, at, failure);
        case State::Established:
            return {};
    }
    return {};
}

std::optional<Reason> Session::last_error() const { return parts_->last_error; }

const MessageCounters& Session::counters() const { return parts_->counters; }

std::uint64_t Session::times_established() const { return parts_->times_established; }

std::optional<Instant> Session::hold_expires() const {
    const auto& at = parts_->furthest();
    return at.name() == State::Established ? at.timers.hold() : std::nullopt;
}

std::optional<Instant> Session::next_attempt() const {
    const auto& p = *parts_;
    if (p.parameters.passive || p.theirs_suffices()) return std::nullopt;
    if (p.ours.name() == State::Active) return p.ours.timers.connect_retry;
    if (p.ours.name() == State::Idle) return p.idle_hold;
    return std::nullopt;
}

}  // namespace dyad::session
