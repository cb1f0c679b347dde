#include "rib/prefix_table.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <map>

#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::rib;

namespace {

Prefix prefix(const char* text) { return *Prefix::parse(text); }

}  // namespace

TEST_CASE("a prefix keeps the id it was first given") {
    PrefixTable table{Family::Ipv4};
    const auto first = table.intern(prefix("10.0.0.0/8"));
    const auto second = table.intern(prefix("10.0.0.0/9"));
    CHECK(first.index() == 0);
    CHECK(second.index() == 1);
    CHECK(table.intern(prefix("10.0.0.0/8")) == first);
    CHECK(table.size() == 2);
    CHECK(table.prefix(second) == prefix("10.0.0.0/9"));
    CHECK(table.length(second) == 9);
    CHECK(table.find(prefix("10.0.0.0/8")) == first);
    CHECK_FALSE(table.find(prefix("10.0.0.0/10")));
    CHECK_FALSE(table.find(prefix("::/8")));
}

TEST_CASE("an address is matched longest first") {
    PrefixTable table{Family::Ipv4};
    const auto all = table.intern(prefix("0.0.0.0/0"));
    const auto ten = table.intern(prefix("10.0.0.0/8"));
    const auto host = table.intern(prefix("10.1.2.3/32"));
    table.intern(prefix("10.2.0.0/16"));
    CHECK(table.matches(*Address::parse("10.1.2.3")) == std::vector{host, ten, all});
    CHECK(table.matches(*Address::parse("11.0.0.0")) == std::vector{all});
    CHECK(table.matches(*Address::parse("::1")).empty());
    CHECK(table.covering(prefix("10.0.0.0/8")) == std::vector{ten, all});
}

TEST_CASE("IPv6 prefixes are told apart in their last bit") {
    PrefixTable table{Family::Ipv6};
    const auto a = table.intern(prefix("2001:db8::/128"));
    const auto b = table.intern(prefix("2001:db8::1/128"));
    const auto net = table.intern(prefix("2001:db8::/32"));
    CHECK(a != b);
    CHECK(table.matches(*Address::parse("2001:db8::1")) == std::vector{b, net});
    CHECK(table.prefix(b) == prefix("2001:db8::1/128"));
}

TEST_CASE("ids come in prefix order, some at a time") {
    PrefixTable table{Family::Ipv4};
    const auto b = table.intern(prefix("10.0.0.0/9"));
    const auto c = table.intern(prefix("192.168.0.0/16"));
    const auto a = table.intern(prefix("10.0.0.0/8"));
    CHECK(table.next_after(std::nullopt, 10) == std::vector{a, b, c});
    CHECK(table.next_after(std::nullopt, 2) == std::vector{a, b});
    CHECK(table.next_after(prefix("10.0.0.0/9"), 2) == std::vector{c});
    CHECK(table.next_after(prefix("11.0.0.0/8"), 2) == std::vector{c});  // one that the table does not hold
    CHECK(table.next_after(prefix("192.168.0.0/16"), 2).empty());
    CHECK(table.next_after(prefix("::/0"), 2).empty());
}

TEST_CASE("a table that has been moved still finds its prefixes") {
    PrefixTable table{Family::Ipv4};
    const auto id = table.intern(prefix("10.0.0.0/8"));
    PrefixTable moved{std::move(table)};
    CHECK(moved.find(prefix("10.0.0.0/8")) == id);
    CHECK(moved.intern(prefix("10.0.0.0/9")).index() == 1);
}

TEST_CASE("a table agrees with a map, whether prefixes come in runs or at random") {
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        PrefixTable table{family};
        std::map<Prefix, PrefixId> model;
        Random random{5};
        std::uint32_t run = 0;
        const auto any = [&] {
            run = random.below(10) == 0 ? static_cast<std::uint32_t>(random.next()) : run + 0x100;
            auto octets = Address::parse("2001:db8::")->octets();
            boost::endian::store_big_u32(octets.data() + 3, run);
            const auto length = static_cast<std::uint8_t>(random.below(4) == 0 ? random.below(33) : 24);
            return family == Family::Ipv4 ? Prefix{Address::v4(run), length}
                                          : Prefix{Address::v6(octets), static_cast<std::uint8_t>(length * 2)};
        };
        for (int step = 0; step < 30'000; ++step) {
            const auto prefix = any();
            const auto next = PrefixId{static_cast<std::uint32_t>(model.size())};
            const auto expected = model.try_emplace(prefix, next).first->second;
            REQUIRE(table.intern(prefix) == expected);
            const auto other = any();
            const auto at = model.find(other);
            REQUIRE(table.find(other) == (at == model.end() ? std::nullopt : std::optional{at->second}));
        }
        REQUIRE(table.size() == model.size());
        std::vector<PrefixId> sorted;
        std::optional<Prefix> last;
        for (auto some = table.next_after(last, 100); !some.empty(); some = table.next_after(last, 100)) {
            REQUIRE(some.size() <= 100);
            sorted.insert(sorted.end(), some.begin(), some.end());
            last = table.prefix(sorted.back());
        }
        REQUIRE(std::ranges::equal(model, sorted, {}, [](const auto& entry) { return entry.second; }));
        for (const auto& [prefix, id] : model) REQUIRE(table.prefix(id) == prefix);
    }
}

TEST_CASE("a hundred thousand prefixes cost about twelve octets each") {
    PrefixTable table{Family::Ipv4};
    Random random{1};
    for (int i = 0; i < 100'000; ++i) table.intern(Prefix{Address::v4(static_cast<std::uint32_t>(random.next())), 24});
    CHECK(table.memory_octets() / table.size() < 18);  // the vector's slack included
}
