#include "msee/script_steps.hpp"

#include "dyad/base/text.hpp"
#include "dyad/wire/attributes.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::msee {

namespace {

// -- send -----------------------------------------------------------------------------------------------------------------
Octets read_capabilities(Line& line, const Word& word, std::string_view text, Asn as) {
    Octets out;
    if (text == "none" || text.empty()) return out;
    for (const auto& name : split(text, ',')) {
        const bool raw = name.starts_with("hex:");
        const auto octets = raw ? octets_of(std::string_view{name}.substr(4)) : capability_octets(name, as);
        if (octets)
            out.insert(out.end(), octets->begin(), octets->end());
        else
            line.complain(word, quoted(name) + " is no capability", std::string{capability_names()});
    }
    return out;
}

std::vector<std::uint32_t> read_communities(Line& line, const Word& word, std::string_view text) {
    std::vector<std::uint32_t> out;
    for (const auto& part : split(text, ',')) {
        if (const auto community = wire::parse_community(part))
            out.push_back(*community);
        else
            line.complain(word, quoted(part) + " is no community", "A:B");
    }
    return out;
}

ScriptSend read_update(Line& line, const ScriptDefaults& defaults) {
    static constexpr std::string_view kKeys[] = {"announce", "withdraw",   "path",       "origin",
                                                 "next-hop", "med",        "local-pref", "communities",
                                                 "path-id",  "attributes", "more"};
    const Settings given{line, kKeys};
    UpdateWish wish{.path = {defaults.as.value}, .next_hop = defaults.local};
    given.prefixes("announce", wish.announce);
    given.prefixes("withdraw", wish.withdraw);
    given.optional_number("med", wish.med, ~0u);
    given.optional_number("local-pref", wish.local_pref, ~0u);
    given.optional_number("path-id", wish.path_id, ~0u);
    given.number("origin", wish.origin, 255);
    given.with("path", [&](const Word& word, std::string_view text) {
        wish.path.clear();
        for (const auto& part : split(text, ','))
            if (!part.empty()) wish.path.push_back(read_number(line, word, part, ~0u));
    });
    given.with("next-hop",
               [&](const Word& word, std::string_view text) { wish.next_hop = read_address(line, word, text); });
    given.with("communities",
               [&](const Word& word, std::string_view text) { wish.communities = read_communities(line, word, text); });
    given.with("attributes",
               [&](const Word& word, std::string_view text) { wish.attributes = read_hex(line, word, text); });
    given.with("more", [&](const Word& word, std::string_view text) { wish.more = read_hex(line, word, text); });
    return {update_message(wish, AsWidth::Four), update_message(wish, AsWidth::Two), {}};
}

constexpr std::string_view kRefreshKinds[] = {"request", "begin", "end"};
/// RFC 7313 section 3.2: 0 is a request, 1 begin, 2 end.
std::optional<std::uint8_t> read_refresh_kind(Line& line) {
    for (std::uint8_t kind = 0; kind < 3; ++kind)
        if (line.accept(kRefreshKinds[kind])) return kind;
    return std::nullopt;
}

struct Codes {
    std::optional<std::uint8_t> code, subcode;
};
/// "6/2", "6".
Codes read_codes(Line& line) {
    if (line.empty() || line.peek().quoted || line.peek().text.find_first_not_of("0123456789/") != std::string::npos)
        return {};
    const auto& word = line.next();
    const auto parts = split(word.text, '/');
    if (parts.size() > 2) line.complain(word, quoted(word.text) + " is no error code", "CODE/SUBCODE, such as 6/2");
    Codes codes{static_cast<std::uint8_t>(read_number(line, word, parts[0], 255)), {}};
    if (parts.size() == 2) codes.subcode = static_cast<std::uint8_t>(read_number(line, word, parts[1], 255));
    return codes;
}

Octets read_notification(Line& line) {
    static constexpr std::string_view kKeys[] = {"data"};
    const auto codes = read_codes(line);
    if (!codes.code) line.complain(line.peek(), "which NOTIFICATION?", "CODE/SUBCODE, such as 6/2");
    std::optional<std::string> text;
    if (line.peek().quoted) text = line.next().text;
    if (text && text->size() > wire::kMaxShutdownTextOctets)
        line.complain(line.peek(), "the text is too long", "its length is one octet (RFC 9003)");
    Octets data;
    Settings{line, kKeys}.with("data",
                               [&](const Word& word, std::string_view hex) { data = read_hex(line, word, hex); });
    return notification_message(codes.code.value_or(0), codes.subcode.value_or(0), text, data);
}

Octets read_raw(Line& line) {
    Octets out;
    while (!line.empty() && !line.peek().quoted && octets_of(line.peek().text)) {
        const auto part = read_hex(line, line.peek(), line.peek().text);
        out.insert(out.end(), part.begin(), part.end());
        line.next();
    }
    return out;
}

/// "slowly 1 octet every 10ms".
std::optional<ScriptPace> read_pace(Line& line) {
    if (!line.accept("slowly")) return std::nullopt;
    ScriptPace pace;
    const auto& count = line.next();
    pace.octets = read_number(line, count, count.text, kMaxScriptMessage);
    if (pace.octets == 0) line.complain(count, "0 octets at a time never end", "1 or more");
    if (!line.accept("octet") && !line.accept("octets"))
        line.complain(line.peek(), "a rate goes on with `octets`", "slowly 1 octet every 10ms");
    if (!line.accept("every")) line.complain(line.peek(), "a rate goes on with `every`", "slowly 1 octet every 10ms");
    pace.every = read_time(line);
    return pace;
}

// -- expect ---------------------------------------------------------------------------------------------------------------
ExpectOpen read_expected_open(Line& line) {
    static constexpr std::string_view kKeys[] = {"as", "hold", "id", "capability", "no-capability"};
    const Settings given{line, kKeys};
    ExpectOpen open;
    given.with("as",
               [&](const Word& word, std::string_view text) { open.as = Asn{read_number(line, word, text, ~0u)}; });
    given.optional_number("hold", open.hold_seconds, 0xffff);
    given.with("id", [&](const Word& word, std::string_view text) { open.id = read_id(line, word, text); });
    const auto codes = [&](std::vector<std::uint8_t>& into) {
        return [&](const Word& word, std::string_view text) {
            for (const auto& name : split(text, ',')) {
                const auto code = capability_code(name);
                if (!code) line.complain(word, quoted(name) + " is no capability", "a name or a number");
                into.push_back(code.value_or(0));
            }
        };
    };
    given.with("capability", codes(open.with));
    given.with("no-capability", codes(open.without));
    return open;
}

ExpectUpdate read_expected_update(Line& line) {
    static constexpr std::string_view kKeys[] = {"announce", "withdraw", "path", "contains"};
    const Settings given{line, kKeys};
    ExpectUpdate update;
    given.prefixes("announce", update.announces);
    given.prefixes("withdraw", update.withdraws);
    given.with("path", [&](const Word&, std::string_view text) {
        update.path = text;
        std::ranges::replace(*update.path, ',', ' ');
    });
    given.with("contains",
               [&](const Word& word, std::string_view text) { update.contains = read_hex(line, word, text); });
    return update;
}

ExpectNotification read_expected_notification(Line& line) {
    static constexpr std::string_view kKeys[] = {"data"};
    const auto codes = read_codes(line);
    ExpectNotification notification{.code = codes.code, .subcode = codes.subcode};
    if (line.peek().quoted) notification.text = line.next().text;
    Settings{line, kKeys}.with(
        "data", [&](const Word& word, std::string_view text) { notification.data = read_hex(line, word, text); });
    return notification;
}

}  // namespace

Octets read_open(Line& line, const ScriptDefaults& defaults) {
    static constexpr std::string_view kKeys[] = {"as", "hold", "id", "version", "capabilities", "parameters"};
    const Settings given{line, kKeys};
    OpenWish wish{.as = defaults.as,
                  .hold_seconds = defaults.hold_seconds,
                  .id = defaults.id,
                  .capabilities = {},
                  .parameters = {}};
    given.number("as", wish.as.value, ~0u);
    given.number("hold", wish.hold_seconds, 0xffff);
    given.number("version", wish.version, 255);
    given.with("id", [&](const Word& word, std::string_view text) { wish.id = read_id(line, word, text); });
    given.with("parameters",
               [&](const Word& word, std::string_view text) { wish.parameters = read_hex(line, word, text); });
    if (wish.parameters && wish.parameters->size() > 255)
        line.complain(line.peek(), "more than 255 octets of parameters",
                      "capabilities=hex:… are written as RFC 9072 has them");
    const bool listed = given.with("capabilities", [&](const Word& word, std::string_view text) {
        wish.capabilities = read_capabilities(line, word, text, wish.as);
    });
    if (!listed)
        for (const std::string_view name : {defaults.local.is_v4() ? "ipv4" : "ipv6", "refresh", "as4"}) {
            const auto octets = capability_octets(name, wish.as).value();
            wish.capabilities.insert(wish.capabilities.end(), octets.begin(), octets.end());
        }
    return open_message(wish);
}

ScriptAction read_send(Line& line, const ScriptDefaults& defaults) {
    static constexpr std::string_view kKinds[] = {"open",    "keepalive",    "update", "end-of-rib",
                                                  "refresh", "notification", "hex",    "message"};
    ScriptSend send;
    auto pace = read_pace(line);
    const auto& word = line.next();
    if (word.text == "open") {
        send.octets = read_open(line, defaults);
    } else if (word.text == "keepalive") {
        send.octets = framed(4, {});
    } else if (word.text == "update") {
        send = read_update(line, defaults);
    } else if (word.text == "end-of-rib") {
        send.octets = end_of_rib_message(read_family(line));
    } else if (word.text == "refresh") {
        const auto family = read_family(line);
        send.octets = refresh_message(family, read_refresh_kind(line).value_or(0));
    } else if (word.text == "notification") {
        send.octets = read_notification(line);
    } else if (word.text == "hex") {
        send.octets = read_raw(line);
        if (send.octets.empty()) line.complain(line.peek(), "which octets?", "hexadecimal digits, two an octet");
    } else if (word.text == "message") {
        const auto& type = line.next();
        const auto number = read_number(line, type, type.text, 255);
        send.octets = framed(static_cast<std::uint8_t>(number), read_raw(line));
    } else {
        unknown(line, word, "message", kKinds);
    }
    if (word.text != "hex" && std::max(send.octets.size(), send.narrow.size()) > kMaxScriptMessage)
        line.complain(word, "the message is too long", std::to_string(kMaxScriptMessage) + " octets at most");
    if (!pace) pace = read_pace(line);
    send.pace = pace;
    return send;
}

ScriptAction read_expect(Line& line, const ScriptDefaults&) {
    static constexpr std::string_view kKinds[] = {"open",         "keepalive", "update", "end-of-rib", "refresh",
                                                  "notification", "close",     "reset",  "nothing",    "peace"};
    ScriptExpect expect;
    if (line.accept("next")) expect.order = Order::Next;
    const auto& word = line.next();
    bool silence = false;
    if (word.text == "open") {
        expect.what = read_expected_open(line);
    } else if (word.text == "keepalive") {
        expect.what = ExpectKeepalive{};
    } else if (word.text == "update") {
        expect.what = read_expected_update(line);
    } else if (word.text == "end-of-rib") {
        expect.what = ExpectUpdate{.end_of_rib = read_family(line)};
    } else if (word.text == "refresh") {
        ExpectRefresh refresh;
        if (const auto family = family_of(line.peek().text)) refresh.family = (line.next(), family);
        refresh.subtype = read_refresh_kind(line);
        expect.what = refresh;
    } else if (word.text == "notification") {
        expect.what = read_expected_notification(line);
    } else if (word.text == "close") {
        expect.what = ExpectEnd{};
    } else if (word.text == "reset") {
        expect.what = ExpectEnd{ExpectEnd::How::Reset};
    } else if (word.text == "nothing" || word.text == "peace") {
        silence = true;
        expect.what = word.text == "peace" ? Expected{ExpectPeace{}} : Expected{ExpectNothing{}};
    } else {
        unknown(line, word, "message", kKinds);
    }
    if (silence && !line.accept("for")) line.complain(line.peek(), "for how long?", "expect " + word.text + " for 2s");
    expect.within = silence ? read_time(line) : read_patience(line);
    return expect;
}

}  // namespace dyad::msee
