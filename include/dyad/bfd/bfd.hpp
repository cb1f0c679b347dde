#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/base/time.hpp"
#include "dyad/net/address.hpp"

/// Bidirectional Forwarding Detection (RFC 5880, 5881, 5883), asynchronous mode: what its owner wants of it and hears
/// from it. The machines are in src/bfd. A driver runs them, in production on a thread of its own.
namespace dyad::bfd {

/// bfd.SessionState, with its number on the wire (RFC 5880 section 4.1).
enum class State : std::uint8_t { AdminDown, Down, Init, Up };
/// "AdminDown", "Down", "Init", "Up".
std::string_view to_string(State state);

/// Why the state last changed. 9 to 31 are unassigned: a peer may send them, and they are kept as they are.
enum class Diagnostic : std::uint8_t {
    None,
    DetectionTimeExpired,
    EchoFailed,
    NeighborSignaledDown,
    ForwardingPlaneReset,
    PathDown,
    ConcatenatedPathDown,
    AdministrativelyDown,
    ReverseConcatenatedPathDown,
};
/// In words: "control detection time expired".
std::string_view to_string(Diagnostic diagnostic);

/// RFC 5880 section 4.4. The key itself never travels.
enum class KeyType : std::uint8_t { KeyedSha1 = 4, MeticulousKeyedSha1 = 5 };
struct Key {
    KeyType type = KeyType::MeticulousKeyedSha1;
    std::uint8_t id = 1;
    std::string secret;  ///< of which 20 octets count
    friend bool operator==(const Key&, const Key&) = default;
};

/// The passive one says nothing until it has heard the peer (RFC 5880 section 6.1). Single hop: both are active.
enum class Role : std::uint8_t { Active, Passive };

struct Parameters {
    std::chrono::microseconds transmit{300'000};  ///< bfd.DesiredMinTxInterval, while the session is Up
    std::chrono::microseconds receive{300'000};   ///< bfd.RequiredMinRxInterval
    std::uint8_t multiplier = 3;                  ///< bfd.DetectMult, at least 1
    Role role = Role::Active;
    std::optional<Key> key{};
    friend bool operator==(const Parameters&, const Parameters&) = default;
};

/// Single: port 3784, TTL 255, bound to an interface (RFC 5881). Multi: port 4784 (RFC 5883).
enum class Hops : std::uint8_t { Single, Multi };
/// Between whom.
struct Path {
    Hops hops = Hops::Single;
    std::optional<Address> local{};     ///< nothing: the kernel's choice
    Address peer;
    std::string interface{};            ///< "" for none
    std::uint32_t interface_index = 0;  ///< 0: packets may come in anywhere
    friend bool operator==(const Path&, const Path&) = default;
};

/// A session that is to be.
struct Wanted {
    BfdSessionId id;
    Path path;
    Parameters parameters;
    friend bool operator==(const Wanted&, const Wanted&) = default;
};

/// A change of bfd.SessionState.
struct Change {
    State before = State::Down;
    State after = State::Down;
    Diagnostic diagnostic = Diagnostic::None;  ///< bfd.LocalDiag
    State remote = State::Down;                ///< as last heard, and why
    Diagnostic remote_diagnostic = Diagnostic::None;
    friend bool operator==(const Change&, const Change&) = default;
};
/// The peer is Down and knows no reason: it has begun anew, and its packets arrive.
constexpr bool means_peer_restart(const Change& change) {
    return change.diagnostic == Diagnostic::NeighborSignaledDown && change.remote_diagnostic == Diagnostic::None;
}
/// A client is to act: the session was Up and is Down. Neither side's AdminDown says anything of the path (RFC 5882
/// sections 3.2 and 4.2), nor does a BFD process that lost its state (3.3).
constexpr bool means_path_failure(const Change& change) {
    return change.before == State::Up && change.after == State::Down && change.remote != State::AdminDown &&
           !means_peer_restart(change);
}

/// How a session stands, for display.
struct Facts {
    State state = State::Down;
    State remote_state = State::Down;
    Diagnostic diagnostic = Diagnostic::None;
    Diagnostic remote_diagnostic = Diagnostic::None;
    std::uint32_t local_discriminator = 0;
    std::uint32_t remote_discriminator = 0;         ///< 0: nothing heard lately
    std::chrono::microseconds transmit_interval{};  ///< agreed, before jitter
    std::chrono::microseconds receive_interval{};   ///< agreed; 0 while nothing is heard
    std::chrono::microseconds detection_time{};     ///< 0 while nothing is heard
    std::uint8_t remote_multiplier = 0;
    std::optional<Instant> since{};                  ///< the last change of state
    std::uint64_t sent = 0, received = 0, discarded = 0;
    std::uint64_t times_up = 0;
    friend bool operator==(const Facts&, const Facts&) = default;
};

}  // namespace dyad::bfd
