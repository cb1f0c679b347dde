#pragma once
#include <cstdint>

namespace dyad::shell {

/// What our routes have in common.
struct WatchedRoutes {
    std::uint8_t protocol = 0;
    std::uint32_t table = 0;
    std::uint32_t metric = 0;
    friend bool operator==(const WatchedRoutes&, const WatchedRoutes&) = default;
};

/// Has the kernel drop, before they cost anything, those messages of the route and nexthop groups that tell of nothing
/// done to us: what `writer` (our own command socket's port) did, and others' routes, except those of our table and metric,
/// which may stand in the place of ours or in front of it. False, with errno, where it cannot. May be called again.
bool attach_watch_filter(int descriptor, std::uint32_t writer, const WatchedRoutes& ours);

}  // namespace dyad::shell
