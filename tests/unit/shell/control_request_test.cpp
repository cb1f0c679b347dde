#include "shell/control_request.hpp"

#include <doctest/doctest.h>

using namespace dyad::shell;
using namespace dyad::speaker;

namespace {

template <class Ask>
Ask query(std::string_view line) {
    const auto request = parse_request(line);
    if (!request) FAIL(request.error());
    return std::get<Ask>(std::get<Query>(*request));
}

std::string complaint(std::string_view line) {
    const auto request = parse_request(line);
    return request ? "" : request.error();
}

}  // namespace

TEST_CASE("each question has its line") {
    query<AskSummary>(R"({"ask":"summary"})");
    query<AskFib>(R"({"ask":"fib"})");
    CHECK(query<AskPeering>(R"({"ask":"peering","name":"er-ams/private"})").name == "er-ams/private");
    CHECK(query<AskSession>(R"({"ask":"session"})").name.empty());
    const auto why = query<AskWhy>(R"({"ask":"why","subject":"10.0.0.1","sent_to":"x"})");
    CHECK(why.subject == "10.0.0.1");
    CHECK(why.sent_to == "x");
    CHECK(std::holds_alternative<AskReload>(*parse_request(R"({"ask":"reload"})")));
}

TEST_CASE("routes take a filter, a prefix and a community") {
    const auto routes = query<AskRoutes>(
        R"({"ask":"routes","filter":"sent","session":"a","prefix":"10.0.0.0/8","longer":true,"community":"12076:5010"})");
    CHECK(routes.filter == RouteFilter::Sent);
    CHECK(routes.session == "a");
    CHECK(routes.prefix == dyad::Prefix::parse("10.0.0.0/8").value());
    CHECK(routes.longer);
    CHECK(routes.community == "12076:5010");
}

TEST_CASE("an order needs a name, and its words fit RFC 9003") {
    const auto reset = parse_request(R"({"ask":"reset","name":"a","text":"card swap"})");
    REQUIRE(reset.has_value());
    CHECK(std::get<Order>(*reset).what == Order::What::Reset);
    CHECK(std::get<Order>(*reset).name == "a");
    CHECK(std::get<Order>(*reset).text == "card swap");
    CHECK(std::get<Order>(*parse_request(R"({"ask":"refresh","name":"a"})")).what == Order::What::Refresh);
    CHECK(std::get<Order>(*parse_request(R"({"ask":"drain","name":"a","force":true})")).force);
    CHECK(std::get<Order>(*parse_request(R"({"ask":"undrain","name":"a"})")).what == Order::What::Undrain);
    CHECK(complaint(R"({"ask":"undrain","name":"a","force":true})") == "unknown key force");
    const auto drill = std::get<Order>(*parse_request(R"({"ask":"drill","name":"a","seconds":60,"text":"x"})"));
    CHECK(drill.what == Order::What::Drill);
    CHECK(drill.span == std::chrono::seconds{60});
    CHECK(complaint(R"({"ask":"drill","name":"a","seconds":86401})") == "seconds must be 1 to 86400, a day");
    CHECK(complaint(R"({"ask":"drill"})") == "name must be a link");
    CHECK(std::get<Order>(*parse_request(R"({"ask":"drill_end"})")).what == Order::What::DrillEnd);
    CHECK(complaint(R"({"ask":"drain"})") == "name must be a link");
    CHECK(complaint(R"({"ask":"refresh"})") == "name must be a session or a peering");
    CHECK(complaint(R"({"ask":"refresh","name":"a","text":"x"})") == "unknown key text");
    CHECK(complaint(R"({"ask":"reset","name":"a","text":")" + std::string(256, 'x') + R"("})") ==
          "text must be 255 octets at most (RFC 9003)");
}

TEST_CASE("events may reach back and go on") {
    const auto request = parse_request(R"({"ask":"events","follow":true,"since_seconds":3600})");
    REQUIRE(request.has_value());
    const auto& events = std::get<AskEvents>(*request);
    CHECK(events.follow);
    CHECK(events.since == std::chrono::seconds{3600});
}

TEST_CASE("what is not understood is refused with a sentence, never guessed") {
    CHECK(complaint("").find("not JSON") != std::string::npos);
    CHECK(complaint("[]") == "the request must be a JSON object on one line");
    CHECK(complaint("{}").starts_with("ask must be"));
    CHECK(complaint(R"({"ask":"summary","colour":"red"})") == "unknown key colour");
    CHECK(complaint(R"({"ask":"routes","filter":"sent"})") == "session must be given with a filter");
    CHECK(complaint(R"({"ask":"routes","prefix":"10.0.0.1/8"})") == "prefix must be a prefix without host bits");
    CHECK(complaint(R"({"ask":"routes","longer":"yes"})") == "longer must be true or false");
    CHECK(complaint(R"({"ask":"events","since_seconds":-1})") == "since_seconds must be a whole number");
    CHECK(complaint(R"({"ask":"why"})") == "subject must be an address or a prefix");
    CHECK(complaint(R"({"ask":"summary"} trailing)").find("not JSON") != std::string::npos);
    CHECK(complaint(std::string(100, '[')).find("not JSON") != std::string::npos);
    CHECK(complaint(std::string(kMaxRequestOctets + 1, ' ')) == "the request is too long");
}
