#include <fmt/format.h>

#include "shell/demo_chapters.hpp"

/// Two circuits to two regions: each carries the traffic of its own, either stands in for the other, and neither hears of the other.
namespace dyad::shell {

namespace two_circuits_story {

namespace {

constexpr std::string_view kDrawing =
    R"(   LAN ── edge ═╦═ er-demo  primary, secondary    192.168.15.16/29 ══ MSEE 1, 2 ═╦═ 10.64.0.0/16   East US (12076:50004)
                ╚═ er-west  primary, secondary    192.168.15.24/29 ══ MSEE 3, 4 ═╩═ 10.96.0.0/16   West US (12076:50006)

   All four MSEEs announce both regions. A line of configuration each prefers the near circuit by its community.
)";
constexpr std::string_view kCommunity[] = {"12076:50004", "12076:50006"};
constexpr std::string_view kRegion[] = {"10.64.0.0/16", "10.96.0.0/16"};

constexpr std::string_view kWest = R"(
[[circuit]]
name = "er-west"
sku  = "standard"

[circuit.private]
subnet    = "192.168.15.24/29"
advertise = ["10.1.0.0/16"]
primary   = { interface = "er3" }
secondary = { interface = "er4" }
bfd       = true
communities_in = [{ match = "12076:50006", local_preference = 120 }]
)";

DemoSettings settings() {
    DemoSettings settings;
    settings.shape.links = 4;
    settings.shape.azure = {*Prefix::parse(kRegion[0]), *Prefix::parse(kRegion[1])};
    settings.routes = 0;
    settings.config.lines = "communities_in = [{ match = \"12076:50004\", local_preference = 120 }]\n";
    settings.config.tail = kWest;
    return settings;
}

/// By one of the circuit's two links.
std::uint64_t by_circuit(const Prober::Result& probes, std::size_t network, std::size_t circuit) {
    return probes.by_network[network][2 * circuit] + probes.by_network[network][2 * circuit + 1];
}

bool both_groups(DemoStage& stage) {
    const auto kernel = stage.kernel();
    return stage.all_established() && kernel.routes == 2 && kernel.members() == 4;
}

Verdict four_sessions(DemoStage& stage) {
    for (std::size_t link = 0; link < 4; ++link)
        for (std::size_t region = 0; region < 2; ++region)
            stage.tell_msee(link, fmt::format("announce {} community {}", kRegion[region], kCommunity[region]));
    const Stopwatch clock;
    stage.start_daemon();
    const bool up = stage.wait([&] { return both_groups(stage); }, kDemoPatience);
    return {up,
            fmt::format("four sessions Established and both regions in the kernel {:.1f} s after the daemon's start",
                        clock.seconds())};
}

Verdict each_its_region(DemoStage& stage) {
    stage.prober().start();
    probes_from_now(stage);
    const auto probes = probes_from_now(stage);
    const auto east = by_circuit(probes, 0, 0), west = by_circuit(probes, 1, 1);
    return {probes.lost == 0 && east + west == probes.sent && east > 0 && west > 0,
            fmt::format("{}; {} to the east by er-demo, {} to the west by er-west, {} the long way", lost(probes), east,
                        west, probes.sent - probes.lost - east - west)};
}

/// What one circuit teaches never reaches the other: it would be a transit, and count against the limit.
Verdict no_leak(DemoStage& stage) {
    stage.tell_msee(0, "announce 10.70.0.0/16 path 64999 community 12076:50004");
    const bool learned = stage.wait([&] { return stage.kernel().routes == 3; }, kDemoPatience);
    stage.pause(kAftermath);
    std::uint64_t most = 0;
    for (std::size_t link = 0; link < 4; ++link)
        if (const auto msee = stage.msee(link)) most = std::max(most, msee->received);
    stage.tell_msee(0, "withdraw 10.70.0.0/16");
    const bool gone = stage.wait([&] { return both_groups(stage); }, kDemoPatience);
    return {learned && gone && most == 1,
            fmt::format("a prefix that only MSEE 1 has is learned; each of the four MSEEs has {} prefix of us, our own",
                        most)};
}

Verdict a_circuit_lost(DemoStage& stage) {
    const Watch watch{stage};
    for (std::size_t link = 0; link < 2; ++link) stage.lab().cut_link(link);
    const bool round = stage.wait(
        [&] {
            const auto kernel = stage.kernel();
            return kernel.routes == 2 && kernel.members() == 2;
        },
        kDemoPatience);
    const auto meanwhile = probes_from_now(stage);
    const auto probes = watch.end();
    const auto east = by_circuit(meanwhile, 0, 1);
    return {round && probes.lost <= 2 * kMayBeLostInACable && meanwhile.lost == 0 && east > 0,
            fmt::format("{}; {} probes to the east go by er-west", lost(probes), east)};
}

Verdict circuit_back(DemoStage& stage) {
    const Watch watch{stage};
    const Stopwatch clock;
    for (std::size_t link = 0; link < 2; ++link) stage.lab().mend_link(link);
    const bool back = stage.wait([&] { return both_groups(stage); }, kDemoPatience);
    const auto after = clock.seconds();
    const auto probes = watch.end();
    const auto now = probes_from_now(stage);
    return {back && probes.lost == 0 && by_circuit(now, 0, 1) == 0,
            fmt::format("{}; back after {:.1f} s, the east by er-demo again", lost(probes), after)};
}

constexpr Chapter kChapters[] = {
    {"four sessions up", four_sessions},      {"each its own region", each_its_region}, {"nothing leaks", no_leak},
    {"a whole circuit lost", a_circuit_lost}, {"circuit mended", circuit_back},
};

}  // namespace

}  // namespace two_circuits_story

constinit const Story kTwoCircuitsStory{"two-circuits", "two circuits, two regions: the near one, and no leak",
                                        two_circuits_story::kDrawing, two_circuits_story::settings,
                                        two_circuits_story::kChapters};

}  // namespace dyad::shell
