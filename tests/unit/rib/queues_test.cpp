#include <doctest/doctest.h>

#include <array>

#include "rib/column.hpp"
#include "rib/dirty_queue.hpp"
#include "rib/path_sets.hpp"

using namespace dyad;
using namespace dyad::rib;

namespace {

route::AttributeRef some_attributes(route::AttributePool& pool, std::uint32_t med) {
    wire::Attributes attributes;
    attributes.next_hop = Address::v4(0x0a000001);
    attributes.med = med;
    return pool.intern(attributes);
}

}  // namespace

TEST_CASE("a prefix that becomes dirty twice is taken once, in the order of the first time") {
    DirtyQueue queue;
    CHECK(queue.push(PrefixId{7}));
    CHECK(queue.push(PrefixId{3}));
    CHECK_FALSE(queue.push(PrefixId{7}));
    CHECK(queue.size() == 2);
    CHECK(queue.take(10) == std::vector{PrefixId{7}, PrefixId{3}});
    CHECK(queue.empty());
    CHECK(queue.push(PrefixId{7}));
    CHECK(queue.holds(PrefixId{7}));
    CHECK_FALSE(queue.holds(PrefixId{3}));
}

TEST_CASE("a queue taken in slices loses and repeats nothing") {
    DirtyQueue queue;
    for (std::uint32_t i = 0; i < 1000; ++i) queue.push(PrefixId{i});
    std::uint32_t next = 0;
    while (!queue.empty()) {
        for (const auto id : queue.take(7)) CHECK(id.value == next++);
    }
    CHECK(next == 1000);
    queue.push(PrefixId{5});
    queue.clear();
    CHECK(queue.take(1).empty());
}

TEST_CASE("equal lists of sessions have one id") {
    PathSets sets;
    const std::array one{SessionId{1}};
    const std::array both{SessionId{1}, SessionId{4}};
    const auto a = sets.intern(one);
    const auto b = sets.intern(both);
    CHECK(a != b);
    CHECK(sets.intern(one) == a);
    CHECK(sets.intern(both) == b);
    CHECK(sets.intern({}) == kNoPaths);
    CHECK(std::ranges::equal(sets.members(b), both));
    CHECK(std::ranges::equal(sets.members(a), one));
    CHECK(sets.members(kNoPaths).empty());
    CHECK(sets.size() == 3);
}

TEST_CASE("what a prefix turns to next is part of its list") {
    PathSets sets;
    const std::array one{SessionId{1}}, other{SessionId{4}};
    const auto alone = sets.intern(one);
    const auto backed = sets.intern(one, other);
    CHECK(alone != backed);
    CHECK(sets.intern(one, other) == backed);
    CHECK(sets.intern(one) == alone);
    CHECK(std::ranges::equal(sets.members(backed), one));
    CHECK(std::ranges::equal(sets.fallback(backed), other));
    CHECK(sets.fallback(alone).empty());
    CHECK(sets.fallback(kNoPaths).empty());
}

TEST_CASE("a column holds one reference a row") {
    route::AttributePool pool;
    Column column;
    CHECK(column.set(PrefixId{2}, some_attributes(pool, 1), pool));
    CHECK_FALSE(column.set(PrefixId{2}, some_attributes(pool, 1), pool));
    CHECK(pool.references() == 1);
    CHECK(column.set(PrefixId{2}, some_attributes(pool, 2), pool));
    CHECK(pool.references() == 1);
    CHECK(column.count() == 1);
    CHECK_FALSE(column.set(PrefixId{9}, route::kNoAttributes, pool));
    CHECK(column.set(PrefixId{2}, route::kNoAttributes, pool));
    CHECK(column.count() == 0);
    CHECK(pool.references() == 0);
    CHECK(pool.size() == 0);
}

TEST_CASE("a column is cleared slice by slice") {
    route::AttributePool pool;
    Column column;
    for (const std::uint32_t row : {0u, 3u, 4u}) column.set(PrefixId{row}, some_attributes(pool, row), pool);
    std::vector<PrefixId> seen;
    const auto next = column.clear_slice(PrefixId{0}, 4, pool, [&](PrefixId id) { seen.push_back(id); });
    CHECK(next == PrefixId{4});
    CHECK(seen == std::vector{PrefixId{0}, PrefixId{3}});
    column.clear_slice(next, 4, pool, [&](PrefixId id) { seen.push_back(id); });
    CHECK(seen.back() == PrefixId{4});
    CHECK(column.count() == 0);
    CHECK(pool.references() == 0);
}

TEST_CASE("a column costs what it holds, wherever that stands") {
    route::AttributePool pool;
    Column column;
    column.set(PrefixId{0}, some_attributes(pool, 1), pool);
    column.set(PrefixId{1'000'000}, some_attributes(pool, 1), pool);
    CHECK(column.at(PrefixId{1'000'000}) == column.at(PrefixId{0}));
    CHECK(column.at(PrefixId{500'000}) == route::kNoAttributes);
    CHECK(column.memory_octets() < 64 * 1024);  // in one piece it would be four million
    std::vector<PrefixId> seen;
    column.clear_slice(PrefixId{0}, column.rows(), pool, [&](PrefixId id) { seen.push_back(id); });
    CHECK(seen == std::vector{PrefixId{0}, PrefixId{1'000'000}});
    CHECK(pool.references() == 0);
}
