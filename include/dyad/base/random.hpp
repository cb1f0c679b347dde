#pragma once
#include <cstdint>

namespace dyad {

/// A seeded stream of numbers, the same on every compiler (SplitMix64; Steele, Lea, Flood 2014).
/// Draw once a statement: the order in which arguments are evaluated differs between compilers.
class Random {
public:
    explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15;
        auto z = state_;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }
    /// Uniform enough in [0, bound); bound > 0.
    constexpr std::uint64_t below(std::uint64_t bound) { return next() % bound; }

private:
    std::uint64_t state_;
};

}  // namespace dyad
