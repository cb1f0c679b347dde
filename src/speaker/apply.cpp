#include "speaker/apply.hpp"

#include <algorithm>

#include "speaker/advertise.hpp"
#include "speaker/backup.hpp"
#include "speaker/connections.hpp"
#include "speaker/drain.hpp"
#include "speaker/kernel.hpp"
#include "speaker/limits.hpp"
#include "speaker/pairs.hpp"
#include "speaker/recovery.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

std::uint64_t seed_of(const State& state, SessionId id) { return state.host.seed * 0x9e3779b97f4a7c15 + id.value; }

using session::Session;

void end_session(State& state, Instant now, SessionId id, std::uint8_t cease_subcode, session::Cause cause,
                 Session::Ending ending = Session::Ending::Hard) {
    state.peer(id).session.stop(now, wire::cease(cease_subcode), session::Reason{.cause = cause}, ending);
    carry_out(state, now, id);
    if (ending == Session::Ending::Hard) let_go(state, now, id, "the configuration changed");
}

/// The session that comes is with the same neighbour over the same link: what it forwards by need not be dropped
/// (RFC 8538 5.1: a Graceful Cease).
Session::Ending ending_of(const SessionPlan& before, const SessionPlan& after) {
    const bool same = before.peer == after.peer && before.interface == after.interface && after.enabled &&
                      before.parameters.peer_as == after.parameters.peer_as &&
                      before.parameters.local_as == after.parameters.local_as &&
                      before.parameters.families == after.parameters.families;
    return same ? Session::Ending::Graceful : Session::Ending::Hard;
}

rib::Source source_of(const SessionPlan& plan, SessionId id) {
    return {.session = id,
            .external = plan.import.external,
            .router_id = {},
            .peer_address = plan.peer,
            .link_preference = plan.link_preference,
            .standing = plan.backup ? rib::Standing::Backup : rib::Standing::Regular};
}

/// Where `prefer` names a link, the other stands by in the kernel too.
void follow_order(State& state, SessionId id) {
    state.fib.path_order(id, state.peer(id).plan.ordered ? fib::Order::Preferred : fib::Order::None);
}

/// A session by this plan, from Idle.
void install(State& state, Instant now, SessionId id, SessionPlan plan) {
    auto& peer = state.peer(id);
    peer.session = session::Session{plan.parameters, seed_of(state, id)};
    peer.plan = std::move(plan);
    peer.removed = false;
    peer.link = LinkState::Unknown;
    peer.down_since = now;
    state.neighbours[id.index()] = {source_of(peer.plan, id), peer.plan.import};
    keep_conditions(state, id);
    follow_order(state, id);
    keep_drained(state, id);
    keep_drilled(state, now, id);
    if (!peer.plan.enabled && peer.plan.speaks())
        end_session(state, now, id, wire::subcode::kAdministrativeShutdown, session::Cause::AdministrativelyDown);
}

void add(State& state, Instant now, SessionPlan plan) {
    const auto retired = std::ranges::find_if(
        state.peers, [&](const Peer& peer) { return peer.removed && peer.plan.name == plan.name; });
    const SessionId id{static_cast<std::uint32_t>(retired - state.peers.begin())};
    if (retired == state.peers.end()) {
        state.peers.push_back(Peer{.plan = {}, .session = session::Session{plan.parameters, seed_of(state, id)}});
        state.neighbours.emplace_back();
    }
    install(state, now, id, std::move(plan));
}

void remove(State& state, Instant now, SessionId id) {
    if (state.peer(id).plan.speaks())
        end_session(state, now, id, wire::subcode::kPeerDeconfigured, session::Cause::AdministrativelyDown);
    else
        for (auto& rib : state.ribs) rib.drop(id);
    state.fib.forget_path(id);
    state.peer(id).drain.reset();
    state.peer(id).removed = true;
}

void reevaluate(State& state, SessionId id, SessionPlan plan) {
    auto& peer = state.peer(id);
    auto& neighbour = state.neighbours[id.index()];
    const bool incoming = peer.plan.import != plan.import || peer.plan.link_preference != plan.link_preference ||
                          peer.plan.backup != plan.backup;
    // Another gateway is another path for the same prefixes.
    if (!plan.speaks()) peer.link = LinkState::Unknown;
    if (peer.plan.backup != plan.backup) neighbour.source.standing = source_of(plan, id).standing;
    plan.exporting.pass_on = peer.plan.exporting.pass_on;
    plan.exporting.same_peering = peer.plan.exporting.same_peering;
    plan.exporting.told_links = peer.plan.exporting.told_links;
    plan.exporting.told = peer.plan.exporting.told;
    plan.exporting.next_hop_of_ipv4 = peer.plan.exporting.next_hop_of_ipv4;
    if (!plan.local) plan.exporting.local_address = peer.plan.exporting.local_address;
    peer.plan = std::move(plan);
    neighbour.import = peer.plan.import;
    neighbour.source.link_preference = peer.plan.link_preference;
    keep_conditions(state, id);
    follow_order(state, id);
    keep_drained(state, id);
    if (incoming)
        for (auto& rib : state.ribs) rib.reconsider(id);
    reconsider_advertising(state, id);
}

/// RFC 2385 says nothing of changing keys, Linux does it on a connection that runs: the peer has until somebody's hold
/// timer to do the same. What cannot be done comes back as TcpRekeyFailed.
void rekey(State& state, SessionId id, const std::string& before) {
    auto& peer = state.peer(id);
    for (const auto connection : peer.connections)
        state.outputs.emplace_back(TcpRekey{connection, peer.plan.peer, peer.plan.tcp});
    if (peer.session.state() != session::State::Established) return;
    const bool gone = peer.plan.tcp.md5_key.empty();
    state.emit(SessionRekeyed{peer.plan.name, before.empty() ? "the running session has an MD5 key now"
                                              : gone         ? "the running session has no MD5 key any more"
                                                             : "the running session has a new MD5 key"});
}

/// True if the session was reset.
bool change(State& state, Instant now, SessionId id, SessionPlan plan) {
    auto before = state.peer(id).plan;
    before.exporting.pass_on.clear();
    before.exporting.same_peering.clear();
    before.exporting.told_links.clear();
    before.exporting.told = policy::Told::Usual;
    before.exporting.shutting_down = false;
    for (auto& originated : before.exporting.originate) originated.off = originated.when_present;
    before.exporting.next_hop_of_ipv4 = plan.exporting.next_hop_of_ipv4;
    if (!before.local) before.exporting.local_address = plan.exporting.local_address;
    switch (effect_of(before, plan)) {
        case Effect::None:
            return false;
        case Effect::Reevaluate:
            reevaluate(state, id, std::move(plan));
            return false;
        case Effect::Rekey:
            reevaluate(state, id, std::move(plan));
            rekey(state, id, before.tcp.md5_key);
            return false;
        case Effect::Reset:
            // RFC 4486 section 4: a peering that is switched off is not just a changed one.
            if (plan.enabled)
                end_session(state, now, id, wire::subcode::kOtherConfigurationChange,
                            session::Cause::ConfigurationChanged, ending_of(before, plan));
            else
                end_session(state, now, id, wire::subcode::kAdministrativeShutdown,
                            session::Cause::AdministrativelyDown);
            install(state, now, id, std::move(plan));
            return true;
    }
    return false;
}

bool named_by(const std::vector<std::string>& names, const SessionPlan& plan) {
    const auto peering =
        plan.peering.substr(0, plan.peering.ends_with("/v6") ? plan.peering.size() - 3 : std::string::npos);
    return std::ranges::any_of(names, [&](const std::string& name) {
        return name == "*" || name == plan.name || (!peering.empty() && name == peering);
    });
}

/// Names of the file become ids, now that all are known.
void resolve(State& state) {
    for (auto& peer : state.peers) {
        std::vector<SessionId> pass_on, same_peering;
        for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
            const auto& other = state.peers[i];
            if (other.removed) continue;
            // What a way round says is for us alone.
            if (&other != &peer && other.plan.speaks() && named_by(peer.plan.pass_on, other.plan))
                pass_on.push_back(SessionId{i});
            if (!peer.plan.peering.empty() && other.plan.peering == peer.plan.peering)
                same_peering.push_back(SessionId{i});
        }
        const bool same = peer.plan.exporting.pass_on == pass_on && peer.plan.exporting.same_peering == same_peering;
        peer.plan.exporting.pass_on = std::move(pass_on);
        peer.plan.exporting.same_peering = std::move(same_peering);
        if (!same) reconsider_advertising(state, SessionId{static_cast<std::uint32_t>(&peer - state.peers.data())});
    }
}

/// One listener an address, or one for all of a family where some neighbour's local address is left open.
std::vector<ListenAddress> listeners(const State& state) {
    std::vector<ListenAddress> all;
    const auto configured = [&](const Peer& peer) { return !peer.removed && peer.plan.enabled; };
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        const bool open = std::ranges::any_of(state.peers, [&](const Peer& peer) {
            return configured(peer) && peer.plan.peer.family() == family && !peer.plan.local;
        });
        const auto any = family == Family::Ipv4 ? Address{} : Address::v6({});
        for (const auto& peer : state.peers) {
            if (!configured(peer) || peer.plan.peer.family() != family) continue;
            const auto local = open ? any : *peer.plan.local;
            auto at = std::ranges::find(all, local, &ListenAddress::local);
            if (at == all.end()) at = all.insert(all.end(), ListenAddress{local, state.config.listen_port, {}});
            at->peers.push_back({peer.plan.peer, peer.plan.tcp});
        }
    }
    return all;
}

fib::Settings fib_settings(const config::Fib& from, std::uint32_t backup_metric) {
    return {.enabled = from.enabled,
            .table = from.table,
            .metric = from.metric,
            .reserve_metric = backup_metric,
            .protocol = from.protocol,
            .source = from.source,
            .stale_after = from.stale_after,
            .nexthops = from.plain_nexthops ? fib::Nexthops::Plain : fib::Nexthops::Groups};
}

/// F3.4, F3.5: what is listed and not validated is held back by the parser; the two lists' difference is told when it is new.
void tell_registered(State& state) {
    for (const auto& circuit : state.config.circuits)
        for (const auto& peering : circuit.peerings) {
            if (peering.registered.empty()) continue;
            RegisteredDiffer told{.peering = circuit.name + "/" + std::string{config::to_string(peering.kind)}};
            const auto validated = [&](const Prefix& prefix) {
                return std::ranges::any_of(peering.registered, [&](const Prefix& one) { return one.covers(prefix); });
            };
            for (const auto& entry : peering.exchange.held_back)
                if (!validated(entry.prefix)) told.held_back.push_back(entry.prefix);
            for (const auto& registered : peering.registered)
                if (std::ranges::none_of(peering.exchange.advertise,
                                         [&](const auto& entry) { return registered.covers(entry.prefix); }))
                    told.unused.push_back(registered);
            std::string words;
            for (const auto& prefix : told.held_back) words += "-" + prefix.to_string();
            for (const auto& prefix : told.unused) words += "+" + prefix.to_string();
            if (std::exchange(state.registered_told[told.peering], words) != words && !words.empty())
                state.emit(std::move(told));
        }
}

}  // namespace

std::vector<config::Change> apply(State& state, Instant now, config::Config config) {
    auto changes = config::diff(state.config, config);
    const bool fib_was_enabled = state.config.fib.enabled;
    const bool first = !std::exchange(state.configured, true);
    state.config = std::move(config);
    state.fib.configure(now, fib_settings(state.config.fib, state.config.backup_metric()), state.rows);

    auto plans = plan_sessions(state.config);
    std::size_t resets = 0;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto named = [&](const SessionPlan& plan) { return plan.name == state.peers[i].plan.name; };
        if (!state.peers[i].removed && std::ranges::none_of(plans, named)) remove(state, now, SessionId{i});
    }
    for (auto& plan : plans) {
        if (const auto id = state.find_session(plan.name))
            resets += change(state, now, *id, std::move(plan)) ? 1 : 0;
        else
            add(state, now, std::move(plan));
    }
    resolve(state);
    tell_registered(state);
    follow_limits(state, now);
    follow_ways_round(state, now);
    follow_pairs(state, now);
    if (auto wanted = listeners(state); wanted != state.listening) {
        state.listening = wanted;
        state.outputs.emplace_back(Listen{std::move(wanted)});
    }
    if (first) discover(state);
    if (state.discovery == State::Discovery::Known) {
        follow_links(state, now);
        if (state.config.fib.enabled && !fib_was_enabled) start_recovery(state, now);
    }
    if (!first) state.emit(ConfigLoaded{changes.size(), resets});
    return changes;
}

}  // namespace dyad::speaker
