#pragma once
#include <chrono>
#include <string>

#include "shell/demo_story.hpp"

/// What several stories have in common: ways to look, and whole chapters.
namespace dyad::shell {

/// A session comes back when the next attempt is made, seconds after it ended; a busy machine takes longer.
inline constexpr auto kDemoPatience = std::chrono::seconds{40};
/// Long enough after what a chapter does that a hole in the traffic would show.
inline constexpr auto kAftermath = std::chrono::milliseconds{700};
/// A cable that is cut takes with it what is inside it: at a thousand a second a few, on a busy machine one of the prober's bursts.
inline constexpr std::uint64_t kMayBeLostInACable = 60;

/// Since its making.
class Stopwatch {
public:
    double seconds() const { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count(); }

private:
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

/// Probes from its making up to now.
class Watch {
public:
    explicit Watch(DemoStage& stage) : stage_(stage), from_(stage.prober().mark()) {}
    Prober::Result end() const;

private:
    DemoStage& stage_;
    std::uint64_t from_;
};
/// Those of the next moments.
Prober::Result probes_from_now(DemoStage& stage);

/// "3 of 900 probes lost, 2 ms at most".
std::string lost(const Prober::Result& probes);
/// All routes of the kernel are there and by one nexthop with so many members.
bool group_has(DemoStage& stage, std::size_t members);
/// Both sessions stand, all routes go by both links.
bool whole(DemoStage& stage);
/// 10.16.0.0/24 and what follows, so many: far from the LAN's and the VNets' prefixes.
std::vector<std::string> more_prefixes(std::uint32_t count);

Verdict sessions_up(DemoStage& stage);
Verdict routes_in_the_kernel(DemoStage& stage);
Verdict traffic(DemoStage& stage);
Verdict link_cut(DemoStage& stage);
Verdict link_back(DemoStage& stage);
Verdict silent_loss(DemoStage& stage);
Verdict maintenance_nine(DemoStage& stage);
Verdict maintenance_eight(DemoStage& stage);
Verdict reset_by_msee(DemoStage& stage);
Verdict msee_killed(DemoStage& stage);
Verdict vpn_beside(DemoStage& stage);
Verdict both_links_cut(DemoStage& stage);
Verdict both_links_back(DemoStage& stage);
Verdict too_many_prefixes(DemoStage& stage);
Verdict daemon_killed(DemoStage& stage);

inline constexpr std::uint32_t kDemoLimit = 4'000;
inline constexpr std::uint32_t kTooMany = 7;

}  // namespace dyad::shell
