#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "dyad/base/hash.hpp"
#include "story.hpp"

/// sim FIRST COUNT [canary]: tells that many stories from consecutive seeds, names each that breaks an invariant, and ends with
/// one digest over all: it must be the same for every compiler and every run.
int main(int argc, char** argv) {
    const auto first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const auto count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
    const auto kernel =
        argc > 3 && std::strcmp(argv[3], "canary") == 0 ? dyad::sim::Kernel::Lies : dyad::sim::Kernel::Honest;
    std::uint64_t digest = 0;
    std::size_t turns = 0, acts = 0, failures = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        if (count == 1) std::printf("seed %llu\n", seed);
        std::fflush(stdout);
        auto outcome = dyad::sim::tell(seed, kernel);
        for (auto& broken : dyad::sim::tell_restart(seed).broken) outcome.broken.push_back(std::move(broken));
        const auto round = dyad::sim::tell_way_round(seed);
        for (const auto& broken : round.broken) outcome.broken.push_back(broken);
        digest = dyad::hash_mix(digest, round.digest);
        digest = dyad::hash_mix(digest, outcome.digest);
        turns += outcome.turns;
        acts += outcome.acts;
        if (outcome.broken.empty()) continue;
        ++failures;
        std::printf("seed %llu broke %zu invariants:\n", seed, outcome.broken.size());
        for (std::size_t i = 0; i < outcome.broken.size() && i < 5; ++i)
            std::printf("  %s\n", outcome.broken[i].c_str());
    }
    std::printf("%llu stories, %zu acts, %zu turns, %zu broken, digest %016llx\n",
                static_cast<unsigned long long>(count), acts, turns, failures, static_cast<unsigned long long>(digest));
    return failures == 0 ? 0 : 1;
}
