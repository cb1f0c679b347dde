#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

constexpr std::size_t kValueColumn = 16;

void add(std::string& out, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    out += pad_right(fmt::format("  {}", name), kValueColumn) + wrap(value, kValueColumn, kValueColumn) + "\n";
}

std::string state_words(const Json& session, Colours colours) {
    const auto state = text(session, "state");
    const auto painted = paint(state, state_colour(state), colours);
    if (state == "Established") {
        return fmt::format("{} for {}, {} time{} since the start", painted,
                           long_duration(number(session, "uptime_seconds")), number(session, "times_established"),
                           number(session, "times_established") == 1 ? "" : "s");
    }
    return painted;
}

std::string session_timer_words(const Json& session) {
    const auto proposed = number(session, "hold_time_proposed_seconds");
    if (text(session, "state") != "Established") return fmt::format("hold {} s proposed", proposed);
    return fmt::format("hold {} s (ours {}), keepalive {} s; hold expires in {} s unless the peer is heard",
                       number(session, "hold_time_seconds"), proposed, number(session, "keepalive_seconds"),
                       number(session, "hold_remaining_seconds"));
}

std::string restart_words(const Json& session) {
    const auto agreed = text(session, "graceful_restart");
    const auto stale = number(session, "stale_routes");
    if (stale == 0) return agreed;
    return fmt::format("{} route{} of the session before kept, for {} s yet", stale, stale == 1 ? "" : "s",
                       number(session, "stale_seconds"));
}

std::string route_words(const Json& session) {
    const auto limit = number(session, "advertised_limit");
    return fmt::format("{} received, {} accepted, {} best; {} advertised{}, {} withheld", number(session, "received"),
                       number(session, "accepted"), number(session, "best"), number(session, "advertised"),
                       limit > 0 ? fmt::format(" of {}", limit) : "", number(session, "withheld"));
}

std::string refused_words(const Json& session) {
    std::string words;
    const auto say = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, what);
    };
    say(number(session, "guard_rejected"), "by the guard");
    say(number(session, "loop_rejected"), "our own come back");
    return words;
}

std::string drain_words(const Json& session) {
    if (is_null(session, "drain")) return {};
    const auto only_here = number(session, "only_here");
    return fmt::format("{} by order; {} route{} that no other session has", text(session, "drain"), only_here,
                       only_here == 1 ? "" : "s");
}

void add_messages(std::string& out, const Json& messages, Colours colours) {
    if (messages.is_null()) return;
    Table table{{{""},
                 {"OPEN", Align::Right},
                 {"UPDATE", Align::Right},
                 {"NOTIFICATION", Align::Right},
                 {"KEEPALIVE", Align::Right},
                 {"REFRESH", Align::Right}}};
    for (const auto* direction : {"received", "sent"}) {
        const auto& counts = member(messages, direction);
        const auto cell = [&](std::string_view key) { return Cell{std::to_string(number(counts, key))}; };
        table.row({{fmt::format("  {}", direction), Colour::Dim},
                   cell("open"),
                   cell("update"),
                   cell("notification"),
                   cell("keepalive"),
                   cell("route_refresh")});
    }
    out += "\n" + table.render(colours);
}

}  // namespace

std::string render_session(const Json& session, Colours colours) {
    std::string out = paint(text(session, "session"), Colour::Bold, colours) + "\n";
    add(out, "state", state_words(session, colours));
    add(out, "reason", text(session, "reason"));
    if (text(session, "state") != "Established") add(out, "down for", long_duration(number(session, "down_seconds")));
    add(out, "alarm", text(session, "alarm"));
    add(out, "traffic", drain_words(session));
    if (!is_null(session, "next_attempt_milliseconds")) {
        add(out, "next attempt",
            fmt::format("in {:.1f} s", static_cast<double>(number(session, "next_attempt_milliseconds")) / 1000));
    }
    add(out, "next attempt", text(session, "next_try"));
    add(out, "last error", text(session, "last_error"));
    add(out, "interface", text(session, "interface"));
    add(out, "addresses",
        fmt::format("{} -> {}, AS {}{}", text_or_dash(session, "local"), text(session, "peer"),
                    number(session, "peer_asn"),
                    is_null(session, "peer_router_id") ? "" : ", router id " + text(session, "peer_router_id")));
    add(out, "timers", session_timer_words(session));
    const auto ttl = text(session, "ttl");
    add(out, "TCP",
        fmt::format("{}, MD5 {}", ttl == "gtsm" ? "GTSM" : "TTL " + ttl, truth(session, "md5") ? "on" : "off"));
    add(out, "BFD", text(session, "bfd"));
    add(out, "restart", restart_words(session));
    add(out, "families", joined(session, "families", ", "));
    add(out, "offered", joined(session, "capabilities_sent", ", "));
    add(out, "peer offered", joined(session, "capabilities_received", ", "));
    add(out, "routes", route_words(session));
    add(out, "refused", refused_words(session));
    add_messages(out, member(session, "messages"), colours);
    return out;
}

}  // namespace dyad::ctl
