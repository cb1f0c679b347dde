#include "shell/daemon.hpp"

#include <fmt/format.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>

#include "ctl/version.hpp"
#include "shell/config_json.hpp"
#include "shell/plain_text.hpp"
#include "shell/surroundings.hpp"
#include "shell/sysctls.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

/// Time for the NOTIFICATIONs to leave; systemd waits much longer before it kills.
constexpr auto kShutdown = std::chrono::seconds{2};
/// What `systemctl status` shows is renewed as often as the watchdog is fed, at least.
constexpr auto kStatusEvery = std::chrono::seconds{10};

speaker::Host host(const config::Config& config) {
    speaker::Host out{.hostname = config.hostname, .version = std::string{ctl::kVersion}, .seed = 0, .unix_seconds = std::time(nullptr)};
    if (out.hostname.empty()) {
        std::array<char, 256> name{};
        ::gethostname(name.data(), name.size() - 1);
        out.hostname = plain_text(name.data());
    }
    if (::getrandom(&out.seed, sizeof out.seed, 0) != sizeof out.seed) {
        out.seed = static_cast<std::uint64_t>(::getpid());
    }
    return out;
}

std::size_t count_established(const speaker::SummaryView& summary, std::size_t& all) {
    std::size_t up = 0;
    const auto count = [&](const speaker::SessionRow& row) {
        ++all;
        if (row.state == "Established") ++up;
    };
    for (const auto& circuit : summary.circuits) {
        for (const auto& peering : circuit.peerings) std::ranges::for_each(peering.links, count);
    }
    for (const auto& neighbor : summary.neighbors) count(neighbor.session);
    return up;
}

}  // namespace

Daemon::Daemon(LoadedConfig loaded, std::string socket)
    : loaded_(std::move(loaded)),
      socket_(std::move(socket)),
      driver_(loop_, journal_, host(loaded_.config)),
      operations_{.ask = [this](const speaker::Query& query) { return driver_.answer(query); },
                  .journal = &journal_,
                  .config_json = [this] { return config_json(loaded_); },
                  .reload = [this] { return reload(); },
                  .look = look_around,
                  .order = [this](const speaker::Order& order) { return driver_.order(order); }},
      control_(loop_, journal_, operations_),
      http_(loop_, journal_, operations_),
      watchdog_(loop_),
      watchdog_interval_(watchdog_interval()) {
    journal_.configure(loaded_.config.log);
    journal_.on_entry([this] { control_.wake_followers(); });
}

int Daemon::run() {
    auto control = loaded_.config.control;
    if (!socket_.empty()) control.socket = socket_;
    // First of all: two daemons would fight over the kernel's routes.
    if (const auto error = control_.open(control); !error.empty()) {
        fmt::print(stderr, "dyad: {}\n", error);
        return 1;
    }
    // A log that nobody reads any more is no reason to die.
    std::signal(SIGPIPE, SIG_IGN);
    loop_.on_signals({SIGTERM, SIGINT, SIGHUP}, [this](int number) { on_signal(number); });
    for (const auto& warning : loaded_.warnings) {
        journal_.note(EventLevel::Warning, warning.substr(0, warning.find('\n')));
    }
    set_sysctls(journal_);
    driver_.start(loaded_.config.fib);
    driver_.configure(loaded_.config);
    http_.configure(loaded_.config.http);
    // Behind the first turn, which opens the listeners and dials.
    loop_.post([this] {
        notify_ready(status());
        feed_watchdog();
    });
    loop_.run();
    return 0;
}

std::string Daemon::reload() {
    auto loaded = load_config(loaded_.file, Secrets::Fetch);
    if (!loaded) {
        journal_.record({speaker::ConfigRefused{loaded.error().errors, loaded.error().first}});
        return refused_json(loaded.error());
    }
    loaded_ = *std::move(loaded);
    journal_.configure(loaded_.config.log);
    const auto changes = driver_.configure(loaded_.config);
    http_.configure(loaded_.config.http);
    return reloaded_json(loaded_, changes);
}

void Daemon::on_signal(int number) {
    if (number == SIGHUP) {
        notify_reloading();
        reload();
        notify_ready(status());
        return;
    }
    // The second time they mean it.
    if (std::exchange(stopping_, true)) return loop_.stop();
    notify("STOPPING=1");
    driver_.shut_down(number == SIGINT ? "interrupted" : "the daemon is being stopped", kShutdown,
                      [this] { loop_.stop(); });
}

void Daemon::feed_watchdog() {
    notify("WATCHDOG=1\nSTATUS=" + status());
    const Duration next = watchdog_interval_ ? std::min<Duration>(*watchdog_interval_, kStatusEvery) : kStatusEvery;
    watchdog_.after(next, [this] { feed_watchdog(); });
}

std::string Daemon::status() const {
    const auto view = driver_.answer(speaker::AskSummary{});
    const auto* summary = std::get_if<speaker::SummaryView>(&view);
    if (!summary) return "running";
    std::size_t all = 0;
    const auto up = count_established(*summary, all);
    return fmt::format("{} of {} sessions established, {} routes in the kernel", up, all, summary->fib.routes);
}

}  // namespace dyad::shell
