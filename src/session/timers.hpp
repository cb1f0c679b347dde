#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>

#include "dyad/base/random.hpp"
#include "dyad/base/time.hpp"

namespace dyad::session {

/// RFC 4271 section 10: a base times a random factor between 0.75 and 1, drawn anew at each setting. Never for the
/// HoldTimer: that one the peer counts on.
inline Duration jittered(Duration base, Random& random) {
    const auto permille = static_cast<std::int64_t>(750 + random.below(251));
    return base / 1000 * permille;
}

/// The timers of one connection (RFC 4271 section 8); none while stopped.
struct Timers {
    std::optional<Instant> connect_retry;
    std::optional<Instant> delay_open;
    std::optional<Instant> keepalive;
    Duration keepalive_time{};
    /// Restarted with every message, so it is only noted when that was; the deadline follows from it when asked.
    Instant last_received{};
    Duration hold_time{};  ///< 0: none
    /// RFC 9687: runs while octets of ours wait to be sent, from the last that were.
    std::optional<Instant> send_hold;
    Duration send_hold_time{};  ///< 0: none

    std::optional<Instant> hold() const {
        if (hold_time == Duration::zero()) return std::nullopt;
        return last_received + hold_time;
    }
    std::optional<Instant> first() const {
        return earlier(earlier(connect_retry, delay_open), earlier(keepalive, earlier(hold(), send_hold)));
    }
};

/// Before the OPENs agree on one: RFC 4271 8.2.2 suggests four minutes.
inline constexpr Duration kLargeHoldTime = std::chrono::minutes{4};

/// DampPeerOscillations (RFC 4271 8.1.1): how long a peer that keeps failing is held in Idle.
class Damping {
public:
    /// Short enough not to be noticed after a single failure.
    static constexpr Duration kFirst = std::chrono::seconds{1};
    /// Long enough to spare both sides, short enough that a mended peer is back within a minute.
    static constexpr Duration kLongest = std::chrono::seconds{60};
    /// An Established session this old was a sound one: its end is the first failure of a new count.
    static constexpr Duration kSound = std::chrono::seconds{60};

    /// IdleHoldTime after one more failure: doubles from the first to the longest.
    Duration failed() {
        const Duration time = time_;
        time_ = std::min(time_ * 2, kLongest);
        return time;
    }
    void clear() { time_ = kFirst; }
    /// More than one failure in a row: the peer's calls are not taken either. After the first they are: who has just
    /// ended a session in order may be back at once, and some wait minutes after one refusal.
    bool repeated() const { return time_ > 2 * kFirst; }

private:
    Duration time_ = kFirst;
};

}  // namespace dyad::session
