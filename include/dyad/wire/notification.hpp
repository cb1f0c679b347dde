#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/bytes.hpp"

namespace dyad::wire {

/// RFC 4271 4.5; RFC 7313 for 7, RFC 9687 for 8.
enum class ErrorCode : std::uint8_t {
    MessageHeader = 1,
    OpenMessage = 2,
    UpdateMessage = 3,
    HoldTimerExpired = 4,
    FiniteStateMachine = 5,
    Cease = 6,
    RouteRefreshMessage = 7,
    SendHoldTimerExpired = 8,
};

/// Subcodes by the RFC that names them; each belongs to the error code in its name.
namespace subcode {
// RFC 4271 6.1
inline constexpr std::uint8_t kConnectionNotSynchronized = 1, kBadMessageLength = 2, kBadMessageType = 3;
// RFC 4271 6.2, RFC 5492 section 5, RFC 9234 section 4.2
inline constexpr std::uint8_t kUnsupportedVersion = 1, kBadPeerAs = 2, kBadBgpIdentifier = 3,
                              kUnsupportedOptionalParameter = 4, kUnacceptableHoldTime = 6, kUnsupportedCapability = 7,
                              kRoleMismatch = 11;
// RFC 4271 6.3
inline constexpr std::uint8_t kMalformedAttributeList = 1, kUnrecognizedWellKnown = 2, kMissingWellKnown = 3,
                              kAttributeFlags = 4, kAttributeLength = 5, kInvalidOrigin = 6, kInvalidNextHop = 8,
                              kOptionalAttribute = 9, kInvalidNetworkField = 10, kMalformedAsPath = 11;
// RFC 6608: the state in which an unexpected message came
inline constexpr std::uint8_t kUnexpectedInOpenSent = 1, kUnexpectedInOpenConfirm = 2, kUnexpectedInEstablished = 3;
// RFC 4486, RFC 8538, RFC 9384
inline constexpr std::uint8_t kMaximumPrefixes = 1, kAdministrativeShutdown = 2, kPeerDeconfigured = 3,
                              kAdministrativeReset = 4, kConnectionRejected = 5, kOtherConfigurationChange = 6,
                              kCollisionResolution = 7, kOutOfResources = 8, kHardReset = 9, kBfdDown = 10;
// RFC 7313 section 5
inline constexpr std::uint8_t kInvalidMessageLength = 1;
}  // namespace subcode

/// A NOTIFICATION: what is sent, or was received, before a connection closes.
struct Notification {
    ErrorCode code{};
    std::uint8_t subcode = 0;
    std::vector<std::uint8_t> data;

    friend bool operator==(const Notification&, const Notification&) = default;
    /// "Cease/Administrative Shutdown", "OPEN Message Error/Bad Peer AS": the IANA names, with numbers for unknown ones.
    std::string to_string() const;
};

/// Body of a NOTIFICATION. A body of fewer than two octets is a Bad Message Length (RFC 4271 6.1).
std::expected<Notification, Notification> decode_notification(Bytes body);
/// The whole message; data beyond what fits in 4,096 octets is cut.
std::vector<std::uint8_t> encode_notification(const Notification& notification);

/// RFC 9003 section 2: the length is one octet.
inline constexpr std::size_t kMaxShutdownTextOctets = 255;
/// RFC 9003: the human words in a Cease/2 or Cease/4, or "" if there are none (or they are not whole).
std::string shutdown_text(const Notification& notification);
/// RFC 9003: a Cease with the operator's words, cut to that many octets at a character's border.
Notification cease(std::uint8_t subcode, const std::string& text = "");

/// RFC 8538 section 3: a Hard Reset, with what is to be said inside.
Notification hard_reset(const Notification& inside);
/// What a Hard Reset has inside; nothing for any other NOTIFICATION, and for one without even a code and subcode.
std::optional<Notification> inside_hard_reset(const Notification& notification);

/// RFC 4486 section 4: the upper bound that a Maximum Number of Prefixes Reached may name.
struct PrefixLimit {
    std::uint16_t afi = 0;
    std::uint8_t safi = 0;
    std::uint32_t limit = 0;
    friend bool operator==(const PrefixLimit&, const PrefixLimit&) = default;
};
/// Nothing where the data is absent or not that; nothing for any other NOTIFICATION.
std::optional<PrefixLimit> prefix_limit(const Notification& notification);

}  // namespace dyad::wire
