#pragma once
#include <cstdint>

namespace dyad::shell {

/// Has the kernel drop, before they cost anything, those messages of the route and nexthop groups that tell of nothing
/// done to us: what `writer` (our own command socket's port) did, and others' routes, except those that replace one, which may
/// have been ours. False, with errno, where it cannot.
bool attach_watch_filter(int descriptor, std::uint32_t writer, std::uint8_t protocol);

}  // namespace dyad::shell
