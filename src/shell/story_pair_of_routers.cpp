#include <fmt/format.h>

#include "shell/demo_chapters.hpp"

/// One link on each of two routers, the layout of Microsoft's SLA: a box lost is a link lost.
namespace dyad::shell {

namespace pair_of_routers_story {

namespace {

constexpr std::string_view kDrawing =
    R"(   LAN ═╦═ edge 1 ── primary    192.168.15.16/30 ══ MSEE 1 ═╦═ Azure   3400 routes
        ║    │ iBGP 10.254.0.0/30                         ║
        ╚═ edge 2 ── secondary  192.168.15.20/30 ══ MSEE 2 ═╝

   The LAN has a cable to each router and sends by both; each router uses its own link, and the other's when that is gone.
)";

/// Half the probes of the second that its host may take, and of a busy machine's next one.
constexpr std::uint64_t kMayBeLostByTheHost = 1'500;

/// "full, Established and Established": what the operator of one of the two sees of the pair.
std::string shown(DemoStage& stage, std::size_t router) {
    const auto summary = stage.ask({"show", "summary"}, router);
    if (!summary) return "no answer";
    constexpr std::string_view kPeering = "/circuits/0/peerings/0";
    return fmt::format("{}, {} and {}", text_at(*summary, fmt::format("{}/redundancy", kPeering)),
                       text_at(*summary, fmt::format("{}/links/0/state", kPeering)),
                       text_at(*summary, fmt::format("{}/links/1/state", kPeering)));
}

bool shows(DemoStage& stage, std::size_t router, std::string_view what) { return shown(stage, router) == what; }

constexpr std::string_view kFull = "full, Established and Established";

bool full(DemoStage& stage) {
    for (std::size_t router = 0; router < 2; ++router) {
        const auto kernel = stage.kernel(router);
        // One more: the other's link, which it tells while it is healthy.
        if (!shows(stage, router, kFull) || kernel.routes != stage.routes() + 1) return false;
    }
    return true;
}

Verdict both_boxes(DemoStage& stage) {
    const Stopwatch clock;
    for (std::size_t router = 0; router < 2; ++router) stage.start_daemon(router);
    const bool up = stage.wait([&] { return full(stage); }, kDemoPatience);
    const auto after = clock.seconds();
    std::uint64_t most = 0;
    for (std::size_t link = 0; link < 2; ++link)
        if (const auto msee = stage.msee(link)) most = std::max(most, msee->received);
    return {
        up && most == 1,
        fmt::format("both show {} after {:.1f} s; {} routes in each kernel, the other's link among them; each MSEE has "
                    "{} prefix of us, our own",
                    shown(stage, 1), after, stage.kernel(0).routes, most)};
}

/// The LAN's host may be told of a lost carrier a second late: Linux lets its link news wait for each other.
Prober::Result when_all_go_by_edge2(DemoStage& stage) {
    const auto all = [](const Prober::Result& probes) { return probes.by_link[1] == probes.sent; };
    stage.wait([&] { return all(probes_from_now(stage)); }, kDemoPatience);
    return probes_from_now(stage);
}

Verdict a_link_lost(DemoStage& stage) {
    const Watch watch{stage};
    stage.lab().cut_link(0);
    const auto known = [&] {
        return shows(stage, 0, "degraded, Idle and Established") &&
               shows(stage, 1, "degraded, Unhealthy and Established");
    };
    const bool told = stage.wait(known, kDemoPatience);
    const auto meanwhile = when_all_go_by_edge2(stage);
    const auto probes = watch.end();
    stage.lab().mend_link(0);
    const Watch mending{stage};
    const bool back = stage.wait([&] { return full(stage); }, kDemoPatience);
    const auto mended = mending.end();
    return {told && back && meanwhile.by_link[1] == meanwhile.sent && probes.lost <= kMayBeLostByTheHost &&
                mended.lost == 0,
            fmt::format("{}; {} of {} by edge 2's link, both say degraded; mended: {}", lost(probes),
                        meanwhile.by_link[1], meanwhile.sent, lost(mended))};
}

Verdict the_two_parted(DemoStage& stage) {
    const Watch watch{stage};
    stage.lab().part_routers();
    const auto known = [&] {
        return shows(stage, 0, "degraded, Established and Unknown") &&
               shows(stage, 1, "degraded, Unknown and Established");
    };
    const bool told = stage.wait(known, kDemoPatience);
    const auto edge1 = shown(stage, 0);
    stage.lab().join_routers();
    const bool back = stage.wait([&] { return full(stage); }, kDemoPatience);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    return {told && back && probes.lost == 0,
            fmt::format("{}; edge 1 shows {}: each uses its own link, and knows nothing of the other's", lost(probes),
                        edge1)};
}

Verdict a_daemon_killed(DemoStage& stage) {
    const Watch watch{stage};
    stage.kill_daemon(0);
    const bool told = stage.wait([&] { return shows(stage, 1, "degraded, Unknown and Established"); }, kDemoPatience);
    stage.start_daemon(0);
    const bool back = stage.wait([&] { return full(stage); }, kDemoPatience);
    const auto probes = watch.end();
    return {told && back && probes.lost == 0, fmt::format("{}: edge 1's kernel goes on without it", lost(probes))};
}

Verdict a_box_lost(DemoStage& stage) {
    const Watch watch{stage};
    stage.kill_daemon(0);
    stage.lab().power_off(0);
    const bool told = stage.wait([&] { return shows(stage, 1, "degraded, Unknown and Established"); }, kDemoPatience);
    const auto meanwhile = when_all_go_by_edge2(stage);
    const auto probes = watch.end();
    stage.lab().power_on(0);
    stage.start_daemon(0);
    const bool back = stage.wait([&] { return full(stage); }, kDemoPatience);
    stage.pause(kAftermath);
    const auto now = probes_from_now(stage);
    return {
        told && back && meanwhile.by_link[1] == meanwhile.sent && probes.lost <= kMayBeLostByTheHost && now.lost == 0,
        fmt::format("{}; {} of {} by edge 2 alone; with its power back {} by edge 1, {} by edge 2", lost(probes),
                    meanwhile.by_link[1], meanwhile.sent, now.by_link[0], now.by_link[1])};
}

constexpr Chapter kChapters[] = {
    {"both boxes up", both_boxes},
    {"traffic by both boxes", traffic},
    {"edge 1 loses its link", a_link_lost},
    {"the two parted", the_two_parted},
    {"edge 1's daemon killed", a_daemon_killed},
    {"edge 1 loses its power", a_box_lost},
};

DemoSettings settings() {
    DemoSettings settings;
    settings.shape.routers = 2;
    return settings;
}

}  // namespace

}  // namespace pair_of_routers_story

constinit const Story kPairOfRoutersStory{"pair-of-routers", "one link on each of two routers",
                                          pair_of_routers_story::kDrawing, pair_of_routers_story::settings,
                                          pair_of_routers_story::kChapters};

}  // namespace dyad::shell
