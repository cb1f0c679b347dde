#include "route/octet_store.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::route;

TEST_CASE("runs of every size keep their octets while others come and go") {
    struct Run {
        OctetStore::Place place;
        std::vector<std::uint8_t> octets;
    };
    OctetStore store;
    Random random{3};
    std::vector<Run> runs;
    for (int step = 0; step < 3000; ++step) {
        if (runs.empty() || random.below(3) > 0) {
            const auto size = random.below(random.below(20) == 0 ? OctetStore::kPageOctets + 1 : 700);
            std::vector<std::uint8_t> octets(size, static_cast<std::uint8_t>(step));
            const auto half = random.below(size + 1);
            runs.push_back({store.add(Bytes{octets}.first(half), Bytes{octets}.subspan(half)), octets});
        } else {
            const auto victim = random.below(runs.size());
            store.remove(runs[victim].place, runs[victim].octets.size());
            runs[victim] = runs.back();
            runs.pop_back();
        }
        if (runs.empty()) continue;
        const auto& run = runs[random.below(runs.size())];
        REQUIRE(std::ranges::equal(store.at(run.place, run.octets.size()), run.octets));
    }
    for (const auto& run : runs) CHECK(std::ranges::equal(store.at(run.place, run.octets.size()), run.octets));
    for (const auto& run : runs) store.remove(run.place, run.octets.size());
    CHECK(store.memory_octets() == 0);
}
