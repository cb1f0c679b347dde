#pragma once
#include <array>
#include <boost/json/value.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "shell/demo_firewall.hpp"
#include "shell/demo_prober.hpp"
#include "shell/lab.hpp"
#include "shell/lab_process.hpp"

namespace dyad::shell {

/// The daemon's view of one session, out of `dyad show summary --json`.
struct DemoSession {
    std::string name;
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

/// The daemon's file: the ten lines, and what a story has beside them.
struct DemoConfig {
    std::string kind = "private";
    std::string sku = "standard";
    std::vector<std::string> advertise{"10.1.0.0/16"};
    std::string lines{};  ///< further ones of the peering
    std::string tail{};   ///< what follows the peering, on one router
};

/// What a story is set up with.
struct DemoSettings {
    LabShape shape{};
    DemoConfig config{};
    std::uint32_t routes = 3'400;     ///< made-up networks that each MSEE announces
    std::vector<std::string> msee{};  ///< further words for each
};

/// What the chapters of the demo act on and look at: the lab, the daemon on its edge, the MSEEs, the probes.
class DemoStage {
public:
    DemoStage(std::string directory, DemoSettings settings);

    /// Namespaces and MSEEs. "" or what did not work.
    std::string build();
    /// To be changed at will; the daemon knows of it after reconfigure().
    DemoConfig& config() { return settings_.config; }
    /// Writes the file and has the daemon read it again. False if it does not take it.
    bool reconfigure();
    std::uint32_t routes() const { return settings_.routes; }

    // Where there are two routers, each has its daemon.
    void start_daemon(std::size_t router = 0);
    void kill_daemon(std::size_t router = 0);
    void start_msee(std::size_t link);
    void kill_msee(std::size_t link);
    /// A command for the MSEE's socket; nothing when it did not answer "ok".
    std::optional<boost::json::value> tell_msee(std::size_t link, const std::string& command) const;
    /// What the daemon answers to `dyad WORDS… --json`; nothing if it does not.
    std::optional<boost::json::value> ask(std::vector<std::string> words, std::size_t router = 0);

    /// Of all links, as they are numbered. Nothing while the daemon does not answer.
    std::optional<std::vector<DemoSession>> sessions();
    bool all_established();
    /// The daemon says that traffic goes by the VPN.
    bool on_backup();
    std::optional<DemoMsee> msee(std::size_t link) const;
    LabLinks::BgpRoutes kernel(std::size_t router = 0);
    RouteMonitor::Counts kernel_operations() { return monitor_->take(); }

    /// False when the time was over first, or somebody interrupted.
    bool wait(const std::function<bool()>& condition, std::chrono::milliseconds at_most);
    void pause(std::chrono::milliseconds time);

    Lab& lab() { return lab_; }
    Prober& prober() { return *prober_; }
    /// In the middle of a link, where the lab has boxes.
    DemoFirewall& firewall(std::size_t link) { return *firewalls_[link]; }
    std::string socket(std::size_t router = 0) const;
    std::string msee_socket(std::size_t link) const;

private:
    int write_config(std::size_t router) const;
    std::string config_file(std::size_t router) const;

    std::string directory_;
    DemoSettings settings_;
    Lab lab_;
    LabProcesses processes_;
    std::vector<LabLinks> edge_links_;
    std::optional<RouteMonitor> monitor_;
    std::optional<Prober> prober_;
    std::vector<std::unique_ptr<DemoFirewall>> firewalls_;
    std::vector<pid_t> daemons_;
    std::vector<pid_t> msees_;
};

/// A member of an answer by its path ("/circuits/0/name"); 0, "" where there is none.
std::uint64_t number_at(const boost::json::value& value, std::string_view path);
double real_at(const boost::json::value& value, std::string_view path);
std::string text_at(const boost::json::value& value, std::string_view path);

}  // namespace dyad::shell
