#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/bfd/bfd.hpp"

namespace dyad::bfd {

/// Why a packet was not received (RFC 5880 section 6.8.6, RFC 5881 section 5), in the order in which it is asked.
enum class Discard : std::uint8_t {
    Version,
    Length,  ///< less than the header needs, or more than came
    ZeroMultiplier,
    Multipoint,
    ZeroMyDiscriminator,
    NoSession,
    ZeroYourDiscriminator,  ///< in a state that has heard us
    WrongPath,              ///< another interface or port than the session's
    LowTtl,
    UnexpectedAuthentication,
    MissingAuthentication,
    WrongAuthentication,  ///< type, key or digest
    Replayed,             ///< outside the window of sequence numbers
    WeAreAdminDown,
};
inline constexpr std::size_t kDiscards = 14;
/// In words: "the TTL is not 255".
std::string_view to_string(Discard discard);

/// A control packet (RFC 5880 section 4.1). What has one value here stands in no field: version 1, M clear.
struct Packet {
    Diagnostic diagnostic = Diagnostic::None;
    State state = State::Down;
    bool poll = false;
    bool final = false;
    bool control_plane_independent = false;
    bool authentication_present = false;
    bool demand = false;
    std::uint8_t detect_multiplier = 3;
    std::uint32_t my_discriminator = 0;
    std::uint32_t your_discriminator = 0;
    std::chrono::microseconds desired_min_tx{};
    std::chrono::microseconds required_min_rx{};
    std::chrono::microseconds required_min_echo_rx{};
    friend bool operator==(const Packet&, const Packet&) = default;
};

inline constexpr std::size_t kHeaderOctets = 24;

/// A packet whose fields are right in themselves, and the octets that its Length field covers.
struct Decoded {
    Packet packet;
    Bytes octets;
};
/// payload: of the UDP datagram. May be longer than the packet.
std::expected<Decoded, Discard> decode(Bytes payload);
/// The header. Where authentication_present, its section is still to be appended: sign().
std::vector<std::uint8_t> encode(const Packet& packet);

}  // namespace dyad::bfd
