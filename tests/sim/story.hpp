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

/// What befalls the pair is drawn from the seed: links cut, sessions reset, silence, flaps, reloads, kill -9. In between
/// the invariants are checked; at the end all is made whole, and everything must be as if nothing had happened.
/// Canary: with a kernel that lies, which must be noticed.
enum class Kernel : std::uint8_t { Honest, Lies };
/// A whole pair, kill -9 and a restart, in peace: not one route may be written.
Outcome tell_restart(std::uint64_t seed);
/// A whole pair with a tunnel beside it loses both links, in one of several ways and now and then with nobody there: traffic
/// goes by the tunnel without a route being written, and returns.
Outcome tell_way_round(std::uint64_t seed);

Outcome tell(std::uint64_t seed, Kernel kernel = Kernel::Honest);

}  // namespace dyad::sim
