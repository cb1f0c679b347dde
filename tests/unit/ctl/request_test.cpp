#include "ctl/request.hpp"

#include <doctest/doctest.h>

using namespace dyad::ctl;

namespace {

std::expected<std::string, std::string> request(std::vector<std::string> words) {
    return request_for(std::get<Invocation>(parse_arguments(std::move(words))));
}

}  // namespace

TEST_CASE("words become one line for the daemon") {
    CHECK(request({"show"}).value() == R"({"ask":"summary"})");
    CHECK(request({"show", "peering", "er-ams/private"}).value() == R"({"ask":"peering","name":"er-ams/private"})");
    CHECK(request({"show", "routes", "10.0.0.0/8", "--longer", "--sent", "x"}).value() ==
          R"({"ask":"routes","filter":"sent","session":"x","prefix":"10.0.0.0/8","longer":true})");
    CHECK(request({"why", "10.0.0.1", "--sent", "x"}).value() == R"({"ask":"why","subject":"10.0.0.1","sent_to":"x"})");
    CHECK(request({"events", "-f", "--since", "2h"}).value() ==
          R"({"ask":"events","follow":true,"since_seconds":7200})");
}

TEST_CASE("orders name their session") {
    CHECK(request({"reset", "a", "-m", "card swap"}).value() == R"({"ask":"reset","name":"a","text":"card swap"})");
    CHECK(request({"refresh", "a"}).value() == R"({"ask":"refresh","name":"a"})");
    CHECK(request({"drain", "a"}).value() == R"({"ask":"drain","name":"a"})");
    CHECK(request({"drain", "a", "--force"}).value() == R"({"ask":"drain","name":"a","force":true})");
    CHECK(request({"drill", "a"}).value() == R"({"ask":"drill","name":"a"})");
    CHECK(request({"drill", "a", "--for", "5m", "--force", "--message", "x"}).value() ==
          R"({"ask":"drill","name":"a","seconds":300,"force":true,"text":"x"})");
    CHECK(request({"drill"}).value() == R"({"ask":"drills"})");
    CHECK(request({"drill", "--end"}).value() == R"({"ask":"drill_end"})");
    CHECK(request({"drill", "a", "--for", "soon"}).error() == "--for wants a span such as 30s, 5m or 1h");
    CHECK(request({"undrain", "a"}).value() == R"({"ask":"undrain","name":"a"})");
}

TEST_CASE("a name cannot break out of the request") {
    CHECK(request({"show", "session", "a\"}\n{"}).value() == R"({"ask":"session","name":"a\"}\n{"})");
}

TEST_CASE("what cannot be asked is said before the daemon is bothered") {
    CHECK_FALSE(request({"show", "routes", "--sent", "x", "--received", "y"}).has_value());
    CHECK_FALSE(request({"show", "routes", "--longer"}).has_value());
    CHECK_FALSE(request({"events", "--since", "soon"}).has_value());
}

TEST_CASE("a span has a number and a unit") {
    CHECK(parse_span("90") == 90);
    CHECK(parse_span("15m") == 900);
    CHECK(parse_span("2d") == 172'800);
    CHECK_FALSE(parse_span("").has_value());
    CHECK_FALSE(parse_span("-1h").has_value());
    CHECK_FALSE(parse_span("1w").has_value());
    CHECK_FALSE(parse_span("99999999999999999999h").has_value());
}
