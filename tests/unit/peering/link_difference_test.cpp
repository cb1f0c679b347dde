#include "peering/link_difference.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::peering;
using namespace std::chrono_literals;
using News = LinkDifference::News;

TEST_CASE("links that differ for a moment are nothing, for longer than that one word, and one when they agree again") {
    LinkDifference difference;
    const Instant start{10s};
    CHECK(difference.note(start, {.first = 3, .second = 0}, 60s) == News::None);
    CHECK(difference.due(60s) == start + 60s);
    CHECK(difference.note(start + 30s, {}, 60s) == News::None);
    CHECK_FALSE(difference.due(60s));
    CHECK(difference.note(start + 40s, {.first = 0, .second = 1}, 60s) == News::None);
    CHECK(difference.note(start + 99s, {.first = 5, .second = 1}, 60s) == News::None);
    CHECK(difference.note(start + 100s, {.first = 5, .second = 1}, 60s) == News::Differ);
    CHECK(difference.note(start + 200s, {.first = 9, .second = 1}, 60s) == News::None);
    CHECK(difference.only() == OnlyHere{9, 1});
    CHECK(difference.since() == start + 40s);
    CHECK(difference.note(start + 201s, {}, 60s) == News::Agree);
    CHECK(difference.note(start + 202s, {}, 60s) == News::None);
}
