#include <algorithm>
#include <map>

#include "config/martians.hpp"
#include "config/readers.hpp"
#include "config/text.hpp"
#include "dyad/base/text.hpp"
#include "dyad/config/sku.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::config {
namespace {

/// Thresholds of one gauge; more would only be noise.
constexpr std::size_t kMostThresholds = 8;

/// "10.1.0.0/16" or "10.1.0.0/16 longer 24", taken apart.
struct RangeText {
    std::string prefix;
    std::optional<std::string> longer;
};

RangeText split_range(const std::string& text) {
    constexpr std::string_view kLonger = " longer ";
    const auto at = text.find(kLonger);
    if (at == std::string::npos) return {text, std::nullopt};
    return {text.substr(0, at), text.substr(at + kLonger.size())};
}

bool check_longer(const Prefix& prefix, std::uint32_t longer, const Place& place, Notes& notes) {
    if (longer >= prefix.length() && longer <= address_bits(prefix.family())) return true;
    notes.error(place, "longer " + std::to_string(longer) + " does not go with " + prefix.to_string(),
                {.mark = std::to_string(prefix.length()) + " to " + std::to_string(address_bits(prefix.family()))});
    return false;
}

/// A prefix, with what lies below it down to a length, from text.
std::optional<std::pair<Prefix, std::optional<std::uint8_t>>> read_range_text(const Value& value, Notes& notes) {
    const auto parts = split_range(*value.as<std::string>());
    const auto prefix = read_prefix(parts.prefix, value.place, notes);
    if (!prefix) return std::nullopt;
    if (!parts.longer) return std::pair{*prefix, std::nullopt};
    const auto longer = whole_number(*parts.longer);
    if (!longer) {
        notes.error(value.place, quoted(*parts.longer) + " is no length",
                    {.mark = "such as \"10.1.0.0/16 longer 24\""});
        return std::nullopt;
    }
    if (!check_longer(*prefix, *longer, value.place, notes)) return std::nullopt;
    return std::pair{*prefix, static_cast<std::uint8_t>(*longer)};
}

// ---- advertise -----------------------------------------------------------------------------------------------------

std::vector<std::uint32_t> read_communities(const Fields& fields, Notes& notes) {
    std::vector<std::uint32_t> communities;
    const auto* list = fields.find("communities");
    if (list == nullptr) return communities;
    for (const auto& element : *list->as<Array>()) {
        const auto& text = *element.as<std::string>();
        if (const auto community = wire::parse_community(text))
            communities.push_back(*community);
        else
            notes.error(element.place, quoted(text) + " is no community",
                        {.mark = "such as \"65010:9\" or \"no-export\"",
                         .hint = std::ranges::count(text, ':') == 2
                                     ? "large communities (RFC 8092) are not sent by this version"
                                     : ""});
    }
    std::ranges::sort(communities);
    const auto repeated = std::ranges::unique(communities);
    communities.erase(repeated.begin(), repeated.end());
    return communities;
}

std::optional<Advertise> read_advertise_text(const Value& value, Draft& draft) {
    const auto range = read_range_text(value, draft.notes);
    if (!range) return std::nullopt;
    if (range->second)
        draft.notes.not_built(value.place, "longer", "list what is inside one by one");
    return Advertise{.prefix = range->first, .longer = range->second, .place = value.place};
}

std::optional<Advertise> read_advertise_table(const Value& value, Draft& draft) {
    const Fields fields{*value.as<Table>(), Section::Advertise, "an advertise entry", value.place, draft.notes};
    if (!fields.has("prefix")) draft.notes.error(value.place, "this entry has no prefix");
    Advertise entry;
    entry.when_present = fields.choice("when") == 1;
    entry.withdraw_on_failure = fields.choice("on_failure") != 1;
    if (fields.has("on_failure") && !entry.when_present)
        draft.notes.warning(fields.place("on_failure"), "on_failure without when = \"present\" means nothing",
                            {.mark = "what depends on nothing cannot fail"});
    // F3.8: a default that is withdrawn sends virtual machines straight to the Internet.
    if (entry.when_present && !fields.has("on_failure") && fields.prefix("prefix") &&
        fields.prefix("prefix")->length() == 0)
        draft.notes.error(
            value.place, "a default route with a condition says what happens when it fails",
            {.mark = "on_failure = \"keep\": Azure goes on to send here; \"withdraw\": its machines go straight to the "
                     "Internet"});
    entry.critical = fields.choice("priority") == 1;
    entry.communities = read_communities(fields, draft.notes);
    const auto prefix = fields.prefix("prefix");
    if (!prefix) return std::nullopt;
    entry.prefix = *prefix;
    entry.place = fields.place("prefix");
    if (const auto longer = fields.number("longer")) {
        if (!check_longer(*prefix, *longer, fields.place("longer"), draft.notes)) return std::nullopt;
        entry.longer = static_cast<std::uint8_t>(*longer);
    }
    if (fields.has("longer") && !entry.longer) return std::nullopt;
    return entry;
}

/// What no configuration may send to that party.
bool may_be_advertised(const Advertise& entry, const Party& party, Notes& notes) {
    const auto why =
        party.is_public_side() ? never_advertised_to_microsoft(entry.prefix) : never_advertised(entry.prefix);
    if (!why) return true;
    const auto whom = party.is_public_side() ? "Microsoft" : party.name;
    notes.error(entry.place, entry.prefix.to_string() + " cannot be advertised to " + whom,
                {.mark = std::string{*why}});
    return false;
}

void check_repeated(const Advertise& entry, const Advertise& first, Notes& notes) {
    const auto what = entry.prefix.to_string() + " is listed twice";
    const auto mark = "first on line " + std::to_string(first.place.line);
    if (entry == first)
        notes.warning(entry.place, what, {.mark = mark});
    else
        notes.error(entry.place, what, {.mark = mark, .hint = "the two do not say the same"});
}

void read_advertise(const Fields& fields, const Party& party, Exchange& exchange, Draft& draft) {
    const auto* list = fields.find("advertise");
    if (list == nullptr) return;
    std::map<Prefix, Advertise> seen;
    for (const auto& element : *list->as<Array>()) {
        const auto entry =
            element.as<Table>() ? read_advertise_table(element, draft) : read_advertise_text(element, draft);
        if (!entry || !may_be_advertised(*entry, party, draft.notes)) continue;
        const auto [first, fresh] = seen.emplace(entry->prefix, *entry);
        if (!fresh) {
            check_repeated(*entry, first->second, draft.notes);
            continue;
        }
        exchange.advertise.push_back(*entry);
    }
}

// ---- registered ----------------------------------------------------------------------------------------------------

std::vector<Prefix> read_registered(const Value& list, Notes& notes) {
    std::vector<Prefix> registered;
    for (const auto& element : *list.as<Array>()) {
        const auto prefix = read_prefix(*element.as<std::string>(), element.place, notes);
        if (prefix) registered.push_back(*prefix);
    }
    std::ranges::sort(registered);
    return registered;
}

/// What Azure has not validated goes nowhere: it would be dropped there, packets and all, while the session looks fine.
void hold_back_unregistered(const std::vector<Prefix>& registered, Exchange& exchange, Notes& notes) {
    const auto validated = [&](const Advertise& entry) {
        return std::ranges::any_of(registered, [&](const Prefix& prefix) { return prefix.covers(entry.prefix); });
    };
    std::vector<Advertise> good;
    for (auto& entry : exchange.advertise) {
        if (validated(entry)) {
            good.push_back(std::move(entry));
            continue;
        }
        notes.warning(entry.place, entry.prefix.to_string() + " is held back",
                      {.mark = "it is not in registered",
                       .hint = "Azure drops traffic of prefixes it has not validated for you"});
        exchange.held_back.push_back(std::move(entry));
    }
    exchange.advertise = std::move(good);
}

// ---- accept --------------------------------------------------------------------------------------------------------

std::optional<PrefixRange> read_range(const Value& value, Draft& draft) {
    if (value.as<std::string>()) {
        const auto range = read_range_text(value, draft.notes);
        if (!range) return std::nullopt;
        return PrefixRange{range->first, range->second.value_or(range->first.length()), value.place};
    }
    const Fields fields{*value.as<Table>(), Section::Range, "an accept entry", value.place, draft.notes};
    if (!fields.has("prefix")) draft.notes.error(value.place, "this entry has no prefix");
    const auto prefix = fields.prefix("prefix");
    if (!prefix) return std::nullopt;
    const auto longer = fields.number("longer").value_or(prefix->length());
    if (!check_longer(*prefix, longer, fields.place("longer"), draft.notes)) return std::nullopt;
    return PrefixRange{*prefix, static_cast<std::uint8_t>(longer), value.place};
}

std::vector<PrefixRange> read_ranges(const Array& list, Draft& draft) {
    std::vector<PrefixRange> ranges;
    for (const auto& element : list)
        if (const auto range = read_range(element, draft)) ranges.push_back(*range);
    return ranges;
}

std::string decimal(std::uint32_t community) {
    return std::to_string(community >> 16U) + ":" + std::to_string(community & 0xffffU);
}

/// A community, a pattern of them, or the name of one: Azure's, or ours.
std::optional<std::string> read_community_match(const std::string& text, const Place& place, Draft& draft) {
    auto& notes = draft.notes;
    const auto& own = draft.config.communities;
    if (const auto community = wire::parse_community(text)) return decimal(*community);
    if (is_community_pattern(text)) return text;
    if (const auto named = community_called(text, own)) return decimal(*named);
    const bool name =
        !text.empty() && text.front() >= 'a' && text.front() <= 'z' && std::ranges::all_of(text, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
        });
    if (name) {
        const auto similar = similar_community(text, own);
        notes.error(
            place, "no community is called " + quoted(text),
            {.mark = similar.empty() ? "such as \"azure:eastus.storage\"" : "did you mean " + quoted(similar) + "?",
             .hint = "communities = { " + quoted(text) + " = \"12076:…\" } at the top of the file would name it"});
        return std::nullopt;
    }
    const auto star = text.find('*');
    notes.error(
        place, quoted(text) + " is no community",
        {.mark = star != std::string::npos && star + 1 != text.size() ? "the star stands at the end"
                                                                      : "such as \"12076:51004\" or \"12076:51*\""});
    return std::nullopt;
}

void read_accept_table(const Fields& fields, Accept& accept, Draft& draft) {
    if (const auto* prefixes = fields.find("prefixes")) accept.prefixes = read_ranges(*prefixes->as<Array>(), draft);
    // Whoever lists what he wants does not want the rest.
    if (fields.has("prefixes")) accept.any = false;
    fields.read("any", accept.any);
    if (accept.any && fields.has("prefixes"))
        draft.notes.error(fields.place("any"), "any = true and a list of prefixes", {.mark = "one or the other"});
    if (const auto* except = fields.find("except")) accept.except = read_ranges(*except->as<Array>(), draft);
    if (const auto* communities = fields.find("communities"))
        for (const auto& element : *communities->as<Array>())
            if (auto match = read_community_match(*element.as<std::string>(), element.place, draft))
                accept.communities.push_back(std::move(*match));
    fields.read("max_length", accept.max_length_v4);
    fields.read("max_length6", accept.max_length_v6);
    fields.read("guard", accept.guard);
    if (!accept.any && accept.prefixes.empty() && !fields.has("prefixes"))
        draft.notes.warning(fields.place(), "this accepts nothing", {.mark = "neither any = true nor prefixes"});
}

Accept default_accept(const Party& party) {
    if (!party.is_msee()) return {.any = false, .guard = false};
    // No default route from Azure, and nothing that covers ours.
    const Prefix v4{Address::v4(0), 0};
    const Prefix v6{Address::v6({}), 0};
    return {.any = true, .except = {{v4, 0, {}}, {v6, 0, {}}}, .guard = true};
}

void read_accept(const Fields& fields, const Party& party, Accept& accept, Draft& draft) {
    accept = default_accept(party);
    const auto* value = fields.find("accept");
    // A list that is wrong must not end as the default "any".
    if (fields.has("accept")) accept.place = fields.place("accept");
    if (value == nullptr) return;
    if (const auto* list = value->as<Array>()) {
        accept.any = false;
        accept.prefixes = read_ranges(*list, draft);
        if (party.is_msee() && list->empty())
            draft.notes.warning(value->place, "this accepts nothing",
                                {.hint = "leave it out for the default, { any = true }"});
        return;
    }
    read_accept_table(*table_at(fields, "accept", party.is_msee() ? Section::Accept : Section::NeighborAccept, draft),
                      accept, draft);
}

void read_community_rules(const Fields& fields, Exchange& exchange, Draft& draft) {
    const auto* list = fields.find("communities_in");
    if (list == nullptr) return;
    for (const auto& element : *list->as<Array>()) {
        if (element.as<Table>() == nullptr) {
            draft.notes.error(element.place, "an element of communities_in is a table",
                              {.mark = "{ match = \"12076:51*\", local_preference = 120 }"});
            continue;
        }
        const Fields rule{*element.as<Table>(), Section::CommunityRule, "a communities_in entry", element.place,
                          draft.notes};
        for (const auto name : {"match", "local_preference"})
            if (!rule.has(name)) draft.notes.error(element.place, std::string{"this entry has no "} + name);
        const auto preference = rule.number("local_preference");
        const auto* match = rule.find("match");
        if (match == nullptr || !preference) continue;
        if (auto pattern = read_community_match(*match->as<std::string>(), match->place, draft))
            exchange.communities_in.push_back({std::move(*pattern), *preference});
    }
}

void read_thresholds(const Fields& fields, Limits& limits, Notes& notes) {
    const auto* list = fields.find("warn_at");
    if (list == nullptr) return;
    limits.warn_at.clear();
    for (const auto& element : *list->as<Array>())
        limits.warn_at.push_back(static_cast<std::uint32_t>(*element.as<std::int64_t>()));
    std::ranges::sort(limits.warn_at);
    const auto repeated = std::ranges::unique(limits.warn_at);
    limits.warn_at.erase(repeated.begin(), repeated.end());
    if (limits.warn_at.size() > kMostThresholds) notes.error(list->place, "more than 8 thresholds");
}

}  // namespace

void read_limits(const Fields& fields, const Party& party, Limits& limits, Draft& draft) {
    const auto azure = RouteLimits{limits.advertise, limits.advertise_v6};
    const auto table = table_at(fields, "limits", party.is_msee() ? Section::Limits : Section::NeighborLimits, draft);
    if (!table) return;
    table->read("advertise", limits.advertise);
    table->read("advertise6", limits.advertise_v6);
    table->read("reserve", limits.reserve);
    // The default is made for thousands; a small limit keeps a quarter.
    if (!table->has("reserve") && limits.advertise != 0)
        limits.reserve = std::min(limits.reserve, limits.advertise / 4);
    read_thresholds(*table, limits, draft.notes);
    table->read_choice("on_limit", limits.on_limit);
    table->read("receive", limits.receive);
    table->read_choice("on_receive", limits.on_receive);
    const auto too_many = [&](std::string_view name, std::uint32_t wanted, std::uint32_t most) {
        if (!party.is_msee() || wanted <= most) return;
        const bool by_sku = party.kind == PeeringKind::Private && name == "advertise";
        draft.notes.error(
            table->place(name), std::string{name} + " = " + std::to_string(wanted) + " is more than Azure takes",
            {.mark = std::to_string(most) + " at most: above that it drops the session",
             .hint = by_sku && wanted <= 10000 ? "the number belongs to the circuit's sku; premium takes 10000" : ""});
    };
    too_many("advertise", limits.advertise, azure.v4);
    too_many("advertise6", limits.advertise_v6, azure.v6);
    if (limits.advertise != 0 && limits.reserve >= limits.advertise)
        draft.notes.error(table->place("reserve"), "reserve = " + std::to_string(limits.reserve) + " leaves no room",
                          {.mark = "less than the " + std::to_string(limits.advertise) + " of advertise"});
}

void read_exchange(const Fields& fields, const Party& party, Exchange& exchange, Draft& draft) {
    read_advertise(fields, party, exchange, draft);
    read_accept(fields, party, exchange.accept, draft);
    fields.read("local_preference", exchange.local_preference);
    read_community_rules(fields, exchange, draft);
    fields.read("allow_as_in", exchange.allow_as_in);
    fields.read("remove_med", exchange.remove_med);
    fields.read("enforce_first_as", exchange.enforce_first_as);
    read_limits(fields, party, exchange.limits, draft);
    read_redistribute(fields, draft);
    const auto* registered = fields.find("registered");
    if (registered == nullptr) return;
    hold_back_unregistered(read_registered(*registered, draft.notes), exchange, draft.notes);
}

}  // namespace dyad::config
