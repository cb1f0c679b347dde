#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

constexpr std::size_t kReportColumn = 16;

void add_line(std::string& out, std::string_view name, const std::string& value) {
    if (value.empty()) return;
    out += pad_right(fmt::format("  {}", name), kReportColumn) + wrap(value, kReportColumn, kReportColumn) + "\n";
}

std::string whole_seconds(double seconds) { return long_duration(static_cast<std::uint64_t>(seconds)); }

Colour colour_of(const std::string& outcome) {
    if (outcome.empty()) return Colour::Bold;
    return outcome == "passed" ? Colour::Good : Colour::Bad;
}

std::string outcome_words(const std::string& outcome) {
    if (outcome == "not_back") return "has not come back";
    if (outcome == "unverified") return "ended before anything was seen";
    return outcome;
}

std::string shut_words(const Json& drill) {
    const auto planned = whole_seconds(real(drill, "planned_seconds"));
    if (is_null(drill, "shut_seconds"))
        return fmt::format("since {}, for {} in all", whole_seconds(real(drill, "began_seconds_ago")), planned);
    return fmt::format("for {:.1f} s of {} planned: {}", real(drill, "shut_seconds"), planned, text(drill, "reason"));
}

std::string way_words(const Json& drill) {
    if (is_null(drill, "verified_seconds")) return "not looked at yet";
    const auto prefixes = number(drill, "prefixes");
    auto words =
        fmt::format("{} of {} prefix{} by {}, in the kernel {:.3f} s after", number(drill, "by_other"), prefixes,
                    prefixes == 1 ? "" : "es", joined(drill, "others", ", "), real(drill, "verified_seconds"));
    if (const auto elsewhere = number(drill, "elsewhere"); elsewhere > 0)
        words += fmt::format("; {} by what else there is", elsewhere);
    return words;
}

std::string missing_words(const Json& drill) {
    const auto missing = number(drill, "most_missing");
    if (missing == 0) return "";
    return fmt::format("{} prefix{} had no way: {}{}", missing, missing == 1 ? "" : "es",
                       joined(drill, "first_missing", ", "), missing > list(drill, "first_missing").size() ? " …" : "");
}

std::string back_words(const Json& drill) {
    if (is_null(drill, "shut_seconds")) return "";
    if (is_null(drill, "established_seconds")) return "not Established yet";
    auto words = fmt::format("Established after {:.1f} s", real(drill, "established_seconds"));
    if (!is_null(drill, "whole_seconds"))
        words += fmt::format(", carrying traffic after {:.1f} s with {} prefixes", real(drill, "whole_seconds"),
                             number(drill, "prefixes_after"));
    return words;
}

}  // namespace

std::string render_drill(const Json& drill, Colours colours) {
    const auto outcome = text(drill, "outcome");
    const auto word = outcome.empty() ? text(drill, "state") : outcome_words(outcome);
    std::string out =
        fmt::format("{}: drill {}, begun {} ago\n", paint(text(drill, "link"), Colour::Bold, colours),
                    paint(word, colour_of(outcome), colours), whole_seconds(real(drill, "began_seconds_ago")));
    add_line(out, "shut", joined(drill, "sessions", ", ") + " " + shut_words(drill));
    if (!is_null(drill, "off_link_seconds"))
        add_line(out, "traffic", fmt::format("off the link after {:.3f} s", real(drill, "off_link_seconds")));
    add_line(out, "other way", way_words(drill));
    add_line(out, "missing", missing_words(drill));
    add_line(out, "back", back_words(drill));
    return out;
}

std::string render_drill_answer(const Json& answer, Colours colours) {
    if (!list(answer, "sessions").empty()) return render_order(answer);
    const auto& drills = list(answer, "drills");
    if (drills.empty()) return "no drill since the daemon's start\n";
    std::string out;
    for (const auto& drill : drills) out += (out.empty() ? "" : "\n") + render_drill(drill, colours);
    return out;
}

}  // namespace dyad::ctl
