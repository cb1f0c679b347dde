#include <fmt/format.h>

#include <array>

#include "shell/demo_chapters.hpp"

namespace dyad::shell {

namespace {

constexpr std::string_view kPairAndVpn =
    R"(   LAN ── edge ═╦═ primary    192.168.15.16/30 ══ MSEE 1 ═╦═ Azure   3400 routes
                ╠═ secondary  192.168.15.20/30 ══ MSEE 2 ═╣
                ╚─ VPN        10.255.0.0/30 ──── gateway ─╝
)";
constexpr std::string_view kPair =
    R"(   LAN ── edge ═╦═ primary    192.168.15.16/30 ══ MSEE 1 ═╦═ Azure   3400 routes
                ╚═ secondary  192.168.15.20/30 ══ MSEE 2 ═╝
)";

constexpr Chapter kTour[] = {
    {"sessions up", sessions_up},
    {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic},
    {"primary link cut", link_cut},
    {"link mended", link_back},
    {"silent loss on primary", silent_loss},
    {"maintenance on MSEE 1", maintenance_nine},
    {"session reset by MSEE 1", reset_by_msee},
    {"MSEE 2 killed", msee_killed},
    {"VPN beside the pair", vpn_beside},
    {"both links cut", both_links_cut},
    {"both links mended", both_links_back},
    {"7 prefixes too many", too_many_prefixes},
    {"daemon killed (SIGKILL)", daemon_killed},
};

constexpr Chapter kCircuit[] = {
    {"sessions up", sessions_up},
    {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic},
    {"primary link cut", link_cut},
    {"link mended", link_back},
    {"silent loss on primary", silent_loss},
    {"session reset by MSEE 1", reset_by_msee},
    {"MSEE 2 killed", msee_killed},
    {"daemon killed (SIGKILL)", daemon_killed},
};

/// Azure's own reset of a peering: both sessions at once (ExpressRoute fact F1.27).
Verdict peering_reset(DemoStage& stage) {
    const Watch watch{stage};
    for (std::size_t link = 0; link < 2; ++link) stage.tell_msee(link, "disable reset of the peering");
    const bool round = stage.wait([&] { return stage.on_backup(); }, kDemoPatience);
    const auto meanwhile = probes_from_now(stage);
    for (std::size_t link = 0; link < 2; ++link) stage.tell_msee(link, "enable");
    const bool back = stage.wait([&] { return whole(stage) && !stage.on_backup(); }, kDemoPatience);
    const auto probes = watch.end();
    return {round && back && meanwhile.by_link[Prober::kVpn] == meanwhile.sent && probes.lost == 0,
            fmt::format("{}; both sessions ended with Cease/2, {} of {} probes by the VPN meanwhile", lost(probes),
                        meanwhile.by_link[Prober::kVpn], meanwhile.sent)};
}

constexpr Chapter kVpn[] = {
    {"sessions up", sessions_up},
    {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic},
    {"VPN beside the pair", vpn_beside},
    {"both links cut", both_links_cut},
    {"both links mended", both_links_back},
    {"peering reset by Azure", peering_reset},
};

}  // namespace

constinit const Story kTourStory{"tour", "an ExpressRoute circuit, a bit of everything", kPairAndVpn,
                                 [] { return DemoSettings{}; }, kTour};
constinit const Story kCircuitStory{"circuit", "one circuit, and what can break in it", kPair,
                                    [] { return DemoSettings{}; }, kCircuit};
constinit const Story kVpnStory{"vpn", "both links lost: the way round by a VPN, and back", kPairAndVpn,
                                [] { return DemoSettings{}; }, kVpn};

std::span<const Story> demo_stories() {
    static const std::array kAll{kTourStory,  kCircuitStory, kPairOfRoutersStory, kMicrosoftStory,   kMaintenanceStory,
                                 kLimitStory, kVpnStory,     kFirewallStory,      kTwoCircuitsStory, kDrillStory};
    return kAll;
}

}  // namespace dyad::shell
