#include "session/parts.hpp"

#include <utility>

#include "dyad/base/ensure.hpp"
#include "session/negotiation.hpp"

namespace dyad::session {
namespace {

const Negotiated* negotiated_in(const fsm::State& state) {
    if (const auto* confirm = std::get_if<fsm::OpenConfirm>(&state)) return &confirm->negotiated;
    if (const auto* up = std::get_if<fsm::Established>(&state)) return &up->negotiated;
    return nullptr;
}

}  // namespace

Connection* Session::Parts::find(ConnectionId connection) {
    if (ours.id() == connection) return &ours;
    if (theirs && theirs->id() == connection) return &*theirs;
    return nullptr;
}

Connection* Session::Parts::other(const Connection& at) {
    if (&at != &ours) return &ours;
    return theirs ? &*theirs : nullptr;
}

const Connection& Session::Parts::furthest() const { return theirs && theirs->name() > ours.name() ? *theirs : ours; }

const Connection* Session::Parts::established() const {
    const auto& at = furthest();
    return at.name() == State::Established ? &at : nullptr;
}

bool Session::Parts::theirs_suffices() const { return theirs && theirs->name() >= State::OpenConfirm; }

void Session::Parts::run(Instant now, Connection& at, fsm::Event event, std::optional<Reason> why) {
    const auto state_before = at.name();
    const auto connection_before = at.id();
    const fsm::Step step = fsm::transition(at.state, std::move(event));
    if (at.name() != state_before) at.since = now;

    if (!why && step.notification) why = notification_sent(*step.notification, {});
    if (why && !why->notification) why->notification = step.notification;
    perform(now, at, connection_before ? connection_before : at.id(), step, why ? std::move(*why) : Reason{});
}

void Session::Parts::perform(Instant now, Connection& at, std::optional<ConnectionId> connection, const fsm::Step& step,
                             Reason why) {
    using fsm::Do;
    for (const Do what : step) switch (what) {
            case Do::Dial:
                at.hint = ConnectHint::None;
                actions.emplace_back(OpenConnection{});
                break;
            case Do::Drop:
                drop(connection);
                break;
            case Do::Release:
                at.timers = {};
                at.received.clear();
                break;
            case Do::SendOpen:
                send(*connection, wire::encode_open(our_open(parameters)));
                break;
            case Do::SendKeepalive: {
                const auto keepalive = wire::keepalive_message();
                send(*connection, {keepalive.begin(), keepalive.end()});
                break;
            }
            case Do::SendNotification:
                send(*connection, wire::encode_notification(*step.notification));
                break;
            case Do::StartConnectRetryTimer:
                at.timers.connect_retry = now + jittered(parameters.connect_retry_time, random);
                break;
            case Do::StopConnectRetryTimer:
                at.timers.connect_retry.reset();
                break;
            case Do::SetHoldTimerLarge:
                at.timers.hold_time = kLargeHoldTime;
                at.timers.last_received = now;
                break;
            case Do::SetHoldTimerNegotiated:
                hold_as_negotiated(now, at);
                break;
            case Do::RestartHoldTimer:
                at.timers.last_received = now;
                break;
            case Do::RestartKeepaliveTimer:
                restart_keepalive(now, at);
                break;
            case Do::CountFailure:
                count_failure(now);
                break;
            case Do::ClearFailures:
                damping.clear();
                idle_hold.reset();
                break;
            case Do::TellUp:
                tell_up(now, at);
                break;
            case Do::TellDown:
                tell_down(now, std::move(why));
                break;
            case Do::TellFailed:
                tell_failed(now, at, std::move(why));
                break;
        }
}

/// A dial that the owner has not numbered yet is simply not asked for any more.
void Session::Parts::drop(std::optional<ConnectionId> connection) {
    if (connection)
        actions.emplace_back(CloseConnection{*connection});
    else
        std::erase_if(actions, [](const Action& action) { return std::holds_alternative<OpenConnection>(action); });
}

void Session::Parts::send(ConnectionId connection, std::vector<std::uint8_t> octets) {
    ++counters.sent.at(octets.at(offsetof(wire::MessageHeader, type)));
    actions.emplace_back(SendMessage{connection, std::move(octets)});
}

void Session::Parts::hold_as_negotiated(Instant now, Connection& at) {
    const auto* negotiated = negotiated_in(at.state);
    ensure(negotiated != nullptr);
    at.timers.hold_time = negotiated->hold_time;
    at.timers.last_received = now;
    at.timers.keepalive_time = negotiated->keepalive_time;
    restart_keepalive(now, at);
}

/// RFC 4271 4.4: with a hold time of 0 there are none.
void Session::Parts::restart_keepalive(Instant now, Connection& at) {
    at.timers.keepalive.reset();
    if (at.timers.keepalive_time > Duration::zero())
        at.timers.keepalive = now + jittered(at.timers.keepalive_time, random);
}

void Session::Parts::count_failure(Instant now) {
    if (established_since && now - *established_since >= Damping::kSound) damping.clear();
    idle_hold = now + jittered(damping.failed(), random);
}

void Session::Parts::tell_up(Instant now, const Connection& at) {
    established_since = now;
    ++times_established;
    failure.clear();
    actions.emplace_back(WentUp{*negotiated_in(at.state)});
    // A dial under way would only collide. One that has sent its OPEN is tracked until the peer's comes (8.2.2).
    if (&at != &ours && ours.name() < State::OpenSent)
        run(now, ours, {fsm::EventNumber::OpenCollisionDump}, Reason{.cause = Cause::CollisionLost});
}

void Session::Parts::tell_down(Instant now, Reason why) {
    const Duration was_up = now - established_since.value_or(now);
    established_since.reset();
    failure.note(now, why);
    last_error = why;
    actions.emplace_back(WentDown{std::move(why), was_up});
}

void Session::Parts::tell_failed(Instant now, const Connection& at, Reason why) {
    const auto* rival = other(at);
    const bool session_is_up = rival && rival->name() == State::Established;
    if (why.cause == Cause::CollisionLost || session_is_up) return;
    failure.note(now, why);
    last_error = why;
    actions.emplace_back(StayedDown{std::move(why)});
}

void Session::Parts::tidy(Instant now) {
    if (theirs && !theirs->id()) theirs.reset();
    const bool at_rest = ours.name() == State::Idle && !idle_hold && !theirs_suffices();
    if (wanted == Wanted::Started && at_rest) idle_hold = now + jittered(Damping::kFirst, random);
}

void Session::Parts::start_ours(Instant now, fsm::EventNumber active, fsm::EventNumber passive) {
    if (ours.name() == State::Idle && !theirs_suffices()) run(now, ours, {parameters.passive ? passive : active});
}

}  // namespace dyad::session
