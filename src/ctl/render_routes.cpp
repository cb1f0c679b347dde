#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

// Fixed, since rows are printed as they come; a longer word pushes its row to the right.
constexpr std::size_t kPrefixColumns = 18;
constexpr std::size_t kSessionColumns = 24;
constexpr std::size_t kPrefColumns = 5;
constexpr std::size_t kKernelColumns = 9;

std::string line(std::string_view mark, const std::string& prefix, const std::string& session, const std::string& pref,
                 const std::string& kernel, const std::string& path) {
    return trim_right(fmt::format("{:<2} {} {} {} {} {}", mark, pad_right(prefix, kPrefixColumns),
                                  pad_right(session, kSessionColumns), pad_left(pref, kPrefColumns),
                                  pad_right(kernel, kKernelColumns), path));
}

std::string_view mark_of(const Json& route) {
    if (truth(route, "best")) return truth(route, "multipath") ? "*=" : "* ";
    return truth(route, "multipath") ? "= " : "";
}

/// "  [azure:eastus.private 12076:20001]": names where there are, else numbers.
std::string community_words(const Json& route) {
    std::string words;
    const auto& names = member(route, "community_names");
    for (const auto& community : list(route, "communities")) {
        if (!community.is_string()) continue;
        const std::string number{community.get_string()};
        const auto name = text(names, number);
        words += (words.empty() ? "" : " ") + (name.empty() ? number : name);
    }
    return words.empty() ? "" : "  [" + words + "]";
}

/// "12076 8075 i": as every router's table ends.
std::string path_words(const Json& route) {
    auto path = text(route, "as_path");
    const auto origin = text(route, "origin");
    if (!origin.empty())
        path += fmt::format("{}{}", path.empty() ? "" : " ", origin == "incomplete" ? "?" : origin.substr(0, 1));
    if (!is_null(route, "med")) path += fmt::format(" med {}", number(route, "med"));
    return path + community_words(route);
}

}  // namespace

std::string render_routes_titles(Colours colours) {
    return paint(line("", "Prefix", "Session", "Pref", "Kernel", "AS path"), Colour::Dim, colours) + "\n";
}

std::string render_route(const Json& route, Colours colours) {
    auto out = line(mark_of(route), text(route, "prefix"), text_or_dash(route, "session"),
                    number(route, "local_pref") == 0 ? "-" : std::to_string(number(route, "local_pref")),
                    text(route, "fib") == "not_wanted" ? "-" : text_or_dash(route, "fib"), path_words(route)) +
               "\n";
    if (const auto reason = text(route, "reason"); !reason.empty()) {
        out += paint("   └ " + wrap(reason, 5, 5), Colour::Dim, colours) + "\n";
    }
    return out;
}

}  // namespace dyad::ctl
