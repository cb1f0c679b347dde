#include "ctl/health.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstdio>

#include "ctl/client.hpp"

namespace dyad::ctl {

namespace {

/// Azure's VPN gateway: what stands in for the links.
constexpr std::uint64_t kVpnGatewayAs = 65'515;

std::string_view name_of(Level level) {
    constexpr std::array<std::string_view, 4> kNames{"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    return kNames[static_cast<std::size_t>(level)];
}

/// Collects findings and figures.
class Examiner {
public:
    Examiner(const Json& summary, const HealthScope& scope) : summary_(summary), scope_(scope) {}

    Health examine(const Json& limits) {
        bool found = scope_.peering.empty();
        std::vector<std::string> known;
        for (const auto& circuit : list(summary_, "circuits"))
            for (const auto& peering : list(circuit, "peerings")) {
                known.push_back(text(peering, "name"));
                if (!in_scope(known.back())) continue;
                found = true;
                examine_peering(peering);
            }
        if (!found) {
            find(Level::Unknown, fmt::format("there is no peering {}; there is: {}", scope_.peering, join(known)));
            return finish();
        }
        for (const auto& limit : list(limits, "limits"))
            if (in_scope(text(limit, "name"))) examine_limit(limit);
        if (scope_.peering.empty()) {
            for (const auto& neighbor : list(summary_, "neighbors")) examine_neighbour(neighbor);
            examine_kernel(member(summary_, "fib"));
        }
        return finish();
    }

private:
    bool in_scope(const std::string& peering) const { return scope_.peering.empty() || scope_.peering == peering; }
    void find(Level level, std::string what) { health_.findings.push_back({level, std::move(what)}); }
    void measure(std::string_view label, std::uint64_t value) {
        health_.performance.push_back(fmt::format("'{}'={}", label, value));
    }
    static std::string join(const std::vector<std::string>& words) {
        return words.empty() ? "none" : fmt::format("{}", fmt::join(words, ", "));
    }

    void examine_peering(const Json& peering) {
        const auto name = text(peering, "name");
        const auto redundancy = text(peering, "redundancy");
        measure(name + " links", static_cast<std::uint64_t>(std::ranges::count_if(list(peering, "links"), carries)));
        if (waits_for_route_filter(peering) && redundancy != "down") {
            find(Level::Ok, name + " up without routes (no route filter attached?)");
        } else if (redundancy == "down") {
            find(Level::Critical, name + " down: no link carries routes");
        } else {
            find(redundancy == "full" ? Level::Ok : Level::Warning, fmt::format("{} {}", name, redundancy));
        }
        for (const auto& link : list(peering, "links")) examine_link(link, redundancy);
        for (const auto& backup : list(peering, "backups")) examine_backup(name, backup);
    }

    static bool up(const Json& link) { return text(link, "state") == "Established"; }
    static bool carries(const Json& link) { return up(link) && number(link, "received") > 0; }
    /// Without a route filter Microsoft tells nothing on this peering, and nothing is wrong.
    static bool waits_for_route_filter(const Json& peering) {
        const auto& links = list(peering, "links");
        return text(peering, "kind") == "microsoft" && !links.empty() && std::ranges::all_of(links, up) &&
               std::ranges::none_of(links, carries);
    }

    void examine_link(const Json& link, const std::string& redundancy) {
        const auto name = text(link, "session");
        if (!up(link)) {
            find(Level::Warning, fmt::format("{} {}: {}", name, text(link, "state"), text(link, "reason")));
        } else if (!is_null(link, "unhealthy") && redundancy == "degraded") {
            find(Level::Warning, fmt::format("{} Established, but {}", name, text(link, "unhealthy")));
        } else if (redundancy == "degraded" && !carries(link) && is_null(link, "on")) {
            find(Level::Warning, name + " Established, but no routes come by it");
        }
        if (const auto alarm = text(link, "alarm"); !alarm.empty())
            find(Level::Warning, fmt::format("{}: {}", name, alarm));
        if (up(link) && text(link, "bfd") == "Down") find(Level::Warning, name + " BFD is Down");
        if (!text(link, "drain").empty()) find(Level::Warning, fmt::format("{} {}", name, text(link, "drain")));
        measure(name + " received", number(link, "received"));
    }

    void examine_backup(const std::string& peering, const Json& backup) {
        const auto state = text(backup, "state");
        if (state == "active") find(Level::Critical, peering + " on backup (VPN)");
        if (state == "down")
            find(Level::Warning, fmt::format("{} has no backup: {} is down", peering, text(backup, "name")));
    }

    void examine_limit(const Json& row) {
        const auto limit = number(row, "limit");
        const auto of = fmt::format("{} ({})", text(row, "name"), text(row, "family"));
        if (const auto withheld = number(row, "withheld"); withheld > 0)
            find(Level::Critical, fmt::format("{} {} prefixes withheld by the limit of {}", of, withheld, limit));
        std::uint64_t most = 0;
        for (const auto& session : list(row, "sessions")) {
            const auto advertised = number(session, "advertised");
            most = std::max(most, advertised);
            if (limit == 0) continue;
            health_.performance.push_back(fmt::format("'{} advertised {}'={};{};{};0;{}", text(session, "session"),
                                                      text(row, "family"), advertised, limit * scope_.warning / 100,
                                                      limit * scope_.critical / 100, limit));
        }
        const auto percent = limit == 0 ? 0 : most * 100 / limit;
        if (limit == 0 || percent < scope_.warning) return;
        const auto level = percent >= scope_.critical ? Level::Critical : Level::Warning;
        find(level, fmt::format("{} {} of {} prefixes advertised", of, most, limit));
    }

    /// One of the inside, or the VPN, is redundancy lost; any other has nobody to stand in for it.
    void examine_neighbour(const Json& neighbor) {
        const auto name = text(neighbor, "session");
        measure(name + " received", number(neighbor, "received"));
        if (up(neighbor)) return find(Level::Ok, name + " Established");
        const auto asn = number(neighbor, "peer_asn");
        const bool stands_in = asn == kVpnGatewayAs || asn == number(summary_, "asn");
        find(stands_in ? Level::Warning : Level::Critical,
             fmt::format("{} {}: {}", name, text(neighbor, "state"), text(neighbor, "reason")));
    }

    void examine_kernel(const Json& fib) {
        if (!truth(fib, "enabled")) return;
        measure("kernel routes", number(fib, "routes"));
        measure("kernel pending", number(fib, "pending"));
        measure("kernel failed", number(fib, "failed"));
        if (const auto failed = number(fib, "failed"); failed > 0)
            find(Level::Critical, fmt::format("the kernel refuses {} route{}", failed, failed == 1 ? "" : "s"));
    }

    Health finish() {
        std::ranges::stable_sort(health_.findings, std::greater{}, &Finding::level);
        for (const auto& finding : health_.findings) health_.level = std::max(health_.level, finding.level);
        return std::move(health_);
    }

    const Json& summary_;
    const HealthScope& scope_;
    Health health_;
};

Health unknown(std::string what) { return {Level::Unknown, {{Level::Unknown, std::move(what)}}, {}}; }

/// The one object of an answer; an error's words where it is none.
std::expected<Json, std::string> fetch(const std::string& socket, const std::string& request) {
    std::string answer;
    const auto trouble = ask(socket, request, [&](std::string_view line) {
        answer = line;
        return GoOn::Yes;
    });
    if (!trouble.empty()) return std::unexpected(trouble);
    boost::system::error_code error;
    auto value = boost::json::parse(answer, error);
    if (error) return std::unexpected("the daemon's answer is not understood");
    if (!text(value, "error").empty()) return std::unexpected(text(value, "error"));
    return value;
}

Health ask_for_health(const Invocation& invocation, const std::string& socket) {
    const auto scope = health_scope(invocation);
    if (!scope) return unknown(scope.error());
    const auto summary = fetch(socket, R"({"ask":"summary"})");
    if (!summary) return unknown(summary.error());
    const auto limits = fetch(socket, R"({"ask":"limits"})");
    return judge_health(*summary, limits.value_or(Json{}), *scope);  // an older daemon has no such answer
}

}  // namespace

Health judge_health(const Json& summary, const Json& limits, const HealthScope& scope) {
    return Examiner{summary, scope}.examine(limits);
}

std::string plugin_line(const Health& health) {
    std::vector<std::string> words;
    for (const auto& finding : health.findings) {
        // What is well is worth a line only where all is.
        if (finding.level == Level::Ok && health.level != Level::Ok) continue;
        words.push_back(finding.what);
        std::ranges::replace(words.back(), '|', '/');  // it ends the text
    }
    const auto text =
        words.empty() ? std::string{"no session is configured"} : fmt::format("{}", fmt::join(words, "; "));
    const auto figures = health.performance.empty() ? "" : fmt::format(" | {}", fmt::join(health.performance, " "));
    return fmt::format("DYAD {}: {}{}", name_of(health.level), text, figures);
}

std::string to_json(const Health& health) {
    boost::json::array findings;
    for (const auto& finding : health.findings)
        findings.push_back(boost::json::object{{"level", name_of(finding.level)}, {"what", finding.what}});
    boost::json::object out;
    out["status"] = name_of(health.level);
    out["exit_status"] = static_cast<std::uint64_t>(health.level);
    out["findings"] = std::move(findings);
    return boost::json::serialize(out);
}

std::expected<HealthScope, std::string> health_scope(const Invocation& invocation) {
    HealthScope scope{.peering = invocation.value("--peering")};
    for (const auto& [option, percent] : {std::pair{"--warning", &scope.warning}, {"--critical", &scope.critical}}) {
        if (!invocation.has(option)) continue;
        const auto given = invocation.value(option);
        const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), *percent);
        if (error != std::errc{} || end != given.data() + given.size() || *percent > 100)
            return std::unexpected(fmt::format("{} wants a percentage of the limit, 0 to 100, not {}", option, given));
    }
    if (scope.warning > scope.critical) return std::unexpected("--warning lies above --critical");
    return scope;
}

int health(const Invocation& invocation, const std::string& socket) {
    const auto found = ask_for_health(invocation, socket);
    fmt::print("{}\n", invocation.json ? to_json(found) : plugin_line(found));
    std::fflush(stdout);
    return static_cast<int>(found.level);
}

}  // namespace dyad::ctl
