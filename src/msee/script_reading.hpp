#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "msee/script.hpp"
#include "msee/script_messages.hpp"

/// What a peer said, taken apart for scripts.
namespace dyad::msee {

/// One message as it came, header included.
struct HeardMessage {
    Octets whole;
    std::uint8_t type() const { return whole[18]; }
    Bytes body() const { return Bytes{whole}.subspan(19); }
};

/// What comes from a connection's octets.
class ScriptFramer {
public:
    /// Whole messages are taken off the front. False where the header is none: the marker, or a length below 19.
    bool take(Bytes octets, std::vector<HeardMessage>& out);

private:
    Octets pending_;
};

/// Codes of the capabilities in an OPEN's body.
std::vector<std::uint8_t> capabilities_of(Bytes open_body);

/// "NOTIFICATION 6/2 "maintenance"": one line for people.
std::string describe(const HeardMessage& message, AsWidth width);
/// The same for what a script expects.
std::string describe(const Expected& expected);

/// "" when it is what was expected, else what differs: "hold 180, not 90". A message of another kind differs, too.
std::string difference(const Expected& expected, const HeardMessage& message, AsWidth width);

}  // namespace dyad::msee
