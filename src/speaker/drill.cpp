#include "speaker/drill.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "speaker/connections.hpp"
#include "speaker/kernel.hpp"
#include "speaker/links.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

/// Prefixes looked for in one turn: about a millisecond.
constexpr std::size_t kLookRows = 8192;
/// The other link's routes may change while one is away.
constexpr Duration kLookEvery = std::chrono::seconds{10};
/// What the kernel has not taken by then is told as missing.
constexpr Duration kMovePatience = std::chrono::seconds{10};
/// A peer that was shut by order is back within its connect retry time, two minutes by RFC 4271; its table takes seconds.
constexpr Duration kReturnPatience = std::chrono::minutes{5};
/// Prefixes an answer names.
constexpr std::size_t kNamedMissing = 5;
/// Reports kept: a year of monthly drills of one link, or a day of trials.
constexpr std::size_t kReports = 16;

bool peer_is_up(const Peer& peer) { return peer.session.state() == session::State::Established; }

std::string span_words(Duration span) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(span).count();
    if (seconds >= 3600 && seconds % 3600 == 0) return std::to_string(seconds / 3600) + "h";
    if (seconds >= 60 && seconds % 60 == 0) return std::to_string(seconds / 60) + "m";
    return std::to_string(seconds) + "s";
}

// ---- what may be rehearsed ---------------------------------------------------------------------------------------------

/// Prefixes that would be lost: no other path of them may be used. The count, and the first of them by name.
std::string lost_words(const State& state, SessionId id) {
    std::size_t count = 0;
    std::string names;
    for (const auto& rib : state.ribs)
        for (std::uint32_t row = 0; row < rib.table().size(); ++row) {
            if (!rib.is_only_path(id, PrefixId{row})) continue;
            if (++count <= kNamedMissing)
                names += (count == 1 ? "" : ", ") + rib.table().prefix(PrefixId{row}).to_string();
        }
    if (count == 0) return "";
    return std::to_string(count) + (count == 1 ? " prefix comes" : " prefixes come") + " by it alone: " + names +
           (count > kNamedMissing ? " …" : "");
}

/// Prefixes that its peer holds of us, and the other link's does not: Azure could not send to them.
std::string unreachable_words(const State& state, SessionId id, SessionId other) {
    std::size_t count = 0;
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        const auto& here = state.peer(id).outbound[slot(family)].rib;
        const auto& there = state.peer(other).outbound[slot(family)].rib;
        count += rib::AdjRibOut::together(here, there) - there.advertised();
    }
    if (count == 0) return "";
    return std::to_string(count) + (count == 1 ? " prefix is" : " prefixes are") + " advertised by it alone";
}

/// "" where the session can be shut.
std::string hindrance(const State& state, SessionId id, bool force) {
    const auto other = other_link(state, id);
    if (!other) return "its peering has no other link here";
    if (auto trouble = link_trouble(state, *other); !trouble.empty()) return trouble;
    if (force) return "";
    auto loss = lost_words(state, id);
    if (loss.empty()) loss = unreachable_words(state, id, *other);
    return loss.empty() ? "" : loss + "; --force shuts it all the same";
}

/// Those of the link's that are up: one that is not has nothing to rehearse.
std::vector<SessionId> up_of(const State& state, const std::vector<SessionId>& ids) {
    std::vector<SessionId> up;
    std::ranges::copy_if(ids, std::back_inserter(up), [&](SessionId id) { return peer_is_up(state.peer(id)); });
    return up;
}

std::vector<OrderedRow> refusals(const State& state, const std::vector<SessionId>& up, const Order& order) {
    std::vector<OrderedRow> rows;
    for (const auto id : up)
        if (const auto why = hindrance(state, id, order.force); !why.empty())
            rows.push_back({state.peer(id).plan.name, false, "stays up: " + why});
    return rows;
}

// ---- begin and end -----------------------------------------------------------------------------------------------------

session::Reason reason_of(const Drill& drill) {
    return {.cause = session::Cause::AdministrativelyDown,
            .detail = "a drill, for " + span_words(drill.until - drill.since) + "; `dyad drill --end` ends it"};
}

std::vector<Drill::Prefix> accepted_over(const State& state, SessionId id) {
    std::vector<Drill::Prefix> prefixes;
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        const auto& rib = state.ribs[slot(family)];
        for (std::uint32_t row = 0; row < rib.table().size(); ++row)
            if (rib.accepts(id, PrefixId{row})) prefixes.push_back({family, PrefixId{row}});
    }
    return prefixes;
}

OrderedRow shut(State& state, Instant now, SessionId id, const std::string& text) {
    auto& peer = state.peer(id);
    peer.session.stop(now, wire::cease(wire::subcode::kAdministrativeShutdown, text), reason_of(*state.drill));
    carry_out(state, now, id);
    let_go(state, now, id, "a drill");
    return {peer.plan.name, true, "is shut: Cease/Administrative Shutdown was sent"};
}

std::vector<OrderedRow> begin(State& state, Instant now, const std::vector<SessionId>& up, const Order& order) {
    const auto span = std::clamp(order.span.value_or(kUsualDrill), std::chrono::seconds{1}, kLongestDrill);
    state.drill = Drill{.name = link_name(state.peer(up.front()).plan), .since = now, .until = now + span};
    auto& drill = *state.drill;
    for (const auto id : up) {
        drill.sessions.push_back(id);
        drill.others.push_back(*other_link(state, id));
        const auto prefixes = accepted_over(state, id);
        drill.prefixes.insert(drill.prefixes.end(), prefixes.begin(), prefixes.end());
    }
    drill.look_at = now + kMovePatience;
    state.emit(DrillBegan{drill.name, drill.prefixes.size(), span});
    const auto text = order.text.empty() ? "drill of this link, back in " + span_words(span) : order.text;
    std::vector<OrderedRow> rows;
    for (const auto id : up) rows.push_back(shut(state, now, id, text));
    return rows;
}

void end(State& state, Instant now, std::string why) {
    auto& drill = *state.drill;
    drill.phase = Drill::Phase::Returning;
    drill.ended = now;
    drill.why_ended = std::move(why);
    drill.looking.reset();
    drill.look_at = now + kReturnPatience;
    for (const auto id : drill.sessions) {
        // As at a start: by what its link is now.
        state.peer(id).link = LinkState::Unknown;
        if (!state.peer(id).removed && state.discovery == State::Discovery::Known) follow_link(state, now, id);
    }
}

void abort(State& state, Instant now, const std::string& why) {
    state.drill->aborted = true;
    state.emit(DrillAborted{state.drill->name, why});
    end(state, now, why);
}

// ---- while it runs -----------------------------------------------------------------------------------------------------

bool in_groups(const State& state, const std::vector<SessionId>& sessions) {
    return std::ranges::any_of(state.fib.groups(), [&](const fib::GroupView& group) {
        return group.routes > 0 &&
               std::ranges::any_of(group.members, [&](SessionId member) { return contains(sessions, member); });
    });
}

bool all_written(const State& state) {
    return state.ribs[0].settled() && state.ribs[1].settled() && state.fib.totals().pending == 0;
}

void look_for(const State& state, Drill& drill, const Drill::Prefix& prefix) {
    auto& look = *drill.looking;
    const auto& rib = state.ribs[slot(prefix.family)];
    const auto route = rib.loc_route(prefix.row);
    const bool in_kernel = !state.config.fib.enabled ||
                           state.fib.row_state(prefix.family, prefix.row) == fib::RowState::Installed ||
                           state.fib.only_reserve(prefix.family, prefix.row);
    if (route.attributes != route::kNoAttributes && !contains(drill.sessions, route.best) && in_kernel) {
        ++(contains(drill.others, route.best) ? look.by_other : look.elsewhere);
        return;
    }
    ++look.missing;
    if (look.first_missing.size() < kNamedMissing) look.first_missing.push_back(rib.table().prefix(prefix.row));
}

/// Some prefixes on. True where there are more.
bool look_on(const State& state, Drill& drill) {
    auto& look = *drill.looking;
    const auto stop = std::min(look.next + kLookRows, drill.prefixes.size());
    for (; look.next < stop; ++look.next) look_for(state, drill, drill.prefixes[look.next]);
    if (look.next < drill.prefixes.size()) return true;
    if (look.missing > drill.most_missing) {
        drill.most_missing = look.missing;
        drill.first_missing = look.first_missing;
    }
    drill.look = std::move(look);
    drill.looking.reset();
    return false;
}

bool leave(State& state, Instant now, Drill& drill) {
    if (!drill.off_link && !in_groups(state, drill.sessions)) drill.off_link = now;
    if (!drill.looking) {
        if (!(drill.off_link && all_written(state)) && now < *drill.look_at) return false;
        drill.looking.emplace();
    }
    if (look_on(state, drill)) return true;
    drill.verified = now;
    drill.phase = Drill::Phase::Away;
    drill.look_at = now + kLookEvery;
    return false;
}

bool stay_away(State& state, Instant now, Drill& drill) {
    if (!drill.looking && now >= *drill.look_at) drill.looking.emplace();
    if (!drill.looking) return false;
    if (look_on(state, drill)) return true;
    drill.look_at = now + kLookEvery;
    return false;
}

/// Why the link is not to be away any longer; "" for none.
std::string trouble(const State& state, const Drill& drill) {
    if (state.shutting_down) return "we are shutting down";
    for (const auto id : drill.sessions)
        if (state.peer(id).removed || !state.peer(id).plan.enabled)
            return state.peer(id).plan.name + " is no longer configured";
    for (const auto id : drill.others)
        if (auto why = link_trouble(state, id); !why.empty()) return why;
    return "";
}

// ---- the return --------------------------------------------------------------------------------------------------------

bool table_is_in(const Peer& peer) {
    const auto* negotiated = peer.session.negotiated();
    return negotiated &&
           std::ranges::all_of(negotiated->families, [&](Family family) { return peer.table_received[slot(family)]; });
}

/// Whose traffic is led elsewhere, by `prefer` or by a drain, is back when its table is.
bool carries_again(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    if (!state.config.fib.enabled || peer.drain || state.ribs[0].counts(id).best + state.ribs[1].counts(id).best == 0)
        return true;
    return in_groups(state, {id});
}

std::string_view outcome_of(const Drill& drill) {
    if (drill.aborted) return "aborted";
    if (!drill.whole) return "not_back";
    if (!drill.verified) return "unverified";
    return drill.most_missing > 0 ? "failed" : "passed";
}

std::string_view word_of(Drill::Phase phase) {
    switch (phase) {
        case Drill::Phase::Leaving:
        case Drill::Phase::Away:
            return "running";
        case Drill::Phase::Returning:
            return "returning";
        case Drill::Phase::Over:
            return "over";
    }
    return "";
}

double in_seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

DrillView view_of(const State& state, const Drill& drill, Instant now) {
    DrillView view{.link = drill.name};
    for (const auto id : drill.sessions) view.sessions.push_back(state.peer(id).plan.name);
    for (const auto id : drill.others) view.others.push_back(state.peer(id).plan.name);
    view.state = word_of(drill.phase);
    if (drill.phase == Drill::Phase::Over) view.outcome = outcome_of(drill);
    view.reason = drill.why_ended;
    view.planned_seconds = in_seconds(drill.until - drill.since);
    view.began_seconds_ago = in_seconds(now - drill.since);
    if (!drill.ended && drill.until > now) view.remaining_seconds = in_seconds(drill.until - now);
    view.prefixes = drill.prefixes.size();
    view.by_other = drill.look.by_other;
    view.elsewhere = drill.look.elsewhere;
    view.missing = drill.look.missing;
    view.most_missing = drill.most_missing;
    for (const auto& prefix : drill.first_missing) view.first_missing.push_back(prefix.to_string());
    const auto after = [](const std::optional<Instant>& at, Instant from) {
        return at ? std::optional{in_seconds(*at - from)} : std::nullopt;
    };
    view.off_link_seconds = after(drill.off_link, drill.since);
    view.verified_seconds = after(drill.verified, drill.since);
    view.shut_seconds = after(drill.ended, drill.since);
    if (drill.ended) {
        view.established_seconds = after(drill.established, *drill.ended);
        view.whole_seconds = after(drill.whole, *drill.ended);
    }
    for (const auto id : drill.sessions)
        view.prefixes_after += state.ribs[0].counts(id).accepted + state.ribs[1].counts(id).accepted;
    return view;
}

void finish(State& state, Instant now) {
    auto& drill = *state.drill;
    drill.phase = Drill::Phase::Over;
    auto view = view_of(state, drill, now);
    state.emit(DrillOver{.session = drill.name,
                         .outcome = view.outcome,
                         .reason = drill.why_ended,
                         .shut = *drill.ended - drill.since,
                         .back = now - *drill.ended,
                         .prefixes = drill.prefixes.size(),
                         .missing = drill.most_missing,
                         .first = drill.first_missing});
    state.drill_reports.push_back({now, std::move(view)});
    if (state.drill_reports.size() > kReports) state.drill_reports.pop_front();
    state.drill.reset();
}

void come_back(State& state, Instant now, Drill& drill) {
    const auto gone = [&](SessionId id) { return state.peer(id).removed || !state.peer(id).plan.enabled; };
    if (std::ranges::all_of(drill.sessions, gone)) return finish(state, now);
    const auto here = [&](SessionId id) { return gone(id) || peer_is_up(state.peer(id)); };
    if (!drill.established && std::ranges::all_of(drill.sessions, here)) drill.established = now;
    const bool whole =
        drill.established && all_written(state) && std::ranges::all_of(drill.sessions, [&](SessionId id) {
            return gone(id) || (table_is_in(state.peer(id)) && carries_again(state, id));
        });
    if (whole) drill.whole = now;
    if (whole || now >= *drill.look_at) finish(state, now);
}

OrderAnswer end_by_order(State& state, Instant now) {
    OrderView view;
    if (!state.drill) return NotFound{"no drill is running", {}};
    const auto& drill = *state.drill;
    const bool returning = drill.phase == Drill::Phase::Returning;
    for (const auto id : drill.sessions)
        view.sessions.push_back(
            {state.peer(id).plan.name, true, returning ? "is coming back already" : "may come back"});
    if (!returning) end(state, now, "by order");
    return view;
}

}  // namespace

OrderAnswer order_drill(State& state, Instant now, const Order& order) {
    if (order.what == Order::What::DrillEnd) return end_by_order(state, now);
    const auto ids = sessions_of_link(state, order.name);
    if (ids.empty()) return NotFound{"there is no link " + order.name, link_names(state)};
    OrderView view;
    const auto up = up_of(state, ids);
    if (state.drill)
        view.sessions.push_back(
            {state.drill->name, false, "is being drilled already: one at a time, `dyad drill --end` ends it"});
    else if (up.empty())
        view.sessions.push_back({state.peer(ids.front()).plan.name, false, "is not Established: nothing to rehearse"});
    else
        view.sessions = refusals(state, up, order);
    if (view.sessions.empty()) view.sessions = begin(state, now, up, order);
    return view;
}

bool watch_drill(State& state, Instant now) {
    if (!state.drill) return false;
    auto& drill = *state.drill;
    if (drill.phase != Drill::Phase::Returning) {
        if (const auto why = trouble(state, drill); !why.empty())
            abort(state, now, why);
        else if (now >= drill.until)
            end(state, now, "its time was over");
        if (drill.phase == Drill::Phase::Returning) return true;
    }
    switch (drill.phase) {
        case Drill::Phase::Leaving:
            return leave(state, now, drill);
        case Drill::Phase::Away:
            return stay_away(state, now, drill);
        case Drill::Phase::Returning:
            come_back(state, now, drill);
            return false;
        case Drill::Phase::Over:
            return false;
    }
    return false;
}

std::optional<Instant> drill_deadline(const State& state) {
    if (!state.drill) return std::nullopt;
    const auto& drill = *state.drill;
    return drill.phase == Drill::Phase::Returning ? drill.look_at : earlier(drill.until, drill.look_at);
}

bool is_drilled(const State& state, SessionId id) {
    return state.drill && state.drill->phase != Drill::Phase::Returning && contains(state.drill->sessions, id);
}

void keep_drilled(State& state, Instant now, SessionId id) {
    if (!is_drilled(state, id)) return;
    state.peer(id).session.stop(now, wire::cease(wire::subcode::kAdministrativeShutdown), reason_of(*state.drill));
    carry_out(state, now, id);
}

DrillsView drills_view(const State& state, Instant now) {
    DrillsView view;
    for (const auto& [at, report] : state.drill_reports) {
        view.drills.push_back(report);
        view.drills.back().began_seconds_ago += in_seconds(now - at);
    }
    if (state.drill) view.drills.push_back(view_of(state, *state.drill, now));
    return view;
}

}  // namespace dyad::speaker
