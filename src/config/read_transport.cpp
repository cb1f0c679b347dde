#include <algorithm>

#include "config/readers.hpp"
#include "config/text.hpp"

namespace dyad::config {
namespace {

using namespace std::chrono_literals;

/// Microsoft's floor, and what it discourages (facts of ExpressRoute: keepalive 3, hold 10).
constexpr auto kShortestHold = 10s;
constexpr auto kUneasyHold = 30s;
constexpr auto kShortestHoldInLab = 3s;  // RFC 4271 4.2

/// Azure: 25 letters and digits. Linux: TCP_MD5SIG_MAXKEYLEN.
constexpr std::size_t kLongestKeyForAzure = 25;
constexpr std::size_t kLongestKey = 80;

bool is_alphanumeric(std::string_view text) {
    return std::ranges::all_of(
        text, [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

void read_hold_time(const Fields& fields, Transport& transport, Draft& draft) {
    fields.read("hold_time", transport.hold_time);
    const auto& place = fields.place("hold_time");
    const auto shortest = draft.config.lab ? kShortestHoldInLab : kShortestHold;
    if (transport.hold_time < shortest)
        draft.notes.error(
            place, "hold_time = " + quoted(duration_text(transport.hold_time)) + " is too short",
            {.mark = duration_text(shortest) + " at least", .hint = "BFD finds dead links faster than any hold time"});
    else if (transport.hold_time < kUneasyHold && !draft.config.lab)
        draft.notes.warning(place, "hold_time = " + quoted(duration_text(transport.hold_time)) + " is short",
                            {.mark = "below 30s a busy router on either side loses sessions",
                             .hint = "BFD finds dead links faster than any hold time"});
}

void read_ttl(const Fields& fields, Transport& transport) {
    fields.read("ttl", transport.ttl);
    if (fields.choice("ttl")) {
        transport.gtsm = true;
        transport.ttl = 255;
    }
}

void check_inline_key(const std::string& key, const Party& party, const Place& place, Notes& notes) {
    // The key itself never appears in what is said about it.
    const std::size_t longest = party.is_msee() ? kLongestKeyForAzure : kLongestKey;
    if (key.empty() || key.size() > longest)
        notes.error(place, "this md5 key has " + std::to_string(key.size()) + " characters",
                    {.mark = "1 to " + std::to_string(longest)});
    else if (party.is_msee() && !is_alphanumeric(key))
        notes.error(place, "this md5 key has characters that Azure does not take", {.mark = "letters and digits only"});
    else
        notes.warning(place, "the md5 key stands in the file",
                      {.mark = "whoever reads the file has it",
                       .hint = "md5 = { credential = … }, { file = … } or { env = … } keep it elsewhere"});
}

bool is_variable(std::string_view name) {
    return !name.empty() && !(name.front() >= '0' && name.front() <= '9') && std::ranges::all_of(name, [](char c) {
        return c == '_' || is_alphanumeric({&c, 1});
    });
}

void check_secret(const Secret& secret, const Place& place, Notes& notes) {
    switch (secret.from) {
        case Secret::From::Credential:
            if (secret.name.empty() || secret.name.contains('/') || secret.name.front() == '.')
                notes.error(place, quoted(secret.name) + " cannot be a credential",
                            {.mark = "the name in LoadCredential="});
            break;
        case Secret::From::File:
            if (!secret.name.starts_with('/'))
                notes.error(place, quoted(secret.name) + " is no absolute path", {.mark = "begins with /"});
            break;
        case Secret::From::Environment:
            if (!is_variable(secret.name))
                notes.error(place, quoted(secret.name) + " cannot be an environment variable",
                            {.mark = "letters, digits and _"});
            break;
        case Secret::From::Inline:
            break;
    }
}

void read_md5(const Fields& fields, const Party& party, Transport& transport, Draft& draft) {
    const auto* value = fields.find("md5");
    if (value == nullptr) return;
    if (const auto* key = value->as<std::string>()) {
        transport.md5 = Secret{.from = Secret::From::Inline, .name = "", .value = *key};
        return check_inline_key(*key, party, value->place, draft.notes);
    }
    const auto places = table_at(fields, "md5", Section::Md5, draft);
    constexpr std::pair<std::string_view, Secret::From> kPlaces[] = {
        {"credential", Secret::From::Credential}, {"file", Secret::From::File}, {"env", Secret::From::Environment}};
    int given = 0;
    for (const auto& [name, from] : kPlaces) {
        if (!places->has(name)) continue;
        ++given;
        Secret secret{.from = from};
        if (!places->find(name)) continue;
        places->read(name, secret.name);
        check_secret(secret, places->place(name), draft.notes);
        transport.md5 = std::move(secret);
    }
    if (given != 1)
        draft.notes.error(value->place,
                          given == 0 ? "md5 does not say where the key is" : "md5 names more than one place",
                          {.mark = "one of credential, file, env"});
}

void read_send_hold_time(const Fields& fields, Transport& transport, Draft& draft) {
    if (!fields.find("send_hold_time")) return;
    std::chrono::seconds time{};
    fields.read("send_hold_time", time);
    transport.send_hold_time = time;
    // RFC 9687 section 3: it must not end what the hold timer would let live.
    if (time != 0s && time <= transport.hold_time)
        draft.notes.error(fields.place("send_hold_time"),
                          "send_hold_time = " + quoted(duration_text(time)) + " is not longer than hold_time",
                          {.mark = "more than " + duration_text(transport.hold_time)});
}

void read_graceful_restart(const Fields& fields, Transport& transport, Draft& draft) {
    const auto* value = fields.find("graceful_restart");
    if (value == nullptr) return;
    auto& restart = transport.graceful_restart;
    if (const auto* flag = value->as<bool>()) {
        restart.enabled = *flag;
        return;
    }
    const auto table = table_at(fields, "graceful_restart", Section::GracefulRestart, draft);
    table->read("restart_time", restart.restart_time);
    table->read("stale_time", restart.stale_time);
}

void read_bfd(const Fields& fields, Transport& transport, Draft& draft) {
    const auto* value = fields.find("bfd");
    if (value == nullptr) return;
    if (const auto* flag = value->as<bool>()) {
        transport.bfd.enabled = *flag;
        return;
    }
    const auto table = table_at(fields, "bfd", Section::Bfd, draft);
    transport.bfd.enabled = true;
    table->read("transmit", transport.bfd.transmit);
    table->read("receive", transport.bfd.receive);
    table->read("multiplier", transport.bfd.multiplier);
    table->read("strict", transport.bfd.strict);
}

}  // namespace

void read_transport(const Fields& fields, const Party& party, Transport& transport, Draft& draft) {
    read_hold_time(fields, transport, draft);
    read_send_hold_time(fields, transport, draft);
    fields.read("delay_open", transport.delay_open);
    read_graceful_restart(fields, transport, draft);
    fields.read("passive", transport.passive);
    read_ttl(fields, transport);
    read_md5(fields, party, transport, draft);
    read_bfd(fields, transport, draft);
    fields.read("extended_messages", transport.extended_messages);
    fields.read("add_path", transport.add_path);
    fields.read_choice("role", transport.role);
    fields.read("role_strict", transport.role_strict);
    if (transport.role_strict && transport.role == Role::None)
        draft.notes.error(fields.place("role_strict"), "role_strict without a role",
                          {.mark = "role = \"provider\", \"customer\", \"peer\", \"rs\" or \"rs-client\" says what we are"});
}

}  // namespace dyad::config
