#pragma once
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "dyad/base/bytes.hpp"

namespace dyad {

/// Mixes two words into one in which every input bit reaches every output bit.
constexpr std::uint64_t hash_mix(std::uint64_t a, std::uint64_t b) {
    __extension__ using Wide = unsigned __int128;
    const auto product = static_cast<Wide>(a ^ 0x9e3779b97f4a7c15) * (b ^ 0xd6e8feb86659fd93);
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

/// A hash of octets, the same on every run: for tables, not against an adversary who knows the seed.
inline std::uint64_t hash_bytes(Bytes bytes, std::uint64_t seed = 0) {
    std::uint64_t hash = hash_mix(seed, bytes.size());
    while (bytes.size() >= 8) {
        std::uint64_t word;
        std::memcpy(&word, bytes.data(), 8);
        hash = hash_mix(hash, word);
        bytes = bytes.subspan(8);
    }
    std::uint64_t tail = 0;
    if (!bytes.empty()) std::memcpy(&tail, bytes.data(), bytes.size());
    return hash_mix(hash, tail);
}

}  // namespace dyad
