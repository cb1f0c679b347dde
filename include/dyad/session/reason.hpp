#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "dyad/base/time.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::session {

/// What a driver can see beside the errno when a TCP attempt fails.
enum class ConnectHint : std::uint8_t { None, Md5WrongKey, Md5PeerSendsNone, Md5WeHaveNone };

/// Why a session is not Established, or stopped being it. Each has one sentence: describe().
enum class Cause : std::uint8_t {
    NeverStarted,
    AdministrativelyDown,     ///< `enabled = false`, stop, shutdown
    LinkDown,                 ///< the interface has no carrier, is down or is missing
    AddressMissing,           ///< our address is not on the interface
    Connecting,               ///< first attempts are under way
    WaitingForPeer,           ///< passive, and nobody called
    ConnectRefused,
    ConnectTimedOut,
    ConnectFailed,            ///< any other errno
    Md5Mismatch,              ///< TCP attempt dropped over its MD5 signature (RFC 2385)
    NoOpenReceived,           ///< TCP is up, the peer has not said OPEN
    NoKeepaliveReceived,      ///< OPENs exchanged, the peer's KEEPALIVE is awaited
    WrongPeerAs,              ///< OPEN with another AS than configured
    PeerClosed,               ///< TCP closed or reset by the peer without a NOTIFICATION
    HoldTimerExpired,
    BfdDown,                  ///< the path failed (RFC 9384); or `bfd.strict`, and BFD is not up
    SendHoldTimerExpired,     ///< the peer takes nothing any more (RFC 9687)
    PeerRestarted,            ///< it opened a new connection beside the Established one (RFC 4724 section 5)
    NotificationReceived,
    NotificationSent,
    CollisionLost,
    ConfigurationChanged,
    PrefixLimit,              ///< it told more routes than `limits.receive` allows
    AdministrativelyReset,    ///< the operator's `reset`
    Restarting,               ///< we are about to restart, and the peer keeps our routes meanwhile
};

struct Reason {
    Cause cause = Cause::NeverStarted;
    std::optional<wire::Notification> notification;  ///< sent or received, where there was one
    bool received = false;                           ///< the notification came from the peer
    int error = 0;                                   ///< errno, where TCP had one
    std::optional<Asn> offered_as;                   ///< WrongPeerAs: what the OPEN said
    std::optional<Asn> configured_as;
    std::optional<Duration> since;                   ///< how long it has been so, where that matters
    std::string detail;                              ///< further words: what was malformed, the operator's text, an interface

    friend bool operator==(const Reason&, const Reason&) = default;
};

/// Snake-case name for JSON and events: "wrong_peer_as".
std::string_view to_string(Cause cause);
/// One sentence for a human, without a full stop: "the peer's AS is 8075, 12076 is configured".
std::string describe(const Reason& reason);

}  // namespace dyad::session
