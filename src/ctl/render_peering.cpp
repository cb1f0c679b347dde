#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <functional>
#include <vector>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

constexpr std::size_t kTitleColumns = 15;
constexpr std::size_t kLinkColumns = 32;
constexpr std::size_t kGaugeColumns = 40;

using Sessions = std::vector<const Json*>;

std::string state_words(const Json& session) {
    const auto state = text(session, "state");
    return state == "Established" ? fmt::format("{} {}", state, short_duration(number(session, "uptime_seconds")))
                                  : state;
}

std::string hold_words(const Json& session) {
    const auto ours = number(session, "hold_time_proposed_seconds");
    if (text(session, "state") != "Established") return fmt::format("hold {} s proposed", ours);
    return fmt::format("hold {} s (ours {})", number(session, "hold_time_seconds"), ours);
}

std::string received_words(const Json& session) {
    return fmt::format("{}, {} accepted, {} best", number(session, "received"), number(session, "accepted"),
                       number(session, "best"));
}

std::string sent_words(const Json& session) {
    return fmt::format("{}, {} withheld", number(session, "advertised"), number(session, "withheld"));
}

std::string traffic_words(const Json& session) {
    if (is_null(session, "drain")) return {};
    const auto only_here = number(session, "only_here");
    return only_here == 0 ? text(session, "drain") : fmt::format("{}, {} only here", text(session, "drain"), only_here);
}

struct Line {
    std::string_view name;
    std::string (*words)(const Json&);
};

constexpr Line kLines[] = {
    {"link", [](const Json& s) { return text_or_dash(s, "interface"); }},
    {"ours", [](const Json& s) { return text_or_dash(s, "local"); }},
    {"theirs", [](const Json& s) { return text(s, "peer"); }},
    {"session", state_words},
    {"timers", hold_words},
    {"BFD", [](const Json& s) { return is_null(s, "bfd") ? std::string{"off"} : text(s, "bfd"); }},
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

std::string difference_words(const Json& peering) {
    const auto primary = number(peering, "only_primary");
    const auto secondary = number(peering, "only_secondary");
    if (primary == 0 && secondary == 0) return "the same prefixes on both links";
    return fmt::format("{} prefix{} on the primary only, {} on the secondary only !", primary, primary == 1 ? "" : "es",
                       secondary);
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
    out += fmt::format("\n  {:<13}{}\n", "received", difference_words(peering));
    if (const auto limit = number(peering, "advertised_limit"); limit > 0) {
        out += fmt::format("  {:<13}{}\n", "advertised", gauge(most_sent, limit));
    }
    if (!is_null(peering, "limit")) {
        const auto& row = member(peering, "limit");
        out += fmt::format("  {:<13}{}\n", "growth", growth_sentence(row)) + limit_notes(row);
    }
    return out;
}

}  // namespace dyad::ctl
