#include "config/syntax.hpp"

#include <algorithm>
#include <array>

#include "config/secrets.hpp"
#include "config/text.hpp"
#include "dyad/net/address.hpp"

namespace dyad::config {
namespace {

/// The word of the line in which the parser stopped, and the columns it covers.
struct Word {
    std::string text;
    std::uint32_t column;
    std::uint32_t end_column;
    char32_t stopped_at;  ///< the very character
};

bool separates(char32_t point) { return std::u32string_view{U" \t,[]{}=#"}.contains(point); }

Word word_at(std::u32string_view line, std::uint32_t column) {
    std::size_t begin = std::min<std::size_t>(column == 0 ? 0 : column - 1, line.size());
    std::size_t end = begin;
    while (begin > 0 && !separates(line[begin - 1])) --begin;
    while (end < line.size() && !separates(line[end])) ++end;
    const std::size_t at = column == 0 ? 0 : column - 1;
    return {utf8(line.substr(begin, end - begin)), static_cast<std::uint32_t>(begin + 1),
            static_cast<std::uint32_t>(end + 1), at < line.size() ? line[at] : U' '};
}

struct Explanation {
    std::string what, mark, hint;
};

bool is_address(std::string_view word) {
    return Address::parse(word.substr(0, word.find('/'))).has_value() ||
           (std::ranges::count(word, '.') == 3 && word.find_first_not_of("0123456789./") == std::string_view::npos);
}

bool starts_typographic(std::u32string_view word) {
    return !word.empty() && std::u32string_view{U"\u201c\u201d\u201e\u2018\u2019\u00ab"}.contains(word.front());
}

/// A value that is no TOML value: said by what the writer had in mind.
Explanation explain_value(const std::string& word) {
    constexpr std::array<std::string_view, 8> kFlags = {"yes",  "no",    "on",      "off",
                                                        "true", "false", "enabled", "disabled"};
    if (std::ranges::find(kFlags, lower(word)) != kFlags.end()) {
        const auto word_is = lower(word);
        const bool yes = word_is == "yes" || word_is == "on" || word_is == "true" || word_is == "enabled";
        return {word + " is no value", "true or false", std::string{"write "} + (yes ? "true" : "false")};
    }
    if (is_address(word))
        return {word + " stands without quotes", "addresses and prefixes stand in quotes", "write " + quoted(word)};
    if (parse_duration(word))
        return {word + " stands without quotes", "a duration is text: number and unit in quotes",
                "write " + quoted(word)};
    if (starts_typographic(code_points(word)))
        return {"typographic quotes", "TOML knows only \" and '", "write them anew as \""};
    return {word + " stands without quotes", "text stands in quotes", "write " + quoted(word)};
}

Explanation explain_redefinition(std::string_view description) {
    const auto open = description.find('\'');
    const auto close = description.rfind('\'');
    const std::string name{open < close ? description.substr(open + 1, close - open - 1) : "this"};
    if (description.contains("as array-of-tables") || description.contains("array '"))
        return {"both [" + name + "…] and [[" + name + "]]", "",
                "every circuit begins with [[circuit]], then come its peerings; neighbors are [[neighbor]]"};
    if (name.starts_with("circuit.") && description.contains("table header"))
        return {"[" + name + "] a second time in one circuit", "",
                "a circuit has one peering of a kind; the next circuit begins with [[circuit]]"};
    return {name + " is given twice", "", "keep one of them"};
}

std::string without_preamble(std::string_view description) {
    const auto colon = description.find(": ");
    if (description.starts_with("Error while parsing") && colon != std::string_view::npos)
        description.remove_prefix(colon + 2);
    return "not TOML: " + std::string{description};
}

bool is_value_trouble(std::string_view description) {
    constexpr std::array<std::string_view, 7> kParts = {"could not determine value type",
                                                        "floating-point",
                                                        "parsing decimal",
                                                        "parsing time",
                                                        "parsing date",
                                                        "parsing boolean",
                                                        "expected value-terminator"};
    return std::ranges::any_of(kParts, [&](auto part) { return description.contains(part); });
}

Explanation explain(std::string_view description, const Word& word, std::string_view line) {
    if (description.contains("cannot redefine")) return explain_redefinition(description);
    const bool in_key = description.contains("expected '='") || description.contains("expected keys");
    if (in_key && word.stopped_at >= 0x80)
        return {"a key cannot have this letter", "letters a to z, digits, - and _", ""};
    if (description.contains("expected '='"))
        return {"no = after the key", "", "TOML writes  key = value, for example  asn = 65010"};
    if (description.contains("leading zeroes"))
        return {word.text + " begins with a zero", "numbers have no leading zeros", ""};
    const bool ends_with_equals = line.substr(0, line.find_last_not_of(" \t") + 1).ends_with('=');
    if (description.contains("expected value, saw") || (ends_with_equals && description.contains("end-of-file")))
        return {"no value after =", "", "leave the line out for the default"};
    if (description.contains("inline table") && description.contains("'\\n'"))
        return {"an inline table { … } ends on the line it began on", "",
                "or give it a heading of its own, such as [circuit.private.limits]"};
    if (description.contains("parsing string") &&
        (description.contains("control characters") || description.contains("end-of-file")))
        return {"this text has no closing quote", "", ""};
    if (description.contains("parsing array") && description.contains("end-of-file"))
        return {"a list has no closing ]", "the file ends here", ""};
    if (description.contains("expected comma")) return {"a comma is missing", "before this", ""};
    if (is_value_trouble(description) && !word.text.empty()) return explain_value(word.text);
    return {without_preamble(description), "", ""};
}

}  // namespace

Diagnostic explain_syntax(std::string_view text, std::uint32_t line, std::uint32_t column,
                          std::string_view description) {
    const auto content = line_of(text, line);
    auto points = code_points(content);
    const auto word = word_at(points, column);
    // A key that stands there without quotes must not be told in the answer either.
    auto said = hide_secrets(points) ? Explanation{"this is not TOML", "text stands in quotes", ""}
                                     : explain(description, word, content);
    Diagnostic diagnostic{.line = line, .column = column, .end_column = column + 1};
    if (is_value_trouble(description) || description.contains("leading zeroes")) {
        diagnostic.column = word.column;
        diagnostic.end_column = std::max(word.end_column, word.column + 1);
    }
    diagnostic.what = std::move(said.what);
    diagnostic.mark = std::move(said.mark);
    diagnostic.hint = std::move(said.hint);
    return diagnostic;
}

}  // namespace dyad::config
