#include "speaker/limits.hpp"

#include <algorithm>

#include "speaker/advertise.hpp"
#include "speaker/connections.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

/// How many of the prefixes withheld an event names.
constexpr std::size_t kNamedWithheld = 5;

bool established(const Peer& peer) { return peer.session.state() == session::State::Established; }

const std::string& quota_name(const SessionPlan& plan) { return plan.peering.empty() ? plan.name : plan.peering; }

Quota& find_or_add(State& state, const std::string& name, Family family) {
    const auto at = std::ranges::find_if(
        state.quotas, [&](const Quota& quota) { return quota.name == name && quota.family == family; });
    if (at != state.quotas.end()) return *at;
    state.quotas.push_back(Quota{.name = name, .family = family});
    return state.quotas.back();
}

const SessionPlan& plan_of(const State& state, const Quota& quota) { return state.peer(quota.members.front()).plan; }

Outbound& outbound_of(State& state, SessionId id, Family family) { return state.peer(id).outbound[slot(family)]; }

const Quota* quota_of(const State& state, SessionId id, Family family) {
    const auto& number = state.peer(id).outbound[slot(family)].quota;
    return number ? &state.quotas[*number] : nullptr;
}

/// The limit as it is now goes to everybody who acts on it.
void take_effect(State& state, Quota& quota) {
    const auto& plan = plan_of(state, quota);
    const auto limit = quota.limit() == 0 ? peering::kNoLimit : quota.limit();
    quota.admission.set_rule({.limit = limit,
                              .reserve = plan.reserve,
                              .critical_listed = plan.critical_listed[slot(quota.family)],
                              .on_limit = plan.on_limit});
    if (quota.gauge.limit() != quota.limit()) quota.gauge = {quota.limit(), plan.warn_at};
    if (quota.union_gauge.limit() != quota.limit()) quota.union_gauge = {quota.limit(), plan.warn_at};
    for (const auto id : quota.members) outbound_of(state, id, quota.family).rib.set_limit(limit);
}

/// Whoever has a place needs none any more, or all are to ask for one: everything is judged again.
void begin_anew(State& state, Quota& quota) {
    quota.admission = {};
    take_effect(state, quota);
    for (const auto id : quota.members) reconsider_advertising(state, id);
}

void end_shutdown(State& state, Instant now, Quota& quota) {
    if (!std::exchange(quota.shut_at, std::nullopt)) return;
    quota.withholding = false;
    state.emit(LimitCleared{quota.name});
    for (const auto id : quota.members)
        if (state.peer(id).plan.enabled && state.peer(id).link == LinkState::Ready && !is_drilled(state, id)) {
            state.peer(id).session.start(now);
            carry_out(state, now, id);
        }
}

/// Of what the file lists; what is passed on is not known before the session is there.
std::size_t listed(const State& state, const Quota& quota) {
    const auto& list = plan_of(state, quota).exporting.originate;
    return static_cast<std::size_t>(
        std::ranges::count(list, quota.family, [](const auto& one) { return one.prefix.family(); }));
}

/// Where a shutdown has lost its cause, the sessions come back by themselves.
void reconsider_shutdown(State& state, Instant now, Quota& quota) {
    if (!quota.shut_at) return;
    const bool fits = quota.limit() == 0 || listed(state, quota) <= quota.limit();
    if (fits || plan_of(state, quota).on_limit != peering::OnLimit::Shutdown) end_shutdown(state, now, quota);
}

void collect_members(State& state) {
    for (auto& quota : state.quotas) quota.members.clear();
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        for (auto& outbound : state.peers[i].outbound) outbound.quota.reset();
        const auto& plan = state.peers[i].plan;
        if (state.peers[i].removed || !plan.speaks()) continue;
        for (const auto family : plan.parameters.families) {
            auto& quota = find_or_add(state, quota_name(plan), family);
            auto& outbound = state.peers[i].outbound[slot(family)];
            outbound.quota = static_cast<std::uint32_t>(&quota - state.quotas.data());
            outbound.member = static_cast<peering::Member>(quota.members.size());
            quota.members.push_back(SessionId{i});
        }
    }
}

peering::Priority priority_of(const SessionPlan& plan, const Prefix& prefix) {
    if (plan.critical_listed[slot(prefix.family())] == 0) return peering::Priority::Normal;
    const auto* originated = plan.exporting.find_originated(prefix);
    return originated != nullptr && originated->critical ? peering::Priority::Critical : peering::Priority::Normal;
}

std::string shutdown_words(const Quota& quota) {
    return std::to_string(quota.admission.wanted()) + " prefixes are to be advertised, the limit is " +
           std::to_string(quota.limit());
}

/// RFC 4486's Cease/1 belongs to the receiver of too many prefixes; we end it by our own will, and say why (RFC 9003).
void shut_down_sessions(State& state, Instant now, Quota& quota) {
    const auto words = shutdown_words(quota);
    quota.shut_at = quota.admission.wanted();
    for (const auto id : quota.members) {
        auto& peer = state.peer(id);
        peer.session.stop(
            now, wire::cease(wire::subcode::kAdministrativeShutdown, words),
            {.cause = session::Cause::PrefixLimit,
             .detail = words + " (on_limit = shutdown); back when they fit, or by `dyad clear " + quota.name + "`"});
        carry_out(state, now, id);
    }
}

void watch_episode(State& state, Instant now, Quota& quota) {
    const auto withheld = quota.admission.withheld();
    if (withheld == 0) {
        if (std::exchange(quota.withholding, false)) state.emit(LimitCleared{quota.name});
        return;
    }
    if (!std::exchange(quota.withholding, true))
        state.emit(LimitWithheld{.peering = quota.name,
                                 .withheld = withheld,
                                 .count = quota.admission.wanted(),
                                 .limit = quota.limit(),
                                 .first = quota.admission.first_withheld(kNamedWithheld),
                                 .action = std::string{to_string(quota.admission.rule().on_limit)}});
    // Also where a link that is back has started its session meanwhile.
    if (plan_of(state, quota).on_limit == peering::OnLimit::Shutdown) shut_down_sessions(state, now, quota);
}

/// What both links' peers hold together. Links that differ for a moment are nothing: one is a little behind the other.
void watch_union(State& state, Instant now, Quota& quota) {
    if (quota.members.size() != 2) return;
    const auto& one = outbound_of(state, quota.members[0], quota.family).rib;
    const auto& other = outbound_of(state, quota.members[1], quota.family).rib;
    const auto written = one.written() + other.written();
    if (written != std::exchange(quota.written, written)) quota.together = rib::AdjRibOut::together(one, other);
    const bool differ = quota.together > std::max(one.advertised(), other.advertised());
    if (!differ) {
        quota.look_at_union.reset();
        quota.links_differ = false;
        quota.union_gauge.crossed(0);
        return;
    }
    if (!quota.links_differ && !quota.look_at_union) quota.look_at_union = now + kLinksMayDiffer;
    if (quota.look_at_union && now >= *quota.look_at_union) {
        quota.look_at_union.reset();
        quota.links_differ = true;
    }
    if (!quota.links_differ) return;
    if (const auto percent = quota.union_gauge.crossed(quota.together))
        state.emit(LimitUnion{quota.name, quota.together, quota.limit(), *percent});
}

}  // namespace

void follow_limits(State& state, Instant now) {
    std::vector<std::vector<SessionId>> before;
    for (const auto& quota : state.quotas) before.push_back(quota.members);
    collect_members(state);
    for (std::size_t i = 0; i < state.quotas.size(); ++i) {
        auto& quota = state.quotas[i];
        if (quota.members.empty()) {
            quota = Quota{.name = quota.name, .family = quota.family};
            continue;
        }
        const auto configured = plan_of(state, quota).limit(quota.family);
        const bool counted = quota.limit() != 0;
        if (quota.configured != configured && std::exchange(quota.learned, std::nullopt))
            state.emit(LimitForgotten{quota.name, configured, "the configured limit has changed"});
        quota.configured = configured;
        const bool others = i < before.size() && before[i] != quota.members;
        if (others || counted != (quota.limit() != 0))
            begin_anew(state, quota);
        else
            take_effect(state, quota);
        reconsider_shutdown(state, now, quota);
    }
}

bool may_advertise(State& state, SessionId id, Family family, PrefixId row, const Prefix& prefix, bool wanted) {
    auto& outbound = outbound_of(state, id, family);
    if (!outbound.quota || state.quotas[*outbound.quota].limit() == 0) return true;
    auto& admission = state.quotas[*outbound.quota].admission;
    if (!wanted) {
        admission.unwant(outbound.member, row, prefix);
        return true;
    }
    const bool held = outbound.rib.advertised_at(row) != route::kNoAttributes;
    return admission.want(outbound.member, row, prefix, priority_of(state.peer(id).plan, prefix),
                          held ? peering::Held::Yes : peering::Held::No);
}

void give_back_places(State& state, SessionId id) {
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        auto& outbound = outbound_of(state, id, family);
        if (outbound.quota)
            state.quotas[*outbound.quota].admission.leave(outbound.member, prefixes_of(state, family));
    }
}

peering::PrefixOf prefixes_of(const State& state, Family family) {
    return [&table = state.ribs[slot(family)].table()](PrefixId id) { return table.prefix(id); };
}

bool may_decide(const State& state, const Quota& quota) {
    bool anybody = false;
    for (const auto id : quota.members) {
        const auto& peer = state.peer(id);
        if (!established(peer) || defers_selection(state, peer)) continue;
        if (peer.outbound[slot(quota.family)].scan) return false;
        anybody = true;
    }
    return anybody;
}

bool awaits_places(const State& state, SessionId id, Family family) {
    const auto* quota = quota_of(state, id, family);
    return quota != nullptr && quota->limit() != 0 && quota->admission.undecided();
}

void watch_limits(State& state, Instant now) {
    for (auto& quota : state.quotas) {
        if (quota.members.empty() || quota.limit() == 0) continue;
        if (!quota.admission.undecided() && may_decide(state, quota)) {
            const auto wanted = quota.admission.wanted();
            quota.growth.note(now, wanted);
            if (const auto percent = quota.gauge.crossed(wanted))
                state.emit(LimitWarning{quota.name, wanted, quota.limit(), *percent});
            watch_episode(state, now, quota);
        }
        watch_union(state, now, quota);
    }
}

std::optional<Instant> limits_deadline(const State& state) {
    std::optional<Instant> deadline;
    for (const auto& quota : state.quotas) deadline = earlier(deadline, quota.look_at_union);
    return deadline;
}

bool withheld_at(const State& state, SessionId id, Family family, PrefixId row) {
    const auto* quota = quota_of(state, id, family);
    return quota != nullptr && established(state.peer(id)) && quota->admission.withheld(row);
}

std::size_t withheld(const State& state, SessionId id, Family family) {
    const auto* quota = quota_of(state, id, family);
    if (quota == nullptr || !established(state.peer(id))) return 0;
    return quota->admission.withheld_of(state.peer(id).outbound[slot(family)].member);
}

void learn_limit(State& state, Instant now, Quota& quota, Instant began, std::optional<std::size_t> told,
                 std::size_t had) {
    // The other link's session, which began before anything was learned: what we say now, it has not been told from the start.
    const bool old_news = quota.learned && began <= quota.learned_at;
    const auto learned = peering::learn(old_news ? std::nullopt : quota.learned, told, had);
    if (old_news && (!told || learned.limit >= quota.learned->limit)) return;
    quota.learned = learned;
    quota.learned_at = now;
    take_effect(state, quota);
    state.emit(LimitLearned{.peering = quota.name,
                            .told = learned.told,
                            .peers_limit = learned.peers_limit,
                            .had = had,
                            .limit = quota.limit()});
}

OrderedRow clear_limits(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    std::string done;
    const auto say = [&](const std::string& what) { done += (done.empty() ? "" : "; ") + what; };
    for (auto& outbound : peer.outbound) {
        if (!outbound.quota) continue;
        auto& quota = state.quotas[*outbound.quota];
        if (const auto learned = std::exchange(quota.learned, std::nullopt)) {
            if (quota.limit() == 0)
                begin_anew(state, quota);
            else
                take_effect(state, quota);
            const auto limit = quota.limit() == 0 ? "no limit" : "the limit is " + std::to_string(quota.limit());
            say("the learned limit " + std::to_string(learned->limit) + " is forgotten, " + limit + " again");
            state.emit(LimitForgotten{quota.name, quota.limit(), "cleared by the operator"});
        }
        if (quota.admission.frozen()) say("the freeze is over");
        quota.admission.thaw();
        if (quota.shut_at) say("the shutdown is over");
        end_shutdown(state, now, quota);
    }
    if (peer.trip_pause.running() && !established(peer) && !is_drilled(state, id)) {
        say("tried again at once");
        peer.session.start(now);
        carry_out(state, now, id);
    }
    peer.trip_pause.over();
    return {peer.plan.name, !done.empty(), done.empty() ? "has nothing to clear" : done};
}

}  // namespace dyad::speaker
