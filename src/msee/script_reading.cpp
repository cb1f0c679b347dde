#include "msee/script_reading.hpp"

#include <algorithm>
#include <array>

#include "dyad/base/hex.hpp"
#include "dyad/base/overloaded.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/wire/message.hpp"

namespace dyad::msee {

namespace {

/// A line for people shows this many prefixes, and octets of data.
constexpr std::size_t kShown = 8, kShownOctets = 32;

std::string hex(Bytes octets) { return hex_text(octets, kShownOctets); }

std::string printable(std::string_view text) {
    std::string out{text};
    for (auto& letter : out)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
    return out;
}

std::optional<Prefix> read_prefix(Reader& in, Family family) {
    const auto length = in.u8();
    if (length > address_bits(family)) return std::nullopt;
    const auto part = in.bytes((length + 7u) / 8u);
    if (in.failed()) return std::nullopt;
    std::array<std::uint8_t, 16> octets{};
    std::ranges::copy(part, octets.begin());
    const auto address = Address::from_bytes(Bytes{octets}.first(address_octets(family)));
    return address ? std::optional{Prefix{*address, length}} : std::nullopt;
}

/// An UPDATE as far as it can be read; `whole` says whether that was to the end.
struct ReadUpdate {
    std::vector<Prefix> announced, withdrawn;
    std::string path;
    bool has_attributes = false;
    std::optional<Family> end_of_rib;
    bool whole = true;

    void prefixes(Reader in, Family family, std::vector<Prefix>& out) {
        while (!in.empty() && whole) {
            if (const auto prefix = read_prefix(in, family))
                out.push_back(*prefix);
            else
                whole = false;
        }
    }
};

std::string path_text(Reader in, AsWidth width) {
    std::string out;
    while (!in.empty() && !in.failed()) {
        const auto type = in.u8();
        const auto count = in.u8();
        std::string segment;
        for (std::size_t i = 0; i < count; ++i) {
            const auto asn = width == AsWidth::Four ? in.u32() : in.u16();
            segment += (segment.empty() ? "" : type == 1 ? "," : " ") + std::to_string(asn);
        }
        out += (out.empty() ? "" : " ") + (type == 1 ? "{" + segment + "}" : segment);
    }
    return in.failed() ? out + " (cut short)" : out;
}

void read_mp(Reader value, std::uint8_t type, ReadUpdate& update) {
    const auto afi = value.u16();
    const auto safi = value.u8();
    if (afi < 1 || afi > 2 || safi != 1) return;
    const auto family = static_cast<Family>(afi);
    if (type == 15) {
        if (value.empty()) update.end_of_rib = family;
        return update.prefixes(value, family, update.withdrawn);
    }
    value.bytes(value.u8());
    value.u8();
    update.prefixes(value, family, update.announced);
    if (value.failed()) update.whole = false;
}

ReadUpdate read_update(Bytes body, AsWidth width) {
    ReadUpdate update;
    Reader in{body};
    update.prefixes(in.sub(in.u16()), Family::Ipv4, update.withdrawn);
    Reader attributes = in.sub(in.u16());
    update.has_attributes = !attributes.empty();
    update.prefixes(in, Family::Ipv4, update.announced);
    if (body.size() == 4 && !in.failed()) update.end_of_rib = Family::Ipv4;
    while (!attributes.empty()) {
        const auto flags = attributes.u8();
        const auto type = attributes.u8();
        const std::size_t length = (flags & 0x10) != 0 ? attributes.u16() : attributes.u8();
        const Reader value = attributes.sub(length);
        if (attributes.failed()) break;
        if (type == 2) update.path = path_text(value, width);
        if (type == 14 || type == 15) read_mp(value, type, update);
    }
    if (in.failed() || attributes.failed()) update.whole = false;
    return update;
}

struct ReadOpen {
    std::uint8_t version = 0;
    std::uint32_t as = 0;
    std::uint16_t hold_seconds = 0;
    RouterId id;
    std::vector<std::uint8_t> codes;
};

ReadOpen read_open(Bytes body) {
    ReadOpen open;
    Reader in{body};
    open.version = in.u8();
    open.as = in.u16();
    open.hold_seconds = in.u16();
    open.id = {in.u32()};
    const std::size_t length = in.u8();
    // RFC 9072 section 2: 255 and a parameter 255 mean that the lengths that follow have two octets.
    const bool extended = length == 255 && body.size() > 12 && body[10] == 255;
    if (extended) in.u8();
    Reader parameters = in.sub(extended ? in.u16() : length);
    while (!parameters.empty()) {
        const auto type = parameters.u8();
        Reader value = parameters.sub(extended ? parameters.u16() : parameters.u8());
        while (type == 2 && !value.empty()) {
            const auto code = value.u8();
            Reader argument = value.sub(value.u8());
            if (value.failed()) break;
            open.codes.push_back(code);
            if (code == 65) open.as = argument.u32();
        }
    }
    return open;
}

struct ReadNotification {
    std::uint8_t code = 0, subcode = 0;
    Bytes data;
    std::optional<std::string> text;  ///< RFC 9003
};

ReadNotification read_notification(Bytes body) {
    Reader in{body};
    ReadNotification out{.code = in.u8(), .subcode = in.u8(), .data = in.rest(), .text = {}};
    const bool speaks = out.code == 6 && (out.subcode == 2 || out.subcode == 4) && !out.data.empty();
    if (speaks && out.data[0] == out.data.size() - 1)
        out.text = std::string{reinterpret_cast<const char*>(out.data.data()) + 1, out.data.size() - 1};
    return out;
}

std::string family_name(Family family) { return family == Family::Ipv4 ? "ipv4" : "ipv6"; }

std::string list(const std::vector<Prefix>& prefixes) {
    std::string out;
    for (std::size_t i = 0; i < std::min(prefixes.size(), kShown); ++i)
        out += (i == 0 ? "" : ",") + prefixes[i].to_string();
    return prefixes.size() > kShown ? out + ",… (" + std::to_string(prefixes.size()) + ")" : out;
}

std::string describe_open(Bytes body) {
    const auto open = read_open(body);
    std::string codes;
    for (const auto code : open.codes) codes += (codes.empty() ? "" : ",") + std::to_string(code);
    return "OPEN as=" + std::to_string(open.as) + " hold=" + std::to_string(open.hold_seconds) +
           " id=" + open.id.to_string() + " capabilities=" + (codes.empty() ? "none" : codes);
}

std::string describe_update(Bytes body, AsWidth width) {
    const auto update = read_update(body, width);
    std::string out = "UPDATE";
    if (!update.whole) out += " (not whole)";
    if (!update.withdrawn.empty()) out += " withdraw=" + list(update.withdrawn);
    if (!update.announced.empty()) out += " announce=" + list(update.announced) + " path=\"" + update.path + "\"";
    if (update.end_of_rib) out += " end-of-rib " + family_name(*update.end_of_rib);
    return out;
}

std::string describe_notification(Bytes body) {
    const auto got = read_notification(body);
    auto out = "NOTIFICATION " + std::to_string(got.code) + "/" + std::to_string(got.subcode);
    if (got.text) return out + " \"" + printable(*got.text) + "\"";
    return got.data.empty() ? out : out + " data=" + hex(got.data);
}

std::string differ(const ExpectOpen& expected, Bytes body) {
    const auto open = read_open(body);
    if (expected.as && expected.as->value != open.as)
        return "as=" + std::to_string(open.as) + ", not " + expected.as->to_string();
    if (expected.hold_seconds && *expected.hold_seconds != open.hold_seconds)
        return "hold=" + std::to_string(open.hold_seconds) + ", not " + std::to_string(*expected.hold_seconds);
    if (expected.id && *expected.id != open.id)
        return "id=" + open.id.to_string() + ", not " + expected.id->to_string();
    for (const auto code : expected.with)
        if (std::ranges::find(open.codes, code) == open.codes.end()) return "no capability " + std::to_string(code);
    for (const auto code : expected.without)
        if (std::ranges::find(open.codes, code) != open.codes.end()) return "capability " + std::to_string(code);
    return "";
}

std::string missing(const std::vector<Prefix>& wanted, const std::vector<Prefix>& found) {
    for (const auto& prefix : wanted)
        if (std::ranges::find(found, prefix) == found.end()) return prefix.to_string();
    return "";
}

std::string differ(const ExpectUpdate& expected, Bytes body, AsWidth width) {
    const auto update = read_update(body, width);
    if (const auto prefix = missing(expected.announces, update.announced); !prefix.empty())
        return prefix + " is not announced";
    if (const auto prefix = missing(expected.withdraws, update.withdrawn); !prefix.empty())
        return prefix + " is not withdrawn";
    if (expected.path && *expected.path != update.path)
        return "path=\"" + update.path + "\", not \"" + *expected.path + "\"";
    if (!expected.contains.empty() && std::ranges::search(body, expected.contains).empty())
        return hex(expected.contains) + " is not in it";
    if (expected.end_of_rib && expected.end_of_rib != update.end_of_rib) return "no End-of-RIB";
    return "";
}

std::string differ(const ExpectRefresh& expected, Bytes body) {
    if (body.size() < 4) return "too short";
    if (expected.family && static_cast<std::uint16_t>(*expected.family) != (body[0] << 8 | body[1]))
        return "another family";
    if (expected.subtype && *expected.subtype != body[2]) return "subtype " + std::to_string(body[2]);
    return "";
}

std::string differ(const ExpectNotification& expected, Bytes body) {
    const auto got = read_notification(body);
    const bool codes =
        (!expected.code || *expected.code == got.code) && (!expected.subcode || *expected.subcode == got.subcode);
    if (!codes) return std::to_string(got.code) + "/" + std::to_string(got.subcode);
    if (expected.text && got.text.value_or("").find(*expected.text) == std::string::npos)
        return got.text ? "the text is another" : "no text";
    if (expected.data && !std::ranges::equal(*expected.data, got.data)) return "data=" + hex(got.data);
    return "";
}

std::string refresh_name(std::uint8_t subtype) {
    return subtype == 1 ? "begin" : subtype == 2 ? "end" : std::to_string(subtype);
}

/// What an expectation is about; 0 for those about no message.
int type_of(const Expected& expected) {
    return std::visit(Overloaded{
                          [](const ExpectOpen&) { return 1; },
                          [](const ExpectUpdate&) { return 2; },
                          [](const ExpectNotification&) { return 3; },
                          [](const ExpectKeepalive&) { return 4; },
                          [](const ExpectRefresh&) { return 5; },
                          [](const auto&) { return 0; },
                      },
                      expected);
}

}  // namespace

bool ScriptFramer::take(Bytes octets, std::vector<HeardMessage>& out) {
    pending_.insert(pending_.end(), octets.begin(), octets.end());
    std::size_t at = 0;
    bool framed = true;
    while (pending_.size() - at >= wire::kHeaderOctets) {
        const auto header = Bytes{pending_}.subspan(at);
        const std::size_t length = static_cast<std::size_t>(header[16] << 8 | header[17]);
        framed = wire::has_marker(header) && length >= wire::kHeaderOctets;
        if (!framed || header.size() < length) break;
        out.push_back({{header.begin(), header.begin() + static_cast<std::ptrdiff_t>(length)}});
        at += length;
    }
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(at));
    return framed;
}

std::vector<std::uint8_t> capabilities_of(Bytes open_body) { return read_open(open_body).codes; }

std::string describe(const HeardMessage& message, AsWidth width) {
    const auto body = message.body();
    switch (message.type()) {
        case 1:
            return describe_open(body);
        case 2:
            return describe_update(body, width);
        case 3:
            return describe_notification(body);
        case 4:
            return "KEEPALIVE";
        case 5:
            return body.size() < 4 ? "ROUTE-REFRESH (cut short)"
                                   : std::string{"ROUTE-REFRESH "} + (body[1] == 2 ? "ipv6" : "ipv4") +
                                         (body[2] == 0 ? "" : " " + refresh_name(body[2]));
        default:
            return "a message of type " + std::to_string(message.type());
    }
}

std::string describe(const Expected& expected) {
    return std::visit(Overloaded{
                          [](const ExpectOpen&) -> std::string { return "OPEN"; },
                          [](const ExpectKeepalive&) -> std::string { return "KEEPALIVE"; },
                          [](const ExpectUpdate& update) {
                              std::string out = "UPDATE";
                              if (!update.withdraws.empty()) out += " withdraw=" + list(update.withdraws);
                              if (!update.announces.empty()) out += " announce=" + list(update.announces);
                              if (update.path) out += " path=\"" + *update.path + "\"";
                              if (update.end_of_rib) out += " end-of-rib " + family_name(*update.end_of_rib);
                              return out;
                          },
                          [](const ExpectRefresh& refresh) {
                              std::string out = "ROUTE-REFRESH";
                              if (refresh.family) out += " " + family_name(*refresh.family);
                              return refresh.subtype ? out + " " + refresh_name(*refresh.subtype) : out;
                          },
                          [](const ExpectNotification& notification) {
                              std::string out = "NOTIFICATION";
                              if (notification.code) out += " " + std::to_string(*notification.code);
                              if (notification.subcode) out += "/" + std::to_string(*notification.subcode);
                              if (notification.text) out += " \"" + *notification.text + "\"";
                              return out;
                          },
                          [](const ExpectEnd& end) -> std::string {
                              return end.how == ExpectEnd::How::Reset ? "a reset" : "the end";
                          },
                          [](const ExpectNothing&) -> std::string { return "nothing but KEEPALIVEs"; },
                          [](const ExpectPeace&) -> std::string { return "no NOTIFICATION and no end"; },
                      },
                      expected);
}

std::string difference(const Expected& expected, const HeardMessage& message, AsWidth width) {
    if (type_of(expected) != message.type()) return "another message";
    const auto body = message.body();
    return std::visit(Overloaded{[&](const ExpectUpdate& update) { return differ(update, body, width); },
                                 [&](const ExpectOpen& open) { return differ(open, body); },
                                 [&](const ExpectRefresh& refresh) { return differ(refresh, body); },
                                 [&](const ExpectNotification& notification) { return differ(notification, body); },
                                 [](const auto&) { return std::string{}; }},
                      expected);
}

}  // namespace dyad::msee
