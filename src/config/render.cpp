#include <algorithm>

#include "config/secrets.hpp"
#include "config/text.hpp"
#include "dyad/base/text.hpp"
#include "dyad/config/parse.hpp"

namespace dyad::config {
namespace {

/// Code points of a line that are shown; of a longer one, the part around the mark.
constexpr std::size_t kWidest = 160;
constexpr std::size_t kBeforeMark = 40;

struct Excerpt {
    std::u32string line;
    std::size_t mark_begin;
    std::size_t mark_length;
};

/// The line as it may be shown: no secrets, no control characters, tabs as one space so that the mark fits.
std::u32string presentable(std::string_view text) {
    auto line = code_points(text);
    hide_secrets(line);
    for (char32_t& point : line) {
        if (point == U'\t') point = U' ';
        if (point < 0x20 || (point >= 0x7f && point < 0xa0)) point = 0xfffd;
    }
    return line;
}

Excerpt excerpt_of(const Diagnostic& diagnostic, std::string_view text) {
    auto line = presentable(line_of(text, diagnostic.line));
    const std::size_t begin = diagnostic.column == 0 ? 0 : diagnostic.column - 1;
    const std::size_t end = diagnostic.end_column > diagnostic.column ? diagnostic.end_column - 1 : begin + 1;
    Excerpt excerpt{std::move(line), begin, end - begin};
    if (excerpt.line.size() <= kWidest) return excerpt;
    const std::size_t from = begin > kBeforeMark ? std::min(begin, excerpt.line.size()) - kBeforeMark : 0;
    const bool cut = excerpt.line.size() - from > kWidest;
    excerpt.line = (from > 0 ? U"…" : U"") + excerpt.line.substr(from, kWidest) + (cut ? U"…" : U"");
    excerpt.mark_begin = begin - from + (from > 0 ? 1 : 0);
    excerpt.mark_length = std::min(excerpt.mark_length, kWidest + 1 - std::min(kWidest, excerpt.mark_begin));
    return excerpt;
}

}  // namespace

std::string render(const Diagnostic& diagnostic, std::string_view file_name, std::string_view text) {
    const auto excerpt = excerpt_of(diagnostic, text);
    auto number = std::to_string(diagnostic.line);
    if (number.size() < 4) number.insert(0, 4 - number.size(), ' ');
    const std::string margin(number.size() + 1, ' ');
    std::string out{file_name};
    out += ":" + std::to_string(diagnostic.line) + ":" + std::to_string(diagnostic.column) + ": ";
    out += diagnostic.level == Diagnostic::Level::Error ? "error: " : "warning: ";
    out += diagnostic.what + "\n";
    out += number + " |" + (excerpt.line.empty() ? "" : " ") + utf8(excerpt.line) + "\n";
    out += margin + "| " + std::string(excerpt.mark_begin, ' ') + std::string(excerpt.mark_length, '^');
    if (!diagnostic.mark.empty()) out += " " + diagnostic.mark;
    out += "\n";
    if (!diagnostic.hint.empty()) out += margin + "= hint: " + diagnostic.hint + "\n";
    return out;
}

std::string render(const Parsed& parsed, std::string_view file_name, std::string_view text) {
    if (parsed.diagnostics.empty()) return "";
    std::string out;
    for (const auto& diagnostic : parsed.diagnostics) out += render(diagnostic, file_name, text) + "\n";
    const auto errors =
        static_cast<std::size_t>(std::ranges::count(parsed.diagnostics, Diagnostic::Level::Error, &Diagnostic::level));
    const auto warnings = parsed.diagnostics.size() - errors;
    if (errors > 0) out += counted(errors, "error", "errors");
    if (errors > 0 && warnings > 0) out += ", ";
    if (warnings > 0) out += counted(warnings, "warning", "warnings");
    return out + "\n";
}

}  // namespace dyad::config
