#include <algorithm>

#include "dyad/base/contains.hpp"
#include "dyad/wire/open.hpp"
#include "netlink/errors.hpp"
#include "speaker/backup.hpp"
#include "speaker/bfd.hpp"
#include "speaker/drain.hpp"
#include "speaker/limits.hpp"
#include "speaker/pairs.hpp"
#include "speaker/query.hpp"
#include "speaker/trips.hpp"
#include "speaker/watch_links.hpp"

namespace dyad::speaker {
namespace {

std::uint64_t seconds(Duration duration) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

/// What our own OPEN says of us.
std::vector<std::string> capabilities_sent(const session::Session& session) {
    std::vector<std::string> sent;
    for (const auto& capability : session.offered().capabilities) sent.push_back(wire::to_string(capability));
    return sent;
}

std::string restart_words(const Peer& peer) {
    if (!peer.plan.parameters.graceful_restart) return "";
    const auto* negotiated = peer.session.negotiated();
    if (!negotiated) return "offered";
    const auto& restart = negotiated->graceful_restart;
    if (!restart) return "the peer does not know it";
    const bool by_notification = restart->notification && peer.plan.parameters.graceful_restart->notification;
    const std::string after = by_notification ? ", after a NOTIFICATION too" : "";
    if (restart->families.empty()) return "the peer keeps our routes" + after;
    return "both keep routes, the peer's for " + std::to_string(restart->restart_time.count()) + " s" + after;
}

/// Of what is advertised in its first family: as configured, or less, where the peer has taught us so.
std::size_t limit_now(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    const auto family = peer.plan.parameters.families.front();
    const auto& quota = peer.outbound[slot(family)].quota;
    return quota ? state.quotas[*quota].limit() : peer.plan.limit(family);
}

SessionView view_of(const State& state, Instant now, SessionId id) {
    const auto& peer = state.peer(id);
    SessionView view;
    view.row = session_row(state, now, id);
    view.hold_time_proposed_seconds = static_cast<std::uint64_t>(peer.plan.parameters.hold_time.count());
    view.capabilities_sent = capabilities_sent(peer.session);
    view.messages = peer.session.counters();
    view.last_notification_received = peer.notification_received;
    view.last_notification_sent = peer.notification_sent;
    view.times_established = peer.session.times_established();
    view.md5 = !peer.plan.tcp.md5_key.empty();
    view.ttl = peer.plan.tcp.gtsm ? "gtsm" : std::to_string(peer.plan.tcp.ttl);
    view.limit = limit_now(state, id);
    view.graceful_restart = restart_words(peer);
    view.send_hold_seconds = static_cast<std::uint64_t>(peer.plan.parameters.send_hold_time.count());
    if (peer.drain) view.only_here = routes_only_here(state, id);
    if (peer.retained) {
        view.stale = state.ribs[0].marked(id) + state.ribs[1].marked(id);
        view.stale_seconds = peer.retained->until > now ? seconds(peer.retained->until - now) : 0;
    }
    if (const auto expires = peer.session.hold_expires(); expires && *expires > now)
        view.hold_remaining_seconds = seconds(*expires - now);
    if (const auto* negotiated = peer.session.negotiated()) {
        view.hold_time_seconds = static_cast<std::uint64_t>(negotiated->hold_time.count());
        view.keepalive_seconds = static_cast<std::uint64_t>(negotiated->keepalive_time.count());
        view.peer_router_id = negotiated->peer_router_id;
        for (const auto family : negotiated->families) view.families.push_back(family_name(family));
        for (const auto& capability : negotiated->received.capabilities)
            view.capabilities_received.push_back(wire::to_string(capability));
    }
    return view;
}

PeeringRow peering_row(const State& state, Instant now, const Pair& pair) {
    PeeringRow row{.name = pair.name, .kind = {}, .redundancy = {}};
    row.kind = pair.name.substr(pair.circuit.size() + 1);
    row.kind = row.kind.substr(0, row.kind.find('/'));
    row.advertised_limit = limit_now(state, pair.here.front());
    for (const auto id : pair.here) row.links.push_back(session_row(state, now, id));
    for (const auto& link : pair.elsewhere) row.links.push_back(elsewhere_row(state, now, pair, link));
    std::ranges::sort(row.links, {}, &SessionRow::link);
    row.backups = backup_rows(state, now, pair.name);
    add_history(state, now, pair, row);
    row.warnings = preference_warnings(state, pair);
    return row;
}

std::vector<std::string> peering_names(const State& state) {
    std::vector<std::string> names;
    for (const auto& pair : state.pairs) names.push_back(pair.name);
    return names;
}

}  // namespace

std::vector<std::string> session_names(const State& state) {
    std::vector<std::string> names;
    for (const auto& peer : state.peers)
        if (!peer.removed && peer.plan.speaks()) names.push_back(peer.plan.name);
    return names;
}

/// When we try again by ourselves; a drill's end.
std::optional<Instant> next_attempt(const State& state, SessionId id) {
    return is_drilled(state, id) ? std::optional{state.drill->until} : state.peer(id).session.next_attempt();
}

namespace {

/// What a session that was stopped waits for: the end of what stopped it.
std::string waits_for(const State& state, const Peer& peer, session::Cause cause) {
    using session::Cause;
    const auto shut = [&](const Outbound& outbound) { return outbound.quota && state.quotas[*outbound.quota].shut_at; };
    if (!peer.plan.enabled) return "when it is enabled";
    if (state.shutting_down) return "after the restart";
    if (std::ranges::any_of(peer.outbound, shut)) return "when its prefixes fit the limit, or by order";
    if (cause == Cause::PrefixLimit) return "by order";
    switch (peer.link) {
        case LinkState::Unknown:
            return "when the interface is known";
        case LinkState::Missing:
            return "when the interface is there";
        case LinkState::Down:
            return "when the link is up";
        case LinkState::NoAddress:
        case LinkState::Swapped:
            return "when the address is there";
        case LinkState::AwaitingBfd:
            return "when BFD is up";
        case LinkState::Ready:
            return peer.plan.parameters.passive ? "when the peer calls" : "under way";
    }
    return "";
}

/// What the next attempt comes with, where it is not time.
std::string next_try(const State& state, const Peer& peer, session::Cause cause) {
    switch (peer.session.state()) {
        case session::State::Idle:
            return waits_for(state, peer, cause);
        case session::State::Active:
            return peer.plan.parameters.passive ? "when the peer calls" : "under way";
        case session::State::Connect:
        case session::State::OpenSent:
        case session::State::OpenConfirm:
            return "under way";
        case session::State::Established:
            return "";
    }
    return "";
}

}  // namespace

SessionRow session_row(const State& state, Instant now, SessionId id) {
    const auto& peer = state.peer(id);
    SessionRow row;
    row.session = peer.plan.name;
    row.link = peer.plan.link;
    row.interface = peer.plan.interface;
    if (row.interface.empty())
        if (const auto* interface = state.interfaces.by_index(peer.interface_index)) row.interface = interface->name;
    row.local = peer.plan.local ? peer.plan.local->to_string() : "";
    row.peer = peer.plan.peer.to_string();
    row.peer_asn = peer.plan.parameters.peer_as;
    row.state = session::to_string(peer.session.state());
    row.bfd = bfd_word(peer);
    row.drain = drain_word(peer);
    row.healthy = health_of(state, id).healthy();
    row.unhealthy = unhealthy_words(state, id);
    row.quiet = peer.plan.exporting.told != policy::Told::Usual;
    add_maintenance(state, now, id, row);
    for (const auto& rib : state.ribs) {
        const auto counts = rib.counts(id);
        row.received += counts.received;
        row.accepted += counts.accepted;
        row.best += counts.best;
    }
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        row.advertised += peer.outbound[slot(family)].rib.advertised();
        row.withheld += withheld(state, id, family);
    }
    row.guard_rejected = peer.rejections.guarded;
    row.loop_rejected = peer.rejections.looped;
    row.alarm = watermark_words(state, peer);
    if (const auto since = peer.session.established_since()) {
        row.uptime_seconds = seconds(now - *since);
    } else {
        const auto reason = peer.session.reason(now);
        row.reason = session::describe(reason);
        if (const auto remark = bfd_remark(peer); !remark.empty() && reason.cause != session::Cause::BfdDown)
            row.reason += " (" + remark + ")";
        if (const auto remark = trip_remark(state, now, id); !remark.empty()) row.reason += " (" + remark + ")";
        row.cause = session::to_string(reason.cause);
        row.down_seconds = seconds(now - peer.down_since);
        if (const auto next = next_attempt(state, id); next && *next > now)
            row.next_attempt_milliseconds = static_cast<std::uint64_t>((*next - now).count() / 1'000'000);
        else
            row.next_try = next_try(state, peer, reason.cause);
    }
    if (const auto error = peer.session.last_error()) row.last_error = session::describe(*error);
    return row;
}

FibRow fib_row(const State& state) {
    const auto totals = state.fib.totals();
    return {.enabled = state.config.fib.enabled,
            .routes = totals.routes,
            .backup_routes = totals.reserve_routes,
            .groups = totals.groups,
            .pending = totals.pending,
            .failed = totals.failed};
}

SummaryView summary(const State& state, Instant now) {
    SummaryView view;
    view.hostname = state.config.hostname.empty() ? state.host.hostname : state.config.hostname;
    view.asn = state.config.asn;
    view.router_id = state.config.effective_router_id();
    view.version = state.host.version;
    view.uptime_seconds = seconds(now - state.started);
    for (const auto& circuit : state.config.circuits) {
        CircuitRow row{circuit.name, std::string{config::to_string(circuit.sku)}, {}};
        for (const auto& pair : state.pairs)
            if (pair.circuit == circuit.name) row.peerings.push_back(peering_row(state, now, pair));
        view.circuits.push_back(std::move(row));
    }
    for (std::uint32_t i = 0; i < state.peers.size(); ++i)
        if (!state.peers[i].removed && state.peers[i].plan.peering.empty() && state.peers[i].plan.speaks())
            view.neighbors.push_back({state.peers[i].plan.name, session_row(state, now, SessionId{i})});
    view.fib = fib_row(state);
    return view;
}

View peering(const State& state, Instant now, const AskPeering& ask) {
    const auto names = peering_names(state);
    if (names.empty()) return NotFound{"no peering is configured", {}};
    const auto name = ask.name.empty() ? names.front() : ask.name;
    const auto* pair = find_pair(state, name);
    if (!pair) return NotFound{"there is no peering " + name, names};
    PeeringView view{.circuit = pair->circuit, .row = peering_row(state, now, *pair)};
    const auto& links = pair->here;
    for (const auto id : links) view.sessions.push_back(view_of(state, now, id));
    for (const auto& link : pair->elsewhere) view.sessions.push_back({.row = elsewhere_row(state, now, *pair, link)});
    std::ranges::sort(view.sessions, {}, [](const SessionView& session) { return session.row.link; });
    for (const auto& quota : state.quotas)
        if (quota.name == name && !quota.members.empty() && quota.limit() != 0)
            view.limit = limit_row(state, now, quota);
    add_differences(state, now, *pair, view);
    view.prefer = pair->prefer;
    return view;
}

View session_view(const State& state, Instant now, const AskSession& ask) {
    const auto names = session_names(state);
    if (names.empty()) return NotFound{"no session is configured", {}};
    const auto id = state.find_session(ask.name.empty() ? names.front() : ask.name);
    if (!id || !state.peer(*id).plan.speaks()) return NotFound{"there is no session " + ask.name, names};
    return view_of(state, now, *id);
}

NextHopView next_hop_view(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    const auto* interface = state.interfaces.by_index(peer.interface_index);
    return {peer.plan.name, peer.plan.peer.to_string(), interface ? interface->name : peer.plan.interface};
}

namespace {

RefusedView refused_view(Instant now, const Prefix& prefix, const fib::Refused& refused) {
    const auto wait = std::max(Duration{0}, refused.again_at - now);
    return {.prefix = prefix.to_string(),
            .conflict = refused.conflict,
            .error = refused.error,
            .reason = refused_words(refused),
            .times = refused.times,
            .retry_seconds = std::chrono::duration<double>(wait).count()};
}

}  // namespace

std::string refused_words(const fib::Refused& refused) {
    if (refused.conflict) return "another's route has its prefix and metric, and is left alone";
    const auto words = netlink::error_words(refused.error);
    return refused.text.empty() ? words : words + " (" + refused.text + ")";
}

FibView fib_view(const State& state, Instant now) {
    FibView view;
    view.row = fib_row(state);
    view.table = state.config.fib.table;
    view.metric = state.config.fib.metric;
    view.backup_metric = state.config.backup_metric();
    view.protocol = state.config.fib.protocol;
    view.plain = state.config.fib.plain_nexthops;
    const auto totals = state.fib.totals();
    view.nexthops = totals.nexthops;
    view.operations = totals.operations;
    for (const auto& group : state.fib.groups()) {
        FibGroupView row{.id = group.id, .routes = group.routes};
        row.backup = group.rank == fib::Rank::Reserve;
        for (const auto member : group.members) row.members.push_back(next_hop_view(state, member));
        for (const auto member : group.next) row.next.push_back(next_hop_view(state, member));
        view.groups.push_back(std::move(row));
    }
    constexpr std::size_t kShownRefused = 20;
    for (const auto& [prefix, refused] : state.fib.refused(kShownRefused, state.rows))
        view.refused.push_back(refused_view(now, prefix, refused));
    return view;
}

}  // namespace dyad::speaker
