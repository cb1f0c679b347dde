#include "ctl/table.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

namespace dyad::ctl {

namespace {

constexpr std::size_t kTerminalColumns = 80;

std::string_view escape(Colour colour) {
    switch (colour) {
        case Colour::None:
            return "";
        case Colour::Good:
            return "\x1b[32m";
        case Colour::Bad:
            return "\x1b[1;31m";
        case Colour::Dim:
            return "\x1b[2m";
        case Colour::Bold:
            return "\x1b[1m";
    }
    return "";
}

}  // namespace

Colours colours_wanted() {
    const char* no = std::getenv("NO_COLOR");
    return ::isatty(STDOUT_FILENO) == 1 && !(no && *no) ? Colours::On : Colours::Off;
}

std::string paint(std::string_view text, Colour colour, Colours colours) {
    if (colours == Colours::Off || colour == Colour::None || text.empty()) return std::string{text};
    return std::string{escape(colour)} + std::string{text} + "\x1b[0m";
}

std::size_t width(std::string_view text) {
    return static_cast<std::size_t>(
        std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string pad_right(std::string text, std::size_t columns) {
    const auto have = width(text);
    if (have < columns) text.append(columns - have, ' ');
    return text;
}

std::string pad_left(std::string text, std::size_t columns) {
    const auto have = width(text);
    if (have < columns) text.insert(0, columns - have, ' ');
    return text;
}

std::string trim_right(std::string text) {
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

std::string cut(const std::string& text, std::size_t columns) {
    if (width(text) <= columns) return text;
    std::string out;
    std::size_t taken = 0;
    for (const char c : text) {
        const bool begins = (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        if (begins && taken++ + 1 == columns) break;
        out += c;
    }
    return out + "…";
}

std::string wrap(std::string_view text, std::size_t first_column, std::size_t indent) {
    std::string out;
    std::size_t column = first_column;
    bool first = true;
    while (!text.empty()) {
        const auto word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        const auto columns = width(word);
        if (!first && column + 1 + columns > kTerminalColumns) {
            out += "\n" + std::string(indent, ' ');
            column = indent;
        } else if (!first) {
            out += ' ';
            ++column;
        }
        out += word;
        column += columns;
        first = false;
    }
    return out;
}

std::string Table::render(Colours colours) const {
    std::vector<std::size_t> widths;
    for (const auto& column : columns_) widths.push_back(width(column.title));
    for (const auto& line : lines_) {
        for (std::size_t i = 0; i < line.cells.size(); ++i) {
            widths[i] = std::max(widths[i], width(line.cells[i].text));
        }
    }
    const auto print = [&](const std::vector<Cell>& cells) {
        std::string out;
        for (std::size_t i = 0; i < cells.size(); ++i) {
            const bool last = i + 1 == cells.size();
            const auto& text = cells[i].text;
            const bool right = columns_[i].align == Align::Right;
            auto padded = right ? pad_left(text, widths[i]) : pad_right(text, last ? 0 : widths[i]);
            out += paint(padded, cells[i].colour, colours) + (last ? "" : "  ");
        }
        return trim_right(std::move(out)) + "\n";
    };
    std::vector<Cell> titles;
    for (const auto& column : columns_) titles.push_back({column.title, Colour::Dim});
    std::string out = print(titles);
    for (const auto& line : lines_) out += line.cells.empty() ? line.note + "\n" : print(line.cells);
    return out;
}

}  // namespace dyad::ctl
