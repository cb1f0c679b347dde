#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dyad/base/time.hpp"

namespace dyad::peering {

/// The first pause after a peer counted too many prefixes, and the longest (ExpressRoute requirement 26): whoever comes back
/// at once trips again, whoever waits for an hour makes a short outage a long one.
inline constexpr Duration kFirstPause = std::chrono::seconds{30};
inline constexpr Duration kLongestPause = std::chrono::minutes{15};
/// A session that has stood for so long was taken: what comes after is another episode.
inline constexpr Duration kTaken = std::chrono::minutes{15};

/// How long a neighbour is left alone that ended the session for too many prefixes (Cease/1, RFC 4486): longer each time
/// that it does so again, or refuses us meanwhile.
class TripPause {
public:
    /// The session ended so, after it had stood for that long.
    Duration tripped(Duration was_up);
    /// An attempt to come back failed.
    Duration refused();
    /// It is taken, or an operator has his way.
    void over() { *this = {}; }
    bool running() const { return pause_ > Duration{0}; }
    std::uint32_t attempts() const { return attempts_; }

private:
    Duration pause_{};
    std::uint32_t attempts_ = 0;
};

/// What a peer's Cease/1 teaches: the limit that it seems to count by is not ours. Stays until an operator clears it, or the
/// configured limit changes.
struct LearnedLimit {
    std::size_t limit = 0;        ///< ours from now on: one less than the peer's
    std::size_t peers_limit = 0;  ///< as told, or as guessed
    bool told = false;            ///< by the data of its NOTIFICATION
    std::size_t had = 0;          ///< what we had advertised then
    std::uint32_t trips = 1;
    friend bool operator==(const LearnedLimit&, const LearnedLimit&) = default;
};
LearnedLimit learn(const std::optional<LearnedLimit>& before, std::optional<std::size_t> told, std::size_t had);

}  // namespace dyad::peering
