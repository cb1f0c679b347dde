#include "ctl/arguments.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <expected>

#include "dyad/base/closest.hpp"

namespace dyad::ctl {

namespace {

/// More is a script gone wrong.
constexpr std::size_t kMaxWords = 64;

template <class T>
using OrMessage = std::expected<T, Message>;

using Words = std::vector<std::string>;

Message usage(std::string text) { return {std::move(text), 2}; }

bool is_option(std::string_view word) { return word.size() > 1 && word.front() == '-'; }

void add_once(std::vector<std::string_view>& list, std::string_view word) {
    if (std::ranges::find(list, word) == list.end()) list.push_back(word);
}

std::string listing(const std::vector<std::string_view>& words) {
    std::string out;
    for (const auto word : words) out += fmt::format("{}{}", out.empty() ? "" : ", ", word);
    return out;
}

std::string suggestion(std::string_view word, const std::vector<std::string_view>& known) {
    Closest closest{word};
    for (const auto candidate : known) closest.offer(candidate);
    if (!closest.best()) return fmt::format("; known: {}", listing(known));
    return fmt::format("; did you mean `{}`?", *closest.best());
}

/// Settings that stand anywhere: where the daemon is, what the answer looks like.
OrMessage<Words> take_common(const Words& words, Invocation& out) {
    Words rest;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        const bool last = i + 1 == words.size();
        if (word == "--json" || word == "-j" || (word == "json" && last && i > 0)) {
            out.json = true;
        } else if (word == "|" && i + 2 == words.size() && words[i + 1] == "json") {
            continue;
        } else if (word == "-s" || word == "--socket") {
            if (last) return std::unexpected(usage("-s wants the socket's path"));
            out.socket = words[++i];
        } else {
            rest.push_back(word);
        }
    }
    return rest;
}

struct Found {
    const Verb* verb = nullptr;
    std::size_t words = 0;
};

/// Verbs that go on from those already narrowed down, by the word at this place.
std::vector<std::string_view> next_words(const std::vector<const Verb*>& candidates, std::size_t place) {
    std::vector<std::string_view> out;
    for (const auto* verb : candidates) {
        if (const auto word = word_at(*verb, place); !word.empty()) add_once(out, word);
    }
    return out;
}

std::vector<std::string_view> matching(const std::vector<std::string_view>& known, std::string_view word) {
    if (std::ranges::find(known, word) != known.end()) return {word};
    std::vector<std::string_view> out;
    for (const auto k : known) {
        if (k.starts_with(word)) out.push_back(k);
    }
    return out;
}

const Verb* complete(const std::vector<const Verb*>& candidates, std::size_t place) {
    for (const auto* verb : candidates) {
        if (word_at(*verb, place).empty()) return verb;
    }
    return nullptr;
}

std::string what_may_follow(const std::vector<const Verb*>& candidates, std::size_t place) {
    std::string out;
    for (const auto word : next_words(candidates, place)) {
        const auto* verb = *std::ranges::find_if(candidates, [&](const Verb* v) { return word_at(*v, place) == word; });
        const bool goes_on = !word_at(*verb, place + 1).empty();
        const bool alone =
            std::ranges::count_if(candidates, [&](const Verb* v) { return word_at(*v, place) == word; }) == 1;
        out += fmt::format("  {:<14} {}\n", word, alone && !goes_on ? verb->help : "…");
    }
    if (const auto* verb = complete(candidates, place); verb && place > 0) {
        if (!verb->arguments.empty()) out += fmt::format("  {:<14} {}\n", verb->arguments, verb->help);
        for (const auto& option : verb->options) {
            out += fmt::format("  {:<24} {}\n", fmt::format("{} {}", option.name, option.value), option.help);
        }
        out += fmt::format("  {:<14} as JSON\n  {:<14} done\n", "json", "<enter>");
    }
    return out;
}

/// Follows the words down the table, as far as they are keywords.
OrMessage<Found> find_verb(const Words& words) {
    std::vector<const Verb*> candidates;
    for (const auto& verb : verbs()) candidates.push_back(&verb);
    std::size_t place = 0;
    for (; place < words.size() && !is_option(words[place]); ++place) {
        const auto& word = words[place];
        if (word == "?" && place + 1 == words.size()) {
            return std::unexpected(Message{what_may_follow(candidates, place), 0});
        }
        const auto known = next_words(candidates, place);
        const auto meant = matching(known, word);
        if (meant.size() > 1) {
            return std::unexpected(usage(fmt::format("`{}` could be {}", word, listing(meant))));
        }
        if (meant.empty()) {
            const auto* verb = place > 0 ? complete(candidates, place) : nullptr;
            if (verb && (verb->max_arguments > 0 || known.empty())) return Found{verb, place};
            return std::unexpected(usage(fmt::format("unknown word `{}`{}", word, suggestion(word, known))));
        }
        std::erase_if(candidates, [&](const Verb* verb) { return word_at(*verb, place) != meant.front(); });
    }
    if (const auto* verb = complete(candidates, place)) return Found{verb, place};
    return std::unexpected(usage(fmt::format("what is missing: {}", listing(next_words(candidates, place)))));
}

OrMessage<const Option*> find_option(const Verb& verb, const std::string& word) {
    std::vector<std::string_view> names;
    for (const auto& option : verb.options) {
        if (option.name == word || (!option.letter.empty() && option.letter == word)) return &option;
        names.push_back(option.name);
    }
    const auto meant =
        word.starts_with("--") && word.size() > 2 ? matching(names, word) : std::vector<std::string_view>{};
    if (meant.size() == 1) return &*std::ranges::find(verb.options, meant.front(), &Option::name);
    if (meant.size() > 1) return std::unexpected(usage(fmt::format("`{}` could be {}", word, listing(meant))));
    if (names.empty()) return std::unexpected(usage(fmt::format("`{}` has no option `{}`", verb.words, word)));
    return std::unexpected(usage(fmt::format("unknown option `{}`{}", word, suggestion(word, names))));
}

std::string verb_help(const Verb& verb) {
    auto out = fmt::format("usage: dyad {}{}{}\n  {}\n", verb.words, verb.arguments.empty() ? "" : " ", verb.arguments,
                           verb.help);
    for (const auto& option : verb.options) {
        const auto name =
            option.letter.empty() ? fmt::format("{}", option.name) : fmt::format("{}, {}", option.letter, option.name);
        out += fmt::format("  {:<24} {}\n", fmt::format("{} {}", name, option.value), option.help);
    }
    return out;
}

std::optional<Message> take_rest(const Verb& verb, const Words& rest, Invocation& out) {
    for (std::size_t i = 0; i < rest.size(); ++i) {
        const auto& word = rest[i];
        if (word == "-h" || word == "--help") return Message{verb_help(verb), 0};
        if (word == "?" && i + 1 == rest.size()) return Message{what_may_follow({&verb}, 9), 0};
        if (!is_option(word)) {
            out.arguments.push_back(word);
            continue;
        }
        const auto option = find_option(verb, word);
        if (!option) return option.error();
        std::string value;
        if (!(*option)->value.empty()) {
            if (i + 1 == rest.size()) return usage(fmt::format("{} wants {}", (*option)->name, (*option)->value));
            value = rest[++i];
        }
        out.options.emplace_back((*option)->name, std::move(value));
    }
    if (out.arguments.size() > verb.max_arguments) {
        return usage(fmt::format("`{}` is too much; {}", out.arguments[verb.max_arguments], verb_help(verb)));
    }
    if (out.arguments.size() < verb.min_arguments) {
        return usage(fmt::format("{} is missing; {}", verb.arguments, verb_help(verb)));
    }
    return std::nullopt;
}

/// `dyad 'show summary'`: tools that pass one string.
Words split(const std::string& text) {
    Words out;
    std::string word;
    for (const char c : text + " ") {
        if (c != ' ') {
            word += c;
        } else if (!word.empty()) {
            out.push_back(std::exchange(word, {}));
        }
    }
    return out;
}

}  // namespace

bool Invocation::has(std::string_view option) const {
    return std::ranges::any_of(options, [&](const auto& o) { return o.first == option; });
}

std::string Invocation::value(std::string_view option) const {
    for (const auto& [name, given] : options) {
        if (name == option) return given;
    }
    return {};
}

std::variant<Invocation, Message> parse_arguments(std::vector<std::string> words) {
    if (words.size() > kMaxWords) return usage("too many words");
    if (words.size() == 1 && words.front().find(' ') != std::string::npos) words = split(words.front());
    Invocation out;
    const auto rest = take_common(words, out);
    if (!rest) return rest.error();
    if (rest->empty()) return usage(help_text());
    if (rest->front() == "-h" || rest->front() == "--help") return Message{help_text(), 0};
    if (rest->front() == "--version" || rest->front() == "-V") {
        out.verb = VerbId::Version;
        return out;
    }
    const auto found = find_verb(*rest);
    if (!found) return found.error();
    out.verb = found->verb->id;
    const Words behind(rest->begin() + static_cast<std::ptrdiff_t>(found->words), rest->end());
    if (auto message = take_rest(*found->verb, behind, out)) return *std::move(message);
    if (out.verb == VerbId::Help) return Message{help_text(), 0};
    return out;
}

std::optional<VerbId> leading_verb(const std::string& word) {
    if (word.empty() || word == "?") return std::nullopt;
    const auto found = find_verb({word});
    if (!found || found->words == 0) return std::nullopt;
    return found->verb->id;
}

std::string help_text() {
    std::string out = "usage: dyad VERB …\n\n";
    for (const auto& verb : verbs()) {
        if (verb.words == "show") continue;
        out += fmt::format("  {:<24} {}\n", fmt::format("{} {}", verb.words, verb.arguments), verb.help);
    }
    out +=
        "\nWords may be abbreviated while unique; `?` as the last word lists what may follow.\n"
        "  -j, --json, or `json` as the last word   the answer as JSON\n"
        "  -s SOCKET                                another daemon than /run/dyad/dyad.sock\n"
        "  VERB --help                              what the verb takes\n";
    return out;
}

}  // namespace dyad::ctl
