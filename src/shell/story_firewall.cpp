#include <fmt/format.h>

#include "shell/demo_chapters.hpp"

/// A stateful firewall on each link: it lets in what it saw go out. Two links that share the load go by two firewalls.
namespace dyad::shell {

namespace firewall_story {

namespace {

constexpr std::string_view kDrawing =
    R"(   LAN ── edge ═╦═ primary    ── firewall 1 ══ MSEE 1 ═╦═ Azure   3400 routes
                ╚═ secondary  ── firewall 2 ══ MSEE 2 ═╝

   Each firewall lets in only answers to what it saw go out itself. Azure chooses by itself by which link it answers,
   as the real one does: by both where our AS paths are equally long, else by the shorter.
)";

std::uint64_t dropped(DemoStage& stage) { return stage.firewall(0).take_dropped() + stage.firewall(1).take_dropped(); }

/// Azure's choice, as the MSEEs' tables have it: the length of our path at each.
void let_azure_choose(DemoStage& stage) {
    std::array<std::size_t, 2> length{};
    for (std::size_t link = 0; link < 2; ++link) {
        const auto received = stage.tell_msee(link, "received list");
        const auto path = received ? text_at(*received, "/neighbors/0/routes/0/as_path") : "";
        length[link] = path.empty() ? SIZE_MAX : path.size();
    }
    using Answers = Prober::Answers;
    stage.prober().answer(length[0] == length[1]  ? Answers::ByBoth
                          : length[0] < length[1] ? Answers::ByPrimary
                                                  : Answers::BySecondary);
}

/// Each chooses for itself, flow by flow: of the flows that go by one link half come back by the other.
Verdict asymmetric(DemoStage& stage) {
    let_azure_choose(stage);
    stage.firewall(0).forget();
    stage.firewall(1).forget();
    probes_from_now(stage);
    dropped(stage);
    const auto probes = probes_from_now(stage);
    const auto thrown = dropped(stage);
    return {
        probes.lost > probes.sent / 5 && probes.lost < probes.sent * 4 / 5 && thrown > 0,
        fmt::format("load shared both ways: {} of {} probes lost, {} answers thrown away by a firewall that had not "
                    "seen the question",
                    probes.lost, probes.sent, thrown)};
}

/// One line: the primary both ways, by preference here and by a longer path of ours there.
Verdict preferred(DemoStage& stage) {
    stage.config().lines += "prefer    = \"primary\"\nprepend   = 3\n";
    if (!stage.reconfigure()) return {false, "the reload failed"};
    const auto by_primary = [&] {
        let_azure_choose(stage);
        const auto probes = probes_from_now(stage);
        return probes.lost == 0 && probes.by_link[0] == probes.sent;
    };
    const bool there = stage.wait(by_primary, kDemoPatience);
    dropped(stage);
    const auto probes = probes_from_now(stage);
    return {there && probes.lost == 0,
            fmt::format("prefer = \"primary\", prepend = 3: {}, {} answers thrown away", lost(probes), dropped(stage))};
}

/// The firewall hides the broken cable: BFD finds it. The other firewall has seen no flow, and learns each from its next packet.
Verdict primary_lost(DemoStage& stage) {
    const Watch watch{stage};
    const Stopwatch clock;
    stage.lab().cut_link(0);
    const auto moved = [&] {
        const auto both = stage.sessions();
        const auto there = stage.msee(0);
        return both && !(*both)[0].established() && there && there->state != "Established";
    };
    const bool found = stage.wait(moved, kDemoPatience);
    let_azure_choose(stage);
    const auto after = clock.seconds();
    const auto cut = watch.end();
    const auto probes = probes_from_now(stage);
    return {found && cut.lost > 0 && cut.lost < 3'000 && probes.lost == 0 && probes.by_link[1] == probes.sent,
            fmt::format(
                "silent behind the firewall: {:.1f} s until BFD had found it (300 ms x 3), {}; then {} by firewall 2",
                after, lost(cut), lost(probes))};
}

Verdict primary_back(DemoStage& stage) {
    stage.lab().mend_link(0);
    const auto again = [&] {
        if (!stage.all_established()) return false;
        let_azure_choose(stage);
        const auto probes = probes_from_now(stage);
        return probes.lost == 0 && probes.by_link[0] == probes.sent;
    };
    const bool back = stage.wait(again, kDemoPatience);
    dropped(stage);
    const auto probes = probes_from_now(stage);
    return {back && probes.lost == 0,
            fmt::format("{}, both ways by firewall 1 again, {} answers thrown away", lost(probes), dropped(stage))};
}

constexpr Chapter kChapters[] = {
    {"sessions up", sessions_up},       {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic}, {"two firewalls", asymmetric},
    {"one link preferred", preferred},  {"primary lost", primary_lost},
    {"primary mended", primary_back},
};

DemoSettings settings() {
    DemoSettings settings;
    settings.shape.middle = LabShape::Middle::Box;
    return settings;
}

}  // namespace

}  // namespace firewall_story

constinit const Story kFirewallStory{"firewall",
                                     "a stateful firewall on each link: asymmetric paths, and what ends them",
                                     firewall_story::kDrawing, firewall_story::settings, firewall_story::kChapters};

}  // namespace dyad::shell
