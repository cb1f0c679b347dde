#include "shell/control_answer.hpp"

#include <doctest/doctest.h>

using namespace dyad::shell;
using namespace dyad::speaker;

namespace {

/// A daemon with three routes, a page each.
View three_routes(const Query& query) {
    const auto* ask = std::get_if<AskRoutes>(&query);
    if (!ask) return NotFound{"nothing", {}};
    RouteView route;
    route.prefix = dyad::Prefix::parse("10.0.0.0/8").value();
    RoutesPage page;
    page.routes.push_back(route);
    if (ask->cursor < 2) page.next = ask->cursor + 1;
    return page;
}

struct Collected {
    std::string text;
    int pieces = 0;
    More last = More::No;
};

Collected collect(const Answer& answer) {
    Collected out;
    do {
        const auto piece = answer();
        out.text += piece.text;
        out.last = piece.more;
        ++out.pieces;
    } while (out.last == More::AtOnce);
    return out;
}

std::size_t count(const std::string& text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++found;
    return found;
}

}  // namespace

TEST_CASE("routes come page by page and are one JSON array in the end") {
    const Operations operations{.ask = three_routes};
    const auto all = collect(answer_to(Query{AskRoutes{}}, operations, Rights::Look));
    CHECK(all.pieces == 3);
    CHECK(all.text.starts_with("[\n{"));
    CHECK(all.text.ends_with("}\n]\n"));
    CHECK(count(all.text, "},\n{\"prefix\"") == 2);
}

TEST_CASE("no routes are an empty array") {
    const Operations operations{.ask = [](const Query&) { return View{RoutesPage{}}; }};
    CHECK(collect(answer_to(Query{AskRoutes{}}, operations, Rights::Look)).text == "[]\n");
}

TEST_CASE("a session that is not there is an error, not an empty answer") {
    const Operations operations{.ask = [](const Query&) { return View{NotFound{"no session x", {"a"}}}; }};
    CHECK(collect(answer_to(Query{AskSession{"x"}}, operations, Rights::Look)).text ==
          "{\"error\":\"no session x\",\"known\":[\"a\"]}\n");
}

TEST_CASE("only who may change reloads") {
    int reloads = 0;
    Operations operations{.ask = three_routes};
    operations.reload = [&] {
        ++reloads;
        return std::string{"{}"};
    };
    CHECK(collect(answer_to(AskReload{}, operations, Rights::Look)).text.starts_with("{\"error\":"));
    CHECK(reloads == 0);
    CHECK(collect(answer_to(AskReload{}, operations, Rights::Change)).text == "{}\n");
    CHECK(reloads == 1);
}

TEST_CASE("only who may change gives orders") {
    std::string ordered;
    Operations operations{.ask = three_routes};
    operations.order = [&](const Order& order) {
        ordered = order.name;
        return std::string{"{}"};
    };
    const Order order{Order::What::Reset, "a", ""};
    CHECK(collect(answer_to(order, operations, Rights::Look)).text.starts_with("{\"error\":"));
    CHECK(ordered.empty());
    CHECK(collect(answer_to(order, operations, Rights::Change)).text == "{}\n");
    CHECK(ordered == "a");
}

TEST_CASE("a follower gets what there is, waits, and gets what comes") {
    Journal journal;
    journal.note(EventLevel::Debug, "one");
    const Operations operations{.ask = three_routes, .journal = &journal};
    const auto answer = answer_to(AskEvents{.follow = true, .since = {}}, operations, Rights::Look);
    CHECK(collect(answer).last == More::Later);
    journal.note(EventLevel::Debug, "two");
    const auto more = collect(answer);
    CHECK(count(more.text, "\n") == 1);
    CHECK(count(more.text, "two") == 1);
}

TEST_CASE("the journal keeps the last entries and numbers go on") {
    Journal journal;
    for (std::size_t i = 0; i < kMaxEntries + 5; ++i) journal.note(EventLevel::Debug, std::to_string(i));
    CHECK(journal.end() - journal.begin() == kMaxEntries);
    CHECK(journal.begin() == 5);
    CHECK(std::get<Note>(journal.at(5).what).text == "5");
}
