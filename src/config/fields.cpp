#include "config/fields.hpp"

#include <algorithm>
#include <ranges>

#include "config/text.hpp"
#include "dyad/base/text.hpp"

namespace dyad::config {
namespace {

using std::chrono::milliseconds;

std::string_view kind_of(const Value& value) {
    struct {
        std::string_view operator()(bool) const { return "a flag"; }
        std::string_view operator()(std::int64_t) const { return "a number"; }
        std::string_view operator()(double) const { return "a number with a point"; }
        std::string_view operator()(const std::string&) const { return "text"; }
        std::string_view operator()(Moment) const { return "a date or time"; }
        std::string_view operator()(const Array&) const { return "a list"; }
        std::string_view operator()(const Table&) const { return "a table"; }
    } name;
    return std::visit(name, value.data);
}

template <typename... Allowed>
bool all_are(const Value& value) {
    const auto* array = value.as<Array>();
    return array != nullptr && std::ranges::all_of(*array, [](const Value& v) { return (v.as<Allowed>() || ...); });
}

bool fits(Type type, const Value& value) {
    switch (type) {
        case Type::Flag:
            return value.as<bool>();
        case Type::Number:
            return value.as<std::int64_t>();
        case Type::Text:
        case Type::Choice:
        case Type::Duration:
        case Type::Prefix:
        case Type::Address:
            return value.as<std::string>();
        case Type::Texts:
            return all_are<std::string>(value);
        case Type::Numbers:
            return all_are<std::int64_t>(value);
        case Type::List:
            return all_are<std::string, Table>(value);
        case Type::Nested:
            return value.as<Table>();
        case Type::Tables:
            return all_are<Table>(value);
        case Type::FlagOrTable:
            return value.as<bool>() || value.as<Table>();
        case Type::NumberOrText:
            return value.as<std::int64_t>() || value.as<std::string>();
        case Type::TextOrTable:
            return value.as<std::string>() || value.as<Table>();
        case Type::ListOrTable:
            return value.as<Table>() || all_are<std::string, Table>(value);
        case Type::TextOrList:
            return value.as<std::string>() || all_are<std::string, Table>(value);
    }
    return false;
}

/// The first element that is not what its list may hold, or the value itself.
const Value& culprit(Type type, const Value& value) {
    const auto* array = value.as<Array>();
    const bool list = type == Type::Texts || type == Type::Numbers || type == Type::List || type == Type::Tables;
    if (array == nullptr || !list) return value;
    for (const auto& element : *array) {
        const bool good = type == Type::Numbers  ? element.as<std::int64_t>() != nullptr
                          : type == Type::Tables ? element.as<Table>() != nullptr
                          : type == Type::Texts  ? element.as<std::string>() != nullptr
                                                 : element.as<std::string>() || element.as<Table>();
        if (!good) return element;
    }
    return value;
}

std::string type_hint(const Key& key, const Value& value) {
    const auto* text = value.as<std::string>();
    if (key.type == Type::Number && text != nullptr && whole_number(*text)) return "write " + *text;
    // RFC 5396. The library has eaten trailing zeros: 1.1 and 1.10 cannot be told apart here.
    if (key.name.ends_with("asn") && value.as<double>()) return "asdot is written out: 1.10 is 1 x 65536 + 10 = 65546";
    if (key.type == Type::Flag && text != nullptr) return "true and false stand without quotes";
    if (key.type == Type::Duration && value.as<std::int64_t>()) {
        const auto unit = key.section == Section::Bfd ? "ms" : "s";
        return "write " + quoted(std::to_string(*value.as<std::int64_t>()) + unit);
    }
    if ((key.type == Type::Texts || key.type == Type::List) && text != nullptr) return "write [" + quoted(*text) + "]";
    if (key.type == Type::ListOrTable && text != nullptr) return "write [" + quoted(*text) + "]";
    if (key.name == "accept" && value.as<bool>())
        return "write { any = " + std::string{*value.as<bool>() ? "true" : "false"} + " }";
    if (key.type == Type::Tables && value.as<Table>())
        return "write [[" + std::string{key.name} + "]]: there can be several";
    if ((key.name == "primary" || key.name == "secondary") && text != nullptr)
        return "write { interface = " + quoted(*text) + " }";
    return "";
}

void complain_type(const Key& key, const Value& value, Notes& notes) {
    const auto& wrong = culprit(key.type, value);
    if (key.type == Type::Duration && wrong.as<std::int64_t>()) {
        notes.error(wrong.place, std::string{key.name} + " has no unit",
                    {.mark = "wants " + std::string{type_words(key.type)}, .hint = type_hint(key, wrong)});
        return;
    }
    const auto what = &wrong == &value ? std::string{key.name} + " cannot be "
                                       : "an element of " + std::string{key.name} + " cannot be ";
    notes.error(wrong.place, what + std::string{kind_of(wrong)},
                {.mark = "wants " + std::string{type_words(key.type)}, .hint = type_hint(key, wrong)});
}

std::string joined(std::string_view choices) {
    std::string text;
    for (const auto choice : std::views::split(choices, '|')) {
        if (!text.empty()) text += " | ";
        text += quoted(std::string_view{choice.begin(), choice.end()});
    }
    return text;
}

bool is_choice(std::string_view choices, std::string_view text) {
    return std::ranges::any_of(std::views::split(choices, '|'), [&](const auto& choice) {
        return std::string_view{choice.begin(), choice.end()} == text;
    });
}

bool in_range(const Key& key, std::int64_t number, const Place& place, Notes& notes) {
    if (number >= key.least && number <= key.most) return true;
    notes.error(place, std::string{key.name} + " = " + std::to_string(number) + " is out of range",
                {.mark = std::to_string(key.least) + " to " + std::to_string(key.most)});
    return false;
}

bool good_duration(const Key& key, const std::string& text, const Place& place, Notes& notes) {
    const auto duration = parse_duration(text);
    if (!duration) {
        const auto number = whole_number(text);
        const auto unit = key.section == Section::Bfd ? "ms" : "s";
        const auto hint = number ? "write " + quoted(text + unit) : "units are ms, s, m and h";
        notes.error(place, quoted(text) + " is no duration",
                    {.mark = "a number and its unit, such as \"180s\"", .hint = hint});
        return false;
    }
    if (duration->count() >= key.least && duration->count() <= key.most) return true;
    notes.error(place, std::string{key.name} + " = " + quoted(text) + " is out of range",
                {.mark = duration_text(milliseconds{key.least}) + " to " + duration_text(milliseconds{key.most})});
    return false;
}

bool good_choice(const Key& key, const std::string& text, const Place& place, Notes& notes) {
    if (is_choice(key.choices, text)) return true;
    const auto similar = similar_choice(key.choices, text);
    const auto choices = key.type == Type::NumberOrText ? "a number, or " + joined(key.choices)
                         : key.type == Type::TextOrList ? "a list, or " + joined(key.choices)
                                                        : "one of " + joined(key.choices);
    notes.error(
        place, "unknown " + std::string{key.name} + " " + quoted(text),
        similar ? Advice{.mark = "did you mean " + quoted(*similar) + "?", .hint = choices} : Advice{.mark = choices});
    return false;
}

/// Right in itself: type, range, words. What depends on other keys is asked elsewhere.
bool is_good(const Key& key, const Value& value, Notes& notes) {
    if (!fits(key.type, value)) {
        complain_type(key, value, notes);
        return false;
    }
    const auto* text = value.as<std::string>();
    const auto* number = value.as<std::int64_t>();
    if (number != nullptr) return in_range(key, *number, value.place, notes);
    if (key.type == Type::Numbers)
        return std::ranges::all_of(
            *value.as<Array>(), [&](const Value& v) { return in_range(key, *v.as<std::int64_t>(), v.place, notes); });
    if (key.type == Type::Duration) return good_duration(key, *text, value.place, notes);
    const bool closed = key.type == Type::Choice || key.type == Type::NumberOrText || key.type == Type::TextOrList;
    if (text != nullptr && closed) return good_choice(key, *text, value.place, notes);
    return true;
}

bool is_the_default(const Key& key, const Value& value) {
    const auto* flag = value.as<bool>();
    return flag != nullptr && key.default_text == (*flag ? "true" : "false");
}

void mention_idle(const Key& key, const Entry& entry, Notes& notes) {
    if (key.acts == Acts::Now || is_the_default(key, entry.value)) return;
    if (key.name == "longer")
        return notes.not_built(entry.place, "longer", "list what is inside one by one");
    const bool heading = key.section == Section::Top;
    notes.not_built(entry.place, heading ? "[" + std::string{key.name} + "]" : std::string{key.name});
}

}  // namespace

Fields::Fields(const Table& table, Section section, std::string where, Place place, Notes& notes)
    : section_(section), where_(std::move(where)), place_(place), notes_(&notes) {
    for (const auto& entry : table) {
        const auto* key = find_key(section, entry.key);
        if (key == nullptr) {
            complain_unknown(entry);
            continue;
        }
        const bool good = is_good(*key, entry.value, notes);
        entries_.push_back({&entry, good});
        if (good) mention_idle(*key, entry, notes);
    }
}

void Fields::complain_unknown(const Entry& entry) {
    Advice advice;
    if (const auto similar = similar_key(section_, entry.key)) {
        advice.mark = "did you mean " + quoted(*similar) + "?";
        misspelt_.push_back(*similar);
    } else if (const auto elsewhere = section_with(entry.key); !elsewhere.empty()) {
        advice.hint = quoted(entry.key) + " belongs to " + std::string{elsewhere};
    }
    notes_->error(entry.place,
                  "unknown key " + quoted(entry.key) + (section_ == Section::Top ? " at " : " in ") + where_, advice);
}

const Fields::Checked* Fields::checked(std::string_view name) const {
    const auto found = std::ranges::find_if(entries_, [&](const Checked& c) { return c.entry->key == name; });
    return found == entries_.end() ? nullptr : &*found;
}

const Value* Fields::find(std::string_view name) const {
    const auto* found = checked(name);
    return found != nullptr && found->good ? &found->entry->value : nullptr;
}

bool Fields::has(std::string_view name) const {
    return checked(name) != nullptr || std::ranges::find(misspelt_, name) != misspelt_.end();
}

Place Fields::place(std::string_view name) const {
    const auto* found = checked(name);
    return found != nullptr ? found->entry->value.place : place_;
}

void Fields::read(std::string_view name, bool& out) const {
    if (const auto* value = find(name)) out = *value->as<bool>();
}

void Fields::read(std::string_view name, std::string& out) const {
    if (const auto* value = find(name)) out = *value->as<std::string>();
}

void Fields::read(std::string_view name, std::uint8_t& out) const {
    if (const auto n = number(name)) out = static_cast<std::uint8_t>(*n);
}

void Fields::read(std::string_view name, std::uint16_t& out) const {
    if (const auto n = number(name)) out = static_cast<std::uint16_t>(*n);
}

void Fields::read(std::string_view name, std::uint32_t& out) const {
    if (const auto n = number(name)) out = *n;
}

void Fields::read(std::string_view name, milliseconds& out) const {
    if (const auto d = duration(name)) out = *d;
}

void Fields::read(std::string_view name, std::chrono::seconds& out) const {
    const auto d = duration(name);
    if (!d) return;
    if (d->count() % 1000 != 0)
        notes_->error(place(name), std::string{name} + " is not a whole number of seconds", {.mark = "whole seconds"});
    out = std::chrono::duration_cast<std::chrono::seconds>(*d);
}

std::optional<std::uint32_t> Fields::number(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr || value->as<std::int64_t>() == nullptr) return std::nullopt;
    return static_cast<std::uint32_t>(*value->as<std::int64_t>());
}

std::optional<milliseconds> Fields::duration(std::string_view name) const {
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : parse_duration(*value->as<std::string>());
}

std::optional<std::size_t> Fields::choice(std::string_view name) const {
    const auto* value = find(name);
    if (value == nullptr || value->as<std::string>() == nullptr) return std::nullopt;
    std::size_t index = 0;
    for (const auto choice : std::views::split(find_key(section_, name)->choices, '|')) {
        if (std::string_view{choice.begin(), choice.end()} == *value->as<std::string>()) return index;
        ++index;
    }
    return std::nullopt;
}

std::optional<Address> Fields::address(std::string_view name) const {
    const auto* value = find(name);
    return value == nullptr ? std::nullopt : read_address(*value->as<std::string>(), value->place, *notes_);
}

std::optional<Prefix> Fields::prefix(std::string_view name, std::string_view host_bits_mark) const {
    const auto* value = find(name);
    return value == nullptr ? std::nullopt
                            : read_prefix(*value->as<std::string>(), value->place, *notes_, host_bits_mark);
}

std::optional<Prefix> prefix_around(const std::string& text) {
    const auto slash = text.find('/');
    const auto address = Address::parse(std::string_view{text}.substr(0, slash));
    const auto length =
        slash == std::string::npos ? std::nullopt : whole_number(std::string_view{text}.substr(slash + 1));
    if (!address || !length || *length > address_bits(address->family())) return std::nullopt;
    return Prefix{*address, static_cast<std::uint8_t>(*length)};
}

std::optional<Prefix> read_prefix(const std::string& text, const Place& place, Notes& notes,
                                  std::string_view host_bits_mark) {
    const auto prefix = Prefix::parse(text);
    if (prefix) return *prefix;
    const auto address_text = text.substr(0, text.find('/'));
    const auto address = Address::parse(address_text);
    switch (prefix.error()) {
        case PrefixError::NotAPrefix:
            if (address)
                notes.error(place, text + " has no length",
                            {.mark = "wants " + std::string{type_words(Type::Prefix)},
                             .hint = "an address alone is " + quoted(text + (address->is_v4() ? "/32" : "/128"))});
            else
                notes.error(place, quoted(text) + " is no prefix",
                            {.mark = "wants " + std::string{type_words(Type::Prefix)}});
            break;
        case PrefixError::BadAddress:
            notes.error(place, quoted(text) + " is no prefix", {.mark = quoted(address_text) + " is no address"});
            break;
        case PrefixError::BadLength:
            notes.error(place, quoted(text) + " is no prefix",
                        {.mark = std::string{"the length is a number from 0 to "} + (address->is_v4() ? "32" : "128")});
            break;
        case PrefixError::HostBitsSet: {
            const auto around = prefix_around(text);
            const auto hint = around ? "did you mean " + quoted(around->to_string()) + "?" : "";
            notes.error(place, text + " has host bits set", {.mark = std::string{host_bits_mark}, .hint = hint});
            break;
        }
    }
    return std::nullopt;
}

std::optional<Address> read_address(const std::string& text, const Place& place, Notes& notes) {
    const auto address = Address::parse(text);
    if (!address) {
        const bool prefix = text.contains('/') && Address::parse(text.substr(0, text.find('/')));
        notes.error(place, quoted(text) + " is no address",
                    {.mark = prefix ? "an address has no length" : "wants " + std::string{type_words(Type::Address)},
                     .hint = prefix ? "write " + quoted(text.substr(0, text.find('/'))) : ""});
    }
    return address;
}

}  // namespace dyad::config
