#include "peering/maintenance.hpp"

#include <utility>

namespace dyad::peering {

Maintenance::News Maintenance::note(Instant now, std::size_t prolonged, std::size_t accepted) {
    if (accepted == 0) return News::None;
    if (!since_ && prolonged * 10 >= accepted * 9) {
        since_ = now;
        return News::Suspected;
    }
    if (since_ && prolonged * 2 < accepted) {
        lasted_ = now - *std::exchange(since_, std::nullopt);
        return News::Over;
    }
    return News::None;
}

}  // namespace dyad::peering
