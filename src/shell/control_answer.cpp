#include "shell/control_answer.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <vector>

#include "dyad/base/overloaded.hpp"
#include "shell/event_words.hpp"
#include "shell/view_json.hpp"

namespace dyad::shell {

namespace {

using namespace speaker;
namespace json = boost::json;

Answer once(std::string line) {
    return [line = std::move(line)] { return Piece{line + "\n", More::No}; };
}

/// One view on one line; routes have pages and come elsewhere.
std::string line_of(const View& view) {
    return std::visit(Overloaded{[](const RoutesPage&) { return json::serialize(error_json("routes in one line")); },
                                 [](const auto& known) { return json::serialize(to_json(known)); }},
                      view);
}

/// An array, an element a line, so that readers need not hold all of it: "[\n", rows with ",\n" between them, "\n]\n".
class ArrayLines {
public:
    void add(std::string& out, const json::object& element) {
        out += first_ ? "[\n" : ",\n";
        first_ = false;
        out += json::serialize(element);
    }
    void close(std::string& out) const { out += first_ ? "[]\n" : "\n]\n"; }

private:
    bool first_ = true;
};

struct RoutesAnswer {
    AskRoutes ask;
    const Operations* operations;
    ArrayLines lines{};

    Piece operator()() {
        const View view = operations->ask(ask);
        const auto* page = std::get_if<RoutesPage>(&view);
        if (!page) return {line_of(view) + "\n", More::No};
        Piece piece{.text = {}, .more = page->next ? More::AtOnce : More::No};
        for (const auto& route : page->routes) lines.add(piece.text, to_json(route));
        if (page->next) {
            ask.cursor = *page->next;
        } else {
            lines.close(piece.text);
        }
        return piece;
    }
};

/// All peerings or all sessions: one view a turn.
struct ListAnswer {
    std::vector<Query> queries;
    const Operations* operations;
    std::size_t next = 0;
    ArrayLines lines{};

    Piece operator()() {
        Piece piece;
        if (next < queries.size()) {
            const View view = operations->ask(queries[next++]);
            if (const auto* peering = std::get_if<PeeringView>(&view)) lines.add(piece.text, to_json(*peering));
            if (const auto* session = std::get_if<SessionView>(&view)) lines.add(piece.text, to_json(*session));
        }
        piece.more = next < queries.size() ? More::AtOnce : More::No;
        if (piece.more == More::No) lines.close(piece.text);
        return piece;
    }
};

struct EventsAnswer {
    const Journal* journal;
    std::uint64_t next;
    More at_end;

    Piece operator()() {
        Piece piece;
        next = std::max(next, journal->begin());
        const auto end = std::min(journal->end(), next + kRowsPerPage);
        for (; next < end; ++next) piece.text += entry_json(journal->at(next)) + "\n";
        piece.more = next < journal->end() ? More::AtOnce : at_end;
        return piece;
    }
};

Answer all(const Operations& operations, const std::function<void(const SummaryView&, std::vector<Query>&)>& list) {
    const View view = operations.ask(AskSummary{});
    std::vector<Query> queries;
    if (const auto* summary = std::get_if<SummaryView>(&view)) list(*summary, queries);
    return ListAnswer{std::move(queries), &operations};
}

Answer all_peerings(const Operations& operations) {
    return all(operations, [](const SummaryView& summary, std::vector<Query>& out) {
        for (const auto& circuit : summary.circuits) {
            for (const auto& peering : circuit.peerings) out.push_back(AskPeering{peering.name});
        }
    });
}

Answer all_sessions(const Operations& operations) {
    return all(operations, [](const SummaryView& summary, std::vector<Query>& out) {
        for (const auto& circuit : summary.circuits) {
            for (const auto& peering : circuit.peerings) {
                for (const auto& link : peering.links) out.push_back(AskSession{link.session});
            }
        }
        for (const auto& neighbor : summary.neighbors) out.push_back(AskSession{neighbor.session.session});
    });
}

Seen seen(const Operations& operations) { return operations.look ? operations.look() : Seen{}; }

Answer answer_query(const Query& query, const Operations& operations) {
    if (const auto* ask = std::get_if<AskRoutes>(&query)) {
        RoutesAnswer routes{*ask, &operations};
        routes.ask.max_rows = kRowsPerPage;
        return routes;
    }
    if (const auto* ask = std::get_if<AskDoctor>(&query))
        return once(line_of(operations.ask(AskDoctor{ask->name, seen(operations)})));
    if (std::holds_alternative<AskArp>(query)) return once(line_of(operations.ask(AskArp{seen(operations)})));
    if (const auto* ask = std::get_if<AskPeering>(&query); ask && ask->name.empty()) return all_peerings(operations);
    if (const auto* ask = std::get_if<AskSession>(&query); ask && ask->name.empty()) return all_sessions(operations);
    return once(line_of(operations.ask(query)));
}

Answer answer_events(const AskEvents& ask, const Journal& journal) {
    std::uint64_t first = journal.begin();
    if (ask.since) {
        const auto oldest = journal.now() - *ask.since;
        while (first < journal.end() && journal.at(first).time < oldest) ++first;
    }
    return EventsAnswer{&journal, first, ask.follow ? More::Later : More::No};
}

Answer not_yours() { return refusal("only root and the group `control.writers` may do that"); }

}  // namespace

Answer refusal(std::string_view what) { return once(json::serialize(error_json(what))); }

Answer answer_to(const ControlRequest& request, const Operations& operations, Rights rights) {
    return std::visit(
        Overloaded{
            [&](const Query& query) { return answer_query(query, operations); },
            [&](const AskConfig&) { return once(operations.config_json()); },
            [&](const AskEvents& ask) { return answer_events(ask, *operations.journal); },
            [&](const AskReload&) { return rights == Rights::Change ? once(operations.reload()) : not_yours(); },
            [&](const Order& order) { return rights == Rights::Change ? once(operations.order(order)) : not_yours(); },
        },
        request);
}

}  // namespace dyad::shell
