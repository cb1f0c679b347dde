#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "ctl/verbs.hpp"

namespace dyad::ctl {

/// A command line understood.
struct Invocation {
    VerbId verb = VerbId::Help;
    std::vector<std::string> arguments;
    std::vector<std::pair<std::string, std::string>> options;  ///< by their long names
    bool json = false;
    std::string socket;  ///< "" for the default

    bool has(std::string_view option) const;
    /// "" when it was not given.
    std::string value(std::string_view option) const;
};

/// A command line that ends here: help that was asked for (exit 0), or a mistake (exit 2).
struct Message {
    std::string text;
    int exit_code = 2;
};

/// Words without the program's name. Keywords may be abbreviated while unique; `?` as the last word asks what may
/// follow; -j, --json, `json` and `| json` at the end mean the same.
std::variant<Invocation, Message> parse_arguments(std::vector<std::string> words);

/// The verb the first word alone means, if it is a whole verb.
std::optional<VerbId> leading_verb(const std::string& word);
std::string help_text();

}  // namespace dyad::ctl
