#include <algorithm>

#include "config/readers.hpp"
#include "config/text.hpp"
#include "dyad/base/text.hpp"

namespace dyad::config {
namespace {

constexpr std::uint32_t kMainTable = 254, kDefaultTable = 253, kLocalTable = 255;

bool is_path(std::string_view text) { return text.starts_with('/') && text.size() > 1 && !text.contains('\0'); }

void check_path(const Fields& fields, std::string_view name, Draft& draft) {
    const auto* value = fields.find(name);
    if (value == nullptr || is_path(*value->as<std::string>())) return;
    draft.notes.error(value->place, quoted(*value->as<std::string>()) + " is no absolute path",
                      {.mark = "begins with /"});
}

/// "127.0.0.1:9179", "[::1]:9179".
bool is_endpoint(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return false;
    auto host = text.substr(0, colon);
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    if (bracketed) host = host.substr(1, host.size() - 2);
    const auto address = Address::parse(host);
    const auto port = whole_number(text.substr(colon + 1));
    return address && address->is_v4() != bracketed && port && *port >= 1 && *port <= 65535;
}

void check_endpoint(const Fields& fields, std::string_view name, Draft& draft) {
    const auto* value = fields.find(name);
    if (value == nullptr || is_endpoint(*value->as<std::string>())) return;
    draft.notes.error(value->place, quoted(*value->as<std::string>()) + " is no address with a port",
                      {.mark = "such as \"127.0.0.1:9179\" or \"[::1]:9179\""});
}

void read_table(const Fields& fields, std::uint32_t& table, Draft& draft) {
    fields.read("table", table);
    if (const auto name = fields.choice("table")) table = *name == 0 ? kMainTable : kDefaultTable;
    if (table == kLocalTable)
        draft.notes.error(fields.place("table"), "table 255 is the kernel's own (local)", {.mark = "main is 254"});
}

void read_fib(const Fields& top, Draft& draft) {
    const auto fields = table_at(top, "fib", Section::Fib, draft);
    if (!fields) return;
    auto& fib = draft.config.fib;
    fields->read("enabled", fib.enabled);
    read_table(*fields, fib.table, draft);
    fields->read("metric", fib.metric);
    fields->read("protocol", fib.protocol);
    fib.source = fields->address("source");
    fib.plain_nexthops = fields->choice("nexthops") == 1;
    fib.flush_on_exit = fields->choice("on_exit") == 1;
    fields->read("stale_after", fib.stale_after);
}

void read_control(const Fields& top, Draft& draft) {
    constexpr std::size_t kLongestSocket = 107;  // sun_path without its zero
    const auto fields = table_at(top, "control", Section::Control, draft);
    if (!fields) return;
    auto& control = draft.config.control;
    fields->read("socket", control.socket);
    check_path(*fields, "socket", draft);
    if (control.socket.size() > kLongestSocket)
        draft.notes.error(fields->place("socket"), "this socket's path is too long",
                          {.mark = "107 characters at most"});
    fields->read("group", control.group);
    fields->read("writers", control.writers);
    for (const auto name : {"group", "writers"})
        if (fields->find(name))
            check_name(*fields->find(name)->as<std::string>(), "group", fields->place(name), draft.notes);
}

void read_levels(const Fields& log, Draft& draft) {
    const auto* value = log.find("levels");
    if (value == nullptr) return;
    const auto choices = find_key(Section::Log, "levels")->choices;
    for (const auto& [name, place, level] : *value->as<Table>()) {
        const auto* text = level.as<std::string>();
        const bool known =
            text != nullptr && !text->contains('|') && ("|" + std::string{choices} + "|").contains("|" + *text + "|");
        if (!known) {
            draft.notes.error(level.place, "unknown level",
                              {.mark = "one of trace, debug, info, warning, error",
                               .hint = level.as<Table>() ? "names with dots or slashes stand in quotes" : ""});
            continue;
        }
        draft.config.log.levels.emplace_back(name, *text);
        draft.mentions.push_back({Mention::Of::LogLevel, name, "log", place});
    }
    std::ranges::sort(draft.config.log.levels);
}

void read_log(const Fields& top, Draft& draft) {
    const auto fields = table_at(top, "log", Section::Log, draft);
    if (!fields) return;
    auto& log = draft.config.log;
    fields->read("target", log.target);
    if (fields->find("target") && !fields->choice("target") && !is_path(log.target)) {
        const auto similar = similar_choice(find_key(Section::Log, "target")->choices, log.target);
        draft.notes.error(fields->place("target"), "unknown target " + quoted(log.target),
                          {.mark = similar ? "did you mean " + quoted(*similar) + "?"
                                           : "auto, journal, stderr, syslog or an absolute path"});
    }
    log.json = fields->choice("format") == 1;
    fields->read("level", log.level);
    read_levels(*fields, draft);
}

void read_http(const Fields& top, Draft& draft) {
    const auto fields = table_at(top, "http", Section::Http, draft);
    if (!fields) return;
    check_endpoint(*fields, "listen", draft);
    const auto* listen = fields->find("listen");
    if (listen == nullptr || !is_endpoint(*listen->as<std::string>())) return;
    const auto& text = *listen->as<std::string>();
    const auto colon = text.rfind(':');
    auto host = text.substr(0, colon);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    draft.config.http = Http{*Address::parse(host), static_cast<std::uint16_t>(*whole_number(text.substr(colon + 1)))};
}

void check_record(const Fields& top, Draft& draft) {
    const auto fields = table_at(top, "record", Section::Record, draft);
    if (!fields) return;
    if (const auto mrt = table_at(*fields, "mrt", Section::Mrt, draft)) {
        check_path(*mrt, "directory", draft);
        if (!mrt->has("directory")) draft.notes.error(mrt->place(), "mrt has no directory");
    }
    const auto* stations = fields->find("bmp");
    if (stations == nullptr) return;
    for (const auto& station : *stations->as<Array>()) {
        if (station.as<Table>() == nullptr) {
            draft.notes.error(station.place, "a bmp station is a table",
                              {.mark = "{ address = \"192.0.2.50:11019\" }"});
            continue;
        }
        const Fields bmp{*station.as<Table>(), Section::Bmp, "bmp", station.place, draft.notes};
        check_endpoint(bmp, "address", draft);
        if (!bmp.has("address")) draft.notes.error(station.place, "this bmp station has no address");
    }
}

}  // namespace

void read_redistribute(const Fields& fields, Draft& draft) {
    constexpr std::string_view kProtocols = "kernel|boot|static|dhcp|ra|babel|bird|eigrp|isis|ospf|rip|zebra|connected";
    const auto table = table_at(fields, "redistribute", Section::Redistribute, draft);
    if (!table) return;
    std::uint32_t number = kMainTable;
    read_table(*table, number, draft);
    const auto* protocols = table->find("protocols");
    if (protocols == nullptr) return;
    for (const auto& protocol : *protocols->as<Array>()) {
        const auto& name = *protocol.as<std::string>();
        if (!name.contains('|') && ("|" + std::string{kProtocols} + "|").contains("|" + name + "|")) continue;
        const auto similar = similar_choice(kProtocols, name);
        draft.notes.error(
            protocol.place, "unknown protocol " + quoted(name),
            {.mark = similar ? "did you mean " + quoted(*similar) + "?" : "a name of /etc/iproute2/rt_protos"});
    }
}

void read_services(const Fields& top, Draft& draft) {
    read_fib(top, draft);
    read_control(top, draft);
    read_log(top, draft);
    read_http(top, draft);
    check_record(top, draft);
}

}  // namespace dyad::config
