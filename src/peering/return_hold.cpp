#include "peering/return_hold.hpp"

#include <algorithm>

namespace dyad::peering {

void ReturnHold::use(Instant now) {
    holds_ = false;
    used_ = true;
    used_since_ = now;
}

void ReturnHold::begin(Instant now, Duration hold) {
    holds_ = true;
    until_ = now + hold * (1u << std::min(flaps_, kMostDoublings));
}

void ReturnHold::lost(Instant now) {
    const bool soon = holds_ || (used_ && now < used_since_ + kSteady);
    flaps_ = soon ? std::min(flaps_ + 1, kMostDoublings) : 0;
    holds_ = used_ = false;
}

}  // namespace dyad::peering
