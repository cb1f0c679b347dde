#include "config/document.hpp"

#include <algorithm>
#include <optional>

#include "config/syntax.hpp"

// Header only and in this file only: the packaged library is built with exceptions, and its header costs seconds.
// Values inside values: the configuration needs five levels, and recursion must end before the stack does.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 0
#define TOML_ENABLE_FORMATTERS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

namespace dyad::config {
namespace {

/// Eight times the file that lists 10,000 prefixes on each of eight peerings; what is larger is no configuration.
constexpr std::size_t kLargestFile = 16U << 20U;
/// Tables inside tables by dots (a.b.c); a thousand would make the parser recurse a thousand times.
constexpr std::size_t kMostDots = 64;

Place place_of(const toml::source_region& region) {
    Place place{.line = region.begin.line, .column = region.begin.column, .end_column = region.begin.column + 1};
    // A mark stays on one line: of what goes on over several, it shows the start.
    if (region.end.line == region.begin.line) place.end_column = std::max(region.end.column, place.end_column);
    return place;
}

bool earlier(const Entry& a, const Entry& b) {
    return std::pair{a.place.line, a.place.column} < std::pair{b.place.line, b.place.column};
}

Value converted(const toml::node& node) {
    Value value{.place = place_of(node.source()), .data = Moment{}};
    if (const auto* table = node.as_table()) {
        Table entries;
        for (const auto& [key, child] : *table)
            entries.push_back({std::string{key.str()}, place_of(key.source()), converted(child)});
        std::ranges::sort(entries, earlier);
        value.data = std::move(entries);
    } else if (const auto* array = node.as_array()) {
        Array elements;
        for (const auto& child : *array) elements.push_back(converted(child));
        value.data = std::move(elements);
    } else if (const auto text = node.value_exact<std::string>()) {
        value.data = *text;
    } else if (const auto number = node.value_exact<std::int64_t>()) {
        value.data = *number;
    } else if (const auto flag = node.value_exact<bool>()) {
        value.data = *flag;
    } else if (const auto real = node.value_exact<double>()) {
        value.data = *real;
    }
    return value;
}

/// A line of nothing but comment, and no quote in it that could end a string begun further up.
bool is_comment(std::string_view line) {
    const auto start = line.find_first_not_of(" \t");
    return start != std::string_view::npos && line[start] == '#' && line.find_first_of("\"'") == std::string_view::npos;
}

/// The first line whose key has more dots than any key of ours; 0 where there is none.
std::uint32_t line_of_endless_key(std::string_view text) {
    std::uint32_t number = 0;
    while (!text.empty()) {
        ++number;
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (is_comment(line)) continue;
        std::size_t dots = 0;
        for (const char c : line) {
            if (std::string_view{"=,[]{}"}.contains(c)) dots = 0;
            if (c == '.' && ++dots > kMostDots) return number;
        }
    }
    return 0;
}

}  // namespace

std::expected<Table, Diagnostic> read_document(std::string_view text) {
    const auto refused = [](std::uint32_t line, std::string what) {
        return std::unexpected(Diagnostic{.line = line, .column = 1, .end_column = 2, .what = std::move(what)});
    };
    if (text.size() > kLargestFile) return refused(1, "the file is larger than 16 MiB");
    if (const auto line = line_of_endless_key(text); line != 0) return refused(line, "a key with more than 64 dots");
    const auto result = toml::parse(text);
    if (!result) {
        const auto& error = result.error();
        const auto& begin = error.source().begin;
        return std::unexpected(explain_syntax(text, begin.line, begin.column, error.description()));
    }
    return std::move(std::get<Table>(converted(result.table()).data));
}

}  // namespace dyad::config
