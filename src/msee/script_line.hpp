#pragma once
#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/base/time.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/net/prefix.hpp"
#include "msee/script_messages.hpp"

/// A script's line as words, and the values that words stand for.
namespace dyad::msee {

struct Word {
    std::string text;
    std::uint32_t column = 1, end_column = 1;
    bool quoted = false;
};

/// The first thing wrong with a line; what follows from it is not told.
struct Complaint {
    std::uint32_t column = 1, end_column = 1;
    std::string what, mark, hint;
};

/// The words of one line: blanks part them, `"` holds them together, `#` ends them.
class Line {
public:
    explicit Line(std::string_view text);

    bool empty() const { return at_ == words_.size(); }
    const Word& peek() const { return empty() ? end_ : words_[at_]; }
    const Word& next() {
        const auto& word = peek();
        if (!empty()) ++at_;
        return word;
    }
    bool accept(std::string_view text) {
        if (empty() || peek().quoted || peek().text != text) return false;
        ++at_;
        return true;
    }

    /// The first complaint counts.
    void complain(const Word& where, std::string what, std::string mark, std::string hint = "");
    std::optional<Complaint> complaint;

private:
    std::size_t read_word(std::string_view text, std::size_t at);

    std::vector<Word> words_;
    std::size_t at_ = 0;
    Word end_;
};

std::string quoted(std::string_view text);
/// "did you mean `open`?", or nothing where nothing is like it.
std::string meant(std::string_view text, std::span<const std::string_view> known);
std::string listing(std::span<const std::string_view> known);
void unknown(Line& line, const Word& word, std::string_view kind, std::span<const std::string_view> known);
/// Pairs of hexadecimal digits; "ff:00" and "ff.00" are as good as "ff00".
std::optional<Octets> octets_of(std::string_view text);
Octets read_hex(Line& line, const Word& word, std::string_view text);
Duration read_time(Line& line);
Duration read_patience(Line& line);
std::uint32_t read_number(Line& line, const Word& word, std::string_view text, std::uint32_t highest);
std::optional<Family> family_of(std::string_view text);
Family read_family(Line& line);
std::vector<Prefix> read_prefixes(Line& line, const Word& word, std::string_view text);
Address read_address(Line& line, const Word& word, std::string_view text);
RouterId read_id(Line& line, const Word& word, std::string_view text);

/// KEY=VALUE words until one is none; each key once.
class Settings {
public:
    Settings(Line& line, std::span<const std::string_view> known) : line_(line) {
        while (!line.empty() && !line.peek().quoted) {
            const auto& word = line.peek();
            const auto equals = word.text.find('=');
            if (equals == word.text.npos) break;
            const auto key = word.text.substr(0, equals);
            if (std::ranges::find(known, key) == known.end())
                unknown(line, {key, word.column, word.end_column, false}, "setting", known);
            if (!given_.emplace(key, word).second)
                line.complain(word, quoted(key) + " stands here twice", "once is enough");
            line.next();
        }
    }

    /// Calls read(line, word, value) where the key was given.
    template <class Read>
    bool with(std::string_view key, Read read) const {
        const auto found = given_.find(key);
        if (found == given_.end()) return false;
        read(found->second, std::string_view{found->second.text}.substr(key.size() + 1));
        return true;
    }
    template <class T>
    void number(std::string_view key, T& into, std::uint32_t highest) const {
        with(key, [&](const Word& word, std::string_view text) {
            into = static_cast<T>(read_number(line_, word, text, highest));
        });
    }
    void optional_number(std::string_view key, std::optional<std::uint32_t>& into, std::uint32_t highest) const {
        with(key, [&](const Word& word, std::string_view text) { into = read_number(line_, word, text, highest); });
    }
    void prefixes(std::string_view key, std::vector<Prefix>& into) const {
        with(key, [&](const Word& word, std::string_view text) { into = read_prefixes(line_, word, text); });
    }

private:
    Line& line_;
    std::map<std::string, Word, std::less<>> given_;
};

}  // namespace dyad::msee
