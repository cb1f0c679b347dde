#include "session/diagnosis.hpp"

#include <cerrno>

#include "dyad/base/hex.hpp"

namespace dyad::session {
namespace {

/// How much a failure tells, beside another.
enum class Weight : std::uint8_t { Nothing, Tcp, Bgp };

Weight weight(Cause cause) {
    switch (cause) {
        case Cause::NeverStarted:
        case Cause::Connecting:
        case Cause::WaitingForPeer:
        case Cause::CollisionLost:
            return Weight::Nothing;
        case Cause::ConnectRefused:
        case Cause::ConnectTimedOut:
        case Cause::ConnectFailed:
        case Cause::AddressMissing:
        case Cause::Md5Mismatch:
        case Cause::AdministrativelyReset:  // our own doing: whatever fails next says more
        case Cause::ConfigurationChanged:
            return Weight::Tcp;
        case Cause::AdministrativelyDown:
        case Cause::LinkDown:
        case Cause::NoOpenReceived:
        case Cause::NoKeepaliveReceived:
        case Cause::WrongPeerAs:
        case Cause::PeerClosed:
        case Cause::HoldTimerExpired:
        case Cause::BfdDown:
        case Cause::SendHoldTimerExpired:
        case Cause::PeerRestarted:
        case Cause::PrefixLimit:
        case Cause::Restarting:
        case Cause::NotificationReceived:
        case Cause::NotificationSent:
            return Weight::Bgp;
    }
    return Weight::Nothing;
}

std::string when_it_ended(State state) {
    switch (state) {
        case State::Connect:  // while ours is delayed
        case State::Active:
        case State::OpenSent:
            return "before its OPEN";
        case State::OpenConfirm:
            return "after its OPEN";
        case State::Idle:
        case State::Established:
            return {};
    }
    return {};
}

/// RFC 9003 section 4 lets an erroneous text be logged in hexadecimal; so many octets of it say whose it is.
constexpr std::size_t kShownOctets = 32;

/// RFC 9003 section 2: what cannot be read is told as such, and not interpreted.
std::string peers_words(const wire::Notification& whole, const wire::Notification& cause) {
    if (const auto text = wire::shutdown_text(whole); !text.empty()) return "\"" + text + "\"";
    const bool may_have_words =
        cause.code == wire::ErrorCode::Cease && (cause.subcode == wire::subcode::kAdministrativeShutdown ||
                                                 cause.subcode == wire::subcode::kAdministrativeReset);
    const bool has_words = !cause.data.empty() && cause.data != std::vector<std::uint8_t>{0};
    if (!may_have_words || !has_words) return "";
    return "its words are not whole or not UTF-8 (" + std::to_string(cause.data.size()) +
           " octets: " + hex_text(cause.data, kShownOctets) + ")";
}

}  // namespace

Reason dial_failed(int error, ConnectHint hint) {
    if (hint != ConnectHint::None) return signature_mismatch(hint);
    Reason reason{.cause = Cause::ConnectFailed, .error = error};
    if (error == ECONNREFUSED) reason.cause = Cause::ConnectRefused;
    if (error == ETIMEDOUT) reason.cause = Cause::ConnectTimedOut;
    if (error == EADDRNOTAVAIL) reason.cause = Cause::AddressMissing;  // bind(): the address is not there
    return reason;
}

Reason dial_timed_out(ConnectHint hint) { return dial_failed(ETIMEDOUT, hint); }

Reason signature_mismatch(ConnectHint hint) {
    Reason reason{.cause = Cause::Md5Mismatch};
    switch (hint) {
        case ConnectHint::None:
            break;
        case ConnectHint::Md5WrongKey:
            reason.detail = "the peer's segments carry another key";
            break;
        case ConnectHint::Md5PeerSendsNone:
            reason.detail = "the peer's segments are not signed, and a key is configured here";
            break;
        case ConnectHint::Md5WeHaveNone:
            reason.detail = "the peer's segments are signed, and no key is configured here";
            break;
    }
    return reason;
}

Reason tcp_ended(State state, int error) {
    return {.cause = Cause::PeerClosed, .error = error, .detail = when_it_ended(state)};
}

Reason hold_expired(State state, Duration hold_time) {
    Reason reason{.cause = Cause::HoldTimerExpired};
    if (state == State::OpenSent) reason.cause = Cause::NoOpenReceived;
    if (state == State::OpenConfirm) reason.cause = Cause::NoKeepaliveReceived;
    reason.notification = wire::Notification{wire::ErrorCode::HoldTimerExpired, 0, {}};
    reason.since = hold_time;
    return reason;
}

Reason send_hold_expired(Duration send_hold_time) {
    return {.cause = Cause::SendHoldTimerExpired, .since = send_hold_time};
}

Reason peer_restarted() { return {.cause = Cause::PeerRestarted}; }

Reason notification_received(wire::Notification notification) {
    Reason reason{.cause = Cause::NotificationReceived, .received = true};
    const auto inside = wire::inside_hard_reset(notification);
    if (inside) reason.detail = inside->to_string();
    if (const auto said = peers_words(notification, inside ? *inside : notification); !said.empty())
        reason.detail += (reason.detail.empty() ? "" : ": ") + said;
    reason.notification = std::move(notification);
    return reason;
}

Reason notification_sent(wire::Notification notification, std::string detail) {
    Reason reason{.cause = Cause::NotificationSent, .detail = std::move(detail)};
    reason.notification = std::move(notification);
    return reason;
}

void LastFailure::note(Instant now, const Reason& reason) {
    const auto tells = weight(reason.cause);
    if (tells == Weight::Nothing) return;
    if (noted_ && tells < weight(noted_->reason.cause) && now - noted_->when < kStaleAfter) return;
    noted_ = Noted{reason, now};
}

}  // namespace dyad::session
