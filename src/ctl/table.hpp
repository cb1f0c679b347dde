#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace dyad::ctl {

enum class Colour : std::uint8_t { None, Good, Bad, Dim, Bold };
enum class Colours : std::uint8_t { Off, On };
/// On where standard output is a terminal, unless NO_COLOR is set to something (no-color.org).
Colours colours_wanted();

/// The text between escape sequences, where colours are on.
std::string paint(std::string_view text, Colour colour, Colours colours);

/// Columns a text takes on a terminal: code points (nothing we print is wider than one).
std::size_t width(std::string_view text);
std::string pad_right(std::string text, std::size_t columns);
std::string pad_left(std::string text, std::size_t columns);
std::string trim_right(std::string text);
/// At most this many columns, the last one "…" where something was cut off.
std::string cut(const std::string& text, std::size_t columns);
/// Breaks between words, so that no line is longer than 80 columns; every line but the first begins with indent.
std::string wrap(std::string_view text, std::size_t first_column, std::size_t indent);

enum class Align : std::uint8_t { Left, Right };
struct Column {
    std::string title;
    Align align = Align::Left;
};
struct Cell {
    std::string text;
    Colour colour = Colour::None;
};

/// Rows under titles, columns as wide as what stands in them, two spaces between.
class Table {
public:
    explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
    void row(std::vector<Cell> cells) { lines_.push_back({std::move(cells), {}}); }
    /// A line of its own between the rows, as it is.
    void note(std::string line) { lines_.push_back({{}, std::move(line)}); }
    std::string render(Colours colours) const;

private:
    struct Line {
        std::vector<Cell> cells;
        std::string note;
    };
    std::vector<Column> columns_;
    std::vector<Line> lines_;
};

}  // namespace dyad::ctl
