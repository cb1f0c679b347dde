#include "shell/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

namespace dyad::shell {

namespace {

using namespace speaker;
using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// In the order of RFC 4271 8.2.2, as numbers that graphs can draw: 6 is Established, as in BGP4-MIB (RFC 4273).
constexpr std::array<std::string_view, 6> kStates{"Idle",     "Connect",     "Active",
                                                  "OpenSent", "OpenConfirm", "Established"};

std::string escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '\n') {
            out += "\\n";
            continue;
        }
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out;
}

/// One family of samples: help and type stand once, before them; a family without samples is left out.
class Metric {
public:
    Metric(std::string& out, std::string_view name, std::string_view type, std::string_view help)
        : out_(out), name_(name), head_(fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type)) {}

    template <class Number>
    void add(Labels labels, Number value) {
        out_ += std::exchange(head_, {});
        out_ += name_;
        std::string text;
        for (const auto& [key, label] : labels)
            text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", key, escaped(label));
        if (!text.empty()) out_ += "{" + text + "}";
        out_ += fmt::format(" {}\n", value);
    }

private:
    std::string& out_;
    std::string name_, head_;
};

class Writer {
public:
    Writer(const MetricsInput& input, const Availability& availability) : input_(input), availability_(availability) {}

    std::string write() {
        about();
        sessions();
        prefixes();
        messages();
        limits();
        peerings();
        kernel();
        azure();
        return std::move(out_);
    }

private:
    Metric gauge(std::string_view name, std::string_view help) { return {out_, name, "gauge", help}; }
    Metric counter(std::string_view name, std::string_view help) { return {out_, name, "counter", help}; }

    void about() {
        gauge("dyad_build_info", "The program's version.").add({{"version", input_.summary.version}}, 1);
        gauge("dyad_uptime_seconds", "Since the daemon's start.").add({}, input_.summary.uptime_seconds);
    }

    void sessions() {
        auto up = gauge("dyad_session_up", "1: Established.");
        for (const auto& one : input_.sessions)
            up.add({{"session", one.row.session}}, one.row.state == "Established" ? 1 : 0);
        auto state =
            gauge("dyad_session_state", "1 Idle, 2 Connect, 3 Active, 4 OpenSent, 5 OpenConfirm, 6 Established.");
        for (const auto& one : input_.sessions)
            state.add({{"session", one.row.session}}, std::ranges::find(kStates, one.row.state) - kStates.begin() + 1);
        auto uptime = gauge("dyad_session_uptime_seconds", "Since Established.");
        for (const auto& one : input_.sessions) uptime.add({{"session", one.row.session}}, one.row.uptime_seconds);
        auto times = counter("dyad_session_established_total", "How often it came up.");
        for (const auto& one : input_.sessions) times.add({{"session", one.row.session}}, one.times_established);
        auto bfd = gauge("dyad_bfd_up", "1: BFD is Up; only where it is on.");
        for (const auto& one : input_.sessions)
            if (!one.row.bfd.empty()) bfd.add({{"session", one.row.session}}, one.row.bfd == "Up" ? 1 : 0);
        auto cause = gauge("dyad_session_down_info", "Why it is not Established.");
        for (const auto& one : input_.sessions)
            if (!one.row.cause.empty()) cause.add({{"session", one.row.session}, {"cause", one.row.cause}}, 1);
    }

    void prefixes() {
        auto prefixes = gauge("dyad_prefixes", "Prefixes of a session by what became of them.");
        for (const auto& one : input_.sessions) {
            const auto& row = one.row;
            const auto add = [&](std::string_view kind, std::size_t count) {
                prefixes.add({{"session", row.session}, {"kind", kind}}, count);
            };
            add("received", row.received);
            add("accepted", row.accepted);
            add("best", row.best);
            add("advertised", row.advertised);
            add("withheld", row.withheld);
        }
        auto loops = gauge("dyad_loop_dropped", "Received routes that are our own come back.");
        for (const auto& one : input_.sessions) loops.add({{"session", one.row.session}}, one.row.loop_rejected);
        auto guarded = gauge("dyad_guard_dropped", "Received routes that the import guard refuses.");
        for (const auto& one : input_.sessions) guarded.add({{"session", one.row.session}}, one.row.guard_rejected);
        auto alarm = gauge("dyad_routes_vanished", "1: routes are gone from an Established session.");
        for (const auto& one : input_.sessions)
            alarm.add({{"session", one.row.session}}, one.row.alarm.empty() ? 0 : 1);
    }

    void messages() {
        constexpr std::array<std::string_view, 6> kTypes{"",          "open",         "update", "notification",
                                                         "keepalive", "route_refresh"};
        auto messages = counter("dyad_messages_total", "BGP messages.");
        for (const auto& one : input_.sessions)
            for (std::size_t type = 1; type < kTypes.size(); ++type) {
                messages.add({{"session", one.row.session}, {"direction", "received"}, {"type", kTypes[type]}},
                             one.messages.received[type]);
                messages.add({{"session", one.row.session}, {"direction", "sent"}, {"type", kTypes[type]}},
                             one.messages.sent[type]);
            }
        auto last = gauge("dyad_last_notification_info", "The last NOTIFICATION in each direction.");
        for (const auto& one : input_.sessions) {
            const auto add = [&](std::string_view direction, const std::optional<wire::Notification>& notification) {
                if (!notification) return;
                const auto code = std::to_string(static_cast<unsigned>(notification->code)),
                           subcode = std::to_string(notification->subcode);
                last.add({{"session", one.row.session}, {"direction", direction}, {"code", code}, {"subcode", subcode}},
                         1);
            };
            add("received", one.last_notification_received);
            add("sent", one.last_notification_sent);
        }
    }

    void limits() {
        auto limit = gauge("dyad_prefix_limit", "Prefixes that may be advertised.");
        for (const auto& row : input_.limits.limits)
            limit.add({{"peering", row.name}, {"family", row.family}}, row.limit);
        auto wanted = gauge("dyad_prefixes_wanted", "Prefixes that are to be advertised, withheld ones among them.");
        for (const auto& row : input_.limits.limits)
            wanted.add({{"peering", row.name}, {"family", row.family}}, row.wanted);
    }

    void peerings() {
        auto redundancy = gauge("dyad_redundancy", "2 full, 1 degraded, 0 down.");
        for (const auto& circuit : input_.summary.circuits)
            for (const auto& peering : circuit.peerings)
                redundancy.add({{"peering", peering.name}}, peering.redundancy == "full"       ? 2
                                                            : peering.redundancy == "degraded" ? 1
                                                                                               : 0);
    }

    void kernel() {
        const auto& fib = input_.summary.fib;
        auto routes = gauge("dyad_fib_routes", "Routes of ours in the kernel, and what is not there as it should be.");
        routes.add({{"state", "installed"}}, fib.routes);
        routes.add({{"state", "backup"}}, fib.backup_routes);
        routes.add({{"state", "pending"}}, fib.pending);
        routes.add({{"state", "failed"}}, fib.failed);
    }

    /// Azure's own names, so that one alert serves both ends.
    void azure() {
        auto bgp = gauge("dyad_azure_BgpAvailability", "Percent of the last five minutes Established.");
        each_link([&](const auto& peering, const auto& link, const Availability::Percent& percent) {
            bgp.add({{"peering", peering}, {"peer", link}}, percent.bgp);
        });
        auto arp = gauge("dyad_azure_ArpAvailability",
                         "Percent of the last five minutes in which the peer answered ARP or ND.");
        each_link([&](const auto& peering, const auto& link, const Availability::Percent& percent) {
            arp.add({{"peering", peering}, {"peer", link}}, percent.arp);
        });
    }

    template <class Visit>
    void each_link(Visit&& visit) const {
        for (const auto& circuit : input_.summary.circuits)
            for (const auto& peering : circuit.peerings)
                for (const auto& row : peering.links)
                    if (const auto percent = availability_.of(row.session)) visit(peering.name, row.link, *percent);
    }

    const MetricsInput& input_;
    const Availability& availability_;
    std::string out_;
};

}  // namespace

std::string metrics_text(const MetricsInput& input, const Availability& availability) {
    return Writer{input, availability}.write();
}

}  // namespace dyad::shell
