#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>

#include "dyad/base/time.hpp"

namespace dyad::peering {

/// Before it works on an MSEE, Microsoft puts its AS eight times more in front of all that this MSEE tells (ExpressRoute fact
/// F5.6; eight or nine in all, its words do not say). Recognised by what only that looks like: nine of ten prefixes with an AS that
/// stands there four times more than once. It is over when most are as they were, and lasts while the session is down, which the
/// work itself may cost.
class Maintenance {
public:
    enum class News : std::uint8_t { None, Suspected, Over };

    /// prolonged: of so many accepted routes; both 0 while there are none.
    News note(Instant now, std::size_t prolonged, std::size_t accepted);

    bool suspected() const { return since_.has_value(); }
    /// When it began; of the last one, when it is over.
    std::optional<Instant> since() const { return since_; }
    /// Of the one that is over.
    Duration lasted() const { return lasted_; }

private:
    std::optional<Instant> since_{};
    Duration lasted_{};
};

}  // namespace dyad::peering
