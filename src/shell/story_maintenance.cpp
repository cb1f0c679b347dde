#include <fmt/format.h>

#include "shell/demo_chapters.hpp"

/// Microsoft's maintenance, planned and of its core: what a customer has to bear without a reset and without a loss.
namespace dyad::shell {

namespace maintenance_story {

namespace {

constexpr std::string_view kDrawing =
    R"(   LAN ── edge ═╦═ primary    192.168.15.16/30 ══ MSEE 1 ═╦═ Azure   3400 routes
                ╚═ secondary  192.168.15.20/30 ══ MSEE 2 ═╝

   MSEE 1 is maintained: AS 12076 stands nine times in its paths, or eight, as one reads Microsoft.
)";

/// Then the kernel deletes a group's last member with its routes, and they are written anew: tens of milliseconds.
constexpr std::uint64_t kMayBeLostWhileWriting = 500;

/// The long way is no bad way where it is the only one.
Verdict the_other_link_goes(DemoStage& stage) {
    stage.tell_msee(0, "maintenance on");
    if (!stage.wait([&] { return group_has(stage, 1); }, kDemoPatience)) return {false, "traffic did not leave MSEE 1"};
    const Watch watch{stage};
    stage.lab().cut_link(1);
    const auto only_primary = [&] {
        const auto both = stage.sessions();
        return both && !(*both)[1].established() && group_has(stage, 1);
    };
    const bool taken = stage.wait(only_primary, kDemoPatience);
    const auto meanwhile = probes_from_now(stage);
    const auto at_the_cut = watch.end();
    stage.lab().mend_link(1);
    const auto mended = [&] { return stage.all_established() && probes_from_now(stage).by_link[0] == 0; };
    const bool back = stage.wait(mended, kDemoPatience);
    stage.tell_msee(0, "maintenance off");
    const bool both = stage.wait([&] { return whole(stage); }, kDemoPatience);
    return {
        taken && back && both && meanwhile.by_link[0] == meanwhile.sent && at_the_cut.lost <= kMayBeLostWhileWriting,
        fmt::format("{} at the cut; then {} of {} by MSEE 1 on its long paths, and none when MSEE 2 is back",
                    lost(at_the_cut), meanwhile.by_link[0], meanwhile.sent)};
}

/// The session of MSEE 1 stands, and Azure is not behind it.
Verdict core_maintenance(DemoStage& stage) {
    const auto before = stage.msee(0);
    const Watch watch{stage};
    const Stopwatch clock;
    stage.tell_msee(0, "core down");
    const bool left = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    const auto after = clock.seconds();
    const auto meanwhile = probes_from_now(stage);
    const auto both = stage.sessions();
    const bool stands = both && (*both)[0].established() && (*both)[0].received == 0;
    const auto summary = stage.ask({"show", "summary"});
    const auto redundancy = summary ? text_at(*summary, "/circuits/0/peerings/0/redundancy") : "";
    stage.tell_msee(0, "core up");
    const bool back = stage.wait([&] { return whole(stage); }, kDemoPatience);
    const auto probes = watch.end();
    const auto now = stage.msee(0);
    const bool same = before && now && before->times_established == now->times_established;
    return {
        left && stands && back && same && meanwhile.by_link[0] == 0 && probes.lost == 0 && redundancy == "degraded",
        fmt::format("{}; off the link after {:.2f} s, session {} with {} routes, redundancy {}", lost(probes), after,
                    stands ? "Established" : "not as it should be", both ? (*both)[0].received : 0, redundancy)};
}

constexpr Chapter kChapters[] = {
    {"sessions up", sessions_up},
    {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic},
    {"12076 nine times", maintenance_nine},
    {"12076 eight times", maintenance_eight},
    {"the other link goes", the_other_link_goes},
    {"maintenance of the core", core_maintenance},
};

}  // namespace

}  // namespace maintenance_story

constinit const Story kMaintenanceStory{"maintenance", "Microsoft's maintenance, planned and of its core",
                                        maintenance_story::kDrawing, [] { return DemoSettings{}; },
                                        maintenance_story::kChapters};

}  // namespace dyad::shell
