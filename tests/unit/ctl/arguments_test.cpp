#include "ctl/arguments.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace dyad::ctl;

namespace {

Invocation understood(std::vector<std::string> words) {
    const auto parsed = parse_arguments(std::move(words));
    const auto* message = std::get_if<Message>(&parsed);
    if (message) FAIL(message->text);
    return std::get<Invocation>(parsed);
}

Message refused(std::vector<std::string> words) {
    const auto parsed = parse_arguments(std::move(words));
    REQUIRE(std::holds_alternative<Message>(parsed));
    return std::get<Message>(parsed);
}

bool says(const Message& message, std::string_view part) { return message.text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("every word may be abbreviated while it is unique") {
    CHECK(understood({"sh", "su"}).verb == VerbId::ShowSummary);
    CHECK(understood({"sh", "se", "er-ams/private/primary"}).verb == VerbId::ShowSession);
    CHECK(understood({"w", "10.0.0.1"}).verb == VerbId::Why);
}

TEST_CASE("an abbreviation that could be two words names both") {
    const auto message = refused({"show", "s"});
    CHECK(says(message, "summary, session"));
    CHECK(message.exit_code == 2);
}

TEST_CASE("show alone is the summary") { CHECK(understood({"show"}).verb == VerbId::ShowSummary); }

TEST_CASE("JSON can be asked for in four ways") {
    CHECK(understood({"show", "fib", "--json"}).json);
    CHECK(understood({"-j", "show", "fib"}).json);
    CHECK(understood({"show", "fib", "json"}).json);
    CHECK(understood({"show", "fib", "|", "json"}).json);
    CHECK_FALSE(understood({"show", "fib"}).json);
}

TEST_CASE("one word with blanks is split: tools pass a command as one string") {
    CHECK(understood({"show routes 10.0.0.0/8 --longer"}).has("--longer"));
}

TEST_CASE("an unknown word gets a suggestion") {
    CHECK(says(refused({"shwo"}), "did you mean `show`?"));
    CHECK(says(refused({"show", "sesion"}), "did you mean `session`?"));
    CHECK(says(refused({"show", "xyzzy"}), "known: summary"));
    CHECK(says(refused({"show", "routes", "--recieved", "x"}), "did you mean `--received`?"));
}

TEST_CASE("a question mark lists what may follow and is no mistake") {
    const auto top = refused({"?"});
    CHECK(top.exit_code == 0);
    CHECK(says(top, "show"));
    const auto below = refused({"show", "?"});
    CHECK(says(below, "peering"));
    CHECK_FALSE(says(below, "reload"));
    CHECK(says(refused({"show", "routes", "?"}), "--withheld NAME"));
    CHECK(says(refused({"show", "routes", "10.0.0.0/8", "?"}), "--longer"));
}

TEST_CASE("options may stand before and behind arguments, and be abbreviated") {
    const auto routes = understood({"show", "routes", "--rec", "er-ams/private/primary", "10.0.0.0/8"});
    CHECK(routes.value("--received") == "er-ams/private/primary");
    CHECK(routes.arguments == std::vector<std::string>{"10.0.0.0/8"});
    CHECK(understood({"events", "-f"}).has("--follow"));
}

TEST_CASE("too much, too little and unknown options are usage errors") {
    CHECK(says(refused({"why"}), "PREFIX|ADDRESS is missing"));
    CHECK(says(refused({"show", "fib", "x"}), "`x` is too much"));
    CHECK(says(refused({"reload", "--now"}), "`reload` has no option `--now`"));
    CHECK(says(refused({"events", "--since"}), "--since wants T"));
    CHECK(refused({}).exit_code == 2);
}

TEST_CASE("a reset takes a name and words for the neighbour, a refresh a name") {
    const auto reset = understood({"reset", "er-ams/private/primary", "--message", "card swap"});
    CHECK(reset.verb == VerbId::Reset);
    CHECK(reset.arguments == std::vector<std::string>{"er-ams/private/primary"});
    CHECK(reset.value("--message") == "card swap");
    CHECK(understood({"ref", "edge2"}).verb == VerbId::Refresh);
    CHECK(says(refused({"reset"}), "NAME is missing"));
    CHECK(says(refused({"refresh", "a", "b"}), "`b` is too much"));
    CHECK(says(refused({"re", "a"}), "`re` could be"));
}

TEST_CASE("help is help, at the top and of a verb") {
    CHECK(refused({"--help"}).exit_code == 0);
    const auto message = refused({"show", "routes", "--help"});
    CHECK(message.exit_code == 0);
    CHECK(says(message, "usage: dyad show routes [PREFIX]"));
}

TEST_CASE("the first word says which part of the program is meant") {
    CHECK(leading_verb("run") == VerbId::Run);
    CHECK(leading_verb("dem") == VerbId::Demo);
    CHECK(leading_verb("m") == VerbId::Msee);
    CHECK_FALSE(leading_verb("r").has_value());
    CHECK_FALSE(leading_verb("").has_value());
}

TEST_CASE("no two verbs have the same words, and each has its help") {
    std::set<std::string_view> words;
    for (const auto& verb : verbs()) {
        CHECK(words.insert(verb.words).second);
        CHECK_FALSE(verb.help.empty());
    }
}
