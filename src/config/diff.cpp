#include "dyad/config/diff.hpp"

#include <algorithm>
#include <map>

#include "config/describe.hpp"
#include "config/text.hpp"
#include "dyad/base/text.hpp"

namespace dyad::config {
namespace {

/// Elements of a list named one by one; of more, the numbers. `dyad plan` is read by people.
constexpr std::size_t kMostElements = 16;

using Elements = std::vector<std::pair<std::string, std::string>>;

std::string entries(const Elements& elements) { return counted(elements.size(), "entry", "entries"); }

/// What each element was and is; "" where it was not or is no more.
std::vector<std::pair<std::string, std::string>> element_changes(const Elements& before, const Elements& after) {
    std::map<std::string, std::pair<std::string, std::string>> all;
    for (const auto& [identity, text] : before) all[identity].first = text;
    for (const auto& [identity, text] : after) all[identity].second = text;
    std::vector<std::pair<std::string, std::string>> changes;
    for (const auto& [identity, texts] : all)
        if (texts.first != texts.second) changes.push_back(texts);
    return changes;
}

void compare_lists(const std::string& item, const Line& before, const Line& after, std::vector<Change>& out) {
    const auto changes = element_changes(before.elements, after.elements);
    const auto add = [&](std::string was, std::string is) {
        out.push_back({.item = item,
                       .key = after.name,
                       .before = std::move(was),
                       .after = std::move(is),
                       .reload_class = after.key->reload});
    };
    if (changes.size() > kMostElements)
        return add(entries(before.elements),
                   entries(after.elements) + ", " + std::to_string(changes.size()) + " differ");
    for (const auto& [was, is] : changes) add(was, is);
}

void compare(const Item& before, const Item& after, std::vector<Change>& out) {
    // The same section has the same keys in the same order.
    for (std::size_t i = 0; i < after.lines.size(); ++i) {
        const auto& [was, is] = std::tie(before.lines[i], after.lines[i]);
        compare_lists(after.name, was, is, out);
        if (was.text == is.text && was.hidden == is.hidden) continue;
        out.push_back(
            {.item = after.name, .key = is.name, .before = was.text, .after = is.text, .reload_class = is.key->reload});
    }
}

const Item* find(const std::vector<Item>& items, const Item& like) {
    const auto found = std::ranges::find_if(
        items, [&](const Item& item) { return item.section == like.section && item.name == like.name; });
    return found == items.end() ? nullptr : &*found;
}

/// A link comes and goes with its peering, and is not counted beside it.
void came_or_went(const Item& item, Change::Kind kind, std::vector<Change>& out) {
    if (item.section == Section::Link) return;
    out.push_back(
        {.item = item.name, .key = "", .before = "", .after = "", .reload_class = ReloadClass::Session, .kind = kind});
}

}  // namespace

std::string_view to_string(ReloadClass reload_class) {
    switch (reload_class) {
        case ReloadClass::Live:
            return "live";
        case ReloadClass::Refresh:
            return "refresh";
        case ReloadClass::Session:
            return "session";
        case ReloadClass::Start:
            return "start";
    }
    return "";
}

std::vector<Change> diff(const Config& before, const Config& after) {
    const auto was = describe(before);
    const auto is = describe(after);
    std::vector<Change> changes;
    for (const auto& item : is) {
        if (const auto* old = find(was, item))
            compare(*old, item, changes);
        else
            came_or_went(item, Change::Kind::Added, changes);
    }
    for (const auto& item : was)
        if (find(is, item) == nullptr) came_or_went(item, Change::Kind::Removed, changes);
    return changes;
}

}  // namespace dyad::config
