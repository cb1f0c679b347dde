#include <fmt/format.h>

#include "shell/demo_chapters.hpp"

/// Microsoft peering: public addresses, route filters, and a limit of 200.
namespace dyad::shell {

namespace microsoft_story {

namespace {

constexpr std::string_view kDrawing =
    R"(   198.51.100.0/24 ── edge ═╦═ primary    203.0.113.16/30 ══ MSEE 1 ═╦═ Microsoft   800 routes
                            ╚═ secondary  203.0.113.20/30 ══ MSEE 2 ═╝

   Microsoft peering: nothing comes before a route filter is attached. 20.0.0.0/16 is of a region (12076:51004),
   20.1.0.0/24 of Exchange Online (12076:5010); probes go to both.
)";
constexpr std::uint64_t kOfExchange = 100, kOfBoth = 300;

DemoSettings settings() {
    DemoSettings settings;
    settings.shape.first_edge = Address::v4(0xcb007111);
    settings.shape.lan = Prefix{Address::v4(0xc6336400), 24};
    settings.shape.azure = {Prefix{Address::v4(0x14000000), 16}, Prefix{Address::v4(0x14010000), 24}};
    settings.config.kind = "microsoft";
    settings.config.advertise = {"198.51.100.0/24"};
    settings.routes = 800;
    settings.msee = {"--peering", "microsoft"};
    return settings;
}

/// Both sessions stand with so many routes each, and the kernel has them.
bool holds(DemoStage& stage, std::uint64_t routes) {
    const auto both = stage.sessions();
    return both && (*both)[0].established() && (*both)[1].established() && (*both)[0].received == routes &&
           (*both)[1].received == routes && stage.kernel().routes == routes;
}

std::uint64_t arrived(const Prober::Result& probes, std::size_t network) {
    std::uint64_t sum = 0;
    for (const auto count : probes.by_network[network]) sum += count;
    return sum;
}

std::uint64_t times_established(DemoStage& stage) {
    std::uint64_t sum = 0;
    for (std::size_t link = 0; link < 2; ++link)
        if (const auto msee = stage.msee(link)) sum += msee->times_established;
    return sum;
}

Verdict no_filter(DemoStage& stage) {
    const bool nothing = stage.wait([&] { return stage.all_established() && holds(stage, 0); }, kDemoPatience);
    stage.prober().start();
    const auto probes = probes_from_now(stage);
    return {nothing && probes.lost == probes.sent,
            fmt::format("Established, 0 routes, which is no fault; {} of {} probes lost", probes.lost, probes.sent)};
}

/// Changes the filter on both MSEEs and waits for so many routes.
Verdict filtered(DemoStage& stage, const std::string& filter, std::uint64_t routes, std::size_t networks) {
    const auto before = times_established(stage);
    for (std::size_t link = 0; link < 2; ++link) stage.tell_msee(link, "filter " + filter);
    const bool there = stage.wait([&] { return holds(stage, routes); }, kDemoPatience);
    probes_from_now(stage);  // the first of them wait for ARP
    const auto probes = probes_from_now(stage);
    const bool same = times_established(stage) == before;
    const auto region = arrived(probes, 0), exchange = arrived(probes, 1);
    const auto half = probes.sent / 2 - probes.sent / 20;
    return {there && same && (region >= half) == (networks > 1) && (exchange >= half) == (networks > 0) &&
                (networks > 1 || region == 0) && (networks > 0 || exchange == 0),
            fmt::format("{} routes, session {}; of {} probes {} reach Exchange, {} the region", routes,
                        same ? "not reset" : "reset", probes.sent, exchange, region)};
}

Verdict exchange(DemoStage& stage) { return filtered(stage, "12076:5010", kOfExchange, 1); }
Verdict region_too(DemoStage& stage) { return filtered(stage, "12076:5010 12076:51004", kOfBoth, 2); }
Verdict detached(DemoStage& stage) { return filtered(stage, "none", 0, 0); }

Verdict private_addresses(DemoStage& stage) {
    const auto before = stage.config();
    stage.config().advertise.emplace_back("10.1.0.0/16");
    const bool taken = stage.reconfigure();
    stage.config() = before;
    const auto msee = stage.msee(0);
    return {!taken && msee && msee->received == 1 && holds(stage, kOfBoth),
            fmt::format("a file that advertises 10.1.0.0/16 is {}; Microsoft has {} prefix of ours, as before",
                        taken ? "taken" : "refused", msee ? msee->received : 0)};
}

Verdict two_hundred(DemoStage& stage) {
    const auto before = times_established(stage);
    for (int i = 1; i <= 200; ++i) stage.config().advertise.push_back(fmt::format("198.51.100.{}/32", i));
    if (!stage.reconfigure()) return {false, "the reload failed"};
    const auto told = [&] {
        const auto both = stage.sessions();
        const auto one = stage.msee(0), two = stage.msee(1);
        return both && (*both)[0].withheld == 1 && one && two && one->received == 200 && two->received == 200;
    };
    const bool there = stage.wait(told, kDemoPatience);
    const auto probes = probes_from_now(stage);
    const auto msee = stage.msee(0);
    return {there && times_established(stage) == before && probes.lost == 0,
            fmt::format("of 201 prefixes the MSEE counts {}, session not reset; {}", msee ? msee->received : 0,
                        lost(probes))};
}

constexpr Chapter kChapters[] = {
    {"sessions up", sessions_up},         {"no route filter yet", no_filter},       {"filter: Exchange", exchange},
    {"filter: a region too", region_too}, {"private addresses", private_addresses}, {"the 201st prefix", two_hundred},
    {"filter detached", detached},
};

}  // namespace

}  // namespace microsoft_story

constinit const Story kMicrosoftStory{"microsoft", "Microsoft peering: route filters, public prefixes, 200 of them",
                                      microsoft_story::kDrawing, microsoft_story::settings, microsoft_story::kChapters};

}  // namespace dyad::shell
