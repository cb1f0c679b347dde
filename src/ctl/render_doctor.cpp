#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

constexpr std::size_t kSentenceColumn = 18;

std::string_view mark(const std::string& state) {
    if (state == "ok") return "✓";
    return state == "failed" ? "✗" : "!";
}

Colour colour_of_step(const std::string& state) {
    if (state == "ok") return Colour::Good;
    return state == "failed" ? Colour::Bad : Colour::None;
}

std::string report(const Json& session, Colours colours) {
    auto out = paint(text(session, "session"), Colour::Bold, colours) + "\n";
    for (const auto& step : list(session, "steps")) {
        const auto state = text(step, "state");
        const auto name = pad_right(fmt::format("  {} {}", mark(state), text(step, "step")), kSentenceColumn);
        out += paint(name, colour_of_step(state), colours) +
               wrap(text(step, "sentence"), kSentenceColumn, kSentenceColumn) + "\n";
    }
    const auto owner = text(session, "owner");
    const auto verdict = text(session, "verdict");
    if (owner.empty()) return out + "  " + paint(verdict, Colour::Good, colours) + "\n";
    return out + "  " +
           paint(wrap(fmt::format("fails at {}", verdict.substr(0, verdict.find(':'))), 2, 2), Colour::Bad, colours) +
           fmt::format(", which is {}\n",
                       owner == "you" ? "yours to mend"
                                      : fmt::format("the matter of {}", owner == "provider" ? "your provider" : owner));
}

}  // namespace

std::string render_doctor(const Json& doctor, Colours colours) {
    std::string out;
    for (const auto& session : list(doctor, "sessions")) out += (out.empty() ? "" : "\n") + report(session, colours);
    return out;
}

}  // namespace dyad::ctl
