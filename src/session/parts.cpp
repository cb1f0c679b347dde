#include "session/parts.hpp"

#include <algorithm>
#include <utility>

#include "dyad/base/ensure.hpp"
#include "session/negotiation.hpp"

namespace dyad::session {
namespace {

/// RFC 4271 4.4: "KEEPALIVE messages MUST NOT be sent more frequently than one per second".
constexpr auto kLeastKeepalive = std::chrono::seconds{1};

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

bool Session::Parts::dials(ConnectionId connection) const {
    return ours.name() == State::Connect && ours.id() == connection && !ours.has_tcp();
}

Connection* Session::Parts::other(const Connection& at) {
    if (&at != &ours) return &ours;
    return theirs ? &*theirs : nullptr;
}

const Connection& Session::Parts::furthest() const { return theirs && theirs->name() > ours.name() ? *theirs : ours; }

Connection* Session::Parts::established() {
    if (theirs && theirs->name() == State::Established) return &*theirs;
    return ours.name() == State::Established ? &ours : nullptr;
}

const Connection* Session::Parts::established() const {
    const auto& at = furthest();
    return at.name() == State::Established ? &at : nullptr;
}

bool Session::Parts::theirs_suffices() const { return theirs && theirs->name() >= State::OpenConfirm; }

void Session::Parts::run(Instant now, Connection& at, fsm::Event event, std::optional<Reason> why) {
    const auto state_before = at.name();
    const auto connection_before = at.id();
    auto retained = retained_after(at, event.number, why);
    const fsm::Step step = fsm::transition(at.state, std::move(event));
    if (at.name() != state_before) at.since = now;

    if (!why && step.notification) why = notification_sent(*step.notification, {});
    if (why && !why->notification) why->notification = step.notification;
    perform(now, at, step,
            {.connection = connection_before ? connection_before : at.id(),
             .why = why ? std::move(*why) : Reason{},
             .retained = std::move(retained)});
}

void Session::Parts::perform(Instant now, Connection& at, const fsm::Step& step, End end) {
    using fsm::Do;
    const auto& connection = end.connection;
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
                at.unsent = 0;
                break;
            case Do::SendOpen:
                send_open(now, at, *connection);
                break;
            case Do::SendKeepalive: {
                const auto keepalive = wire::keepalive_message();
                send(now, at, *connection, {keepalive.begin(), keepalive.end()});
                break;
            }
            case Do::SendNotification:
                send(now, at, *connection, wire::encode_notification(*step.notification));
                break;
            case Do::StartConnectRetryTimer:
                at.timers.connect_retry = now + jittered(parameters.connect_retry_time, random);
                break;
            case Do::StopConnectRetryTimer:
                at.timers.connect_retry.reset();
                break;
            case Do::StartDelayOpenTimer:
                at.timers.delay_open = now + parameters.delay_open;
                break;
            case Do::StopDelayOpenTimer:
                at.timers.delay_open.reset();
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
                tell_down(now, end);
                break;
            case Do::TellFailed:
                tell_failed(now, at, end.why);
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

void Session::Parts::send(Instant now, Connection& at, ConnectionId connection, std::vector<std::uint8_t> octets) {
    ++counters.sent.at(octets.at(offsetof(wire::MessageHeader, type)));
    queue(now, at, octets.size());
    actions.emplace_back(SendMessage{connection, std::move(octets)});
}

void Session::Parts::send_open(Instant now, Connection& at, ConnectionId connection) {
    at.offer = offer;
    send(now, at, connection, wire::encode_open(offered_open(parameters, offer)));
}

/// RFC 9687: as long as something moves, or nothing waits, the peer reads.
void Session::Parts::queue(Instant now, Connection& at, std::size_t octets) {
    if (octets == 0) return;
    const bool idle = std::exchange(at.unsent, at.unsent + octets) == 0;
    if (idle && at.timers.send_hold_time > Duration::zero()) at.timers.send_hold = now + at.timers.send_hold_time;
}

void Session::Parts::sent(Instant now, Connection& at, std::size_t octets) {
    at.unsent -= std::min(at.unsent, octets);
    at.timers.send_hold.reset();
    if (at.unsent > 0 && at.timers.send_hold_time > Duration::zero())
        at.timers.send_hold = now + at.timers.send_hold_time;
}

void Session::Parts::tcp_up(Instant now, Connection& at, fsm::EventNumber event, ConnectionId connection) {
    const bool delayed = parameters.delay_open > Duration::zero();
    run(now, at,
        {.number = event, .connection = connection, .delay_open = delayed ? fsm::DelayOpen::Yes : fsm::DelayOpen::No});
}

void Session::Parts::hold_as_negotiated(Instant now, Connection& at) {
    const auto* negotiated = negotiated_in(at.state);
    ensure(negotiated != nullptr);
    at.timers.hold_time = negotiated->hold_time;
    at.timers.last_received = now;
    at.timers.keepalive_time = negotiated->keepalive_time;
    restart_keepalive(now, at);
}

/// RFC 4271 4.4: with a hold time of 0 there are none, and never is more than one sent in a second, whatever the jitter.
void Session::Parts::restart_keepalive(Instant now, Connection& at) {
    at.timers.keepalive.reset();
    if (at.timers.keepalive_time > Duration::zero())
        at.timers.keepalive = now + std::max<Duration>(jittered(at.timers.keepalive_time, random), kLeastKeepalive);
}

void Session::Parts::count_failure(Instant now) {
    if (established_since && now - *established_since >= Damping::kSound) damping.clear();
    idle_hold = now + jittered(damping.failed(), random);
}

void Session::Parts::tell_up(Instant now, Connection& at) {
    // RFC 9687: a hold time of 0 turns this timer off too.
    if (at.timers.hold_time > Duration::zero()) at.timers.send_hold_time = parameters.send_hold_time;
    queue(now, at, std::exchange(at.unsent, 0));
    established_since = now;
    ++times_established;
    failure.clear();
    actions.emplace_back(WentUp{*negotiated_in(at.state)});
    // A dial under way would only collide. One that has sent its OPEN is tracked until the peer's comes (8.2.2).
    if (&at != &ours && ours.name() < State::OpenSent)
        run(now, ours, {fsm::EventNumber::OpenCollisionDump}, Reason{.cause = Cause::CollisionLost});
}

void Session::Parts::tell_down(Instant now, End end) {
    auto& why = end.why;
    const Duration was_up = now - established_since.value_or(now);
    established_since.reset();
    failure.note(now, why);
    last_error = why;
    offer = Offer::Everything;  // it may be another speaker next time
    actions.emplace_back(WentDown{std::move(why), was_up, std::move(end.retained)});
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
