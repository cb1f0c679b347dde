#include "shell/event_words.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "dyad/base/overloaded.hpp"

namespace dyad::shell {

namespace {

using namespace speaker;

std::string error_words(int error) { return std::strerror(error); }

std::string listing(const std::vector<Prefix>& prefixes) {
    std::string out;
    for (const auto& prefix : prefixes) out += (out.empty() ? "" : " ") + prefix.to_string();
    return out;
}

/// At most two units: "41 s", "2 h 15 min", "3 d 4 h".
std::string duration_words(Duration duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration).count();
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

std::string routes_words(const UpdateDamaged& e) {
    if (e.routes == 0) return "";
    return fmt::format("; of {}{}", listing(e.prefixes),
                       e.routes > e.prefixes.size() ? fmt::format(" and {} more", e.routes - e.prefixes.size()) : "");
}

std::string_view plural(std::size_t count) { return count == 1 ? "" : "s"; }

}  // namespace

std::string sentence(const EventKind& kind) {
    return std::visit(
        Overloaded{
            [](const SessionEstablished& e) {
                return fmt::format("established with AS {}, router id {}, hold {} s", e.peer_as.value,
                                   e.peer_router_id.to_string(), e.hold_time.count());
            },
            [](const SessionDown& e) {
                return fmt::format("down after {}: {}", duration_words(e.was_up), session::describe(e.reason));
            },
            [](const SessionFailed& e) { return fmt::format("not up: {}", session::describe(e.reason)); },
            [](const TableReceived& e) {
                return fmt::format("first table received: {} {} prefix{}", e.prefixes, e.family,
                                   e.prefixes == 1 ? "" : "es");
            },
            [](const RoutesRetained& e) {
                return fmt::format("{} route{} kept while the peer restarts, for {} s", e.routes, plural(e.routes),
                                   e.restart_time.count());
            },
            [](const RoutesReleased& e) {
                return fmt::format("{} kept route{} removed: {}", e.routes, plural(e.routes), e.why);
            },
            [](const RefreshSwept& e) {
                return fmt::format("{} {} route{} removed: {}", e.routes, e.family, plural(e.routes), e.why);
            },
            [](const RefreshIgnored& e) { return fmt::format("ignored: {}", e.why); },
            [](const SessionRekeyed& e) { return e.what; },
            [](const RedundancyChanged& e) {
                return fmt::format("redundancy {} -> {}{}{}", e.before, e.after, e.why.empty() ? "" : ": ", e.why);
            },
            [](const LinksDiffer& e) {
                const bool received = e.direction == Direction::Received;
                return fmt::format(
                    "the links have {} different prefixes for {}: {} on the primary only, {} on the secondary only "
                    "({})",
                    received ? "received" : "been told", duration_words(e.since), e.only_primary, e.only_secondary,
                    listing(e.first));
            },
            [](const LinksAgree& e) {
                return fmt::format("the links have {} the same prefixes again, after {}",
                                   e.direction == Direction::Received ? "received" : "been told",
                                   duration_words(e.differed));
            },
            [](const MaintenanceSuspected& e) {
                return fmt::format(
                    "maintenance suspected: {} of {} prefixes have an AS five times or more in a row, traffic goes "
                    "where it is shorter",
                    e.prolonged, e.accepted);
            },
            [](const MaintenanceOver& e) {
                return fmt::format("maintenance over: paths are as they were, after {}", duration_words(e.lasted));
            },
            [](const LinkQuiet& e) {
                return fmt::format(
                    "no routes come by it and the other link brings some: what we advertise here is {} "
                    "(advertise_only_if_receiving)",
                    e.withdrawn ? "withdrawn" : "prolonged");
            },
            [](const LinkQuietOver&) { return std::string{"it advertises as usual again"}; },
            [](const PreferencesDiffer& e) {
                return fmt::format(
                    "{} gives its link local preference {}, ours has {}: this defeats Microsoft's maintenance "
                    "draining; prefer says which "
                    "link is better, below the AS path's length",
                    e.on, e.theirs, e.ours);
            },
            [](const BackupActive& e) {
                return fmt::format("on backup: no link carries routes, {} route{} go by {}", e.routes, plural(e.routes),
                                   e.way);
            },
            [](const BackupOver& e) {
                return fmt::format("no more on backup: a link carries the routes again, after {} s",
                                   std::chrono::duration_cast<std::chrono::seconds>(e.lasted).count());
            },
            [](const BackupLonger& e) {
                return fmt::format(
                    "{} prefix{} longer than what {} tells, and draw{} its traffic while its links are there: {}",
                    e.count, e.count == 1 ? " is" : "es are", e.peering, e.count == 1 ? "s" : "", listing(e.first));
            },
            [](const LinkDraining& e) {
                return fmt::format("traffic is led off this link, by order{}",
                                   e.only_here == 0
                                       ? ""
                                       : fmt::format("; {} route{} that no other link has stay{}", e.only_here,
                                                     plural(e.only_here), e.only_here == 1 ? "s" : ""));
            },
            [](const LinkDrained& e) {
                return fmt::format("this link is drained, after {} s: {} route{} use it",
                                   std::chrono::duration_cast<std::chrono::seconds>(e.took).count(), e.only_here,
                                   plural(e.only_here));
            },
            [](const LinkUndrained&) { return std::string{"this link carries traffic again, by order"}; },
            [](const DrillBegan& e) {
                return fmt::format("a drill shuts this link for {} s: {} prefix{} by it", e.span.count(), e.prefixes,
                                   e.prefixes == 1 ? " comes" : "es come");
            },
            [](const DrillAborted& e) { return fmt::format("the drill ends before its time: {}", e.reason); },
            [](const DrillOver& e) {
                return fmt::format(
                    "the drill is over ({}): {}; shut for {:.1f} s, all as before {:.1f} s later; {} of "
                    "{} prefixes had another way{}{}",
                    e.outcome, e.reason, std::chrono::duration<double>(e.shut).count(),
                    std::chrono::duration<double>(e.back).count(), e.prefixes - e.missing, e.prefixes,
                    e.first.empty() ? "" : ", not ", listing(e.first));
            },
            [](const GuardRejected& e) {
                return fmt::format("the guard refuses {} route{} of it, which would draw our own traffic away: {}{}",
                                   e.count, plural(e.count), listing(e.first), e.count > e.first.size() ? " …" : "");
            },
            [](const RoutesVanished& e) {
                return fmt::format(
                    "{} of {} routes are left, and the session is Established: a virtual network's "
                    "connection, the route filter, or work on Microsoft's core",
                    e.count, e.before);
            },
            [](const RoutesBack& e) { return fmt::format("{} routes again, {} before", e.count, e.before); },
            [](const NothingReceived& e) {
                return e.expected ? std::string{"Established, and no routes come"}
                                  : std::string{"Established, and no routes come: no route filter attached?"};
            },
            [](const RegisteredDiffer& e) {
                return fmt::format("{}{}{}",
                                   e.held_back.empty() ? "" : "not registered and held back: " + listing(e.held_back),
                                   e.held_back.empty() || e.unused.empty() ? "" : "; ",
                                   e.unused.empty() ? "" : "registered and not advertised: " + listing(e.unused));
            },
            [](const AddressesSwapped& e) {
                return fmt::format("{} on {} belongs to Microsoft; yours is {}", e.theirs.to_string(), e.interface,
                                   e.ours.to_string());
            },
            [](const ConditionChanged& e) {
                const auto prefix = e.prefix.to_string();
                if (e.present) return fmt::format("{} is there, and advertised", prefix);
                if (e.advertised)
                    return fmt::format("nobody has {} any more; it is advertised on (on_failure = keep)", prefix);
                return fmt::format("CRITICAL: nobody has {}, and it is not advertised{}", prefix,
                                   e.prefix.length() > 0 ? "" : ": Azure's machines go straight to the Internet");
            },
            [](const LinkChanged& e) {
                return fmt::format("interface {} {}", e.interface, e.carrier ? "has carrier" : "has no carrier");
            },
            [](const UpdateDamaged& e) {
                return fmt::format("damaged UPDATE ({}){}: {}{}{}{}{}", e.severity,
                                   e.times > 1 ? fmt::format(", {} times", e.times) : "", e.what,
                                   e.octets.empty() ? "" : ": ", e.octets, routes_words(e),
                                   e.message.empty() ? "" : "; the message: " + e.message);
            },
            [](const PathIgnored& e) {
                return fmt::format("path {} of {} is not taken in: {} are kept of a prefix", e.path_id,
                                   e.prefix.to_string(), e.limit);
            },
            [](const ReceiveLimit& e) {
                return fmt::format("{} routes received, limits.receive is {}{}", e.count, e.limit,
                                   e.ends ? ": the session ends" : "");
            },
            [](const LimitWarning& e) {
                return fmt::format("{} prefixes to advertise, the limit is {} ({} %)", e.count, e.limit, e.percent);
            },
            [](const LimitUnion& e) {
                return fmt::format("the two links' peers hold different prefixes, {} together, the limit is {} ({} %)",
                                   e.count, e.limit, e.percent);
            },
            [](const LimitWithheld& e) {
                return fmt::format("{} prefixes to advertise, the limit is {}: {} ({}): {}{}", e.count, e.limit,
                                   e.action == "shutdown" ? "the sessions end" : fmt::format("{} withheld", e.withheld),
                                   e.action == "shutdown" ? "on_limit = shutdown" : "`dyad show limits`",
                                   listing(e.first), e.withheld > e.first.size() ? " …" : "");
            },
            [](const LimitLearned& e) {
                return fmt::format(
                    "the peer counted too many prefixes: {} {}, we had {}; from now on at most {}, until "
                    "`dyad clear {}`",
                    e.told ? "its limit is" : "it does not say its limit, which may be", e.peers_limit, e.had, e.limit,
                    e.peering);
            },
            [](const LimitForgotten& e) {
                return e.limit == 0 ? fmt::format("{}: no limit any more", e.why)
                                    : fmt::format("{}: the limit is {}", e.why, e.limit);
            },
            [](const LimitCleared&) { return std::string{"nothing is withheld any more"}; },
            [](const FibMoved& e) {
                if (e.group == 0)
                    return fmt::format("{} route{} left a path that is down, one by one", e.routes, plural(e.routes));
                return fmt::format("{} route{} moved by one request: group {} has {} path{} now", e.routes,
                                   plural(e.routes), e.group, e.members, plural(e.members));
            },
            [](const FibFailed& e) {
                return fmt::format("the kernel refuses {}: {}{}", e.prefix.to_string(), error_words(e.error),
                                   e.text.empty() ? "" : " (" + e.text + ")");
            },
            [](const FibTouched& e) {
                std::string what = e.routes == 0 ? "" : fmt::format("{} route{}", e.routes, plural(e.routes));
                if (!e.first.empty()) what += " (" + e.first.front().to_string() + (e.routes > 1 ? " ...)" : ")");
                if (e.nexthops > 0)
                    what += fmt::format("{}{} nexthop{}", what.empty() ? "" : " and ", e.nexthops, plural(e.nexthops));
                if (what.empty()) what = "something, more than we could follow,";
                return fmt::format("somebody else changed {} of ours in the kernel: {}", what,
                                   e.often  ? "it happens so often that it is put right once a second only"
                                   : e.lost ? "reading it again, to put it right"
                                            : "put right");
            },
            [](const FibConflict& e) {
                return fmt::format("{} is in the kernel already with our metric, and not ours: left alone",
                                   e.prefix.to_string());
            },
            [](const FibAdopted& e) {
                return fmt::format("{} route{} of an earlier run found in the kernel and kept", e.routes,
                                   plural(e.routes));
            },
            [](const FibSwept& e) {
                return fmt::format("{} route{} of an earlier run removed: nobody announces them now", e.routes,
                                   plural(e.routes));
            },
            [](const BfdUp& e) { return fmt::format("BFD with {} is up", e.peer.to_string()); },
            [](const BfdDown& e) {
                return fmt::format("BFD with {} is down: {}{}", e.peer.to_string(), bfd::to_string(e.diagnostic),
                                   e.path_failed ? "" : " (the path has not failed, BGP stays)");
            },
            [](const BfdUnanswered& e) {
                return fmt::format(
                    "BGP has stood for {} s and BFD with {} was never up: {}", e.after.count(), e.peer.to_string(),
                    e.at_azure ? "a peering older than August 2018 (Microsoft peering: 2020) has it only "
                                 "after a reset of the peering in Azure"
                               : "it is not configured there, or UDP port 3784 is filtered");
            },
            [](const ListenerFailed& e) {
                return fmt::format("cannot listen on {} port {}: {}", e.local.to_string(), e.port,
                                   error_words(e.error));
            },
            [](const ConfigLoaded& e) {
                return fmt::format("configuration loaded: {} change{}, {} session{} reset", e.changes,
                                   plural(e.changes), e.sessions_reset, plural(e.sessions_reset));
            },
            [](const ConfigRefused& e) {
                return fmt::format("configuration refused, the running one stays: {} error{}, the first: {}", e.errors,
                                   plural(e.errors), e.first);
            },
            [](const Started& e) { return fmt::format("dyad {} started", e.version); },
            [](const Stopping& e) { return fmt::format("stopping: {}", e.reason); },
        },
        kind);
}

std::string_view to_string(EventLevel level) {
    switch (level) {
        case EventLevel::Debug:
            return "debug";
        case EventLevel::Info:
            return "info";
        case EventLevel::Warning:
            return "warning";
        case EventLevel::Error:
            return "error";
    }
    return "";
}

std::string_view entry_id(const Entry& entry) {
    const auto* event = std::get_if<Event>(&entry.what);
    return event ? event_id(event->kind) : "shell.note";
}

EventLevel entry_level(const Entry& entry) {
    const auto* event = std::get_if<Event>(&entry.what);
    return event ? event_level(event->kind) : std::get<Note>(entry.what).level;
}

std::string_view entry_subject(const Entry& entry) {
    const auto* event = std::get_if<Event>(&entry.what);
    return event ? event_subject(event->kind) : std::string_view{};
}

std::string entry_sentence(const Entry& entry) {
    const auto* event = std::get_if<Event>(&entry.what);
    return event ? sentence(event->kind) : std::get<Note>(entry.what).text;
}

}  // namespace dyad::shell
