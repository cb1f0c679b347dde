#include "mrt/table.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::mrt;

namespace {

const Neighbor kFirst{Address::v4(0xc0000201), Asn{65001}};
const Neighbor kSecond{Address::v4(0xc0000202), Asn{65002}};

Prefix prefix(const char* text) { return *Prefix::parse(text); }

News announce(const Neighbor& neighbor, std::vector<Prefix> prefixes, std::uint32_t med = 0) {
    News news{.neighbor = neighbor, .announced = std::move(prefixes), .attributes = wire::Attributes{}};
    news.attributes->med = med;
    return news;
}

News withdraw(const Neighbor& neighbor, std::vector<Prefix> prefixes) {
    return {.neighbor = neighbor, .withdrawn = std::move(prefixes)};
}

}  // namespace

TEST_CASE("the last announcement of a prefix counts") {
    Table table;
    table.apply(announce(kFirst, {prefix("10.0.0.0/8")}, 1));
    table.apply(announce(kFirst, {prefix("10.0.0.0/8")}, 2));

    const auto routes = table.choose();

    REQUIRE(routes.size() == 1);
    CHECK(table.attributes(routes[0].attributes).med == 2);
}

TEST_CASE("a prefix that was withdrawn last is gone") {
    Table table;
    table.apply(announce(kFirst, {prefix("10.0.0.0/8"), prefix("20.0.0.0/8")}));
    table.apply(withdraw(kFirst, {prefix("10.0.0.0/8")}));

    const auto routes = table.choose();

    REQUIRE(routes.size() == 1);
    CHECK(routes[0].prefix == prefix("20.0.0.0/8"));
}

TEST_CASE("of several neighbours the one named first in the file is chosen") {
    Table table;
    table.apply(announce(kSecond, {prefix("20.0.0.0/8")}, 2));
    table.apply(announce(kFirst, {prefix("10.0.0.0/8"), prefix("20.0.0.0/8")}, 1));

    const auto routes = table.choose();

    REQUIRE(routes.size() == 2);
    CHECK(routes[0].prefix == prefix("20.0.0.0/8"));
    CHECK(table.attributes(routes[0].attributes).med == 2);
    CHECK(routes[1].prefix == prefix("10.0.0.0/8"));
}

TEST_CASE("one neighbour alone can be chosen") {
    Table table;
    table.apply(announce(kFirst, {prefix("10.0.0.0/8")}, 1));
    table.apply(announce(kSecond, {prefix("20.0.0.0/8")}, 2));

    const auto routes = table.choose(kSecond.address);

    REQUIRE(routes.size() == 1);
    CHECK(routes[0].prefix == prefix("20.0.0.0/8"));
}

TEST_CASE("routes with equal attributes stand together") {
    Table table;
    table.apply(announce(kFirst, {prefix("30.0.0.0/8")}, 1));
    table.apply(announce(kFirst, {prefix("10.0.0.0/8")}, 1));
    table.apply(announce(kFirst, {prefix("20.0.0.0/8")}, 2));

    const auto routes = table.choose();

    REQUIRE(routes.size() == 3);
    CHECK(routes[0].prefix == prefix("10.0.0.0/8"));
    CHECK(routes[1].prefix == prefix("30.0.0.0/8"));
    CHECK(routes[0].attributes == routes[1].attributes);
}
