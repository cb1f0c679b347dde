#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

std::string ago(double seconds) { return long_duration(static_cast<std::uint64_t>(seconds)); }

/// "+ 10.20.0.0/16", a line each, and how many more there are than were named.
void list_prefixes(std::string& out, const Json& row, std::string_view key, std::string_view mark, Colour colour,
                   Colours colours) {
    const auto& prefixes = list(row, key);
    for (const auto& prefix : prefixes) {
        if (!prefix.is_string()) continue;
        const auto& text = prefix.get_string();
        out += "  " + paint(fmt::format("{} {}", mark, std::string_view{text.data(), text.size()}), colour, colours) +
               "\n";
    }
    const auto all = number(row, fmt::format("{}_count", key));
    if (all > prefixes.size()) out += fmt::format("  {} … and {} more\n", mark, all - prefixes.size());
}

}  // namespace

std::string render_diff(const Json& diff, Colours colours) {
    std::string out = fmt::format("since {} ago", ago(real(diff, "since_seconds_ago")));
    if (!truth(diff, "complete"))
        out += fmt::format(" (incomplete: what is remembered begins {} ago)", ago(real(diff, "known_seconds")));
    out += "\n";
    if (list(diff, "peerings").empty()) return out + "no prefix gained or lost\n";
    for (const auto& row : list(diff, "peerings")) {
        out += fmt::format("{}: {} gained, {} lost{}\n", paint(text(row, "name"), Colour::Bold, colours),
                           number(row, "gained_count"), number(row, "lost_count"),
                           number(row, "back_count") == 0
                               ? ""
                               : fmt::format(", {} changed and changed back", number(row, "back_count")));
        list_prefixes(out, row, "gained", "+", Colour::Good, colours);
        list_prefixes(out, row, "lost", "-", Colour::Bad, colours);
        list_prefixes(out, row, "back", "~", Colour::Dim, colours);
    }
    return out;
}

}  // namespace dyad::ctl
