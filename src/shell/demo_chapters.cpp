#include "shell/demo_chapters.hpp"

#include <fmt/format.h>

namespace dyad::shell {

namespace {

using namespace std::chrono_literals;

/// 300 ms x 3, and what a busy machine adds to it before we look: of that order, and far from the hold time's 180 s.
constexpr double kBfdFinds = 4.0;
/// An answer that is still on its way after so long is lost, however busy the machine is.
constexpr double kLateSeconds = 3.0;

bool bfd_up(DemoStage& stage) {
    const auto both = stage.sessions();
    return both && (*both)[0].bfd == "Up" && (*both)[1].bfd == "Up";
}

}  // namespace

/// Answers come within kTrip; where some are missing they may be late, not lost: until no more come.
Prober::Result Watch::end() const {
    const auto to = stage_.prober().mark();
    const Stopwatch clock;
    stage_.pause(Prober::kTrip);
    auto result = stage_.prober().result(from_, to);
    for (auto before = result.sent; result.lost > 0 && result.lost < before && clock.seconds() < kLateSeconds;) {
        before = result.lost;
        stage_.pause(Prober::kTrip);
        result = stage_.prober().result(from_, to);
    }
    return result;
}

Prober::Result probes_from_now(DemoStage& stage) {
    const Watch watch{stage};
    stage.pause(kAftermath);
    return watch.end();
}

std::string lost(const Prober::Result& probes) {
    if (probes.lost == 0) return fmt::format("0 of {} probes lost", probes.sent);
    return fmt::format("{} of {} probes lost, {} ms at most", probes.lost, probes.sent, probes.longest_gap);
}

bool group_has(DemoStage& stage, std::size_t members) {
    const auto kernel = stage.kernel();
    return kernel.routes == stage.routes() && kernel.nexthops.size() == 1 && kernel.members() == members;
}

bool whole(DemoStage& stage) { return stage.all_established() && group_has(stage, 2); }

std::vector<std::string> more_prefixes(std::uint32_t count) {
    std::vector<std::string> list;
    for (std::uint32_t i = 0; i < count; ++i)
        list.push_back(fmt::format("{}/24", Address::v4(0x0a100000 + (i << 8)).to_string()));
    return list;
}

Verdict sessions_up(DemoStage& stage) {
    const Stopwatch clock;
    stage.start_daemon();
    const bool up = stage.wait([&] { return stage.all_established(); }, kDemoPatience);
    return {up, up ? fmt::format("primary and secondary Established {:.2f} s after the daemon's start", clock.seconds())
                   : "a session is not up"};
}

Verdict routes_in_the_kernel(DemoStage& stage) {
    const bool there = stage.wait([&] { return group_has(stage, 2); }, kDemoPatience);
    const auto kernel = stage.kernel();
    return {there, fmt::format("{} routes, {} nexthop object{} for all of them, a group of {}", kernel.routes,
                               kernel.nexthops.size(), kernel.nexthops.size() == 1 ? "" : "s", kernel.members())};
}

Verdict traffic(DemoStage& stage) {
    stage.prober().start();
    stage.pause(500ms);  // the first packets wait for ARP
    const Watch watch{stage};
    stage.pause(1s);
    const auto probes = watch.end();
    return {probes.lost == 0 && probes.by_link[0] > 0 && probes.by_link[1] > 0,
            fmt::format("{}; {} went by primary, {} by secondary", lost(probes), probes.by_link[0], probes.by_link[1])};
}

Verdict link_cut(DemoStage& stage) {
    stage.kernel_operations();
    const Watch watch{stage};
    if (stage.lab().cut_link(0) != 0) return {false, "the cable could not be cut"};
    const bool shrunk = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    return {shrunk && probes.lost <= kMayBeLostInACable && operations.deleted == 0 && !operations.lost,
            fmt::format("{}; the group has {} member{}, {} routes deleted", lost(probes), stage.kernel().members(),
                        stage.kernel().members() == 1 ? "" : "s", operations.deleted)};
}

Verdict link_back(DemoStage& stage) {
    const Watch watch{stage};
    const Stopwatch clock;
    if (stage.lab().mend_link(0) != 0) return {false, "the cable could not be mended"};
    const bool back = stage.wait([&] { return whole(stage); }, kDemoPatience);
    const auto after = clock.seconds();
    stage.pause(kAftermath);
    const auto probes = watch.end();
    return {back && probes.lost == 0, fmt::format("{}; primary is back after {:.1f} s, a group of {}", lost(probes),
                                                  after, stage.kernel().members())};
}

Verdict silent_loss(DemoStage& stage) {
    if (!stage.wait([&] { return bfd_up(stage); }, kDemoPatience)) return {false, "BFD is not up"};
    stage.kernel_operations();
    const Watch watch{stage};
    const Stopwatch clock;
    if (stage.lab().darken_link(0) != 0) return {false, "the fibre could not be darkened"};
    const bool shrunk = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    const auto after = clock.seconds();
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    stage.lab().brighten_link(0);
    const bool back = stage.wait([&] { return whole(stage) && bfd_up(stage); }, kDemoPatience);
    return {shrunk && back && after < kBfdFinds && probes.lost > 0 && operations.operations() == 0 && !operations.lost,
            fmt::format("off the link after {:.2f} s (BFD 300 ms x 3); {} of {} probes lost, {} routes written", after,
                        probes.lost, probes.sent, operations.operations())};
}

namespace {

Verdict maintenance(DemoStage& stage, std::size_t total) {
    const auto before = stage.msee(0);
    const Watch watch{stage};
    const Stopwatch clock;
    stage.tell_msee(0, fmt::format("maintenance on {}", total));
    const bool drained = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    const auto after = clock.seconds();
    const auto by_primary = probes_from_now(stage).by_link[0];
    stage.tell_msee(0, "maintenance off");
    const bool back = stage.wait([&] { return whole(stage); }, kDemoPatience);
    const auto probes = watch.end();
    const auto now = stage.msee(0);
    const bool same_session = before && now && before->times_established == now->times_established;
    return {drained && back && same_session && by_primary == 0 && probes.lost == 0,
            fmt::format("{}; 12076 {} times, off the link after {:.2f} s, {} probes by it, session {}", lost(probes),
                        total, after, by_primary, same_session ? "not reset" : "reset")};
}

}  // namespace

Verdict maintenance_nine(DemoStage& stage) { return maintenance(stage, 9); }
Verdict maintenance_eight(DemoStage& stage) { return maintenance(stage, 8); }

Verdict reset_by_msee(DemoStage& stage) {
    const auto before = stage.msee(0);
    const Watch watch{stage};
    const Stopwatch clock;
    if (!before || !stage.tell_msee(0, "reset a new line card")) return {false, "the MSEE does not answer"};
    const auto came_again = [&] {
        const auto now = stage.msee(0);
        return now && now->times_established > before->times_established && whole(stage);
    };
    const bool back = stage.wait(came_again, kDemoPatience);
    const auto after = clock.seconds();
    const auto probes = watch.end();
    return {back && probes.lost == 0, fmt::format("{}; Cease/4, primary is back after {:.1f} s", lost(probes), after)};
}

Verdict msee_killed(DemoStage& stage) {
    const Watch watch{stage};
    const Stopwatch clock;
    stage.kill_msee(1);
    const bool noticed = stage.wait([&] { return group_has(stage, 1); }, kDemoPatience);
    const auto after = clock.seconds();
    stage.pause(kAftermath);
    // Its BFD waits to be spoken to: back within the old session's detection time, it would be taken for dead when that is over.
    const auto forgotten = [&] {
        const auto both = stage.sessions();
        return both && (*both)[1].bfd != "Up";
    };
    stage.wait(forgotten, kDemoPatience);
    const Stopwatch again;
    stage.start_msee(1);
    const bool back = stage.wait([&] { return whole(stage); }, kDemoPatience);
    const auto probes = watch.end();
    return {noticed && back && probes.lost == 0,
            fmt::format("{}; off the link after {:.2f} s, back {:.1f} s after its new start", lost(probes), after,
                        again.seconds())};
}

Verdict vpn_beside(DemoStage& stage) {
    stage.config().lines += "backup    = { gateway = \"10.255.0.2\", interface = \"vpn0\", hold = \"1s\" }\n";
    const Watch watch{stage};
    if (!stage.reconfigure()) return {false, "the reload failed"};
    const auto behind = [&] {
        const auto kernel = stage.kernel();
        return whole(stage) && kernel.behind == stage.routes();
    };
    const bool there = stage.wait(behind, kDemoPatience);
    const auto probes = watch.end();
    return {there && probes.lost == 0 && probes.by_link[Prober::kVpn] == 0,
            fmt::format("{} routes by the VPN behind the others, {} probes take them", stage.kernel().behind,
                        probes.by_link[Prober::kVpn])};
}

Verdict both_links_cut(DemoStage& stage) {
    stage.kernel_operations();
    const Watch watch{stage};
    for (std::size_t link = 0; link < 2; ++link)
        if (stage.lab().cut_link(link) != 0) return {false, "the cable could not be cut"};
    const bool round = stage.wait([&] { return stage.on_backup(); }, kDemoPatience);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    return {round && probes.lost <= 2 * kMayBeLostInACable && probes.by_link[Prober::kVpn] > 0 && operations.added == 0,
            fmt::format("{}; {} went by the VPN, {} routes written", lost(probes), probes.by_link[Prober::kVpn],
                        operations.added)};
}

Verdict both_links_back(DemoStage& stage) {
    const Watch watch{stage};
    const Stopwatch clock;
    for (std::size_t link = 0; link < 2; ++link)
        if (stage.lab().mend_link(link) != 0) return {false, "the cable could not be mended"};
    const bool back = stage.wait([&] { return whole(stage) && !stage.on_backup(); }, kDemoPatience);
    const auto after = clock.seconds();
    stage.pause(kAftermath);
    const auto probes = watch.end();
    return {back && probes.lost == 0,
            fmt::format("{}; tables told and held for 1 s, off the VPN after {:.1f} s", lost(probes), after)};
}

Verdict too_many_prefixes(DemoStage& stage) {
    const std::array before{stage.msee(0), stage.msee(1)};
    const Watch watch{stage};
    for (auto& prefix : more_prefixes(kDemoLimit + kTooMany - 1)) stage.config().advertise.push_back(std::move(prefix));
    if (!stage.reconfigure()) return {false, "the reload failed"};
    const auto told = [&] {
        const auto both = stage.sessions();
        const auto full = [](const DemoSession& s) {
            return s.established() && s.advertised == kDemoLimit && s.withheld == kTooMany;
        };
        const auto one = stage.msee(0), two = stage.msee(1);
        return both && full((*both)[0]) && full((*both)[1]) && one && two && one->received == kDemoLimit &&
               two->received == kDemoLimit;
    };
    const bool at_limit = stage.wait(told, kDemoPatience);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const std::array after{stage.msee(0), stage.msee(1)};
    bool stayed = true;
    for (std::size_t link = 0; link < 2; ++link)
        stayed = stayed && before[link] && after[link] && after[link]->limit_trips == 0 &&
                 after[link]->times_established == before[link]->times_established;
    const auto both = stage.sessions();
    return {at_limit && stayed && probes.lost == 0,
            fmt::format("of {} prefixes {} advertised, {} withheld; the MSEEs count {} and {}, sessions {}; {}",
                        kDemoLimit + kTooMany, both ? (*both)[0].advertised : 0, both ? (*both)[0].withheld : 0,
                        after[0] ? after[0]->received : 0, after[1] ? after[1]->received : 0,
                        stayed ? "not reset" : "reset", lost(probes))};
}

Verdict daemon_killed(DemoStage& stage) {
    const auto before = stage.kernel();
    const auto advertised = stage.msee(0) ? stage.msee(0)->received : 0;
    stage.kernel_operations();
    const Watch watch{stage};
    stage.kill_daemon();
    stage.pause(kAftermath);
    const Stopwatch clock;
    stage.start_daemon();
    const auto told = [&] {
        const auto one = stage.msee(0), two = stage.msee(1);
        return one && two && one->received == advertised && two->received == advertised && whole(stage);
    };
    const bool back = stage.wait(told, kDemoPatience);
    const auto after = clock.seconds();
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    const bool same = stage.kernel() == before;
    return {back && same && probes.lost == 0 && operations.operations() == 0 && !operations.lost,
            fmt::format("{}; {} kernel route operations, everything back {:.1f} s after the new start", lost(probes),
                        operations.operations(), after)};
}

}  // namespace dyad::shell
