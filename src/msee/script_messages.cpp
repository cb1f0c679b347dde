#include "msee/script_messages.hpp"

#include <algorithm>
#include <array>

#include "dyad/base/text.hpp"

namespace dyad::msee {

namespace {

void put8(Octets& out, std::size_t value) { out.push_back(static_cast<std::uint8_t>(value)); }
void put16(Octets& out, std::size_t value) {
    put8(out, value >> 8);
    put8(out, value);
}
void put32(Octets& out, std::uint32_t value) {
    put16(out, value >> 16);
    put16(out, value);
}
void put(Octets& out, Bytes octets) { out.insert(out.end(), octets.begin(), octets.end()); }

/// RFC 4271 4.3: the extended length where it is needed.
void attribute(Octets& out, std::uint8_t flags, std::uint8_t type, Bytes value) {
    const bool extended = value.size() > 255;
    put8(out, flags | (extended ? 0x10u : 0u));
    put8(out, type);
    extended ? put16(out, value.size()) : put8(out, value.size());
    put(out, value);
}

Octets number(std::uint32_t value) {
    Octets out;
    put32(out, value);
    return out;
}

Octets nlri(const std::vector<Prefix>& prefixes, Family family, std::optional<std::uint32_t> path_id) {
    Octets out;
    for (const auto& prefix : prefixes) {
        if (prefix.family() != family) continue;
        if (path_id) put32(out, *path_id);
        put8(out, prefix.length());
        put(out, prefix.address().bytes().first((prefix.length() + 7u) / 8u));
    }
    return out;
}

/// Segments hold 255 at most (RFC 4271 4.3). Numbers too large for two octets become AS_TRANS (RFC 6793 4.2.2).
Octets as_path(const std::vector<std::uint32_t>& path, AsWidth width) {
    Octets out;
    for (std::size_t at = 0; at < path.size(); at += 255) {
        const auto count = std::min<std::size_t>(255, path.size() - at);
        put8(out, 2);  // AS_SEQUENCE
        put8(out, count);
        for (std::size_t i = at; i < at + count; ++i) {
            if (width == AsWidth::Four)
                put32(out, path[i]);
            else
                put16(out, path[i] > 0xffff ? kAsTrans.value : path[i]);
        }
    }
    return out;
}

Octets mp_reach(const UpdateWish& wish, Bytes prefixes) {
    Octets out;
    put16(out, 2);
    put8(out, 1);
    put8(out, wish.next_hop ? wish.next_hop->bytes().size() : 0);
    if (wish.next_hop) put(out, wish.next_hop->bytes());
    put8(out, 0);
    put(out, prefixes);
    return out;
}

Octets mp_unreach(Family family, Bytes prefixes) {
    Octets out;
    put16(out, static_cast<std::size_t>(family));
    put8(out, 1);
    put(out, prefixes);
    return out;
}

Octets own_attributes(const UpdateWish& wish, AsWidth width, bool next_hop_attribute) {
    Octets out;
    attribute(out, 0x40, 1, Octets{wish.origin});
    attribute(out, 0x40, 2, as_path(wish.path, width));
    if (next_hop_attribute && wish.next_hop) attribute(out, 0x40, 3, wish.next_hop->bytes());
    if (wish.med) attribute(out, 0x80, 4, number(*wish.med));
    if (wish.local_pref) attribute(out, 0x40, 5, number(*wish.local_pref));
    Octets tags;
    for (const auto community : wish.communities) put32(tags, community);
    if (!tags.empty()) attribute(out, 0xc0, 8, tags);
    const bool wide = std::ranges::any_of(wish.path, [](auto asn) { return asn > 0xffff; });
    if (width == AsWidth::Two && wide) attribute(out, 0xc0, 17, as_path(wish.path, AsWidth::Four));
    return out;
}

struct NamedCapability {
    std::string_view name;
    std::uint8_t code;
    std::string_view value;
};
/// Those whose value is always the same; the rest are in capability_octets.
constexpr NamedCapability kCapabilities[] = {
    {"ipv4", 1, {"\0\1\0\1", 4}}, {"ipv6", 1, {"\0\2\0\1", 4}},
    {"refresh", 2, ""},           {"extended-next-hop", 5, {"\0\1\0\1\0\2", 6}},
    {"extended", 6, ""},          {"role", 9, ""},
    {"graceful", 64, ""},         {"as4", 65, ""},
    {"add-path", 69, ""},         {"enhanced-refresh", 70, ""},
};
constexpr std::uint8_t kAfis[] = {1, 2};
constexpr std::string_view kRoles[] = {"provider", "rs", "rs-client", "customer", "peer"};

/// What stands behind the colon; nothing where it makes no sense.
std::optional<Octets> capability_value(std::uint8_t code, std::string_view argument, Asn as) {
    Octets value;
    switch (code) {
        case 9: {  // RFC 9234 section 4.1: the role's number is its place here
            const auto role = std::ranges::find(kRoles, argument);
            if (role == std::end(kRoles)) return std::nullopt;
            put8(value, static_cast<std::size_t>(role - std::begin(kRoles)));
            return value;
        }
        case 64: {  // RFC 4724 section 3: both families, forwarding kept; 0x8000: restarting
            const bool restarting = argument.ends_with(":restarting");
            if (restarting) argument.remove_suffix(11);
            const auto seconds = whole_number(argument.empty() ? "120" : argument, 4095);
            if (!seconds) return std::nullopt;
            put16(value, *seconds | (restarting ? 0x8000u : 0u));
            for (const std::uint8_t afi : kAfis) put(value, Octets{0, afi, 1, 0x80});
            return value;
        }
        case 65: {
            const auto asn = argument.empty() ? as.value : whole_number(argument);
            if (!asn) return std::nullopt;
            put32(value, *asn);
            return value;
        }
        case 69: {  // RFC 7911 section 4: 1 receive, 2 send, 3 both
            const std::uint8_t way = argument == "receive" ? 1 : argument == "send" ? 2 : 3;
            if (way == 3 && !argument.empty() && argument != "both") return std::nullopt;
            for (const std::uint8_t afi : kAfis) put(value, Octets{0, afi, 1, way});
            return value;
        }
        default:
            return argument.empty() ? std::optional{value} : std::nullopt;
    }
}

}  // namespace

Octets framed(std::uint8_t type, Bytes body) {
    Octets out(16, 0xff);
    put16(out, 19 + body.size());
    put8(out, type);
    put(out, body);
    return out;
}

Octets open_message(const OpenWish& wish) {
    Octets body{wish.version};
    put16(body, wish.as.value > 0xffff ? kAsTrans.value : wish.as.value);
    put16(body, wish.hold_seconds);
    put32(body, wish.id.value);
    Octets parameters = wish.parameters.value_or(Octets{});
    const bool extended = !wish.parameters && wish.capabilities.size() > 253;
    if (!wish.parameters && !wish.capabilities.empty()) {
        put8(parameters, 2);  // RFC 5492 section 4
        extended ? put16(parameters, wish.capabilities.size()) : put8(parameters, wish.capabilities.size());
        put(parameters, wish.capabilities);
    }
    if (extended) {  // RFC 9072 section 2
        put16(body, 0xffff);
        put16(body, parameters.size());
    } else {
        put8(body, parameters.size());
    }
    put(body, parameters);
    return framed(1, body);
}

std::optional<Octets> capability_octets(std::string_view name, Asn as) {
    const auto colon = name.find(':');
    const auto argument = colon == name.npos ? std::string_view{} : name.substr(colon + 1);
    const auto found = std::ranges::find(kCapabilities, name.substr(0, colon), &NamedCapability::name);
    if (found == std::end(kCapabilities)) return std::nullopt;
    auto value = capability_value(found->code, argument, as);
    if (!value) return std::nullopt;
    value->insert(value->end(), found->value.begin(), found->value.end());
    Octets out{found->code};
    put8(out, value->size());
    put(out, *value);
    return out;
}

std::optional<std::uint8_t> capability_code(std::string_view name) {
    const auto found = std::ranges::find(kCapabilities, name, &NamedCapability::name);
    if (found != std::end(kCapabilities)) return found->code;
    const auto code = whole_number(name, 255);
    return code ? std::optional{static_cast<std::uint8_t>(*code)} : std::nullopt;
}

std::string_view capability_names() {
    return "ipv4, ipv6, refresh, enhanced-refresh, as4[:N], extended, extended-next-hop, "
           "graceful[:SECONDS[:restarting]], add-path[:send|receive|both], role:NAME, hex:OCTETS, or none";
}

Octets update_message(const UpdateWish& wish, AsWidth width) {
    const auto announced4 = nlri(wish.announce, Family::Ipv4, wish.path_id);
    const auto announced6 = nlri(wish.announce, Family::Ipv6, wish.path_id);
    const auto withdrawn4 = nlri(wish.withdraw, Family::Ipv4, wish.path_id);
    const auto withdrawn6 = nlri(wish.withdraw, Family::Ipv6, wish.path_id);
    Octets attributes;
    // RFC 7606 5.1: MP_REACH_NLRI and MP_UNREACH_NLRI first.
    if (!announced6.empty()) attribute(attributes, 0x80, 14, mp_reach(wish, announced6));
    if (!withdrawn6.empty()) attribute(attributes, 0x80, 15, mp_unreach(Family::Ipv6, withdrawn6));
    if (wish.attributes)
        put(attributes, *wish.attributes);
    else if (!wish.announce.empty())
        put(attributes, own_attributes(wish, width, !announced4.empty()));
    put(attributes, wish.more);
    Octets body;
    put16(body, withdrawn4.size());
    put(body, withdrawn4);
    put16(body, attributes.size());
    put(body, attributes);
    put(body, announced4);
    return framed(2, body);
}

Octets end_of_rib_message(Family family) {
    if (family == Family::Ipv4) return framed(2, Octets{0, 0, 0, 0});
    Octets attributes;
    attribute(attributes, 0x80, 15, mp_unreach(family, {}));
    Octets body{0, 0};
    put16(body, attributes.size());
    put(body, attributes);
    return framed(2, body);
}

Octets refresh_message(Family family, std::uint8_t subtype) {
    return framed(5, Octets{0, static_cast<std::uint8_t>(family), subtype, 1});
}

Octets notification_message(std::uint8_t code, std::uint8_t subcode, const std::optional<std::string>& text,
                            Bytes data) {
    Octets body{code, subcode};
    if (text) {
        put8(body, text->size());
        body.insert(body.end(), text->begin(), text->end());
    }
    put(body, data);
    return framed(3, body);
}

}  // namespace dyad::msee
