#include "config/secrets.hpp"

#include <algorithm>

namespace dyad::config {
namespace {

bool is_bare(char32_t point) {
    return (point >= U'a' && point <= U'z') || (point >= U'A' && point <= U'Z') || (point >= U'0' && point <= U'9') ||
           point == U'_' || point == U'-';
}

/// Where the value ends that begins here: behind its closing quote, else before what can follow a value.
std::size_t value_end(std::u32string_view line, std::size_t begin) {
    if (begin >= line.size()) return line.size();
    const char32_t quote = line[begin];
    if (quote != U'"' && quote != U'\'') return std::min(line.find_first_of(U",}#", begin), line.size());
    // Three quotes begin text of several lines; to the end of this one then.
    if (line.substr(begin, 3) == std::u32string(3, quote)) return line.size();
    for (std::size_t i = begin + 1; i < line.size(); ++i) {
        if (line[i] == U'\\' && quote == U'"')
            ++i;
        else if (line[i] == quote)
            return i + 1;
    }
    return line.size();
}

bool hide_value_of(std::u32string_view key, std::u32string& line) {
    bool hidden = false;
    for (auto at = line.find(key); at != std::u32string::npos; at = line.find(key, at + key.size())) {
        if (at > 0 && is_bare(line[at - 1])) continue;
        std::size_t i = line.find_first_not_of(U"\"' \t", at + key.size());
        if (i == std::u32string::npos || (line[i] != U'=' && line[i] != U':')) continue;
        i = std::min(line.find_first_not_of(U" \t", i + 1), line.size());
        if (i < line.size() && line[i] == U'{') continue;  // names where the key is, not the key
        const bool in_quotes = i < line.size() && (line[i] == U'"' || line[i] == U'\'');
        const std::size_t end = value_end(line, i);
        for (std::size_t k = i + (in_quotes ? 1 : 0); k < end; ++k)
            if (!in_quotes || k + 1 < end || line[k] != line[i]) line[k] = U'*';
        hidden = hidden || end > i;
    }
    return hidden;
}

}  // namespace

bool hide_secrets(std::u32string& line) {
    const bool md5 = hide_value_of(U"md5", line);
    const bool service_key = hide_value_of(U"service_key", line);
    return md5 || service_key;
}

}  // namespace dyad::config
