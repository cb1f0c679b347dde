#include "dyad/session/reason.hpp"

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace dyad::session {
namespace {

/// AS of Microsoft's edge routers on every ExpressRoute peering, and the one often taken for it.
constexpr Asn kMicrosoftEdge{12076};
constexpr Asn kMicrosoftCorporate{8075};

std::string duration_text(Duration duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    constexpr auto kMinutesFrom = 300;  // "240 s" reads like the timer it is
    if (seconds <= kMinutesFrom) return std::to_string(seconds) + " s";
    return std::to_string(seconds / 60) + " min";
}

std::string lasting(const Reason& reason) { return reason.since ? " for " + duration_text(*reason.since) : ""; }

/// How many octets at the beginning of the text make a terminal do something, or a reader read another order: C0, DEL
/// and C1 (U+0080 to U+009F), line separators and directions (U+2028 to U+202E, U+2066 to U+2069).
std::size_t control_octets(std::string_view text) {
    const auto octet = [&](std::size_t i) -> unsigned {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
    };
    if (octet(0) < 0x20 || octet(0) == 0x7f) return 1;
    if (octet(0) == 0xc2 && octet(1) >= 0x80 && octet(1) <= 0x9f) return 2;
    const bool separators = octet(1) == 0x80 && octet(2) >= 0xa8 && octet(2) <= 0xae;
    const bool isolates = octet(1) == 0x81 && octet(2) >= 0xa6 && octet(2) <= 0xa9;
    return octet(0) == 0xe2 && (separators || isolates) ? 3 : 0;
}

/// Some words may be the peer's (RFC 9003): no control character of theirs reaches a terminal or a log, all others do.
std::string printable(std::string_view text) {
    std::string clean;
    while (!text.empty()) {
        const auto control = control_octets(text);
        clean += control > 0 ? ' ' : text.front();
        text.remove_prefix(std::max<std::size_t>(control, 1));
    }
    return clean;
}

std::string with_detail(std::string sentence, const Reason& reason) {
    if (!reason.detail.empty()) sentence += ": " + printable(reason.detail);
    return sentence;
}

std::string errno_text(int error) {
    std::string text = std::generic_category().message(error);
    if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
    return text;
}

std::string notification_name(const Reason& reason) {
    return reason.notification ? reason.notification->to_string() : "NOTIFICATION";
}

std::string wrong_peer_as(const Reason& reason) {
    const Asn offered = reason.offered_as.value_or(Asn{});
    const Asn configured = reason.configured_as.value_or(Asn{});
    std::string text = "the peer's AS is " + offered.to_string() + ", " + configured.to_string() + " is configured";
    if (offered == kMicrosoftEdge && configured == kMicrosoftCorporate)
        text += " (ExpressRoute's edge is AS 12076 on every peering, not 8075)";
    return text;
}

std::string connection_ended(const Reason& reason) {
    std::string text = "the peer closed the connection";
    if (reason.error == ECONNRESET) text = "the peer reset the connection";
    if (reason.error == ETIMEDOUT) text = "the connection timed out";
    if (reason.error != 0 && reason.error != ECONNRESET && reason.error != ETIMEDOUT)
        text = "the connection broke (" + errno_text(reason.error) + ")";
    if (!reason.detail.empty()) return text + " " + printable(reason.detail);
    return reason.error == 0 ? text + " without a NOTIFICATION" : text;
}

}  // namespace

std::string_view to_string(Cause cause) {
    switch (cause) {
        case Cause::NeverStarted:
            return "never_started";
        case Cause::AdministrativelyDown:
            return "administratively_down";
        case Cause::LinkDown:
            return "link_down";
        case Cause::AddressMissing:
            return "address_missing";
        case Cause::Connecting:
            return "connecting";
        case Cause::WaitingForPeer:
            return "waiting_for_peer";
        case Cause::ConnectRefused:
            return "connect_refused";
        case Cause::ConnectTimedOut:
            return "connect_timed_out";
        case Cause::ConnectFailed:
            return "connect_failed";
        case Cause::Md5Mismatch:
            return "md5_mismatch";
        case Cause::NoOpenReceived:
            return "no_open_received";
        case Cause::NoKeepaliveReceived:
            return "no_keepalive_received";
        case Cause::WrongPeerAs:
            return "wrong_peer_as";
        case Cause::PeerClosed:
            return "peer_closed";
        case Cause::HoldTimerExpired:
            return "hold_timer_expired";
        case Cause::SendHoldTimerExpired:
            return "send_hold_timer_expired";
        case Cause::PeerRestarted:
            return "peer_restarted";
        case Cause::BfdDown:
            return "bfd_down";
        case Cause::NotificationReceived:
            return "notification_received";
        case Cause::NotificationSent:
            return "notification_sent";
        case Cause::CollisionLost:
            return "collision_lost";
        case Cause::ConfigurationChanged:
            return "configuration_changed";
        case Cause::PrefixLimit:
            return "prefix_limit";
        case Cause::AdministrativelyReset:
            return "administratively_reset";
        case Cause::Restarting:
            return "restarting";
    }
    return "";
}

std::string describe(const Reason& reason) {
    switch (reason.cause) {
        case Cause::NeverStarted:
            return "not started yet";
        case Cause::AdministrativelyDown:
            return with_detail("administratively down", reason);
        case Cause::LinkDown:
            return with_detail("the link is down", reason);
        case Cause::AddressMissing:
            return with_detail("our address is not on the interface", reason);
        case Cause::Connecting:
            return "connecting" + lasting(reason);
        case Cause::WaitingForPeer:
            return "passive: the peer has not called" + lasting(reason);
        case Cause::BfdDown:
            return with_detail("BFD is down", reason);
        case Cause::ConnectRefused:
            return "connection refused";
        case Cause::ConnectTimedOut:
            return "connection timed out: no answer from the peer";
        case Cause::ConnectFailed:
            return "connection failed: " + errno_text(reason.error);
        case Cause::Md5Mismatch:
            return with_detail("MD5", reason);
        case Cause::NoOpenReceived:
            return "TCP is up, the peer has sent no OPEN" + lasting(reason);
        case Cause::NoKeepaliveReceived:
            return "the peer has sent its OPEN, but no KEEPALIVE" + lasting(reason);
        case Cause::WrongPeerAs:
            return wrong_peer_as(reason);
        case Cause::PeerClosed:
            return connection_ended(reason);
        case Cause::HoldTimerExpired:
            return reason.since ? "hold timer expired: nothing heard" + lasting(reason) : "hold timer expired";
        case Cause::SendHoldTimerExpired:
            return "send hold timer expired: the peer took nothing" + lasting(reason);
        case Cause::PeerRestarted:
            return "the peer restarted: it has opened a new connection";
        case Cause::NotificationReceived:
            return with_detail("the peer sent " + notification_name(reason), reason);
        case Cause::NotificationSent:
            return with_detail("we sent " + notification_name(reason), reason);
        case Cause::CollisionLost:
            return "the other one of two connections is kept";
        case Cause::ConfigurationChanged:
            return with_detail("the configuration changed", reason);
        case Cause::PrefixLimit:
            return with_detail("too many routes", reason);
        case Cause::AdministrativelyReset:
            return with_detail("reset by the operator", reason);
        case Cause::Restarting:
            return with_detail("restarting, and the peer keeps our routes", reason);
    }
    return "";
}

}  // namespace dyad::session
