#include <fmt/format.h>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

Colour level_colour(std::string_view level) {
    if (level == "error" || level == "warning") return Colour::Bad;
    return level == "debug" ? Colour::Dim : Colour::None;
}

std::string subject(const Json& event) {
    auto name = text(event, "session");
    if (name.empty()) name = text(event, "peering");
    return name.empty() ? name : name + "  ";
}

/// "2026-11-23 07:16:02.118Z": a blank is easier on the eyes than RFC 3339's T, which also allows it.
std::string time(const Json& event) {
    auto words = text(event, "time");
    if (const auto t = words.find('T'); t != words.npos) words[t] = ' ';
    return words;
}

}  // namespace

std::string render_event(const Json& event, Colours colours) {
    const auto level = text(event, "level");
    return fmt::format("{} {} {}{}\n", time(event), paint(pad_right(level, 7), level_colour(level), colours),
                       subject(event), text(event, "text"));
}

}  // namespace dyad::ctl
