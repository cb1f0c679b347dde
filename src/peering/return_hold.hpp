#pragma once
#include <cstdint>

#include "dyad/base/time.hpp"

namespace dyad::peering {

/// A link that is lost sooner than this after traffic went back to it flaps.
inline constexpr Duration kSteady = std::chrono::minutes{2};
/// Its hold is doubled so often at most: ten seconds become five minutes.
inline constexpr std::uint32_t kMostDoublings = 5;

/// When traffic returns to a link from what stood in for it: not before it has stood for a while, and for longer each time it
/// flapped. What stands in works; whoever returns too early loses packets twice.
class ReturnHold {
public:
    /// Its session stands, and nothing stands in for it: used at once.
    void use(Instant now);
    /// Its session stands, and something stands in for it.
    void begin(Instant now, Duration hold);
    void lost(Instant now);

    bool holds() const { return holds_; }
    bool over(Instant now) const { return now >= until_; }
    Instant until() const { return until_; }
    std::uint32_t flaps() const { return flaps_; }

private:
    bool holds_ = false;
    bool used_ = false;
    Instant until_{};
    Instant used_since_{};
    std::uint32_t flaps_ = 0;  ///< in a row
};

}  // namespace dyad::peering
