#include "shell/demo_story.hpp"

#include <fmt/format.h>

namespace dyad::shell {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// A session comes back when the next attempt is made, seconds after it ended; a busy machine takes longer.
constexpr auto kPatience = 40s;
/// Long enough after what a chapter does that a hole in the traffic would show.
constexpr auto kAftermath = 700ms;
/// A cable that is cut takes with it what is inside it: at a thousand a second, no more than this.
constexpr std::uint64_t kMayBeLostInACable = 20;
/// 300 ms x 3, and what a busy machine adds to it before we look.
constexpr double kBfdFinds = 2.0;
constexpr std::uint32_t kLimit = 4'000;
constexpr std::uint32_t kTooMany = 7;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Probes from its making up to now.
class Watch {
public:
    explicit Watch(DemoStage& stage) : stage_(stage), from_(stage.prober().mark()) {}
    Prober::Result end() const {
        const auto to = stage_.prober().mark();
        stage_.pause(Prober::kTrip);
        return stage_.prober().result(from_, to);
    }

private:
    DemoStage& stage_;
    std::uint64_t from_;
};

std::string lost(const Prober::Result& probes) {
    if (probes.lost == 0) return fmt::format("0 of {} probes lost", probes.sent);
    return fmt::format("{} of {} probes lost, {} ms at most", probes.lost, probes.sent, probes.longest_gap);
}

bool group_has(DemoStage& stage, std::size_t members) {
    const auto kernel = stage.kernel();
    return kernel.routes == DemoStage::kRoutes && kernel.nexthops.size() == 1 && kernel.members() == members;
}

bool whole(DemoStage& stage) { return stage.both_established() && group_has(stage, 2); }

Verdict sessions_up(DemoStage& stage) {
    const auto start = Clock::now();
    stage.start_daemon();
    const bool up = stage.wait([&] { return stage.both_established(); }, kPatience);
    return {up, up ? fmt::format("primary and secondary Established {:.2f} s after the daemon's start",
                                 seconds_since(start))
                   : "a session is not up"};
}

Verdict routes_in_the_kernel(DemoStage& stage) {
    const bool there = stage.wait([&] { return group_has(stage, 2); }, kPatience);
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
    const bool shrunk = stage.wait([&] { return group_has(stage, 1); }, kPatience);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    return {shrunk && probes.lost <= kMayBeLostInACable && operations.deleted == 0 && !operations.lost,
            fmt::format("{}; the group has {} member{}, {} routes deleted", lost(probes), stage.kernel().members(),
                        stage.kernel().members() == 1 ? "" : "s", operations.deleted)};
}

Verdict link_back(DemoStage& stage) {
    const Watch watch{stage};
    const auto start = Clock::now();
    if (stage.lab().mend_link(0) != 0) return {false, "the cable could not be mended"};
    const bool back = stage.wait([&] { return whole(stage); }, kPatience);
    const auto after = seconds_since(start);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    return {back && probes.lost == 0, fmt::format("{}; primary is back after {:.1f} s, a group of {}", lost(probes),
                                                  after, stage.kernel().members())};
}

bool bfd_up(DemoStage& stage) {
    const auto both = stage.sessions();
    return both && (*both)[0].bfd == "Up" && (*both)[1].bfd == "Up";
}

Verdict silent_loss(DemoStage& stage) {
    if (!stage.wait([&] { return bfd_up(stage); }, kPatience)) return {false, "BFD is not up"};
    stage.kernel_operations();
    const Watch watch{stage};
    const auto start = Clock::now();
    if (stage.lab().darken_link(0) != 0) return {false, "the fibre could not be darkened"};
    const bool shrunk = stage.wait([&] { return group_has(stage, 1); }, kPatience);
    const auto after = seconds_since(start);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    stage.lab().brighten_link(0);
    const bool back = stage.wait([&] { return whole(stage) && bfd_up(stage); }, kPatience);
    return {shrunk && back && after < kBfdFinds && probes.lost > 0 && operations.operations() == 0 && !operations.lost,
            fmt::format("off the link after {:.2f} s (BFD 300 ms x 3); {} of {} probes lost, {} routes written", after,
                        probes.lost, probes.sent, operations.operations())};
}

Verdict maintenance(DemoStage& stage) {
    const auto before = stage.msee(0);
    const Watch watch{stage};
    stage.tell_msee(0, "maintenance on");
    const bool drained = stage.wait([&] { return group_has(stage, 1); }, kPatience);
    const Watch drained_watch{stage};
    stage.pause(kAftermath);
    const auto by_primary = drained_watch.end().by_link[0];
    stage.tell_msee(0, "maintenance off");
    const bool back = stage.wait([&] { return whole(stage); }, kPatience);
    const auto probes = watch.end();
    const auto after = stage.msee(0);
    const bool same_session = before && after && before->times_established == after->times_established;
    return {drained && back && same_session && by_primary == 0 && probes.lost == 0,
            fmt::format("{}; 12076 prepended 8 times, {} probes by primary meanwhile, session {}", lost(probes),
                        by_primary, same_session ? "not reset" : "reset")};
}

Verdict reset_by_msee(DemoStage& stage) {
    const auto before = stage.msee(0);
    const Watch watch{stage};
    const auto start = Clock::now();
    if (!before || !stage.tell_msee(0, "reset a new line card")) return {false, "the MSEE does not answer"};
    const auto came_again = [&] {
        const auto now = stage.msee(0);
        return now && now->times_established > before->times_established && whole(stage);
    };
    const bool back = stage.wait(came_again, kPatience);
    const auto after = seconds_since(start);
    const auto probes = watch.end();
    return {back && probes.lost == 0, fmt::format("{}; Cease/4, primary is back after {:.1f} s", lost(probes), after)};
}

Verdict msee_killed(DemoStage& stage) {
    const Watch watch{stage};
    auto start = Clock::now();
    stage.kill_msee(1);
    const bool noticed = stage.wait([&] { return group_has(stage, 1); }, kPatience);
    const auto after = seconds_since(start);
    stage.pause(kAftermath);
    start = Clock::now();
    stage.start_msee(1);
    const bool back = stage.wait([&] { return whole(stage); }, kPatience);
    const auto probes = watch.end();
    return {noticed && back && probes.lost == 0,
            fmt::format("{}; off the link after {:.2f} s, back {:.1f} s after its new start", lost(probes), after,
                        seconds_since(start))};
}

Verdict vpn_beside(DemoStage& stage) {
    stage.add_vpn();
    const Watch watch{stage};
    if (stage.write_config() != 0 || !stage.reload()) return {false, "the reload failed"};
    const auto behind = [&] {
        const auto kernel = stage.kernel();
        return whole(stage) && kernel.behind == DemoStage::kRoutes;
    };
    const bool there = stage.wait(behind, kPatience);
    const auto probes = watch.end();
    return {there && probes.lost == 0 && probes.by_link[2] == 0,
            fmt::format("{} routes by the VPN behind the others, {} probes take them", stage.kernel().behind,
                        probes.by_link[2])};
}

Verdict both_links_cut(DemoStage& stage) {
    stage.kernel_operations();
    const Watch watch{stage};
    for (std::size_t link = 0; link < 2; ++link)
        if (stage.lab().cut_link(link) != 0) return {false, "the cable could not be cut"};
    const bool round = stage.wait([&] { return stage.on_backup(); }, kPatience);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    return {
        round && probes.lost <= 2 * kMayBeLostInACable && probes.by_link[2] > 0 && operations.added == 0,
        fmt::format("{}; {} went by the VPN, {} routes written", lost(probes), probes.by_link[2], operations.added)};
}

Verdict both_links_back(DemoStage& stage) {
    const Watch watch{stage};
    const auto start = Clock::now();
    for (std::size_t link = 0; link < 2; ++link)
        if (stage.lab().mend_link(link) != 0) return {false, "the cable could not be mended"};
    const bool back = stage.wait([&] { return whole(stage) && !stage.on_backup(); }, kPatience);
    const auto after = seconds_since(start);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    return {back && probes.lost == 0,
            fmt::format("{}; tables told and held for 1 s, off the VPN after {:.1f} s", lost(probes), after)};
}

Verdict limit(DemoStage& stage) {
    const std::array before{stage.msee(0), stage.msee(1)};
    const Watch watch{stage};
    if (stage.write_config(kLimit + kTooMany - 1) != 0 || !stage.reload()) return {false, "the reload failed"};
    const auto told = [&] {
        const auto both = stage.sessions();
        const auto full = [](const DemoSession& s) {
            return s.established() && s.advertised == kLimit && s.withheld == kTooMany;
        };
        const auto one = stage.msee(0), two = stage.msee(1);
        return both && full((*both)[0]) && full((*both)[1]) && one && two && one->received == kLimit &&
               two->received == kLimit;
    };
    const bool at_limit = stage.wait(told, kPatience);
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
                        kLimit + kTooMany, both ? (*both)[0].advertised : 0, both ? (*both)[0].withheld : 0,
                        after[0] ? after[0]->received : 0, after[1] ? after[1]->received : 0,
                        stayed ? "not reset" : "reset", lost(probes))};
}

Verdict daemon_killed(DemoStage& stage) {
    const auto before = stage.kernel();
    stage.kernel_operations();
    const Watch watch{stage};
    stage.kill_daemon();
    stage.pause(kAftermath);
    const auto start = Clock::now();
    stage.start_daemon();
    const auto told = [&] {
        const auto one = stage.msee(0), two = stage.msee(1);
        return one && two && one->received == kLimit && two->received == kLimit && whole(stage);
    };
    const bool back = stage.wait(told, kPatience);
    const auto after = seconds_since(start);
    stage.pause(kAftermath);
    const auto probes = watch.end();
    const auto operations = stage.kernel_operations();
    const bool same = stage.kernel() == before;
    return {back && same && probes.lost == 0 && operations.operations() == 0 && !operations.lost,
            fmt::format("{}; {} kernel route operations, everything back {:.1f} s after the new start", lost(probes),
                        operations.operations(), after)};
}

constexpr Chapter kChapters[] = {
    {"sessions up", sessions_up},
    {"routes in the kernel", routes_in_the_kernel},
    {"traffic on both links", traffic},
    {"primary link cut", link_cut},
    {"link mended", link_back},
    {"silent loss on primary", silent_loss},
    {"maintenance on MSEE 1", maintenance},
    {"session reset by MSEE 1", reset_by_msee},
    {"MSEE 2 killed", msee_killed},
    {"VPN beside the pair", vpn_beside},
    {"both links cut", both_links_cut},
    {"both links mended", both_links_back},
    {"7 prefixes too many", limit},
    {"daemon killed (SIGKILL)", daemon_killed},
};

}  // namespace

std::span<const Chapter> demo_chapters() { return kChapters; }

}  // namespace dyad::shell
