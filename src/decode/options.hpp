#pragma once
#include <cstddef>
#include <optional>

namespace dyad::decode {

/// What the operator says where the input does not: it counts for all messages, OPENs or not.
struct Options {
    std::optional<std::size_t> as_octets;  ///< 2 or 4
    bool add_path = false;                 ///< IPv4 and IPv6 unicast carry path identifiers
    bool external = false;                 ///< judge as an eBGP neighbour would
};

}  // namespace dyad::decode
