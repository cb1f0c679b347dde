#pragma once
#include <cstddef>
#include <optional>

#include "dyad/base/time.hpp"

namespace dyad::peering {

/// What one link of a pair has and the other has not.
struct OnlyHere {
    std::size_t first = 0, second = 0;
    bool any() const { return first + second > 0; }
    friend bool operator==(const OnlyHere&, const OnlyHere&) = default;
};

/// Whether the two links of a pair have the same prefixes (ExpressRoute facts F5.3, F2.16). One is always a little behind the
/// other; what lasts is worth a word, once.
class LinkDifference {
public:
    enum class News : unsigned char { None, Differ, Agree };

    /// They were compared. patience: how long they may differ.
    News note(Instant now, const OnlyHere& only, Duration patience);
    /// One of them is gone: nothing can be compared.
    void reset() { *this = {}; }

    const OnlyHere& only() const { return only_; }
    std::optional<Instant> since() const { return since_; }
    bool told() const { return told_; }
    /// When what differs has lasted too long.
    std::optional<Instant> due(Duration patience) const;

private:
    OnlyHere only_{};
    std::optional<Instant> since_{};
    bool told_ = false;
};

}  // namespace dyad::peering
