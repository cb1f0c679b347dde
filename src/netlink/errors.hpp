#pragma once
#include <string>

namespace dyad::netlink {

/// What an errno of the kernel's says of a route or nexthop, in a few words; "errno 5" for one that it never gives for these.
std::string error_words(int error);

}  // namespace dyad::netlink
