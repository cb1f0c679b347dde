#include "peering/link_difference.hpp"

#include <utility>

namespace dyad::peering {

LinkDifference::News LinkDifference::note(Instant now, const OnlyHere& only, Duration patience) {
    only_ = only;
    if (!only.any()) {
        since_.reset();
        return std::exchange(told_, false) ? News::Agree : News::None;
    }
    if (!since_) since_ = now;
    if (told_ || now - *since_ < patience) return News::None;
    told_ = true;
    return News::Differ;
}

std::optional<Instant> LinkDifference::due(Duration patience) const {
    if (!since_ || told_) return std::nullopt;
    return *since_ + patience;
}

}  // namespace dyad::peering
