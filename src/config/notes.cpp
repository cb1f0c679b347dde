#include "config/notes.hpp"

#include <algorithm>
#include <utility>

namespace dyad::config {
namespace {

/// Nobody reads more at once, and a file of a million mistakes must not cost a gigabyte.
constexpr std::size_t kMostDiagnostics = 200;
/// Other lines named beside a warning that stands for several places.
constexpr std::size_t kMostLinesNamed = 8;

std::string also_on(const std::vector<Place>& places) {
    if (places.size() < 2) return "";
    std::string text = "also on line ";
    for (std::size_t i = 1; i < std::min(places.size(), kMostLinesNamed + 1); ++i)
        text += (i > 1 ? ", " : "") + std::to_string(places[i].line);
    return places.size() > kMostLinesNamed + 1 ? text + " and more" : text;
}

}  // namespace

void Notes::add(Diagnostic::Level level, const Place& place, std::string what, Advice advice) {
    if (level == Diagnostic::Level::Error) ++errors_;
    if (diagnostics_.size() >= kMostDiagnostics) {
        ++left_out_;
        last_left_out_ = place;
        return;
    }
    diagnostics_.push_back({.level = level,
                            .line = place.line,
                            .column = place.column,
                            .end_column = place.end_column,
                            .what = std::move(what),
                            .mark = std::move(advice.mark),
                            .hint = std::move(advice.hint)});
}

void Notes::error(const Place& place, std::string what, Advice advice) {
    add(Diagnostic::Level::Error, place, std::move(what), std::move(advice));
}

void Notes::warning(const Place& place, std::string what, Advice advice) {
    add(Diagnostic::Level::Warning, place, std::move(what), std::move(advice));
}

void Notes::not_built(const Place& place, const std::string& key, const std::string& hint) {
    auto& idle = idle_[key];
    idle.places.push_back(place);
    idle.hint = hint;
}

std::vector<Diagnostic> Notes::take() {
    for (const auto& [key, idle] : idle_) {
        const auto lines = also_on(idle.places);
        const auto joint = idle.hint.empty() || lines.empty() ? "" : "; ";
        error(idle.places.front(), key + " is not in this version: nothing would come of it",
              {.hint = idle.hint + joint + lines});
    }
    idle_.clear();
    // By place, and what was said first of a place stays first.
    std::vector<Diagnostic> sorted;
    const auto place_of = [](const Diagnostic& d) { return std::pair{d.line, d.column}; };
    for (auto& diagnostic : diagnostics_)
        sorted.insert(std::ranges::upper_bound(sorted, place_of(diagnostic), {}, place_of), std::move(diagnostic));
    if (left_out_ > 0) {
        const auto count = std::to_string(left_out_);
        sorted.push_back({.level = errors_ > 0 ? Diagnostic::Level::Error : Diagnostic::Level::Warning,
                          .line = last_left_out_.line,
                          .column = last_left_out_.column,
                          .end_column = last_left_out_.end_column,
                          .what = "and " + count + " more, the last of them here"});
    }
    return sorted;
}

}  // namespace dyad::config
