#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>
#include <optional>

#include "shell/demo_chapters.hpp"

/// Links that are taken away on purpose: the rehearsal that Microsoft asks for before production, and now and then after.
namespace dyad::shell {

namespace drill_story {

namespace {

constexpr std::string_view kDrawing =
    R"(   LAN ── edge ═╦═ primary    192.168.15.16/30 ══ MSEE 1 ═╦═ Azure   3400 routes
                ╚═ secondary  192.168.15.20/30 ══ MSEE 2 ═╝
)";
constexpr std::string_view kLinks[] = {"er-demo/private/primary", "er-demo/private/secondary"};

/// The last of the drills that the daemon remembers.
std::optional<boost::json::value> last_drill(DemoStage& stage) {
    const auto answer = stage.ask({"drill"});
    const auto* drills = answer && answer->is_object() ? answer->get_object().if_contains("drills") : nullptr;
    if (drills == nullptr || !drills->is_array() || drills->get_array().empty()) return std::nullopt;
    return drills->get_array().back();
}

/// `dyad drill LINK --for 3s`: it shuts, verifies, brings back and reports.
Verdict rehearse(DemoStage& stage, std::size_t link) {
    const Watch watch{stage};
    if (!stage.ask({"drill", std::string{kLinks[link]}, "--for", "3s", "--no-wait"})) return {false, "it was refused"};
    std::optional<boost::json::value> report;
    const auto over = [&] {
        report = last_drill(stage);
        return report && text_at(*report, "/state") == "over";
    };
    const bool ended = stage.wait(over, kDemoPatience);
    const auto probes = watch.end();
    if (!ended) return {false, fmt::format("it did not end; {}", lost(probes))};
    const bool back = stage.wait([&] { return whole(stage); }, kDemoPatience);
    return {back && text_at(*report, "/outcome") == "passed" && number_at(*report, "/missing") == 0 &&
                probes.lost == 0 && number_at(*report, "/by_other") == stage.routes(),
            fmt::format(
                "{}: {} of {} prefixes by the other link, verified in the kernel after {:.2f} s; shut for {:.1f} s, "
                "whole again {:.1f} s later; {}",
                text_at(*report, "/outcome"), number_at(*report, "/by_other"), number_at(*report, "/prefixes"),
                real_at(*report, "/verified_seconds"), real_at(*report, "/shut_seconds"),
                real_at(*report, "/whole_seconds"), lost(probes))};
}

Verdict secondary(DemoStage& stage) { return rehearse(stage, 1); }
Verdict primary(DemoStage& stage) { return rehearse(stage, 0); }

/// With the other link down it would be no rehearsal.
Verdict refused(DemoStage& stage) {
    stage.lab().cut_link(1);
    const bool down = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    const Watch watch{stage};
    const auto report = stage.ask({"drill", std::string{kLinks[0]}, "--for", "3s"});
    const auto probes = watch.end();
    stage.lab().mend_link(1);
    const bool back = stage.wait([&] { return whole(stage); }, kDemoPatience);
    return {down && !report && back && probes.lost == 0,
            fmt::format("secondary has no carrier: the drill of primary is {}; {}", report ? "done" : "refused",
                        lost(probes))};
}

/// The other link goes in the middle of a long one: it is over at once, whoever ordered it.
Verdict broken_off(DemoStage& stage) {
    const auto begun = stage.ask({"drill", std::string{kLinks[0]}, "--for", "10m", "--no-wait"});
    const bool away = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    stage.pause(kAftermath);
    const Watch watch{stage};
    const Stopwatch clock;
    stage.kill_msee(1);
    const auto primary_back = [&] {
        const auto both = stage.sessions();
        return both && (*both)[0].established() && group_has(stage, 1);
    };
    const bool back = stage.wait(primary_back, kDemoPatience);
    const auto after = clock.seconds();
    probes_from_now(stage);
    const auto probes = watch.end();
    stage.start_msee(1);
    const bool both = stage.wait([&] { return whole(stage); }, kDemoPatience);
    return {begun && away && back && both && after < 30 && probes.lost < probes.sent,
            fmt::format("MSEE 2 dies in a drill of ten minutes: primary carries again after {:.1f} s; {}", after,
                        lost(probes))};
}

/// The gentler way: nothing is reset.
Verdict drained(DemoStage& stage) {
    const Watch watch{stage};
    const auto before = stage.msee(0);
    if (!stage.ask({"drain", std::string{kLinks[0]}})) return {false, "the drain was refused"};
    const bool away = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    const auto meanwhile = probes_from_now(stage);
    const auto told = stage.tell_msee(0, "received list");
    const auto path = told ? text_at(*told, "/neighbors/0/routes/0/as_path") : "";
    stage.ask({"undrain", std::string{kLinks[0]}});
    const bool back = stage.wait([&] { return whole(stage); }, kDemoPatience);
    const auto probes = watch.end();
    const auto now = stage.msee(0);
    const auto length = path.empty() ? 0 : 1 + std::ranges::count(path, ' ');
    return {away && back && meanwhile.by_link[0] == 0 && probes.lost == 0 && length == 9 && before && now &&
                before->times_established == now->times_established,
            fmt::format("{}; {} probes by primary meanwhile, our AS {} times in what MSEE 1 hears, session not reset",
                        lost(probes), meanwhile.by_link[0], length)};
}

constexpr Chapter kChapters[] = {
    {"sessions up", sessions_up},       {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic}, {"drill of the secondary", secondary},
    {"drill of the primary", primary},  {"no drill without help", refused},
    {"a drill broken off", broken_off}, {"primary drained", drained},
};

}  // namespace

}  // namespace drill_story

constinit const Story kDrillStory{"drill", "links taken away on purpose: drill and drain", drill_story::kDrawing,
                                  [] { return DemoSettings{}; }, drill_story::kChapters};

}  // namespace dyad::shell
