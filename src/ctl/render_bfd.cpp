#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

/// "300", "16.7": milliseconds; "-" while nothing is heard.
std::string milliseconds(const Json& row, std::string_view key) {
    const auto microseconds = number(row, key);
    if (microseconds == 0) return "-";
    if (microseconds % 1000 == 0) return std::to_string(microseconds / 1000);
    return fmt::format("{:.1f}", static_cast<double>(microseconds) / 1000);
}

Colour colour_of(std::string_view state) {
    if (state == "Up") return Colour::Good;
    return state == "Down" ? Colour::Bad : Colour::None;
}

/// Why it is not Up, in one line below its row.
std::string reason(const Json& row) {
    if (text(row, "state") == "Up") return {};
    if (number(row, "remote_discriminator") == 0)
        return fmt::format("  nothing is heard of {}{}", text(row, "peer"),
                           number(row, "times_up") == 0 ? "" : ": " + text(row, "diagnostic"));
    return fmt::format("  {} is {}: {}", text(row, "peer"), text(row, "remote_state"), text(row, "diagnostic"));
}

}  // namespace

std::string render_bfd(const Json& bfd, Colours colours) {
    if (list(bfd, "sessions").empty()) return "no session has BFD (bfd = true), or none of their links is there\n";
    Table table{{{"Session"},
                 {"State"},
                 {"For", Align::Right},
                 {"Send ms", Align::Right},
                 {"Receive", Align::Right},
                 {"Detect", Align::Right},
                 {"Ups", Align::Right}}};
    for (const auto& row : list(bfd, "sessions")) {
        const auto state = text(row, "state");
        table.row({{text(row, "session")},
                   {state, colour_of(state)},
                   {short_duration(number(row, "since_seconds"))},
                   {milliseconds(row, "transmit_interval_microseconds")},
                   {milliseconds(row, "receive_interval_microseconds")},
                   {milliseconds(row, "detection_time_microseconds")},
                   {std::to_string(number(row, "times_up"))}});
        if (auto why = reason(row); !why.empty()) table.note(std::move(why));
    }
    return table.render(colours);
}

}  // namespace dyad::ctl
