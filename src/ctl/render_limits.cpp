#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

std::string days_words(const Json& row) {
    const auto days = number(row, "days_left");
    return days == 0 ? "less than a day" : fmt::format("{} day{}", days, days == 1 ? "" : "s");
}

std::string growth_words(const Json& row) { return fmt::format("{:+.1f}", real(row, "growth_per_day")); }

std::string sent_by_link(const Json& row) {
    std::string out;
    for (const auto& session : list(row, "sessions"))
        out += fmt::format("{}{}", out.empty() ? "" : "/", number(session, "advertised"));
    return out;
}

std::string learned_words(const Json& row) {
    const auto& learned = row.as_object().at("learned");
    return fmt::format("learned of the peer: {} {}, we had {}: at most {} until `dyad clear {}` (configured: {})",
                       truth(learned, "told") ? "its limit is" : "its limit may be", number(learned, "peers_limit"),
                       number(learned, "had"), number(learned, "limit"), text(row, "name"),
                       number(row, "configured") == 0 ? "none" : std::to_string(number(row, "configured")));
}

std::string withheld_words(const Json& row) {
    const auto& first = list(row, "first_withheld");
    const auto more = number(row, "withheld") > first.size() ? ", …" : "";
    return fmt::format("withheld: {}{}", joined(row, "first_withheld", ", "), more);
}

std::string proposal_words(const Json& row) {
    std::string best;
    for (const auto& proposal : list(row, "proposals"))
        best += fmt::format("{}{} for {}", best.empty() ? "" : ", ", text(proposal, "aggregate"),
                            number(proposal, "replaces"));
    return fmt::format("aggregation would save {}, covering the same addresses: {}", number(row, "aggregation_saves"),
                       best);
}

void add_note(std::string& out, const std::string& words) { out += "  └ " + wrap(words, 4, 4) + "\n"; }

}  // namespace

std::string limit_notes(const Json& row) {
    std::string out;
    if (!is_null(row, "learned")) add_note(out, learned_words(row));
    if (text(row, "state") == "shutdown")
        add_note(out,
                 fmt::format("shut down by on_limit: back when they fit, or by `dyad clear {}`", text(row, "name")));
    if (text(row, "state") == "frozen")
        add_note(out, fmt::format("frozen: nothing new until all fit, or until `dyad clear {}`", text(row, "name")));
    if (number(row, "withheld") > 0) add_note(out, withheld_words(row));
    const auto most = [&] {
        std::uint64_t found = 0;
        for (const auto& session : list(row, "sessions")) found = std::max(found, number(session, "advertised"));
        return found;
    }();
    if (number(row, "together") > most)
        add_note(out, fmt::format("the links' peers hold different prefixes: {} together", number(row, "together")));
    const bool tight = text(row, "state") != "ok";
    if (tight && number(row, "aggregation_saves") > 0) add_note(out, proposal_words(row));
    return out;
}

std::string growth_sentence(const Json& row) {
    if (is_null(row, "growth_per_day")) return "not known before an hour";
    auto out = fmt::format("{} a day over {}", growth_words(row), short_duration(number(row, "growth_over_seconds")));
    const bool there = number(row, "wanted") >= number(row, "limit");
    if (!there && !is_null(row, "days_left")) out += fmt::format(", at the limit in {}", days_words(row));
    return out;
}

std::string render_limits(const Json& limits, Colours colours) {
    std::string out;
    for (const auto& row : list(limits, "limits")) {
        const auto state = text(row, "state");
        out += fmt::format("{}{}  {}, {}\n", out.empty() ? "" : "\n", paint(text(row, "name"), Colour::Bold, colours),
                           text(row, "family"), paint(state, state == "ok" ? Colour::Good : Colour::Bad, colours));
        out += fmt::format("  {:<13}{} of {}; {} wanted, {} withheld\n", "advertised", sent_by_link(row),
                           number(row, "limit"), number(row, "wanted"), number(row, "withheld"));
        out += fmt::format("  {:<13}{}\n", "growth", growth_sentence(row)) + limit_notes(row);
    }
    return out.empty() ? "nothing has a limit\n" : out;
}

}  // namespace dyad::ctl
