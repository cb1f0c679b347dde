#include "speaker/pairs.hpp"

#include <algorithm>
#include <utility>

#include "dyad/base/contains.hpp"
#include "speaker/advertise.hpp"

namespace dyad::speaker {
namespace {

using peering::BfdSign;
using peering::LinkHealth;

bool session_is_up(const Peer& peer) { return peer.session.state() == session::State::Established; }

/// What was never up has not failed, and an order is no failure (RFC 5882 3.2, 3.3).
BfdSign sign_of(const Peer& peer) {
    if (!peer.bfd || peer.bfd->facts.times_up == 0) return BfdSign::Silent;
    const auto& facts = peer.bfd->facts;
    if (facts.state == bfd::State::Up) return BfdSign::Up;
    const bool by_order = facts.state == bfd::State::AdminDown || facts.remote_state == bfd::State::AdminDown;
    return by_order ? BfdSign::Silent : BfdSign::Down;
}

/// RFC 8326 section 4: what a drained link's routes have inside our AS.
constexpr std::uint32_t kDrainedPreference = 0;

/// LOCAL_PREF that the router where it ends gives the link.
std::optional<std::uint32_t> preference_there(const State& state, const LinkElsewhere& link) {
    if (!is_healthy(state, link)) return std::nullopt;
    const auto told = state.ribs[slot(link.subnet->family())].received(*link.via, *link.row);
    return state.pool.facts(told).local_pref;
}

/// Where the link there is preferred otherwise than ours, and not since it is drained.
std::optional<std::uint32_t> other_preference(const State& state, const Pair& pair, const LinkElsewhere& link) {
    const auto there = preference_there(state, link);
    const auto here = state.peer(pair.here.front()).plan.import.local_preference;
    if (!there || *there == here || *there == kDrainedPreference) return std::nullopt;
    return there;
}

// ---- putting pairs together ----------------------------------------------------------------------------------------

std::optional<SessionId> session_with(const State& state, const std::string& router, Family family) {
    const auto id = state.find_session(router);
    if (!id || !contains(state.peer(*id).plan.parameters.families, family)) return std::nullopt;
    return id;
}

LinkElsewhere elsewhere(State& state, const config::Circuit& circuit, const config::Peering& peering,
                        config::LinkName which, Family family) {
    const auto& link = which == config::LinkName::Primary ? peering.primary : peering.secondary;
    LinkElsewhere made{.session = session_name(circuit, peering, which, family),
                       .link = std::string{config::to_string(which)},
                       .on = *link.on,
                       .peer_as = peering.peer_asn,
                       .subnet = family == Family::Ipv4 ? link.subnet : link.subnet6,
                       .via = session_with(state, *link.on, family)};
    if (made.subnet) made.row = state.ribs[slot(family)].table().intern(*made.subnet);
    return made;
}

std::string prefer_word(config::Prefer prefer) {
    switch (prefer) {
        case config::Prefer::Both:
            return "both";
        case config::Prefer::Primary:
            return "primary";
        case config::Prefer::Secondary:
            return "secondary";
    }
    return "";
}

/// Nothing where no link of that family is here.
std::optional<Pair> pair_of(State& state, Instant now, const config::Circuit& circuit, const config::Peering& peering,
                            Family family) {
    Pair pair{.name = peering_name(circuit, peering, family),
              .circuit = circuit.name,
              .prefer = prefer_word(peering.prefer),
              .family = family,
              .here = {},
              .elsewhere = {},
              .history = {now, state.calendar},
              .may_differ = peering.watch.differ};
    for (const auto which : {config::LinkName::Primary, config::LinkName::Secondary}) {
        const auto& link = which == config::LinkName::Primary ? peering.primary : peering.secondary;
        if (const auto id = state.find_session(session_name(circuit, peering, which, family)))
            pair.here.push_back(*id);
        else if (link.on)
            pair.elsewhere.push_back(elsewhere(state, circuit, peering, which, family));
    }
    if (pair.here.empty()) return std::nullopt;
    return pair;
}

/// What is known of a link stays known, where it is the same link.
void keep_known(const std::vector<Pair>& before, Instant now, Pair& pair) {
    for (auto& link : pair.elsewhere) link.changed = now;
    const auto was = std::ranges::find(before, pair.name, &Pair::name);
    if (was == before.end()) return;
    pair.history = was->history;
    pair.received = was->received;
    pair.advertised = was->advertised;
    for (auto& link : pair.elsewhere) {
        const auto known = std::ranges::find(was->elsewhere, link.session, &LinkElsewhere::session);
        if (known != was->elsewhere.end())
            link.since = known->since, link.changed = known->changed, link.preference_told = known->preference_told;
    }
}

// ---- watching them -------------------------------------------------------------------------------------------------

/// Looked at in every turn, so that pairs are only judged when something has changed, or the configuration.
bool health_changed(State& state) {
    bool changed = state.health.size() != state.peers.size();
    state.health.resize(state.peers.size());
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto now = health_of(state, SessionId{i});
        changed = changed || state.health[i] != now;
        state.health[i] = now;
    }
    return changed;
}

void compare_preferences(State& state, const Pair& pair, LinkElsewhere& link) {
    const auto there = other_preference(state, pair, link);
    if (!there) link.preference_told = false;
    if (there && !std::exchange(link.preference_told, true))
        state.emit(
            PreferencesDiffer{pair.name, link.on, state.peer(pair.here.front()).plan.import.local_preference, *there});
}

bool elsewhere_changed(State& state, Instant now) {
    bool changed = false;
    for (auto& pair : state.pairs)
        for (auto& link : pair.elsewhere) {
            compare_preferences(state, pair, link);
            const bool healthy = is_healthy(state, link);
            if (healthy == link.since.has_value()) continue;
            link.since = healthy ? std::optional{now} : std::nullopt;
            link.changed = now;
            changed = true;
        }
    return changed;
}

std::string reason_elsewhere(const State& state, Instant now, const LinkElsewhere& link) {
    if (!link.subnet) return "its subnet is not in the file, so " + link.on + " cannot say how it is";
    if (!link.via) return "no neighbor " + link.on + " is there to tell of it";
    const auto& router = state.peer(*link.via);
    if (!session_is_up(router))
        return "no news of it: " + link.on + " is not Established, " + session::describe(router.session.reason(now));
    return link.on + " does not tell " + link.subnet->to_string() + ", so the link is not healthy there";
}

/// "primary: …; secondary: …" of those that are not healthy.
std::string faults(const State& state, Instant now, const Pair& pair) {
    std::string out;
    const auto add = [&](const std::string& link, const std::string& why) {
        out += (out.empty() ? "" : "; ") + link + ": " + why;
    };
    for (const auto id : pair.here) {
        const auto& peer = state.peer(id);
        if (state.health[id.index()].healthy()) continue;
        add(peer.plan.link,
            session_is_up(peer) ? unhealthy_words(state, id) : session::describe(peer.session.reason(now)));
    }
    for (const auto& link : pair.elsewhere)
        if (!link.since) add(link.link, reason_elsewhere(state, now, link));
    return out;
}

void judge(State& state, Instant now, Pair& pair) {
    const auto here =
        std::ranges::count_if(pair.here, [&](SessionId id) { return state.health[id.index()].healthy(); });
    const auto there =
        std::ranges::count_if(pair.elsewhere, [](const LinkElsewhere& link) { return link.since.has_value(); });
    const auto redundancy = peering::redundancy_of(pair.links(), static_cast<std::size_t>(here + there));
    const auto before = pair.history.current();
    auto why = redundancy == peering::Redundancy::Full ? std::string{} : faults(state, now, pair);
    if (!pair.history.note(now, redundancy, why)) return;
    state.emit(RedundancyChanged{pair.name, std::string{to_string(before)}, std::string{to_string(redundancy)},
                                 std::move(why)});
}

/// What that router is to hear of our links. It is for nobody else.
std::vector<policy::Originated> healthy_links(const State& state, const SessionPlan& plan) {
    std::vector<policy::Originated> told;
    for (const auto& link : plan.tells) {
        const auto id = state.find_session(link.session);
        if (!id || !state.health[id->index()].healthy()) continue;
        const auto& here = state.peer(*id);
        told.push_back({.prefix = link.subnet,
                        .communities = {policy::kNoAdvertise},
                        .local_preference = here.drain ? kDrainedPreference : here.plan.import.local_preference});
    }
    std::ranges::sort(told, {}, &policy::Originated::prefix);
    return told;
}

bool tell_links(State& state, SessionId to) {
    auto& peer = state.peer(to);
    auto told = healthy_links(state, peer.plan);
    if (peer.removed || told == peer.plan.exporting.told_links) return false;
    peer.plan.exporting.told_links = std::move(told);
    for (const auto& link : peer.plan.tells) {
        const auto family = link.subnet.family();
        reconsider_row(state, to, family, state.ribs[slot(family)].table().intern(link.subnet));
    }
    return true;
}

}  // namespace

void follow_pairs(State& state, Instant now) {
    const auto before = std::exchange(state.pairs, {});
    for (const auto& circuit : state.config.circuits)
        for (const auto& peering : circuit.peerings)
            for (const auto family : {Family::Ipv4, Family::Ipv6}) {
                auto pair = pair_of(state, now, circuit, peering, family);
                if (!pair) continue;
                keep_known(before, now, *pair);
                state.pairs.push_back(std::move(*pair));
            }
    state.health.clear();
}

bool watch_pairs(State& state, Instant now) {
    const bool here = health_changed(state);
    const bool there = elsewhere_changed(state, now);
    if (!here && !there && !std::exchange(state.drains_changed, false)) return false;
    state.drains_changed = false;
    for (auto& pair : state.pairs) judge(state, now, pair);
    bool told = false;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i)
        if (!state.peers[i].plan.tells.empty()) told = tell_links(state, SessionId{i}) || told;
    return told;
}

LinkHealth health_of(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    if (peer.removed || !session_is_up(peer)) return {};
    return {.established = true, .carrying = carries(state, id), .bfd = sign_of(peer)};
}

std::string unhealthy_words(const State& state, SessionId id) {
    if (state.peer(id).plan.peering.empty()) return "";
    return std::string{fault_of(health_of(state, id))};
}

std::uint64_t whole_seconds(Duration duration) {
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(duration).count());
}

const Pair* find_pair(const State& state, std::string_view name) {
    const auto found = std::ranges::find(state.pairs, name, &Pair::name);
    return found == state.pairs.end() ? nullptr : &*found;
}

bool other_healthy(const State& state, const Pair& pair, SessionId id) {
    return std::ranges::any_of(pair.here,
                               [&](SessionId other) { return other != id && health_of(state, other).healthy(); }) ||
           std::ranges::any_of(pair.elsewhere, [&](const LinkElsewhere& link) { return is_healthy(state, link); });
}

bool is_healthy(const State& state, const LinkElsewhere& link) {
    if (!link.via || !link.row || !session_is_up(state.peer(*link.via))) return false;
    // What it said before it restarted says nothing of now.
    const auto& rib = state.ribs[slot(link.subnet->family())];
    return rib.received(*link.via, *link.row) != route::kNoAttributes && !rib.stale(*link.via, *link.row);
}

std::vector<std::string> preference_warnings(const State& state, const Pair& pair) {
    std::vector<std::string> warnings;
    for (const auto& link : pair.elsewhere)
        if (const auto there = other_preference(state, pair, link))
            warnings.push_back(link.on + " gives its link local preference " + std::to_string(*there) + ", ours has " +
                               std::to_string(state.peer(pair.here.front()).plan.import.local_preference) +
                               ": this defeats Microsoft's maintenance draining; prefer says which link is better");
    return warnings;
}

SessionRow elsewhere_row(const State& state, Instant now, const Pair& pair, const LinkElsewhere& link) {
    SessionRow row;
    row.session = link.session;
    row.link = link.link;
    row.on = link.on;
    row.peer_asn = link.peer_as;
    if (link.subnet) {
        row.local = link.subnet->address().plus(1).to_string();
        row.peer = link.subnet->address().plus(2).to_string();
    }
    row.healthy = is_healthy(state, link);
    const bool asked = link.via && session_is_up(state.peer(*link.via));
    row.state = row.healthy ? "Established" : asked ? "Unhealthy" : "Unknown";
    if (!row.healthy) {
        row.reason = reason_elsewhere(state, now, link);
        row.cause = "elsewhere";
        row.down_seconds = whole_seconds(now - link.changed);
        row.next_try = asked ? "when " + link.on + " tells of it" : "when " + link.on + " is Established";
    }
    if (row.healthy && link.since)
        row.uptime_seconds =
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - *link.since).count());
    if (preference_there(state, link) == kDrainedPreference) row.drain = "draining";
    if (!asked) return row;
    const auto counts = state.ribs[slot(pair.family)].counts(*link.via);
    row.received = counts.received, row.accepted = counts.accepted, row.best = counts.best;
    return row;
}

namespace {

MonthRow month_row(const peering::MonthShare& share) {
    const auto year = static_cast<int>(share.month.year());
    const auto month = static_cast<unsigned>(share.month.month());
    return {.month = std::to_string(year) + (month < 10 ? "-0" : "-") + std::to_string(month),
            .observed_seconds = whole_seconds(share.observed()),
            .full_seconds = whole_seconds(share.full),
            .degraded_seconds = whole_seconds(share.degraded),
            .down_seconds = whole_seconds(share.down),
            .full_percent = share.full_percent()};
}

}  // namespace

void add_history(const State& state, Instant now, const Pair& pair, PeeringRow& row) {
    const auto& history = pair.history;
    row.redundancy = to_string(history.current());
    row.redundancy_seconds = whole_seconds(now - history.since());
    row.this_month = month_row(history.this_month(now));
    if (const auto last = history.last_month(now)) row.last_month = month_row(*last);
    for (std::size_t i = 0; i < history.changes().size(); ++i) {
        const auto& change = history.changes()[i];
        const bool current = i + 1 == history.changes().size();
        const auto end = current ? now : history.changes()[i + 1].at;
        row.history.push_back({.time = state.calendar.text(change.at),
                               .before = std::string{to_string(change.before)},
                               .after = std::string{to_string(change.after)},
                               .lasted_seconds = whole_seconds(end - change.at),
                               .why = change.why});
    }
}

}  // namespace dyad::speaker
