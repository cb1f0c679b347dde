#include "config/describe.hpp"

#include <algorithm>

#include "config/text.hpp"
#include "dyad/base/ensure.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::config {
namespace {

std::string flag_text(bool flag) { return flag ? "true" : "false"; }

template <typename T>
std::string optional_text(const std::optional<T>& value) {
    return value ? quoted(value->to_string()) : "";
}

std::string number_text(const std::optional<std::uint16_t>& value) { return value ? std::to_string(*value) : ""; }

template <typename List, typename Text>
std::string list_text(const List& list, Text text) {
    std::string out = "[";
    for (const auto& element : list) out += (out.size() > 1 ? ", " : "") + text(element);
    return out + "]";
}

/// Collects the lines of one item.
class ItemWriter {
public:
    ItemWriter(std::string name, Section section) : item_{.name = std::move(name), .section = section, .lines = {}} {}

    Line& add(std::string_view name, std::string text) { return add_in(item_.section, "", name, std::move(text)); }
    Line& add_in(Section section, const std::string& prefix, std::string_view name, std::string text) {
        const auto* key = find_key(section, name);
        ensure(key != nullptr);
        item_.lines.push_back({.key = key, .name = prefix + std::string{name}, .text = std::move(text)});
        return item_.lines.back();
    }
    template <typename List, typename Identity, typename Text>
    void add_set(Section section, const std::string& prefix, std::string_view name, const List& list, Identity identity,
                 Text text) {
        auto& line = add_in(section, prefix, name, "");
        for (const auto& element : list) line.elements.emplace_back(identity(element), text(element));
        std::ranges::sort(line.elements);
    }
    Item take() { return std::move(item_); }

private:
    Item item_;
};

std::string secret_identity(const Secret& secret) {
    return std::to_string(static_cast<int>(secret.from)) + " " + secret.name + " " + secret.value;
}

void add_transport(ItemWriter& out, const Transport& transport) {
    out.add("hold_time", quoted(duration_text(transport.hold_time)));
    out.add("send_hold_time", transport.send_hold_time ? quoted(duration_text(*transport.send_hold_time)) : "");
    out.add("delay_open", quoted(duration_text(transport.delay_open)));
    const auto& restart = transport.graceful_restart;
    out.add("graceful_restart", flag_text(restart.enabled));
    out.add_in(Section::GracefulRestart, "graceful_restart.", "restart_time",
               quoted(duration_text(restart.restart_time)));
    out.add_in(Section::GracefulRestart, "graceful_restart.", "stale_time", quoted(duration_text(restart.stale_time)));
    out.add("passive", flag_text(transport.passive));
    out.add("ttl", transport.gtsm ? "\"gtsm\"" : std::to_string(transport.ttl));
    auto& md5 = out.add("md5", transport.md5 ? "(secret)" : "");
    if (transport.md5) md5.hidden = secret_identity(*transport.md5);
    const auto& bfd = transport.bfd;
    out.add("bfd", !bfd.enabled ? "false"
                                : "{ transmit = " + quoted(duration_text(bfd.transmit)) +
                                      ", receive = " + quoted(duration_text(bfd.receive)) + ", multiplier = " +
                                      std::to_string(bfd.multiplier) + (bfd.strict ? ", strict = true }" : " }"));
    out.add("extended_messages", flag_text(transport.extended_messages));
    out.add("add_path", flag_text(transport.add_path));
    out.add("role", quoted(std::string{to_string(transport.role)}));
    out.add("role_strict", flag_text(transport.role_strict));
}

std::string use_text(const BackupUse& use) {
    return "metric = " + std::to_string(use.metric) + ", hold = " + quoted(duration_text(use.hold));
}

std::string backup_text(const Backup& backup) {
    auto text = "{ gateway = " + quoted(backup.gateway.to_string());
    if (!backup.interface.empty()) text += ", interface = " + quoted(backup.interface);
    text += ", " + use_text(backup.use) + ", prefixes = ";
    text += backup.prefixes ? list_text(*backup.prefixes, [](const Prefix& p) { return quoted(p.to_string()); })
                            : quoted("learned");
    return text + " }";
}

void add_accept(ItemWriter& out, Section section, const Accept& accept) {
    const auto identity = [](const PrefixRange& range) { return range_text(range); };
    const auto plain = [](const std::string& text) { return text; };
    out.add_in(section, "accept.", "any", flag_text(accept.any));
    out.add_set(section, "accept.", "prefixes", accept.prefixes, identity, range_text);
    out.add_set(section, "accept.", "except", accept.except, identity, range_text);
    out.add_set(section, "accept.", "communities", accept.communities, plain, quoted);
    out.add_in(section, "accept.", "max_length", std::to_string(accept.max_length_v4));
    out.add_in(section, "accept.", "max_length6", std::to_string(accept.max_length_v6));
    out.add_in(section, "accept.", "guard", flag_text(accept.guard));
}

void add_limits(ItemWriter& out, Section section, const Limits& limits) {
    constexpr std::string_view kOnLimit[] = {"\"withhold\"", "\"freeze\"", "\"shutdown\""};
    constexpr std::string_view kOnReceive[] = {"\"warn\"", "\"shutdown\""};
    const auto count = [](std::uint32_t n) { return n == 0 ? std::string{} : std::to_string(n); };
    out.add_in(section, "limits.", "advertise", count(limits.advertise));
    out.add_in(section, "limits.", "advertise6", count(limits.advertise_v6));
    out.add_in(section, "limits.", "reserve", std::to_string(limits.reserve));
    out.add_in(section, "limits.", "warn_at",
               list_text(limits.warn_at, [](std::uint32_t n) { return std::to_string(n); }));
    out.add_in(section, "limits.", "on_limit", std::string{kOnLimit[static_cast<std::size_t>(limits.on_limit)]});
    out.add_in(section, "limits.", "receive", std::to_string(limits.receive));
    out.add_in(section, "limits.", "on_receive", std::string{kOnReceive[static_cast<std::size_t>(limits.on_receive)]});
}

void add_exchange(ItemWriter& out, Section section, const Exchange& exchange) {
    const bool neighbor = section == Section::Neighbor;
    auto advertised = exchange.advertise;
    advertised.insert(advertised.end(), exchange.held_back.begin(), exchange.held_back.end());
    out.add_set(
        section, "", "advertise", advertised, [](const Advertise& a) { return a.prefix.to_string(); }, advertise_text);
    add_accept(out, neighbor ? Section::NeighborAccept : Section::Accept, exchange.accept);
    out.add("local_preference", std::to_string(exchange.local_preference));
    out.add("communities_in", list_text(exchange.communities_in, [](const CommunityRule& rule) {
                return "{ match = " + quoted(rule.match) +
                       ", local_preference = " + std::to_string(rule.local_preference) + " }";
            }));
    out.add("allow_as_in", std::to_string(exchange.allow_as_in));
    out.add("remove_med", flag_text(exchange.remove_med));
    out.add("enforce_first_as", flag_text(exchange.enforce_first_as));
    add_limits(out, neighbor ? Section::NeighborLimits : Section::Limits, exchange.limits);
}

Item describe_top(const Config& config) {
    ItemWriter out{"", Section::Top};
    out.add("asn", config.asn.to_string());
    out.add("router_id", quoted(config.effective_router_id().to_string()));
    out.add("hostname", config.hostname.empty() ? "" : quoted(config.hostname));
    out.add("lab", flag_text(config.lab));
    out.add("listen_port", std::to_string(config.listen_port));
    using Named = OwnCommunities::value_type;
    out.add_set(
        Section::Top, "", "communities", config.communities, [](const Named& named) { return named.first; },
        [](const Named& named) {
            return quoted(named.first) + " = " + quoted(wire::community_to_string(named.second));
        });
    return out.take();
}

Item describe_circuit(const Circuit& circuit) {
    constexpr std::size_t kShown = 4;
    ItemWriter out{circuit.name, Section::Circuit};
    out.add("sku", quoted(to_string(circuit.sku)));
    out.add("location", quoted(circuit.location));
    const auto& key = circuit.service_key;
    auto& line = out.add("service_key",
                         key.empty() ? "" : quoted("…" + (key.size() > kShown ? key.substr(key.size() - kShown) : "")));
    line.hidden = key;
    return out.take();
}

Item describe_link(const std::string& peering, LinkName name, const Link& link) {
    ItemWriter out{peering + "/" + std::string{to_string(name)}, Section::Link};
    out.add("interface", link.interface.empty() ? "" : quoted(link.interface));
    out.add("on", link.on ? quoted(*link.on) : "");
    out.add("subnet", optional_text(link.subnet));
    out.add("subnet6", optional_text(link.subnet6));
    return out.take();
}

std::string watch_text(const Watch& watch) {
    return "{ drop = " + std::to_string(watch.drop) + ", empty = " + flag_text(watch.empty) +
           ", differ = " + quoted(duration_text(watch.differ)) + " }";
}

Item describe_peering(const std::string& name, const Peering& peering) {
    ItemWriter out{name, Section::Peering};
    out.add("enabled", flag_text(peering.enabled));
    out.add("description", quoted(peering.description));
    out.add("vlan", number_text(peering.vlan));
    out.add("s_vlan", number_text(peering.s_vlan));
    out.add("peer_asn", peering.peer_asn.to_string());
    out.add("prefer", quoted(choice_text(peering.prefer)));
    out.add("prepend", std::to_string(peering.prepend));
    add_transport(out, peering.transport);
    add_exchange(out, Section::Peering, peering.exchange);
    const auto text = [](const Prefix& prefix) { return quoted(prefix.to_string()); };
    out.add_set(Section::Peering, "", "registered", peering.registered, text, text);
    out.add("expect_routes", flag_text(peering.expect_routes));
    out.add("watch", peering.watch == Watch{} ? "" : watch_text(peering.watch));
    out.add("advertise_only_if_receiving", quoted(choice_text(peering.only_if_receiving)));
    out.add("expect_at_least", std::to_string(peering.expect_at_least));
    out.add("backup", peering.backup ? backup_text(*peering.backup) : "");
    return out.take();
}

Item describe_neighbor(const Neighbor& neighbor) {
    ItemWriter out{"neighbor " + neighbor.name, Section::Neighbor};
    out.add("address", quoted(neighbor.address.to_string()));
    out.add("asn", neighbor.asn.to_string());
    out.add("local_address", optional_text(neighbor.local_address));
    out.add("interface", neighbor.interface.empty() ? "" : quoted(neighbor.interface));
    out.add("port", std::to_string(neighbor.transport.port));
    out.add("multihop", std::to_string(neighbor.multihop));
    out.add("families", list_text(neighbor.families,
                                  [](Family f) { return std::string{f == Family::Ipv4 ? "\"ipv4\"" : "\"ipv6\""}; }));
    add_transport(out, neighbor.transport);
    add_exchange(out, Section::Neighbor, neighbor.exchange);
    out.add_set(
        Section::Neighbor, "", "pass_on", neighbor.pass_on, [](const std::string& s) { return s; }, quoted);
    out.add("next_hop", neighbor.next_hop == NextHop::Self ? "\"self\"" : "\"unchanged\"");
    out.add("backup", neighbor.backup ? "{ " + use_text(*neighbor.backup) + " }" : "false");
    return out.take();
}

Item describe_fib(const Fib& fib) {
    ItemWriter out{"fib", Section::Fib};
    out.add("enabled", flag_text(fib.enabled));
    out.add("table", fib.table == 254 ? "\"main\"" : fib.table == 253 ? "\"default\"" : std::to_string(fib.table));
    out.add("metric", std::to_string(fib.metric));
    out.add("protocol", fib.protocol == 186 ? "\"bgp\"" : std::to_string(fib.protocol));
    out.add("source", optional_text(fib.source));
    out.add("nexthops", fib.plain_nexthops ? "\"plain\"" : "\"groups\"");
    out.add("on_exit", fib.flush_on_exit ? "\"flush\"" : "\"keep\"");
    out.add("stale_after", quoted(duration_text(fib.stale_after)));
    return out.take();
}

Item describe_control(const Control& control) {
    ItemWriter out{"control", Section::Control};
    out.add("socket", quoted(control.socket));
    out.add("group", quoted(control.group));
    out.add("writers", quoted(control.writers));
    return out.take();
}

Item describe_http(const std::optional<Http>& http) {
    ItemWriter out{"http", Section::Http};
    const auto host = !http                   ? ""
                      : http->address.is_v4() ? http->address.to_string()
                                              : "[" + http->address.to_string() + "]";
    out.add("listen", http ? quoted(host + ":" + std::to_string(http->port)) : "");
    return out.take();
}

Item describe_log(const Log& log) {
    ItemWriter out{"log", Section::Log};
    out.add("target", quoted(log.target));
    out.add("format", log.json ? "\"json\"" : "\"text\"");
    out.add("level", quoted(log.level));
    using Level = std::pair<std::string, std::string>;
    out.add_set(
        Section::Log, "", "levels", log.levels, [](const Level& level) { return level.first; },
        [](const Level& level) { return quoted(level.first) + " = " + quoted(level.second); });
    return out.take();
}

}  // namespace

std::string_view choice_text(OnlyIfReceiving what) {
    switch (what) {
        case OnlyIfReceiving::Off:
            return "off";
        case OnlyIfReceiving::Prepend:
            return "prepend";
        case OnlyIfReceiving::Withdraw:
            return "withdraw";
    }
    return "";
}

std::string_view choice_text(Prefer prefer) {
    switch (prefer) {
        case Prefer::Both:
            return "both";
        case Prefer::Primary:
            return "primary";
        case Prefer::Secondary:
            return "secondary";
    }
    return "";
}

std::string secret_text(const Secret& secret) {
    switch (secret.from) {
        case Secret::From::Credential:
            return "credential " + secret.name;
        case Secret::From::File:
            return "file " + secret.name;
        case Secret::From::Environment:
            return "variable " + secret.name;
        case Secret::From::Inline:
            return "in the file";
    }
    return "";
}

std::string advertise_text(const Advertise& entry) {
    const auto prefix = quoted(entry.prefix.to_string());
    std::string more;
    if (entry.longer) more += ", longer = " + std::to_string(*entry.longer);
    if (entry.when_present) more += ", when = \"present\"";
    if (!entry.withdraw_on_failure) more += ", on_failure = \"keep\"";
    if (!entry.communities.empty())
        more += ", communities = " +
                list_text(entry.communities, [](std::uint32_t c) { return quoted(wire::community_to_string(c)); });
    if (entry.critical) more += ", priority = \"critical\"";
    return more.empty() ? prefix : "{ prefix = " + prefix + more + " }";
}

std::string range_text(const PrefixRange& range) {
    const auto prefix = range.prefix.to_string();
    return quoted(range.longest == range.prefix.length() ? prefix
                                                         : prefix + " longer " + std::to_string(range.longest));
}

std::vector<Item> describe(const Config& config) {
    std::vector<Item> items = {describe_top(config)};
    for (const auto& circuit : config.circuits) {
        items.push_back(describe_circuit(circuit));
        for (const auto& peering : circuit.peerings) {
            const auto name = circuit.name + "/" + std::string{to_string(peering.kind)};
            items.push_back(describe_peering(name, peering));
            items.push_back(describe_link(name, LinkName::Primary, peering.primary));
            items.push_back(describe_link(name, LinkName::Secondary, peering.secondary));
        }
    }
    for (const auto& neighbor : config.neighbors) items.push_back(describe_neighbor(neighbor));
    items.push_back(describe_fib(config.fib));
    items.push_back(describe_control(config.control));
    items.push_back(describe_http(config.http));
    items.push_back(describe_log(config.log));
    return items;
}

}  // namespace dyad::config
