#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace dyad::sim {

struct Outcome {
    std::uint64_t digest = 0;
    std::size_t turns = 0;
    std::size_t acts = 0;
    std::vector<std::string> broken;
};

/// Canary: with a kernel that lies, which must be noticed.
enum class Kernel : std::uint8_t { Honest, Lies };
/// A whole pair, kill -9 and a restart, in peace: not one route may be written.
Outcome tell_restart(std::uint64_t seed);
/// A whole pair with a tunnel beside it loses both links, in one of several ways and now and then with nobody there: traffic
/// goes by the tunnel without a route being written, and returns.
Outcome tell_way_round(std::uint64_t seed);

/// The pair, and what befalls it, are drawn from the seed: IPv4, IPv6 or IPv4 by IPv6 next hops, with a preferred link or not, a way
/// round, BFD, graceful restart, nexthop groups or plain routes; carriers, addresses and interfaces lost, BFD failing alone, peers
/// that reset, drop, fall silent or do not read (send hold), flaps, maintenance, drains, reloads, kill -9; a kernel that refuses
/// (ENOMEM, ENOBUFS, ENETUNREACH ...) or whose answers or news are lost; others that delete, replace, flush or stand in front of what
/// is ours. In between the invariants are checked; at the end all is made whole, and everything must be as if nothing had happened.
Outcome tell(std::uint64_t seed, Kernel kernel = Kernel::Honest);

}  // namespace dyad::sim
