#include <fmt/format.h>

#include "shell/demo_chapters.hpp"

/// Azure's limits: at them, below them, moved, and misunderstood.
namespace dyad::shell {

namespace limit_story {

namespace {

using namespace std::chrono_literals;

constexpr std::string_view kDrawing =
    R"(   LAN ── edge ═╦═ primary    192.168.15.16/30 ══ MSEE 1 ═╦═ Azure   3400 routes
                ╚═ secondary  192.168.15.20/30 ══ MSEE 2 ═╝

   Private peering, standard SKU: at the 4001st prefix each MSEE would end its session. Each counts.
)";
/// What the MSEE of the last chapter takes, and says in its Cease/1.
constexpr std::uint32_t kLess = 3'000;

struct Counted {
    std::uint64_t advertised = 0, withheld = 0;
    std::uint64_t at_msee[2]{};
    std::uint64_t trips = 0, sessions = 0;
};
Counted count(DemoStage& stage) {
    Counted counted;
    if (const auto both = stage.sessions()) {
        counted.advertised = (*both)[0].advertised;
        counted.withheld = (*both)[0].withheld;
    }
    for (std::size_t link = 0; link < 2; ++link) {
        const auto msee = stage.msee(link);
        if (!msee) continue;
        counted.at_msee[link] = msee->received;
        counted.trips += msee->limit_trips;
        counted.sessions += msee->times_established;
    }
    return counted;
}

bool both_hold(const Counted& counted, std::uint64_t advertised, std::uint64_t withheld) {
    return counted.advertised == advertised && counted.withheld == withheld && counted.at_msee[0] == advertised &&
           counted.at_msee[1] == advertised;
}

/// Does it, and waits until both MSEEs hold so many.
Verdict change(DemoStage& stage, std::uint64_t advertised, std::uint64_t withheld, const std::string& words) {
    const auto before = count(stage);
    const Watch watch{stage};
    if (!stage.reconfigure()) return {false, "the reload failed"};
    const bool there = stage.wait([&] { return both_hold(count(stage), advertised, withheld); }, kDemoPatience);
    const auto after = count(stage);
    const auto probes = watch.end();
    return {there && after.trips == before.trips && after.sessions == before.sessions && probes.lost == 0,
            fmt::format("{}: {} advertised, {} withheld; the MSEEs count {} and {}, sessions {}; {}", words,
                        after.advertised, after.withheld, after.at_msee[0], after.at_msee[1],
                        after.sessions == before.sessions ? "not reset" : "reset", lost(probes))};
}

Verdict a_place_becomes_free(DemoStage& stage) {
    auto& list = stage.config().advertise;
    list.erase(list.begin() + 5);
    return change(stage, kDemoLimit, kTooMany - 1, "one prefix less, the next takes its place");
}

/// In the order that Microsoft documents: first there, then here.
Verdict premium(DemoStage& stage) {
    for (std::size_t link = 0; link < 2; ++link) stage.tell_msee(link, "limit 10000");
    stage.config().sku = "premium";
    return change(stage, kDemoLimit + kTooMany - 1, 0, "premium, first there, then here");
}

Verdict standard_again(DemoStage& stage) {
    stage.config().sku = "standard";
    auto verdict = change(stage, kDemoLimit, kTooMany - 1, "standard, first here, then there");
    for (std::size_t link = 0; link < 2; ++link) stage.tell_msee(link, fmt::format("limit {}", kDemoLimit));
    verdict.held = verdict.held && stage.all_established();
    return verdict;
}

/// One of the two counts less than it should: its word is taken, and the other link carries everything meanwhile.
Verdict counts_less(DemoStage& stage) {
    const Watch watch{stage};
    const Stopwatch clock;
    stage.tell_msee(0, fmt::format("limit {}", kLess));
    const auto learned = [&] {
        const auto now = count(stage);
        return now.at_msee[0] == kLess - 1 && now.at_msee[1] == kLess - 1;
    };
    const bool back = stage.wait(learned, 90s) && stage.wait([&] { return whole(stage); }, kDemoPatience);
    const auto after = clock.seconds();
    const auto counted = count(stage);
    const auto probes = watch.end();
    return {back && counted.trips == 1 && counted.at_msee[0] == kLess - 1 && counted.at_msee[1] == kLess - 1 &&
                probes.lost == 0,
            fmt::format("Cease/1 of MSEE 1; back after {:.0f} s with {} prefixes, one less than it said; {}", after,
                        counted.at_msee[0], lost(probes))};
}

constexpr Chapter kChapters[] = {
    {"sessions up", sessions_up},
    {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic},
    {"7 prefixes too many", too_many_prefixes},
    {"a place becomes free", a_place_becomes_free},
    {"SKU raised to premium", premium},
    {"SKU lowered to standard", standard_again},
    {"a peer that counts less", counts_less},
};

}  // namespace

}  // namespace limit_story

constinit const Story kLimitStory{"limit", "the prefix limit: at it, freed, moved, misunderstood",
                                  limit_story::kDrawing,
                                  [] {
                                      return DemoSettings{.msee = {"--refuse", "5"}};
                                  },
                                  limit_story::kChapters};

}  // namespace dyad::shell
