#pragma once
#include <array>
#include <boost/json/value.hpp>
#include <functional>
#include <optional>
#include <string>

#include "shell/demo_prober.hpp"
#include "shell/lab.hpp"
#include "shell/lab_process.hpp"

namespace dyad::shell {

/// The daemon's view of one session, out of `dyad show summary --json`.
struct DemoSession {
    std::string state;
    std::string bfd;
    std::uint64_t received = 0, advertised = 0, withheld = 0;
    bool established() const { return state == "Established"; }
};

/// An MSEE's view of the edge, out of its `status`.
struct DemoMsee {
    std::string state;
    std::uint64_t received = 0, limit_trips = 0, times_established = 0;
};

/// What the chapters of the demo act on and look at: the lab, the daemon on its edge, the two MSEEs, the probes.
class DemoStage {
public:
    static constexpr std::uint32_t kRoutes = 3400;

    explicit DemoStage(std::string directory);

    /// Namespaces and MSEEs. "" or what did not work.
    std::string build();
    /// The ten lines, with a few more prefixes to advertise where asked.
    int write_config(std::uint32_t more_prefixes = 0) const;
    /// From now on with the VPN as the pair's way round.
    void add_vpn() { with_vpn_ = true; }

    void start_daemon();
    void kill_daemon();
    void start_msee(std::size_t link);
    void kill_msee(std::size_t link);
    /// A command for the MSEE's socket; nothing when it did not answer "ok".
    std::optional<boost::json::value> tell_msee(std::size_t link, const std::string& command) const;
    bool reload();

    /// Nothing while the daemon does not answer.
    std::optional<std::array<DemoSession, 2>> sessions();
    bool both_established();
    /// The daemon says that traffic goes by the VPN.
    bool on_backup();
    std::optional<DemoMsee> msee(std::size_t link) const;
    LabLinks::BgpRoutes kernel();
    RouteMonitor::Counts kernel_operations() { return monitor_->take(); }

    /// False when the time was over first, or somebody interrupted.
    bool wait(const std::function<bool()>& condition, std::chrono::milliseconds at_most);
    void pause(std::chrono::milliseconds time);

    Lab& lab() { return lab_; }
    Prober& prober() { return *prober_; }
    std::string socket() const { return directory_ + "/dyad.sock"; }
    std::string msee_socket(std::size_t link) const;

private:
    std::string directory_;
    Lab lab_;
    LabProcesses processes_;
    std::optional<LabLinks> edge_links_;
    std::optional<RouteMonitor> monitor_;
    std::optional<Prober> prober_;
    bool with_vpn_ = false;
    pid_t daemon_ = 0;
    std::array<pid_t, 2> msees_{};
};

}  // namespace dyad::shell
