#include "dyad/config/parse.hpp"

#include <algorithm>

#include "config/readers.hpp"
#include "config/text.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::config {
namespace {

struct AsnRange {
    std::uint32_t first, last;
    std::string_view whose;
};
/// What an Azure peering refuses as our AS.
constexpr AsnRange kRefused[] = {
    {8074, 8075, "Microsoft's own"},       {12076, 12076, "Microsoft's own, the MSEE's"},
    {23456, 23456, "AS_TRANS (RFC 6793)"}, {64496, 64511, "for documentation (RFC 5398)"},
    {65515, 65520, "reserved by Azure"},   {65535, 65551, "reserved or for documentation (RFC 7300, RFC 5398)"},
};
constexpr std::uint32_t kLastAsn = 4'294'967'295;  // RFC 7300: never an AS

/// At the top of a file keys must stand before the first heading: where one is missing, this is the place to say so.
Place first_line_of_content(const Table& document) {
    if (document.empty()) return {.line = 1, .column = 1, .end_column = 2};
    const auto& first = document.front();
    return first.value.as<Table>() || first.value.as<Array>() ? first.value.place : first.place;
}

void read_asn(const Fields& top, const Table& document, Draft& draft) {
    auto& config = draft.config;
    if (!top.has("asn")) {
        draft.notes.error(first_line_of_content(document), "asn is missing",
                          {.mark = "it belongs above this", .hint = "our AS number, for example  asn = 65010"});
        return;
    }
    const auto asn = top.number("asn");
    if (!asn) return;
    config.asn = Asn{*asn};
    draft.asn_place = top.place("asn");
    const auto refused =
        std::ranges::find_if(kRefused, [&](const AsnRange& r) { return *asn >= r.first && *asn <= r.last; });
    if (*asn == kLastAsn)
        draft.notes.error(draft.asn_place, "AS 4294967295 is nobody's (RFC 7300)");
    else if (refused != std::end(kRefused) && !config.lab)
        draft.notes.error(
            draft.asn_place, "AS " + std::to_string(*asn) + " cannot be ours",
            {.mark = "it is " + std::string{refused->whose},
             .hint = "private ones are 64512 to 65514 and 4200000000 to 4294967294; a lab may say lab = true"});
}

void read_router_id(const Fields& top, Draft& draft) {
    const auto address = top.address("router_id");
    if (!address) return;
    if (!address->is_v4() || address->is_unspecified())
        draft.notes.error(top.place("router_id"), address->to_string() + " is no router id",
                          {.mark = "written as an IPv4 address, not 0.0.0.0 (RFC 6286)"});
    else
        draft.config.router_id = RouterId{address->to_u32()};
}

void read_hostname(const Fields& top, Draft& draft) {
    constexpr std::size_t kLongest = 253;  // RFC 1035
    top.read("hostname", draft.config.hostname);
    const auto& name = draft.config.hostname;
    const bool plain = std::ranges::all_of(name, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
    if (top.find("hostname") && (name.empty() || name.size() > kLongest || !plain))
        draft.notes.error(top.place("hostname"), "this is no host name", {.mark = "1 to 253 characters, no spaces"});
}

/// What cannot be taken for a community or a pattern of one: begins with a letter, has no star.
bool is_community_name(std::string_view name) {
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == ':';
    };
    constexpr std::size_t kLongest = 63;
    return !name.empty() && name.size() <= kLongest && name.front() >= 'a' && name.front() <= 'z' &&
           std::ranges::all_of(name, plain) && !wire::parse_community(name);
}

void read_community_names(const Fields& top, Draft& draft) {
    const auto* table = top.find("communities");
    if (table == nullptr) return;
    auto& own = draft.config.communities;
    for (const auto& [name, place, value] : *table->as<Table>()) {
        const auto* text = value.as<std::string>();
        const auto community = text ? wire::parse_community(*text) : std::nullopt;
        if (!is_community_name(name))
            draft.notes.error(place, quoted(name) + " cannot be the name of a community",
                              {.mark = "small letters, digits, - . and :, such as \"azure:newregion.storage\""});
        else if (!community)
            draft.notes.error(value.place, "this is no community", {.mark = "such as \"12076:52099\""});
        else
            own.emplace_back(name, *community);
    }
    std::ranges::sort(own);
}

}  // namespace

bool Parsed::ok() const {
    return std::ranges::none_of(diagnostics, [](const Diagnostic& d) { return d.level == Diagnostic::Level::Error; });
}

Parsed parse(std::string_view text) {
    const auto document = read_document(text);
    if (!document) return {.config = {}, .diagnostics = {document.error()}};
    Draft draft;
    const Fields top{*document, Section::Top, "the top of the file", first_line_of_content(*document), draft.notes};
    top.read("lab", draft.config.lab);
    read_asn(top, *document, draft);
    read_router_id(top, draft);
    read_hostname(top, draft);
    top.read("listen_port", draft.config.listen_port);
    read_community_names(top, draft);
    read_circuits(top, draft);
    read_neighbors(top, draft);
    read_services(top, draft);
    check_whole(draft);
    return {.config = std::move(draft.config), .diagnostics = draft.notes.take()};
}

std::optional<Fields> table_at(const Fields& fields, std::string_view name, Section section, Draft& draft) {
    const auto* value = fields.find(name);
    if (value == nullptr || value->as<Table>() == nullptr) return std::nullopt;
    const auto heading = section_name(section);
    const auto where = heading.starts_with('[') ? heading : name;
    return Fields{*value->as<Table>(), section, std::string{where}, value->place, draft.notes};
}

bool check_name(const std::string& name, std::string_view of_what, const Place& place, Notes& notes) {
    constexpr std::size_t kLongest = 63;  // a row of `show` and a label of a metric
    const auto plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
               c == '.';
    };
    const bool good = !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, plain) &&
                      name.front() != '-' && name.front() != '.';
    if (!good)
        notes.error(place, quoted(name) + " cannot be the name of a " + std::string{of_what},
                    {.mark = "letters, digits, - _ and . only, 63 at most",
                     .hint = name.contains('/') ? "/ separates circuit, peering and link in session names" : ""});
    return good;
}

bool check_interface(const std::string& name, const Place& place, Notes& notes) {
    constexpr std::size_t kLongest = 15;  // IFNAMSIZ without its zero
    const auto plain = [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '/' && c != ':'; };
    const bool good =
        !name.empty() && name.size() <= kLongest && std::ranges::all_of(name, plain) && name != "." && name != "..";
    if (!good)
        notes.error(place, quoted(name) + " cannot be an interface",
                    {.mark = "Linux allows 1 to 15 characters, no space, / or :"});
    return good;
}

}  // namespace dyad::config
