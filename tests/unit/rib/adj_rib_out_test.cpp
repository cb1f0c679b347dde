#include "rib/adj_rib_out.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "dyad/base/random.hpp"
#include "dyad/wire/framer.hpp"
#include "dyad/wire/update.hpp"

using namespace dyad;
using namespace dyad::rib;

namespace {

constexpr wire::AttributeContext kFourOctets{.four_octet_as = true, .external = true};
constexpr std::size_t kRoomEnough = 1'000'000;

wire::Attributes attributes(Family family, std::uint32_t number) {
    wire::Attributes made;
    made.origin = wire::Origin::Igp;
    made.as_path.prepend(Asn{65010});
    made.next_hop = family == Family::Ipv4 ? Address::parse("192.0.2.1") : Address::parse("2001:db8::1");
    made.communities = {(65010u << 16) | number};
    return made;
}

/// The neighbour: reads our octets one message after another, keeps what it hears, and counts as a router does
/// that drops the session at the first prefix too many.
struct Peer {
    wire::AttributeContext context = kFourOctets;
    std::size_t limit = kRoomEnough;
    std::map<Prefix, wire::Attributes> holds;
    std::size_t announcements = 0, withdrawals = 0, messages = 0;

    void read(Bytes octets) {
        while (!octets.empty()) {
            const auto message = wire::next_message(octets);
            REQUIRE(message.has_value());
            REQUIRE(message->has_value());
            octets = octets.subspan((*message)->whole.size());
            const auto update = wire::decode_update((*message)->body(), context);
            REQUIRE(update.has_value());
            ++messages;
            // In messages of their own: a router that counts before it withdraws survives, too.
            REQUIRE((update->withdrawn.empty() || update->announced.empty()));
            for (const auto& prefix : update->withdrawn) {
                REQUIRE(holds.erase(prefix) == 1);
                ++withdrawals;
            }
            for (const auto& prefix : update->announced) {
                holds[prefix] = *update->attributes;
                REQUIRE(holds.size() <= limit);
                ++announcements;
            }
        }
    }
};

struct World {
    Family family;
    route::AttributePool pool;
    PrefixTable table{family};
    AdjRibOut out;
    Peer peer;

    explicit World(Family of = Family::Ipv4) : family(of) {}
    PrefixId id(const char* text) { return table.intern(*Prefix::parse(text)); }
    void want(PrefixId prefix, std::uint32_t number) {
        out.want(prefix, number == 0 ? route::kNoAttributes : pool.intern(attributes(family, number)), pool);
    }
    AdjRibOut::Packed pack(std::size_t room = kRoomEnough) {
        std::vector<std::uint8_t> octets;
        const auto packed = out.pack(table, pool, peer.context, room, octets);
        CHECK(octets.size() == packed.octets);
        CHECK(octets.size() <= room);
        const auto before = peer.messages;
        peer.read(octets);
        CHECK(peer.messages - before == packed.messages);
        CHECK(peer.holds.size() == out.advertised());
        return packed;
    }
};

}  // namespace

TEST_CASE("prefixes with the same attributes share a message, whatever was wanted between them") {
    World world;
    const auto a = world.id("10.1.0.0/16"), b = world.id("10.2.0.0/16"), c = world.id("10.3.0.0/16");
    world.want(a, 1);
    world.want(b, 2);
    world.want(c, 1);
    CHECK(world.out.pending() == 3);
    const auto packed = world.pack();
    CHECK(packed.messages == 2);
    CHECK_FALSE(packed.more);
    CHECK(world.out.pending() == 0);
    CHECK(world.out.advertised() == 3);
    CHECK(world.peer.holds.at(*Prefix::parse("10.2.0.0/16")) == attributes(Family::Ipv4, 2));
    CHECK(world.pack().messages == 0);
}

TEST_CASE("no change is not sent, and what was undone before it was sent neither") {
    World world;
    const auto a = world.id("10.1.0.0/16");
    world.want(a, 1);
    world.pack();
    world.want(a, 1);
    CHECK(world.out.pending() == 0);
    world.want(a, 2);
    world.want(a, 1);
    world.want(a, 0);
    world.want(a, 1);
    CHECK(world.out.pending() == 0);
    const auto b = world.id("10.2.0.0/16");
    world.want(b, 1);
    world.want(b, 0);
    CHECK(world.pack().messages == 0);
    CHECK(world.pool.references() == 1);
    CHECK(world.out.references() == 1);
}

TEST_CASE("withdrawals go first, and a full table can be swapped for another at the limit") {
    World world;
    constexpr std::uint32_t kLimit = 4'000;
    world.out.set_limit(kLimit);
    world.peer.limit = kLimit;
    const auto old_id = [&](std::uint32_t i) {
        return world.table.intern(Prefix{Address::v4(0x0a000000 + (i << 8)), 24});
    };
    const auto new_id = [&](std::uint32_t i) {
        return world.table.intern(Prefix{Address::v4(0x0b000000 + (i << 8)), 24});
    };
    for (std::uint32_t i = 0; i < kLimit; ++i) world.want(old_id(i), 1);
    world.pack();
    CHECK(world.out.advertised() == kLimit);
    for (std::uint32_t i = 0; i < kLimit; ++i) {
        world.want(new_id(i), 1);
        world.want(old_id(i), 0);
    }
    CHECK(world.out.withheld() == kLimit);
    while (world.pack(5'000).more) {
    }
    CHECK(world.out.withheld() == 0);
    CHECK(world.peer.holds.size() == kLimit);
    CHECK(world.peer.holds.begin()->first.address() == Address::v4(0x0b000000));
}

TEST_CASE("beyond the limit the longer prefixes wait, and go when there is room") {
    World world;
    world.out.set_limit(2);
    world.peer.limit = 2;
    const auto host = world.id("10.1.1.1/32"), net = world.id("10.1.0.0/16"), other = world.id("10.2.0.0/16"),
               all = world.id("0.0.0.0/0");
    world.want(host, 1);
    world.want(net, 1);
    world.want(other, 1);
    world.want(all, 1);
    world.pack();
    CHECK(world.out.withheld() == 2);
    CHECK(world.out.withheld_at(host));
    CHECK(world.out.withheld_at(other));
    CHECK(world.out.advertised_at(all) != route::kNoAttributes);
    CHECK(world.pack().messages == 0);
    CHECK_FALSE(world.pack().more);
    world.want(net, 2);  // a replacement takes no place
    CHECK(world.pack().messages == 1);
    world.want(net, 0);
    world.pack();
    CHECK(world.out.advertised_at(other) != route::kNoAttributes);
    CHECK(world.out.withheld() == 1);
    CHECK(world.out.pending() == 0);
    world.out.set_limit(3);
    world.peer.limit = 3;
    CHECK(world.out.pending() == 1);
    CHECK(world.pack().messages == 1);
    CHECK(world.out.withheld() == 0);
}

TEST_CASE("what is advertised is not withheld for something shorter, nor for a lower limit") {
    World world;
    world.out.set_limit(2);
    const auto a = world.id("10.1.1.0/24"), b = world.id("10.1.2.0/24"), all = world.id("0.0.0.0/0");
    world.want(a, 1);
    world.want(b, 1);
    world.pack();
    world.want(all, 1);
    world.out.set_limit(1);
    CHECK(world.pack().messages == 0);
    CHECK(world.out.advertised() == 2);
    CHECK(world.out.withheld_at(all));
    world.want(a, 0);
    world.pack();
    CHECK(world.out.withheld_at(all));
    world.want(b, 0);
    world.pack();
    CHECK(world.peer.holds.contains(*Prefix::parse("0.0.0.0/0")));
}

TEST_CASE("a route refresh sends everything again, in rooms of one message") {
    World world;
    for (std::uint32_t i = 0; i < 3'000; ++i)
        world.want(world.table.intern(Prefix{Address::v4(i << 8), 24}), 1 + i % 3);
    world.pack();
    CHECK(world.peer.announcements == 3'000);
    world.out.resend(world.pool);
    CHECK(world.out.pending() > 0);
    world.want(PrefixId{7}, 0);
    world.want(PrefixId{8}, 9);
    while (world.pack(4'096).more) {
    }
    CHECK(world.peer.announcements >= 3'000 + 2'999);
    CHECK(world.peer.announcements <= 3'000 + 3'000);  // what changed meanwhile may come twice
    CHECK(world.peer.withdrawals == 1);
    CHECK(world.out.advertised() == 2'999);
    CHECK(world.pool.references() == 2'999);
}

TEST_CASE("a neighbour that knows no four-octet AS gets his own encoding") {
    World world;
    world.peer.context.four_octet_as = false;
    auto big = attributes(Family::Ipv4, 1);
    big.as_path.prepend(Asn{4'200'000'000});
    world.out.want(world.id("10.1.0.0/16"), world.pool.intern(big), world.pool);
    world.pack();
    CHECK(world.peer.holds.begin()->second.as_path == big.as_path);
}

TEST_CASE("attributes that fill a message leave no room for a prefix: the route is withdrawn") {
    World world;
    const auto a = world.id("10.1.0.0/16"), b = world.id("10.2.0.0/16");
    world.want(a, 1);
    world.pack();
    auto huge = attributes(Family::Ipv4, 1);
    huge.communities.assign(1'100, 7);
    world.out.want(a, world.pool.intern(huge), world.pool);
    world.out.want(b, world.pool.intern(huge), world.pool);
    while (world.pack().more) {
    }
    CHECK(world.peer.holds.empty());
    CHECK(world.out.unsendable() == 2);
    CHECK(world.pool.references() == 0);
}

TEST_CASE("a session that is gone holds nothing, nor do we for it") {
    World world;
    world.out.set_limit(2);
    for (std::uint32_t i = 0; i < 5; ++i) world.want(world.table.intern(Prefix{Address::v4(i << 8), 24}), 1);
    world.pack();
    world.want(PrefixId{0}, 2);
    CHECK(world.out.references() == world.pool.references());
    world.out.clear();
    CHECK(world.out.advertised() == 0);
    CHECK(world.out.withheld() == 0);
    CHECK(world.out.pending() == 0);
    CHECK(world.out.references() == world.pool.references());
    while (world.out.releasing()) CHECK(world.out.release_slice(2, world.pool) <= 2);
    CHECK(world.pool.references() == 0);
    CHECK(world.pool.size() == 0);
}

namespace {

void run(std::uint64_t seed, Family family) {
    INFO("seed ", seed);
    Random random{seed};
    World world{family};
    std::map<PrefixId, std::uint32_t> wanted;
    std::size_t limit = kRoomEnough;
    const auto set_limit = [&](std::size_t prefixes) {
        limit = prefixes;
        world.out.set_limit(prefixes);
    };
    set_limit(random.below(3) == 0 ? kRoomEnough : 20);
    for (std::uint32_t i = 0; i < 60; ++i) {
        const auto length = static_cast<std::uint8_t>(8 + random.below(24));
        auto octets = Address::parse("2001:db8::")->octets();
        octets[1] = static_cast<std::uint8_t>(i);
        world.table.intern(family == Family::Ipv4 ? Prefix{Address::v4(i << 24), length}
                                                  : Prefix{Address::v6(octets), length});
    }
    const auto pack = [&](std::size_t room) {
        // Never more than the limit; where it was lowered below what the peer holds already, never more than that.
        world.peer.limit = std::max(limit, world.out.advertised());
        return world.pack(room);
    };
    for (int step = 0; step < 2'000; ++step) {
        const PrefixId id{static_cast<std::uint32_t>(random.below(world.table.size()))};
        const auto what = random.below(100);
        if (what < 70) {
            const auto number = static_cast<std::uint32_t>(random.below(5));
            wanted[id] = number;
            world.want(id, number);
        } else if (what < 96) {
            pack(random.below(300));
        } else if (what == 96) {
            set_limit(10 + random.below(30));
        } else if (what == 97) {
            world.out.resend(world.pool);
        } else if (what == 98 && random.below(4) == 0) {
            world.out.clear();
            world.peer.holds.clear();
            for (const auto& [prefix, number] : wanted) world.want(prefix, number);
        }
        world.out.release_slice(random.below(10), world.pool);
        REQUIRE(world.out.references() == world.pool.references());
        if (step % 50 != 49) continue;
        while (world.out.pending() > 0) pack(300);
        // Wanted minus withheld is what the peer holds, and withheld is no more than the limit makes it.
        std::size_t withheld = 0, sought = 0;
        for (const auto& [prefix, number] : wanted) {
            const auto at = world.peer.holds.find(world.table.prefix(prefix));
            sought += number != 0 ? 1 : 0;
            if (world.out.withheld_at(prefix)) {
                ++withheld;
                REQUIRE(at == world.peer.holds.end());
            } else if (number == 0) {
                REQUIRE(at == world.peer.holds.end());
            } else {
                REQUIRE(at != world.peer.holds.end());
                REQUIRE(at->second == attributes(family, number));
            }
        }
        REQUIRE(withheld == world.out.withheld());
        REQUIRE(world.peer.holds.size() == sought - withheld);
        if (withheld > 0) REQUIRE(world.peer.holds.size() >= limit);
        REQUIRE(pack(300).messages == 0);
    }
    world.out.clear();
    while (world.out.releasing()) world.out.release_slice(1'000, world.pool);
    REQUIRE(world.pool.size() == 0);
}

}  // namespace

TEST_CASE(
    "whatever is wanted, in whatever small rooms, the peer is never over its limit and ends with what is wanted") {
    for (std::uint64_t seed = 1; seed <= 15; ++seed) run(seed, Family::Ipv4);
    for (std::uint64_t seed = 100; seed <= 110; ++seed) run(seed, Family::Ipv6);
}
