#include "shell/view_json.hpp"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "shell/plain_text.hpp"

namespace dyad::shell {

namespace {

using namespace speaker;
namespace json = boost::json;

json::value text_or_null(std::string_view text) {
    if (text.empty()) return nullptr;
    return json::value(plain_text(text));
}

template <class T>
json::value value_or_null(const std::optional<T>& value) {
    if (!value) return nullptr;
    return json::value(*value);
}

json::array texts(const std::vector<std::string>& list) {
    json::array out;
    for (const auto& text : list) out.emplace_back(plain_text(text));
    return out;
}

void add_row(json::object& out, const SessionRow& row) {
    out["session"] = row.session;
    out["link"] = text_or_null(row.link);
    out["interface"] = text_or_null(row.interface);
    out["local"] = text_or_null(row.local);
    out["peer"] = row.peer;
    out["peer_asn"] = row.peer_asn.value;
    out["state"] = row.state;
    out["uptime_seconds"] = row.uptime_seconds;
    out["received"] = row.received;
    out["accepted"] = row.accepted;
    out["best"] = row.best;
    out["advertised"] = row.advertised;
    out["withheld"] = row.withheld;
    out["bfd"] = text_or_null(row.bfd);
    out["last_error"] = row.last_error ? text_or_null(*row.last_error) : json::value(nullptr);
    out["reason"] = text_or_null(row.reason);
    out["cause"] = text_or_null(row.cause);
    out["drain"] = text_or_null(row.drain);
    out["down_seconds"] = row.down_seconds;
    out["next_attempt_milliseconds"] = value_or_null(row.next_attempt_milliseconds);
    out["guard_rejected"] = row.guard_rejected;
    out["loop_rejected"] = row.loop_rejected;
    out["alarm"] = text_or_null(row.alarm);
    out["on"] = text_or_null(row.on);
    out["healthy"] = row.healthy;
    out["unhealthy"] = text_or_null(row.unhealthy);
    out["maintenance_seconds"] = value_or_null(row.maintenance_seconds);
    out["prolonged"] = row.prolonged;
    out["quiet"] = row.quiet;
    out["next_try"] = text_or_null(row.next_try);
}

json::object to_json(const SessionRow& row) {
    json::object out;
    add_row(out, row);
    return out;
}

json::object to_json(const BackupRow& row) {
    json::object out;
    out["name"] = row.name;
    out["gateway"] = row.gateway;
    out["interface"] = row.interface;
    out["state"] = row.state;
    out["prefixes"] = row.prefixes;
    out["carried"] = row.carried;
    out["active_seconds"] = row.active_seconds;
    out["returning"] = text_or_null(row.returning);
    return out;
}

json::object to_json(const MonthRow& month) {
    json::object out;
    out["month"] = month.month;
    out["observed_seconds"] = month.observed_seconds;
    out["full_seconds"] = month.full_seconds;
    out["degraded_seconds"] = month.degraded_seconds;
    out["down_seconds"] = month.down_seconds;
    out["full_percent"] = month.full_percent;
    return out;
}

json::object to_json(const RedundancyRow& change) {
    json::object out;
    out["time"] = change.time;
    out["old"] = change.before;
    out["new"] = change.after;
    out["lasted_seconds"] = change.lasted_seconds;
    out["reason"] = text_or_null(change.why);
    return out;
}

void add_peering(json::object& out, const PeeringRow& row) {
    out["name"] = row.name;
    out["kind"] = row.kind;
    out["redundancy"] = row.redundancy;
    out["advertised_limit"] = row.advertised_limit;
    json::array links;
    for (const auto& link : row.links) links.push_back(to_json(link));
    out["links"] = std::move(links);
    json::array backups;
    for (const auto& backup : row.backups) backups.push_back(to_json(backup));
    out["backups"] = std::move(backups);
    out["warnings"] = texts(row.warnings);
    out["redundancy_seconds"] = row.redundancy_seconds;
    out["this_month"] = to_json(row.this_month);
    out["last_month"] = row.last_month ? json::value(to_json(*row.last_month)) : json::value(nullptr);
}

json::object to_json(const CircuitRow& circuit) {
    json::object out;
    out["name"] = circuit.name;
    out["sku"] = circuit.sku;
    json::array peerings;
    for (const auto& row : circuit.peerings) {
        json::object peering;
        add_peering(peering, row);
        peerings.push_back(std::move(peering));
    }
    out["peerings"] = std::move(peerings);
    return out;
}

json::object to_json(const NeighborRow& neighbor) {
    json::object out;
    out["name"] = neighbor.name;
    add_row(out, neighbor.session);
    return out;
}

void add_fib(json::object& out, const FibRow& fib) {
    out["enabled"] = fib.enabled;
    out["routes"] = fib.routes;
    out["groups"] = fib.groups;
    out["pending"] = fib.pending;
    out["failed"] = fib.failed;
    out["backup_routes"] = fib.backup_routes;
}

/// By the types of RFC 4271 4.1 and RFC 2918.
json::object message_counts(const std::array<std::uint64_t, 6>& counts) {
    json::object out;
    out["open"] = counts[1];
    out["update"] = counts[2];
    out["notification"] = counts[3];
    out["keepalive"] = counts[4];
    out["route_refresh"] = counts[5];
    return out;
}

json::object to_json(const NextHopView& next_hop) {
    json::object out;
    out["session"] = text_or_null(next_hop.session);
    out["address"] = next_hop.address;
    out["interface"] = text_or_null(next_hop.interface);
    return out;
}

json::object to_json(const FibGroupView& group) {
    json::object out;
    out["id"] = group.id;
    json::array members;
    for (const auto& member : group.members) members.push_back(to_json(member));
    out["members"] = std::move(members);
    out["routes"] = group.routes;
    out["backup"] = group.backup;
    json::array next;
    for (const auto& member : group.next) next.push_back(to_json(member));
    out["next"] = std::move(next);
    return out;
}

json::object to_json(const DrillView& view) {
    json::object out;
    out["link"] = view.link;
    out["sessions"] = texts(view.sessions);
    out["others"] = texts(view.others);
    out["state"] = view.state;
    out["outcome"] = text_or_null(view.outcome);
    out["reason"] = text_or_null(view.reason);
    out["planned_seconds"] = view.planned_seconds;
    out["began_seconds_ago"] = view.began_seconds_ago;
    out["remaining_seconds"] = view.remaining_seconds;
    out["prefixes"] = view.prefixes;
    out["by_other"] = view.by_other;
    out["elsewhere"] = view.elsewhere;
    out["missing"] = view.missing;
    out["most_missing"] = view.most_missing;
    out["first_missing"] = texts(view.first_missing);
    out["off_link_seconds"] = value_or_null(view.off_link_seconds);
    out["verified_seconds"] = value_or_null(view.verified_seconds);
    out["shut_seconds"] = value_or_null(view.shut_seconds);
    out["established_seconds"] = value_or_null(view.established_seconds);
    out["whole_seconds"] = value_or_null(view.whole_seconds);
    out["prefixes_after"] = view.prefixes_after;
    return out;
}

json::object to_json(const WhyStage& stage) {
    json::object out;
    out["stage"] = stage.stage;
    out["session"] = text_or_null(stage.session);
    out["passed"] = stage.passed;
    out["sentence"] = plain_text(stage.sentence);
    out["configuration_key"] = text_or_null(stage.configuration_key);
    out["configuration_line"] =
        stage.configuration_line == 0 ? json::value(nullptr) : json::value(stage.configuration_line);
    return out;
}

}  // namespace

json::object to_json(const SummaryView& view) {
    json::object out;
    out["hostname"] = plain_text(view.hostname);
    out["asn"] = view.asn.value;
    out["router_id"] = view.router_id.to_string();
    out["version"] = view.version;
    out["uptime_seconds"] = view.uptime_seconds;
    json::array circuits, neighbors;
    for (const auto& circuit : view.circuits) circuits.push_back(to_json(circuit));
    for (const auto& neighbor : view.neighbors) neighbors.push_back(to_json(neighbor));
    out["circuits"] = std::move(circuits);
    out["neighbors"] = std::move(neighbors);
    json::object fib;
    add_fib(fib, view.fib);
    out["fib"] = std::move(fib);
    return out;
}

json::object to_json(const SessionView& view) {
    json::object out;
    add_row(out, view.row);
    out["hold_time_proposed_seconds"] = view.hold_time_proposed_seconds;
    out["hold_time_seconds"] = view.hold_time_seconds;
    out["keepalive_seconds"] = view.keepalive_seconds;
    out["hold_remaining_seconds"] = view.hold_remaining_seconds;
    out["peer_router_id"] = view.peer_router_id ? json::value(view.peer_router_id->to_string()) : json::value(nullptr);
    out["families"] = texts(view.families);
    out["capabilities_sent"] = texts(view.capabilities_sent);
    out["capabilities_received"] = texts(view.capabilities_received);
    json::object messages;
    messages["received"] = message_counts(view.messages.received);
    messages["sent"] = message_counts(view.messages.sent);
    out["messages"] = std::move(messages);
    out["times_established"] = view.times_established;
    const auto notification = [](const std::optional<wire::Notification>& last) {
        return last ? text_or_null(last->to_string()) : json::value(nullptr);
    };
    out["last_notification_received"] = notification(view.last_notification_received);
    out["last_notification_sent"] = notification(view.last_notification_sent);
    out["md5"] = view.md5;
    out["ttl"] = view.ttl;
    out["send_hold_seconds"] = view.send_hold_seconds;
    out["graceful_restart"] = text_or_null(view.graceful_restart);
    out["stale_routes"] = view.stale;
    out["stale_seconds"] = view.stale_seconds;
    out["advertised_limit"] = view.limit;
    out["only_here"] = view.only_here;
    return out;
}

namespace {

json::object to_json(const LearnedView& learned) {
    json::object out;
    out["limit"] = learned.limit;
    out["peers_limit"] = learned.peers_limit;
    out["told"] = learned.told;
    out["had"] = learned.had;
    out["trips"] = learned.trips;
    return out;
}

json::object to_json(const LimitRow& row) {
    json::object out;
    out["name"] = row.name;
    out["family"] = row.family;
    out["configured"] = row.configured;
    out["limit"] = row.limit;
    out["wanted"] = row.wanted;
    out["withheld"] = row.withheld;
    json::array sessions;
    for (const auto& sent : row.sessions)
        sessions.push_back({{"session", sent.session}, {"advertised", sent.advertised}});
    out["sessions"] = std::move(sessions);
    out["together"] = row.together;
    json::array first;
    for (const auto& prefix : row.first_withheld) first.emplace_back(prefix.to_string());
    out["first_withheld"] = std::move(first);
    out["on_limit"] = row.on_limit;
    out["reserve"] = row.reserve;
    out["state"] = row.state;
    out["learned"] = row.learned ? json::value(to_json(*row.learned)) : json::value(nullptr);
    out["growth_per_day"] = row.growth_per_day ? json::value(*row.growth_per_day) : json::value(nullptr);
    out["growth_over_seconds"] = row.growth_over_seconds;
    out["days_left"] = row.days_left ? json::value(*row.days_left) : json::value(nullptr);
    out["aggregation_saves"] = row.aggregation_saves;
    json::array proposals;
    for (const auto& one : row.proposals)
        proposals.push_back({{"aggregate", one.aggregate.to_string()}, {"replaces", one.replaces}});
    out["proposals"] = std::move(proposals);
    return out;
}

}  // namespace

json::object to_json(const PeeringView& view) {
    json::object out;
    out["circuit"] = view.circuit;
    add_peering(out, view.row);
    json::array sessions;
    for (const auto& session : view.sessions) sessions.push_back(to_json(session));
    out["sessions"] = std::move(sessions);
    json::array history;
    for (const auto& change : view.row.history) history.push_back(to_json(change));
    out["history"] = std::move(history);
    out["prefer"] = view.prefer;
    out["only_primary"] = view.received_only.only_primary;
    out["only_secondary"] = view.received_only.only_secondary;
    out["differ_seconds"] = view.received_only.seconds;
    out["advertised_only_primary"] = view.advertised_only.only_primary;
    out["advertised_only_secondary"] = view.advertised_only.only_secondary;
    out["advertised_differ_seconds"] = view.advertised_only.seconds;
    out["limit"] = view.limit ? json::value(to_json(*view.limit)) : json::value(nullptr);
    return out;
}

json::object to_json(const RouteView& view) {
    json::object out;
    out["prefix"] = view.prefix.to_string();
    json::array next_hops;
    for (const auto& next_hop : view.next_hops) next_hops.push_back(to_json(next_hop));
    out["next_hops"] = std::move(next_hops);
    out["as_path"] = view.as_path;
    out["local_pref"] = view.local_pref;
    out["med"] = value_or_null(view.med);
    out["origin"] = view.origin;
    out["communities"] = texts(view.communities);
    out["best"] = view.best;
    out["multipath"] = view.multipath;
    out["fib"] = view.fib;
    out["reason"] = view.reason ? text_or_null(*view.reason) : json::value(nullptr);
    out["session"] = text_or_null(view.session);
    out["large_communities"] = texts(view.large_communities);
    json::object names;
    for (std::size_t i = 0; i < view.communities.size() && i < view.community_names.size(); ++i)
        if (!view.community_names[i].empty()) names[view.communities[i]] = view.community_names[i];
    out["community_names"] = std::move(names);
    if (view.path_id != 0) out["path_id"] = view.path_id;
    return out;
}

json::object to_json(const FibView& view) {
    json::object out;
    add_fib(out, view.row);
    out["table"] = view.table;
    out["metric"] = view.metric;
    out["backup_metric"] = view.backup_metric;
    out["protocol"] = view.protocol;
    out["nexthop_mode"] = view.plain ? "plain" : "groups";
    out["nexthops"] = view.nexthops;
    out["operations"] = view.operations;
    json::array groups;
    for (const auto& group : view.groups) groups.push_back(to_json(group));
    out["nexthop_groups"] = std::move(groups);
    json::array refused;
    for (const auto& route : view.refused) {
        json::object row;
        row["prefix"] = route.prefix;
        row["conflict"] = route.conflict;
        row["errno"] = route.error;
        row["reason"] = plain_text(route.reason);
        row["times"] = route.times;
        row["retry_seconds"] = route.retry_seconds;
        refused.push_back(std::move(row));
    }
    out["refused"] = std::move(refused);
    return out;
}

namespace {

json::object to_json(const BfdRow& row) {
    json::object out;
    out["session"] = row.session;
    out["local"] = text_or_null(row.local);
    out["peer"] = row.peer;
    out["interface"] = text_or_null(row.interface);
    out["multihop"] = row.multihop;
    out["strict"] = row.strict;
    out["state"] = row.state;
    out["remote_state"] = row.remote_state;
    out["diagnostic"] = row.diagnostic;
    out["remote_diagnostic"] = row.remote_diagnostic;
    out["local_discriminator"] = row.local_discriminator;
    out["remote_discriminator"] = row.remote_discriminator;
    out["transmit_interval_microseconds"] = row.transmit_interval_microseconds;
    out["receive_interval_microseconds"] = row.receive_interval_microseconds;
    out["detection_time_microseconds"] = row.detection_time_microseconds;
    out["multiplier"] = row.multiplier;
    out["remote_multiplier"] = row.remote_multiplier;
    out["since_seconds"] = row.since_seconds;
    out["sent"] = row.sent;
    out["received"] = row.received;
    out["discarded"] = row.discarded;
    out["times_up"] = row.times_up;
    return out;
}

}  // namespace

json::object to_json(const LimitsView& view) {
    json::object out;
    json::array rows;
    for (const auto& row : view.limits) rows.push_back(to_json(row));
    out["limits"] = std::move(rows);
    return out;
}

json::object to_json(const DrillsView& view) {
    json::array drills;
    for (const auto& drill : view.drills) drills.push_back(to_json(drill));
    json::object out;
    out["drills"] = std::move(drills);
    return out;
}

json::object to_json(const DiffView& view) {
    const auto prefixes = [](const std::vector<Prefix>& list) {
        json::array out;
        for (const auto& prefix : list) out.emplace_back(prefix.to_string());
        return out;
    };
    json::array peerings;
    for (const auto& row : view.peerings) {
        json::object out;
        out["name"] = row.name;
        out["gained_count"] = row.gained_count;
        out["lost_count"] = row.lost_count;
        out["back_count"] = row.back_count;
        out["gained"] = prefixes(row.gained);
        out["lost"] = prefixes(row.lost);
        out["back"] = prefixes(row.back);
        peerings.push_back(std::move(out));
    }
    json::object out;
    out["since_seconds_ago"] = view.since_seconds_ago;
    out["complete"] = view.complete;
    out["known_seconds"] = view.known_seconds;
    out["peerings"] = std::move(peerings);
    return out;
}

json::object to_json(const DoctorView& view) {
    json::array sessions;
    for (const auto& report : view.sessions) {
        json::array steps;
        for (const auto& step : report.steps) {
            json::object out;
            out["step"] = step.step;
            out["state"] = step.state;
            out["sentence"] = plain_text(step.sentence);
            steps.push_back(std::move(out));
        }
        json::object out;
        out["session"] = report.session;
        out["steps"] = std::move(steps);
        out["owner"] = text_or_null(report.owner);
        out["verdict"] = plain_text(report.verdict);
        sessions.push_back(std::move(out));
    }
    json::object out;
    out["sessions"] = std::move(sessions);
    return out;
}

json::object to_json(const ArpView& view) {
    json::array rows;
    for (const auto& row : view.rows) {
        json::object out;
        out["age_minutes"] = row.age_minutes;
        out["property"] = row.property;
        out["address"] = row.address.to_string();
        out["mac"] = text_or_null(row.mac);
        out["session"] = row.session;
        rows.push_back(std::move(out));
    }
    json::object out;
    out["rows"] = std::move(rows);
    return out;
}

json::object to_json(const BfdView& view) {
    json::array sessions;
    for (const auto& row : view.sessions) sessions.push_back(to_json(row));
    json::object out;
    out["sessions"] = std::move(sessions);
    return out;
}

json::object to_json(const WhyView& view) {
    json::object out;
    out["asked"] = plain_text(view.asked);
    out["prefix"] = view.prefix ? json::value(view.prefix->to_string()) : json::value(nullptr);
    out["verdict"] = plain_text(view.verdict);
    json::array next_hops, stages;
    for (const auto& next_hop : view.next_hops) next_hops.push_back(to_json(next_hop));
    for (const auto& stage : view.stages) stages.push_back(to_json(stage));
    out["next_hops"] = std::move(next_hops);
    out["stages"] = std::move(stages);
    return out;
}

json::object to_json(const NotFound& view) {
    auto out = error_json(view.what);
    out["known"] = texts(view.known);
    return out;
}

json::object to_json(const OrderView& view) {
    // In front: by its first key a reader knows an error, and the verb its exit code.
    json::object out;
    if (!view.refused.empty()) out = error_json(view.refused);
    json::array sessions;
    for (const auto& row : view.sessions) {
        json::object session;
        session["session"] = row.session;
        session["done"] = row.done;
        session["what"] = plain_text(row.what);
        sessions.push_back(std::move(session));
    }
    out["sessions"] = std::move(sessions);
    return out;
}

json::object to_json(const config::Change& change) {
    json::object out;
    out["item"] = change.item;
    out["key"] = text_or_null(change.key);
    switch (change.kind) {
        case config::Change::Kind::Changed:
            out["kind"] = "changed";
            break;
        case config::Change::Kind::Added:
            out["kind"] = "added";
            break;
        case config::Change::Kind::Removed:
            out["kind"] = "removed";
            break;
    }
    out["before"] = text_or_null(change.before);
    out["after"] = text_or_null(change.after);
    out["takes_effect"] = config::to_string(change.reload_class);
    return out;
}

json::object error_json(std::string_view what) {
    json::object out;
    out["error"] = plain_text(what);
    return out;
}

}  // namespace dyad::shell
