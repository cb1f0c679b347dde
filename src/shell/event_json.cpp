#include <fmt/chrono.h>
#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "dyad/base/overloaded.hpp"
#include "shell/event_words.hpp"
#include "shell/plain_text.hpp"

namespace dyad::shell {

namespace {

using namespace speaker;
namespace json = boost::json;

/// "er-ams/private/primary/v6" in its parts; a neighbour's name has no parts.
void add_subject(json::object& out, std::string_view subject) {
    if (subject.empty()) return;
    const auto first = subject.find('/');
    if (first == subject.npos) {
        out["session"] = subject;
        return;
    }
    const auto second = subject.find('/', first + 1);
    out["circuit"] = subject.substr(0, first);
    out["peering"] = subject.substr(0, second);
    if (second == subject.npos) return;
    const auto link = subject.substr(second + 1);
    out["link"] = link.substr(0, link.find('/'));
    out["session"] = subject;
}

void add_change(json::object& out, std::string_view before, std::string_view after) {
    out["old"] = before;
    out["new"] = after;
}

void add_reason(json::object& out, const session::Reason& reason) {
    out["reason"] = plain_text(session::describe(reason));
    out["cause"] = session::to_string(reason.cause);
    if (reason.notification) {
        out["notification"] = reason.notification->to_string();
        out["code"] = static_cast<unsigned>(reason.notification->code);
        out["subcode"] = reason.notification->subcode;
        out["direction"] = reason.received ? "received" : "sent";
    }
    if (reason.error != 0) out["errno"] = reason.error;
}

json::array texts(const std::vector<Prefix>& prefixes) {
    json::array out;
    for (const auto& prefix : prefixes) out.emplace_back(prefix.to_string());
    return out;
}

void add_fields(json::object& out, const EventKind& kind) {
    std::visit(Overloaded{
                   [&](const SessionEstablished& e) {
                       add_change(out, "OpenConfirm", "Established");
                       out["peer_asn"] = e.peer_as.value;
                       out["peer_router_id"] = e.peer_router_id.to_string();
                       out["hold_time_seconds"] = e.hold_time.count();
                   },
                   [&](const SessionDown& e) {
                       add_change(out, "Established", "Idle");
                       add_reason(out, e.reason);
                       out["was_up_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(e.was_up).count();
                   },
                   [&](const SessionFailed& e) { add_reason(out, e.reason); },
                   [&](const TableReceived& e) {
                       out["family"] = e.family;
                       out["prefixes"] = e.prefixes;
                   },
                   [&](const RoutesRetained& e) {
                       out["routes"] = e.routes;
                       out["restart_time_seconds"] = e.restart_time.count();
                   },
                   [&](const RoutesReleased& e) {
                       out["routes"] = e.routes;
                       out["reason"] = plain_text(e.why);
                   },
                   [&](const RefreshSwept& e) {
                       out["family"] = e.family;
                       out["routes"] = e.routes;
                       out["reason"] = plain_text(e.why);
                   },
                   [&](const RefreshIgnored& e) { out["reason"] = plain_text(e.why); },
                   [&](const SessionRekeyed& e) { out["reason"] = plain_text(e.what); },
                   [&](const RedundancyChanged& e) {
                       add_change(out, e.before, e.after);
                       if (!e.why.empty()) out["reason"] = plain_text(e.why);
                   },
                   [&](const LinksDiffer& e) {
                       out["direction"] = e.direction == Direction::Received ? "received" : "advertised";
                       out["only_primary"] = e.only_primary;
                       out["only_secondary"] = e.only_secondary;
                       out["differ_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(e.since).count();
                       out["first"] = texts(e.first);
                   },
                   [&](const LinksAgree& e) {
                       out["direction"] = e.direction == Direction::Received ? "received" : "advertised";
                       out["differed_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(e.differed).count();
                   },
                   [&](const MaintenanceSuspected& e) {
                       out["prolonged"] = e.prolonged;
                       out["accepted"] = e.accepted;
                   },
                   [&](const MaintenanceOver& e) {
                       out["lasted_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(e.lasted).count();
                   },
                   [&](const LinkQuiet& e) { out["withdrawn"] = e.withdrawn; },
                   [&](const LinkQuietOver&) {},
                   [&](const PreferencesDiffer& e) {
                       out["on"] = e.on;
                       out["ours"] = e.ours;
                       out["theirs"] = e.theirs;
                   },
                   [&](const BackupActive& e) {
                       out["way"] = e.way;
                       out["routes"] = e.routes;
                   },
                   [&](const BackupOver& e) {
                       out["lasted_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(e.lasted).count();
                   },
                   [&](const BackupLonger& e) {
                       out["instead_of"] = e.peering;
                       out["count"] = e.count;
                       out["prefixes"] = texts(e.first);
                   },
                   [&](const LinkDraining& e) { out["routes"] = e.only_here; },
                   [&](const LinkDrained& e) {
                       out["routes"] = e.only_here;
                       out["took_seconds"] = std::chrono::duration_cast<std::chrono::seconds>(e.took).count();
                   },
                   [&](const LinkUndrained&) {},
                   [&](const DrillBegan& e) {
                       out["prefixes"] = e.prefixes;
                       out["planned_seconds"] = e.span.count();
                   },
                   [&](const DrillAborted& e) { out["reason"] = plain_text(e.reason); },
                   [&](const DrillOver& e) {
                       out["outcome"] = e.outcome;
                       out["reason"] = plain_text(e.reason);
                       out["shut_seconds"] = std::chrono::duration<double>(e.shut).count();
                       out["back_seconds"] = std::chrono::duration<double>(e.back).count();
                       out["prefixes"] = e.prefixes;
                       out["missing"] = e.missing;
                       out["first"] = texts(e.first);
                   },
                   [&](const GuardRejected& e) {
                       out["count"] = e.count;
                       out["first"] = texts(e.first);
                   },
                   [&](const RoutesVanished& e) {
                       out["before"] = e.before;
                       out["count"] = e.count;
                   },
                   [&](const RoutesBack& e) {
                       out["before"] = e.before;
                       out["count"] = e.count;
                   },
                   [&](const NothingReceived& e) { out["expected"] = e.expected; },
                   [&](const RegisteredDiffer& e) {
                       out["held_back"] = texts(e.held_back);
                       out["unused"] = texts(e.unused);
                   },
                   [&](const AddressesSwapped& e) {
                       out["interface"] = e.interface;
                       out["theirs"] = e.theirs.to_string();
                       out["ours"] = e.ours.to_string();
                   },
                   [&](const ConditionChanged& e) {
                       out["prefix"] = e.prefix.to_string();
                       out["present"] = e.present;
                       out["advertised"] = e.advertised;
                   },
                   [&](const LinkChanged& e) {
                       add_change(out, e.carrier ? "down" : "up", e.carrier ? "up" : "down");
                       out["interface"] = e.interface;
                   },
                   [&](const UpdateDamaged& e) {
                       out["reason"] = plain_text(e.what);
                       out["severity"] = e.severity;
                       out["octets"] = e.octets;
                       out["times"] = e.times;
                       out["routes"] = e.routes;
                       out["prefixes"] = texts(e.prefixes);
                       out["message"] = e.message;
                   },
                   [&](const PathIgnored& e) {
                       out["prefix"] = e.prefix.to_string();
                       out["path_id"] = e.path_id;
                       out["limit"] = e.limit;
                   },
                   [&](const ReceiveLimit& e) {
                       out["count"] = e.count;
                       out["limit"] = e.limit;
                       out["ends_session"] = e.ends;
                   },
                   [&](const LimitWarning& e) {
                       out["count"] = e.count;
                       out["limit"] = e.limit;
                       out["percent"] = e.percent;
                   },
                   [&](const LimitUnion& e) {
                       out["count"] = e.count;
                       out["limit"] = e.limit;
                       out["percent"] = e.percent;
                   },
                   [&](const LimitLearned& e) {
                       out["told"] = e.told;
                       out["peers_limit"] = e.peers_limit;
                       out["had"] = e.had;
                       out["limit"] = e.limit;
                   },
                   [&](const LimitForgotten& e) {
                       out["limit"] = e.limit;
                       out["why"] = e.why;
                   },
                   [&](const LimitWithheld& e) {
                       out["withheld"] = e.withheld;
                       out["count"] = e.count;
                       out["action"] = e.action;
                       out["limit"] = e.limit;
                       out["first"] = texts(e.first);
                   },
                   [](const LimitCleared&) {},
                   [&](const FibMoved& e) {
                       out["group"] = e.group;
                       out["routes"] = e.routes;
                       out["members"] = e.members;
                   },
                   [&](const FibFailed& e) {
                       out["prefix"] = e.prefix.to_string();
                       out["errno"] = e.error;
                       out["reason"] = plain_text(e.text);
                   },
                   [&](const FibTouched& e) {
                       out["routes"] = e.routes;
                       out["nexthops"] = e.nexthops;
                       out["first"] = texts(e.first);
                       out["lost"] = e.lost;
                       out["often"] = e.often;
                   },
                   [&](const FibConflict& e) { out["prefix"] = e.prefix.to_string(); },
                   [&](const FibAdopted& e) { out["routes"] = e.routes; },
                   [&](const FibSwept& e) { out["routes"] = e.routes; },
                   [&](const BfdUp& e) { out["peer"] = e.peer.to_string(); },
                   [&](const BfdDown& e) {
                       out["peer"] = e.peer.to_string();
                       out["reason"] = bfd::to_string(e.diagnostic);
                       out["path_failed"] = e.path_failed;
                   },
                   [&](const BfdUnanswered& e) {
                       out["peer"] = e.peer.to_string();
                       out["after_seconds"] = e.after.count();
                   },
                   [&](const ListenerFailed& e) {
                       out["local"] = e.local.to_string();
                       out["port"] = e.port;
                       out["errno"] = e.error;
                   },
                   [&](const ConfigLoaded& e) {
                       out["changes"] = e.changes;
                       out["sessions_reset"] = e.sessions_reset;
                   },
                   [&](const ConfigRefused& e) {
                       out["reason"] = plain_text(e.first);
                       out["errors"] = e.errors;
                   },
                   [&](const Started& e) { out["version"] = e.version; },
                   [&](const Stopping& e) { out["reason"] = plain_text(e.reason); },
               },
               kind);
}

}  // namespace

std::string rfc3339(std::chrono::system_clock::time_point time) {
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(milliseconds / 1000)),
                       milliseconds % 1000);
}

std::string entry_json(const Entry& entry) {
    json::object out;
    out["time"] = rfc3339(entry.time);
    out["id"] = entry_id(entry);
    out["level"] = to_string(entry_level(entry));
    add_subject(out, entry_subject(entry));
    if (const auto* event = std::get_if<Event>(&entry.what)) add_fields(out, event->kind);
    out["text"] = plain_text(entry_sentence(entry));
    return json::serialize(out);
}

}  // namespace dyad::shell
