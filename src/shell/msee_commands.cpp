#include "shell/msee_commands.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <optional>
#include <span>

#include "dyad/base/text.hpp"
#include "dyad/wire/attributes.hpp"
#include "shell/clock.hpp"

namespace dyad::shell {

namespace {

namespace json = boost::json;
using Words = std::span<const std::string>;
using msee::Msee;

MseeReply ok(json::object answer = {}) {
    answer["ok"] = true;
    return {json::serialize(answer)};
}

MseeReply refused(const std::string& why) { return {json::serialize(json::object{{"ok", false}, {"error", why}})}; }

json::value text_or_null(const std::optional<Address>& address) {
    return address ? json::value(address->to_string()) : json::value(nullptr);
}

double seconds(Duration duration) { return std::chrono::duration<double>(duration).count(); }

json::array list_of(std::span<const std::uint32_t> communities) {
    json::array list;
    for (const auto community : communities) list.push_back(json::string(wire::community_to_string(community)));
    return list;
}

json::object describe(const Msee& msee, std::size_t index) {
    const auto time = now();
    const auto status = msee.status(time, index);
    const auto& customer = msee.customer(index);
    json::object neighbor{
        {"peer", customer.peer.to_string()},
        {"local", customer.local.to_string()},
        {"peer_asn", customer.asn.value},
        {"state", session::to_string(status.state)},
        {"reason", status.established_since ? json::value(nullptr) : json::value(session::describe(status.reason))},
        {"times_established", status.times_established},
        {"received", status.held},
        {"received_peak", status.peak},
        {"limit", status.limit},
        {"boundary", customer.boundary == msee::Boundary::At ? "at" : "beyond"},
        {"counting", customer.counting == msee::Counting::Held ? "held" : "incoming"},
        {"limit_trips", status.limit_trips},
        {"end_of_rib_received", status.end_of_rib},
        {"announced", status.told},
        {"all_announced", status.all_told},
        {"prefixes_announced_to_us", status.announcements},
        {"prefixes_withdrawn_from_us", status.withdrawals},
        {"loops_refused", status.loops},
        {"unwanted_refused", status.unwanted},
        {"disabled", status.disabled},
        {"updates_damaged", status.damaged}};
    if (status.established_since) neighbor["uptime_seconds"] = seconds(time - *status.established_since);
    if (status.refused_until) neighbor["refused_for_seconds"] = seconds(*status.refused_until - time);
    return neighbor;
}

MseeReply status(Words, MseeServer& server) {
    auto& msee = server.msee();
    json::array neighbors;
    for (std::size_t i = 0; i < msee.customers(); ++i) neighbors.push_back(describe(msee, i));
    return ok({{"name", server.settings().name},
               {"asn", server.settings().options.asn.value},
               {"router_id", server.settings().options.router_id.to_string()},
               {"routes",
                json::object{{"ipv4", msee.routes().count(Family::Ipv4)}, {"ipv6", msee.routes().count(Family::Ipv6)}}},
               {"peering", msee::to_string(server.settings().options.kind)},
               {"maintenance", msee.maintenance() == Msee::Maintenance::On},
               {"prepends", msee.policy().prepends},
               {"core", msee.policy().core == msee::Core::Up ? "up" : "down"},
               {"filter", list_of(msee.policy().filter)},
               {"silent", msee.voice() == Msee::Voice::Silent},
               {"neighbors", std::move(neighbors)}});
}

json::object describe(const msee::Held::Route& route) {
    return {{"prefix", route.prefix.to_string()},
            {"as_path", route.attributes.as_path.to_string()},
            {"next_hop", text_or_null(route.attributes.next_hop)},
            {"origin", wire::to_string(route.attributes.origin)},
            {"med", route.attributes.med ? json::value(*route.attributes.med) : json::value(nullptr)},
            {"communities", list_of(route.attributes.communities)}};
}

MseeReply received(Words words, MseeServer& server) {
    const bool list =
        std::ranges::find(words, "list") != words.end() || std::ranges::find(words, "--json") != words.end();
    json::array neighbors;
    for (std::size_t i = 0; i < server.msee().customers(); ++i) {
        const auto& held = server.msee().held(i);
        json::object neighbor{{"peer", server.msee().customer(i).peer.to_string()}, {"count", held.count()}};
        if (list) {
            json::array routes;
            for (const auto& route : held.all()) routes.push_back(describe(route));
            neighbor["routes"] = std::move(routes);
        }
        neighbors.push_back(std::move(neighbor));
    }
    return ok({{"neighbors", std::move(neighbors)}});
}

json::object counts(MseeServer& server) {
    const auto& routes = server.msee().routes();
    return {{"ipv4", routes.count(Family::Ipv4)}, {"ipv6", routes.count(Family::Ipv6)}};
}

/// "path 8075 65001 community 12076:50004" behind a prefix.
std::expected<wire::Attributes, std::string> attributes_of(Words words) {
    std::vector<Asn> path = {Asn{65515}};
    std::vector<std::uint32_t> communities;
    enum class Reading { Nothing, Path, Communities } reading = Reading::Nothing;
    for (const auto& word : words) {
        if (word == "path") {
            path.clear();
            reading = Reading::Path;
        } else if (word == "community") {
            reading = Reading::Communities;
        } else if (reading == Reading::Path) {
            const auto asn = whole_number(word);
            if (!asn) return std::unexpected(fmt::format("`{}` is no AS number", word));
            path.push_back(Asn{*asn});
        } else if (reading == Reading::Communities) {
            const auto community = wire::parse_community(word);
            if (!community) return std::unexpected(fmt::format("`{}` is no community", word));
            communities.push_back(*community);
        } else {
            return std::unexpected(fmt::format("`{}`: `path` or `community` may follow a prefix", word));
        }
    }
    auto attributes = inside_azure(std::move(path));
    attributes.communities = std::move(communities);
    return attributes;
}

MseeReply announce(Words words, MseeServer& server) {
    if (words.empty()) return refused("announce what? N made-up VNets, or a prefix");
    if (const auto more = whole_number(words[0])) {
        server.vnets(Family::Ipv4).announce(server.msee(), *more);
        return ok(counts(server));
    }
    const auto prefix = Prefix::parse(words[0]);
    if (!prefix) return refused(fmt::format("`{}` is neither a number nor a prefix", words[0]));
    auto attributes = attributes_of(words.subspan(1));
    if (!attributes) return refused(attributes.error());
    server.msee().announce(*prefix, server.msee().add_set(std::move(*attributes)));
    return ok(counts(server));
}

MseeReply withdraw(Words words, MseeServer& server) {
    if (words.empty()) return refused("withdraw what? the last N made-up VNets, a prefix, or all");
    auto& msee = server.msee();
    if (words[0] == "all") {
        for (const auto family : {Family::Ipv4, Family::Ipv6})
            server.vnets(family).withdraw(msee, server.vnets(family).count());
        msee.withdraw_all();
        return ok(counts(server));
    }
    if (const auto fewer = whole_number(words[0])) {
        server.vnets(Family::Ipv4).withdraw(msee, *fewer);
        return ok(counts(server));
    }
    const auto prefix = Prefix::parse(words[0]);
    if (!prefix) return refused(fmt::format("`{}` is neither a number, a prefix nor `all`", words[0]));
    msee.withdraw(*prefix);
    return ok(counts(server));
}

MseeReply flap(Words words, MseeServer& server) {
    if (words.empty()) return refused("flap what? the last N made-up VNets, or a prefix");
    std::vector<Prefix> prefixes;
    if (const auto count = whole_number(words[0])) {
        prefixes = server.vnets(Family::Ipv4).last(*count);
    } else if (const auto prefix = Prefix::parse(words[0])) {
        prefixes = {*prefix};
    } else {
        return refused(fmt::format("`{}` is neither a number nor a prefix", words[0]));
    }
    const auto down_for = words.size() > 1 ? whole_number(words[1]) : std::uint32_t{1};
    if (!down_for) return refused(fmt::format("`{}` is no number of seconds", words[1]));
    server.msee().flap(now(), prefixes, std::chrono::seconds{*down_for});
    return ok({{"flapped", prefixes.size()}});
}

std::optional<bool> on_or_off(Words words) {
    if (words.size() == 1 && words[0] == "on") return true;
    if (words.size() == 1 && words[0] == "off") return false;
    return std::nullopt;
}

MseeReply maintenance(Words words, MseeServer& server) {
    const auto total = words.size() == 2 ? whole_number(words[1]) : 1 + std::uint32_t{msee::kMaintenancePrepends};
    const auto on = on_or_off(words.first(std::min<std::size_t>(words.size(), 1)));
    const bool valid = on && total && words.size() <= (*on ? 2u : 1u) && *total > 0 && *total <= msee::kMostPrepends;
    if (!valid)
        return refused(
            fmt::format("maintenance on [1 to {} times our AS in all], or maintenance off", msee::kMostPrepends));
    server.msee().maintenance(*on ? Msee::Maintenance::On : Msee::Maintenance::Off, *total);
    return ok({{"maintenance", *on}, {"prepends", server.msee().policy().prepends}});
}

MseeReply core(Words words, MseeServer& server) {
    const bool down = words.size() == 1 && words[0] == "down";
    if (!down && !(words.size() == 1 && words[0] == "up")) return refused("core down, or core up");
    server.msee().core(down ? msee::Core::Down : msee::Core::Up);
    return ok({{"core", words[0]}});
}

MseeReply silent(Words words, MseeServer& server) {
    const auto on = on_or_off(words);
    if (!on) return refused("silent on, or silent off");
    server.msee().voice(now(), *on ? Msee::Voice::Silent : Msee::Voice::Speaks);
    return ok({{"silent", *on}});
}

MseeReply limit(Words words, MseeServer& server) {
    const auto prefixes = words.size() == 1 ? whole_number(words[0]) : std::nullopt;
    if (!prefixes) return refused("limit N");
    for (std::size_t i = 0; i < server.msee().customers(); ++i) server.msee().limit(now(), i, *prefixes);
    return ok({{"limit", *prefixes}});
}

MseeReply filter(Words words, MseeServer& server) {
    std::vector<std::uint32_t> communities;
    for (const auto& word : words) {
        if (words.size() == 1 && word == "none") break;
        const auto community = wire::parse_community(word);
        if (!community) return refused(fmt::format("`{}` is no community", word));
        communities.push_back(*community);
    }
    server.msee().filter(std::move(communities));
    return ok();
}

MseeReply reset(Words words, MseeServer& server) {
    server.msee().reset(now(), fmt::format("{}", fmt::join(words, " ")));
    return ok();
}

MseeReply disable(Words words, MseeServer& server) {
    server.msee().disable(now(), fmt::format("{}", fmt::join(words, " ")));
    return ok();
}

MseeReply enable(Words, MseeServer& server) {
    server.msee().enable(now());
    return ok();
}

MseeReply drop(Words, MseeServer& server) {
    server.msee().drop(now());
    return ok();
}

MseeReply quit(Words, MseeServer&) {
    auto reply = ok();
    reply.quit = true;
    return reply;
}

struct Command {
    std::string_view name;
    MseeReply (*act)(Words, MseeServer&);
};
constexpr Command kCommands[] = {
    {"status", status},
    {"received", received},
    {"announce", announce},
    {"withdraw", withdraw},
    {"flap", flap},
    {"limit", limit},
    {"maintenance", maintenance},
    {"core", core},
    {"filter", filter},
    {"reset", reset},
    {"disable", disable},
    {"enable", enable},
    {"drop", drop},
    {"silent", silent},
    {"quit", quit},
};

}  // namespace

MseeReply do_msee_command(std::string_view line, MseeServer& server) {
    auto words = split(line, ' ');
    std::erase(words, "");
    if (words.empty()) return refused("say something: status, received, announce, …");
    const auto command = std::ranges::find(kCommands, words[0], &Command::name);
    if (command == std::end(kCommands)) return refused(fmt::format("unknown command `{}`", words[0]));
    auto reply = command->act(Words{words}.subspan(1), server);
    server.turn_soon();
    return reply;
}

}  // namespace dyad::shell
