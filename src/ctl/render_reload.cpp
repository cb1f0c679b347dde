#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

std::string change_words(const Json& change) {
    const auto kind = text(change, "kind");
    const auto item = text(change, "item");
    const auto key = text(change, "key");
    const auto name = fmt::format("{}{}{}", item, item.empty() || key.empty() ? "" : " ", key);
    const auto before = text(change, "before"), after = text(change, "after");
    if (kind == "added") return fmt::format("  + {}{}{}", name, after.empty() ? "" : " = ", after);
    if (kind == "removed") return fmt::format("  - {}{}{}", name, before.empty() ? "" : " = ", before);
    // A list gained or lost an entry.
    if (before.empty()) return fmt::format("  + {} {}", name, after);
    if (after.empty()) return fmt::format("  - {} {}", name, before);
    return fmt::format("  ~ {}: {} -> {}", name, before, after);
}

std::string effect_words(const std::string& effect) {
    if (effect == "live") return "at once";
    if (effect == "refresh") return "routes looked at again";
    if (effect == "session") return "session reset";
    if (effect == "start") return "after a restart";
    return effect;
}

}  // namespace

std::string render_reload(const Json& reload) {
    const auto& changes = list(reload, "changes");
    std::string out;
    for (const auto& warning : list(reload, "warnings")) {
        if (const auto* words = warning.if_string())
            out += fmt::format("{}\n", std::string_view{words->data(), words->size()});
    }
    for (const auto& change : changes) {
        out += fmt::format("{}  ({})\n", change_words(change), effect_words(text(change, "takes_effect")));
    }
    if (changes.empty()) return out + fmt::format("{}: nothing has changed\n", text(reload, "file"));
    return out + fmt::format("{}: {} change{} loaded\n", text(reload, "file"), changes.size(),
                             changes.size() == 1 ? "" : "s");
}

}  // namespace dyad::ctl
