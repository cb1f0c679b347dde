#include <algorithm>
#include <chrono>

#include "speaker/advertise.hpp"
#include "speaker/backup.hpp"
#include "speaker/query.hpp"

namespace dyad::speaker {
namespace {

struct Subject {
    Family family;
    PrefixId row;
};

/// The row that answers: the prefix itself, or the longest that has a route for the address (or covers the prefix).
std::optional<Subject> find_subject(const State& state, const std::string& text) {
    const auto prefix = Prefix::parse(text);
    const auto address = Address::parse(text);
    if (!prefix && !address) return std::nullopt;
    const auto family = prefix ? prefix->family() : address->family();
    const auto& rib = state.ribs[slot(family)];
    const auto candidates = prefix ? rib.table().covering(*prefix) : rib.table().matches(*address);
    for (const auto row : candidates)
        if (rib.loc_route(row).attributes != route::kNoAttributes) return Subject{family, row};
    for (const auto row : candidates)
        if (!rib.explain(row, state.neighbours, state.pool).empty()) return Subject{family, row};
    return std::nullopt;
}

/// For --sent the prefix itself counts, though nobody told us of it: we may originate it.
std::optional<Subject> find_exact(const State& state, const std::string& text) {
    const auto prefix = Prefix::parse(text);
    if (!prefix) return std::nullopt;
    const auto row = state.ribs[slot(prefix->family())].table().find(*prefix);
    if (!row) return std::nullopt;
    return Subject{prefix->family(), *row};
}

std::string sessions_of(const std::vector<NextHopView>& hops) {
    std::string text;
    for (const auto& hop : hops) text += (text.empty() ? "" : " and ") + hop.session;
    return text;
}

WhyStage received_stage(const State& state, const rib::Explained& path) {
    const auto& plan = state.peer(path.session).plan;
    if (!plan.speaks())
        return {
            .stage = "received",
            .session = plan.name,
            .passed = true,
            .sentence = "the way round by " + plan.peer.to_string() +
                        (plan.way_round->prefixes ? ", listed"
                                                  : ", as the links of " + plan.way_round->peering + " told it last"),
            .configuration_key = "backup",
            .configuration_line = plan.places.accept.line};
    const auto attributes = state.pool.attributes(path.attributes);
    return {.stage = "received",
            .session = state.peer(path.session).plan.name,
            .passed = true,
            .sentence = "from " + state.peer(path.session).plan.peer.to_string() + ", path " +
                        (attributes.as_path.segments.empty() ? "(empty)" : attributes.as_path.to_string())};
}

WhyStage accepted_stage(const State& state, const rib::Explained& path) {
    const auto& plan = state.peer(path.session).plan;
    return {.stage = "accepted",
            .session = plan.name,
            .passed = path.verdict.accepted(),
            .sentence = std::string{policy::sentence(path.verdict.stage)},
            .configuration_key = std::string{policy::configuration_key(path.verdict.stage)},
            .configuration_line = plan.places.accept.line};
}

WhyStage chosen_stage(const State& state, const rib::Explained& path) {
    const auto& facts = state.pool.facts(path.attributes);
    const auto med = facts.med ? std::to_string(*facts.med) : "none";
    const auto standing = "preference " + std::to_string(path.verdict.local_preference) + ", path length " +
                          std::to_string(facts.as_path_length) + ", origin " + wire::to_string(facts.origin) +
                          ", MED " + med;
    const bool used = path.best || path.multipath;
    return {.stage = "chosen",
            .session = state.peer(path.session).plan.name,
            .passed = used,
            .sentence = used ? standing + (path.best ? ": best" : ": equal to the best, multipath")
                             : standing + ": " + std::string{rib::sentence(path.lost_at)}};
}

/// As iproute2 names it.
std::string table_name(std::uint32_t table) { return table == 254 ? "main" : std::to_string(table); }

/// Its words, and when it is asked again.
std::string refused_sentence(const State& state, Instant now, const Subject& subject) {
    const auto refused = state.fib.refused(subject.family, subject.row);
    if (!refused) return "the kernel refused it; tried again (dyad events says what it answered)";
    const auto wait = std::chrono::ceil<std::chrono::seconds>(std::max(Duration{0}, refused->again_at - now));
    const auto again = "; looked at again in " + std::to_string(wait.count()) + " s";
    if (refused->conflict) return "not in effect: " + refused_words(*refused) + again;
    return "the kernel refuses it: " + refused_words(*refused) + ", " + std::to_string(refused->times) +
           (refused->times == 1 ? " time" : " times in a row") + again;
}

WhyStage kernel_stage(const State& state, Instant now, const Subject& subject) {
    const auto word = fib_word(state, subject.family, subject.row);
    WhyStage stage{.stage = "kernel", .session = "", .passed = word == "installed", .sentence = {}};
    if (!state.config.fib.enabled)
        stage.sentence = "not written: [fib] enabled = false";
    else if (word == "installed")
        stage.sentence =
            "in table " + table_name(state.config.fib.table) + ", metric " +
            std::to_string(state.fib.only_reserve(subject.family, subject.row) ? state.config.backup_metric()
                                                                               : state.config.fib.metric) +
            ", acknowledged";
    else if (word == "failed")
        stage.sentence = refused_sentence(state, now, subject);
    else
        stage.sentence = word == "pending" ? "the request is under way" : "not wanted: no route was chosen";
    stage.configuration_key = state.config.fib.enabled ? "" : "fib.enabled";
    return stage;
}

/// What it would go by if its paths were lost; and that it is a longer prefix than a link's.
void add_backup_stages(const State& state, const Subject& subject, std::vector<WhyStage>& stages) {
    const auto& rib = state.ribs[slot(subject.family)];
    const auto loc = rib.loc_route(subject.row);
    if (loc.attributes == route::kNoAttributes) return;
    const bool stands_in = state.peer(loc.best).plan.backup;
    if (const auto shorter = stands_in ? overruled_by_length(state, subject.family, subject.row) : std::nullopt)
        stages.push_back({.stage = "longest_match",
                          .session = state.peer(loc.best).plan.name,
                          .passed = true,
                          .sentence = "it is longer than " + rib.table().prefix(*shorter).to_string() + " of " +
                                      state.peer(rib.loc_route(*shorter).best).plan.name +
                                      ", so it is used though that link is there"});
    if (state.peer(loc.best).plan.ordered)
        for (const auto session : rib.path_sets().fallback(loc.paths))
            stages.push_back(
                {.stage = "backup",
                 .session = state.peer(session).plan.name,
                 .passed = true,
                 .sentence = "takes over when the preferred link is lost: it stands by in the kernel's group"});
    const auto reserve = rib.path_sets().reserve(loc.paths);
    if (stands_in || std::ranges::equal(reserve, rib.path_sets().members(loc.paths))) return;
    for (const auto session : reserve)
        stages.push_back({.stage = "backup",
                          .session = state.peer(session).plan.name,
                          .passed = true,
                          .sentence = "takes over when all of these are lost: in the kernel with metric " +
                                      std::to_string(state.config.backup_metric()) + " behind it"});
}

WhyStage advertised_stage(const State& state, SessionId id, const Subject& subject) {
    const auto stage = judge_for(state, id, subject.family, subject.row);
    return {.stage = "advertised",
            .session = state.peer(id).plan.name,
            .passed = stage == policy::ExportStage::Sent,
            .sentence = std::string{policy::sentence(stage)},
            .configuration_key = std::string{policy::configuration_key(stage)},
            .configuration_line = state.peer(id).plan.places.advertise.line};
}

WhyView unknown(const State& state, Instant now, const AskWhy& ask) {
    WhyView view;
    view.asked = ask.subject;
    const bool readable = Prefix::parse(ask.subject) || Address::parse(ask.subject);
    view.verdict = readable ? ask.subject + " has no route: no neighbour has told of a prefix that holds it"
                            : ask.subject + " is neither an address nor a prefix";
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& peer = state.peers[i];
        if (readable && !peer.removed && peer.plan.speaks() && peer.session.state() != session::State::Established)
            view.stages.push_back(
                {.stage = "received",
                 .session = peer.plan.name,
                 .passed = false,
                 .sentence = "the session is not Established: " + session_row(state, now, SessionId{i}).reason});
    }
    return view;
}

WhyView why_sent(const State& state, const AskWhy& ask, SessionId to) {
    auto subject = find_exact(state, ask.subject);
    if (!subject) subject = find_subject(state, ask.subject);
    WhyView view;
    view.asked = ask.subject;
    if (!subject) {
        view.verdict = ask.subject + " is not advertised to " + ask.sent_to;
        view.stages.push_back(
            {.stage = "advertised",
             .session = ask.sent_to,
             .passed = false,
             .sentence = std::string{policy::sentence(policy::ExportStage::NotListed)},
             .configuration_key = std::string{policy::configuration_key(policy::ExportStage::NotListed)},
             .configuration_line = state.peer(to).plan.places.advertise.line});
        return view;
    }
    view.prefix = state.ribs[slot(subject->family)].table().prefix(subject->row);
    view.stages.push_back(advertised_stage(state, to, *subject));
    const bool sent = view.stages.front().passed;
    view.verdict = view.prefix->to_string() + (sent ? " is advertised to " : " is not advertised to ") + ask.sent_to;
    return view;
}

}  // namespace

View why(const State& state, Instant now, const AskWhy& ask) {
    if (!ask.sent_to.empty()) {
        const auto to = state.find_session(ask.sent_to);
        if (!to) return NotFound{"there is no session " + ask.sent_to, session_names(state)};
        return why_sent(state, ask, *to);
    }
    const auto subject = find_subject(state, ask.subject);
    if (!subject) return unknown(state, now, ask);
    const auto& rib = state.ribs[slot(subject->family)];
    WhyView view;
    view.asked = ask.subject;
    view.prefix = rib.table().prefix(subject->row);
    view.next_hops = next_hops(state, subject->family, rib.loc_route(subject->row).paths);
    for (const auto& path : rib.explain(subject->row, state.neighbours, state.pool)) {
        view.stages.push_back(received_stage(state, path));
        view.stages.push_back(accepted_stage(state, path));
        if (path.verdict.accepted()) view.stages.push_back(chosen_stage(state, path));
    }
    add_backup_stages(state, *subject, view.stages);
    view.stages.push_back(kernel_stage(state, now, *subject));
    for (std::uint32_t i = 0; i < state.peers.size(); ++i)
        if (!state.peers[i].removed && !state.peers[i].plan.exporting.pass_on.empty())
            view.stages.push_back(advertised_stage(state, SessionId{i}, *subject));
    view.verdict = view.next_hops.empty()
                       ? ask.subject + " goes nowhere: " + view.prefix->to_string() + " has no usable route"
                       : ask.subject + " goes over " + sessions_of(view.next_hops) + ", by " + view.prefix->to_string();
    return view;
}

}  // namespace dyad::speaker
