#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <cmath>
#include <functional>
#include <vector>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

constexpr std::size_t kTitleColumns = 15;
constexpr std::size_t kLinkColumns = 32;
constexpr std::size_t kGaugeColumns = 40;
/// Of the changes of redundancy; JSON has all that are kept.
constexpr std::size_t kChangesShown = 5;

using Sessions = std::vector<const Json*>;

std::string state_words(const Json& session) {
    const auto state = text(session, "state");
    return state == "Established" ? fmt::format("{} {}", state, short_duration(number(session, "uptime_seconds")))
                                  : state;
}

bool is_elsewhere(const Json& session) { return !is_null(session, "on"); }

std::string hold_words(const Json& session) {
    if (is_elsewhere(session)) return {};
    const auto ours = number(session, "hold_time_proposed_seconds");
    if (text(session, "state") != "Established") return fmt::format("hold {} s proposed", ours);
    return fmt::format("hold {} s (ours {})", number(session, "hold_time_seconds"), ours);
}

std::string received_words(const Json& session) {
    if (is_elsewhere(session)) return fmt::format("{} by {}", number(session, "received"), text(session, "on"));
    return fmt::format("{}, {} accepted, {} best", number(session, "received"), number(session, "accepted"),
                       number(session, "best"));
}

std::string sent_words(const Json& session) {
    if (is_elsewhere(session)) return {};
    return fmt::format("{}, {} withheld", number(session, "advertised"), number(session, "withheld"));
}

std::string link_words(const Json& session) {
    return is_elsewhere(session) ? "on " + text(session, "on") : text_or_dash(session, "interface");
}

std::string bfd_words(const Json& session) {
    if (is_elsewhere(session)) return {};
    return is_null(session, "bfd") ? std::string{"off"} : text(session, "bfd");
}

std::string traffic_words(const Json& session) {
    if (!is_null(session, "maintenance_seconds"))
        return fmt::format("maintenance {}", short_duration(number(session, "maintenance_seconds")));
    if (is_null(session, "drain")) return {};
    const auto only_here = number(session, "only_here");
    return only_here == 0 ? text(session, "drain") : fmt::format("{}, {} only here", text(session, "drain"), only_here);
}

struct Line {
    std::string_view name;
    std::string (*words)(const Json&);
};

constexpr Line kLines[] = {
    {"link", link_words},
    {"ours", [](const Json& s) { return text_or_dash(s, "local"); }},
    {"theirs", [](const Json& s) { return text(s, "peer"); }},
    {"session", state_words},
    {"timers", hold_words},
    {"BFD", bfd_words},
    {"traffic", traffic_words},
    {"received", received_words},
    {"advertised", sent_words},
};

/// Side by side what is to be equal.
std::string side_by_side(const Sessions& sessions, Colours colours) {
    std::string titles(kTitleColumns, ' ');
    for (const auto* session : sessions) titles += pad_right(text(*session, "link"), kLinkColumns);
    std::string out = paint(trim_right(std::move(titles)), Colour::Bold, colours) + "\n";
    for (const auto& [name, words] : kLines) {
        auto line = pad_right(fmt::format("  {}", name), kTitleColumns);
        bool any = false;
        for (const auto* session : sessions) {
            const auto said = words(*session);
            any = any || !said.empty();
            line += pad_right(cut(said, kLinkColumns - 2), kLinkColumns);
        }
        if (any) out += trim_right(std::move(line)) + "\n";
    }
    for (const auto* session : sessions) {
        auto reason = text(*session, "reason");
        if (reason.empty() && !is_null(*session, "unhealthy")) reason = text(*session, "unhealthy");
        if (reason.empty() && !is_null(*session, "last_error")) reason = "last error: " + text(*session, "last_error");
        if (reason.empty()) continue;
        const auto words = wrap(fmt::format("{}: {}", text(*session, "link"), reason), 4, 4);
        out +=
            paint("  └ " + words, text(*session, "state") == "Established" ? Colour::Dim : Colour::Bad, colours) + "\n";
    }
    return out;
}

std::string gauge(std::uint64_t count, std::uint64_t limit) {
    const auto filled =
        limit == 0 ? 0 : std::min<std::uint64_t>(kGaugeColumns, (count * kGaugeColumns + limit - 1) / limit);
    std::string bar;
    for (std::size_t i = 0; i < kGaugeColumns; ++i) bar += i < filled ? "█" : " ";
    return fmt::format("▕{}▏ {} of {} ({} %)", bar, count, limit, limit == 0 ? 0 : count * 100 / limit);
}

/// before: "" for what is received, "advertised_" for the other direction.
std::string difference_words(const Json& peering, const std::string& before) {
    const auto& sessions = list(peering, "sessions");
    if (std::ranges::any_of(sessions, is_elsewhere)) return "the other link ends on another router";
    const auto primary = number(peering, before + "only_primary");
    const auto secondary = number(peering, before + "only_secondary");
    if (primary == 0 && secondary == 0) return "the same prefixes on both links";
    const auto seconds = number(peering, before + "differ_seconds");
    return fmt::format("{} prefix{} on the primary only, {} on the secondary only{} !", primary,
                       primary == 1 ? "" : "es", secondary, seconds == 0 ? "" : ", for " + short_duration(seconds));
}

/// "99.98 % of 2026-11 with both links healthy (2d4h observed), degraded 41s, down 0s"
std::string month_words(const Json& month) {
    const auto words =
        fmt::format("{:.2f} % of {} with both links healthy ({} observed), degraded {}, down {}",
                    std::floor(real(month, "full_percent") * 100) / 100, text(month, "month"),
                    short_duration(number(month, "observed_seconds")),
                    short_duration(number(month, "degraded_seconds")), short_duration(number(month, "down_seconds")));
    return wrap(words, kTitleColumns, kTitleColumns);
}

/// How it was, the latest last.
std::string history_lines(const Json& peering) {
    std::string out;
    const auto& changes = list(peering, "history");
    const auto first = changes.size() > kChangesShown ? changes.size() - kChangesShown : 0;
    for (auto i = first; i < changes.size(); ++i) {
        const auto why = is_null(changes[i], "reason") ? "" : ": " + text(changes[i], "reason");
        const auto line = fmt::format("{} {} for {}{}", text(changes[i], "time"), text(changes[i], "new"),
                                      short_duration(number(changes[i], "lasted_seconds")), why);
        out += fmt::format("  {:<13}{}\n", i == first ? "history" : "", wrap(line, kTitleColumns, kTitleColumns));
    }
    return out;
}

bool is_v6(const Json& session) { return text(session, "session").ends_with("/v6"); }

}  // namespace

std::string render_peering(const Json& peering, Colours colours) {
    const auto redundancy = text(peering, "redundancy");
    auto out =
        fmt::format("{}  {}, prefer {}\n", paint(text(peering, "name"), Colour::Bold, colours),
                    paint(redundancy_words(redundancy), redundancy == "full" ? Colour::Good : Colour::Bad, colours),
                    text(peering, "prefer"));
    for (const auto& backup : list(peering, "backups")) {
        const auto good = text(backup, "state") == "ready";
        out += "  " + paint(backup_words(backup), good ? Colour::None : Colour::Bad, colours) + "\n";
    }
    Sessions v4, v6;
    std::uint64_t most_sent = 0;
    for (const auto& session : list(peering, "sessions")) {
        (is_v6(session) ? v6 : v4).push_back(&session);
        if (!is_v6(session)) most_sent = std::max(most_sent, number(session, "advertised"));
    }
    for (const auto& sessions : {v4, v6}) {
        if (!sessions.empty()) out += "\n" + side_by_side(sessions, colours);
    }
    for (const auto& warning : list(peering, "warnings"))
        out += paint("  ! " + wrap(std::string{warning.as_string()}, 4, 4), Colour::Bad, colours) + "\n";
    out += fmt::format("\n  {:<13}{}\n", "received", difference_words(peering, ""));
    if (!is_null(peering, "advertised_only_primary"))
        out += fmt::format("  {:<13}{}\n", "told", difference_words(peering, "advertised_"));
    if (const auto limit = number(peering, "advertised_limit"); limit > 0) {
        out += fmt::format("  {:<13}{}\n", "advertised", gauge(most_sent, limit));
    }
    if (!is_null(peering, "limit")) {
        const auto& row = member(peering, "limit");
        out += fmt::format("  {:<13}{}\n", "growth", growth_sentence(row)) + limit_notes(row);
    }
    if (!is_null(peering, "this_month")) {
        out += fmt::format("  {:<13}{}\n", "SLA", month_words(member(peering, "this_month")));
        if (!is_null(peering, "last_month"))
            out += fmt::format("  {:<13}{}\n", "", month_words(member(peering, "last_month")));
    }
    return out + history_lines(peering);
}

}  // namespace dyad::ctl
