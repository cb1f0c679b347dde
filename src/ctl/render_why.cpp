#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

constexpr std::size_t kSentenceColumn = 15;

/// Which configuration line decided, where one did.
std::string source_words(const Json& stage) {
    const auto key = text(stage, "configuration_key");
    if (key.empty()) return {};
    const auto where = number(stage, "configuration_line");
    return where == 0 ? fmt::format(" ({}, by default)", key) : fmt::format(" ({}, line {})", key, where);
}

}  // namespace

std::string render_why(const Json& why, Colours colours) {
    std::string out = paint(wrap(text(why, "verdict"), 0, 2), Colour::Bold, colours) + "\n";
    for (const auto& hop : list(why, "next_hops")) {
        out += fmt::format("  via {}{}{}\n", text(hop, "address"),
                           is_null(hop, "interface") ? "" : " on " + text(hop, "interface"),
                           is_null(hop, "session") ? "" : fmt::format("  ({})", text(hop, "session")));
    }
    if (!list(why, "stages").empty()) out += "\n";
    std::string previous;
    for (const auto& stage : list(why, "stages")) {
        const bool passed = truth(stage, "passed");
        const auto name = text(stage, "stage");
        const auto session = text(stage, "session");
        const auto words =
            fmt::format("{}{}{}{}", session, session.empty() ? "" : ": ", text(stage, "sentence"), source_words(stage));
        out += paint(passed ? "✓" : "✗", passed ? Colour::Good : Colour::Bad, colours);
        out += " " + pad_right(name == previous ? "" : name, kSentenceColumn - 2);
        out += wrap(words, kSentenceColumn, kSentenceColumn) + (passed ? "" : "  <- stopped here") + "\n";
        previous = name;
    }
    return out;
}

}  // namespace dyad::ctl
