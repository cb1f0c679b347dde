#include "rib/adj_rib_out.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <optional>
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
    AdjRibOut::Packed pack(std::size_t room = kRoomEnough, Newcomers newcomers = Newcomers::Go) {
        std::vector<std::uint8_t> octets;
        const auto packed = out.pack(table, pool, peer.context, {.room = room, .newcomers = newcomers}, octets);
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
    while (world.pack(5'000).more) {
    }
    CHECK(world.peer.holds.size() == kLimit);
    CHECK(world.peer.holds.begin()->first.address() == Address::v4(0x0b000000));
}

TEST_CASE("nothing new is written while the peer holds as many as the limit, whatever is wanted") {
    World world;
    world.out.set_limit(2);
    world.peer.limit = 2;
    const auto a = world.id("10.1.0.0/16"), b = world.id("10.2.0.0/16"), c = world.id("10.3.0.0/16");
    world.want(a, 1);
    world.want(b, 1);
    world.want(c, 2);
    world.pack();
    CHECK(world.out.advertised() == 2);
    world.want(a, 1);  // a replacement takes no place
    world.want(b, 3);
    world.want(a, 0);
    world.pack();
    CHECK(world.peer.holds.contains(*Prefix::parse("10.3.0.0/16")));
    CHECK(world.out.pending() == 0);
}

TEST_CASE("a refresh brings no more prefixes in one UPDATE than there are places left") {
    World world;
    world.out.set_limit(110);
    for (std::uint32_t i = 0; i < 100; ++i) world.want(world.table.intern(Prefix{Address::v4(i << 8), 24}), 1);
    world.pack();
    const auto before = world.peer.messages;
    world.out.resend(world.pool);
    world.pack();
    CHECK(world.peer.announcements == 200);
    CHECK(world.peer.messages == before + 10);  // ten at a time, since 100 are held and 110 is the limit
}

TEST_CASE("at a full table a refresh is sent all the same") {
    World world;
    world.out.set_limit(100);
    for (std::uint32_t i = 0; i < 100; ++i) world.want(world.table.intern(Prefix{Address::v4(i << 8), 24}), 1);
    world.pack();
    world.out.resend(world.pool);
    world.pack();
    CHECK(world.peer.announcements == 200);
    CHECK(world.out.pending() == 0);
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
    for (std::uint32_t i = 0; i < 5; ++i) world.want(world.table.intern(Prefix{Address::v4(i << 8), 24}), 1);
    world.pack();
    world.want(PrefixId{0}, 2);
    CHECK(world.out.references() == world.pool.references());
    world.out.clear();
    CHECK(world.out.advertised() == 0);
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
    const std::size_t limit = random.below(3) == 0 ? kRoomEnough : 20;
    world.out.set_limit(limit);
    world.peer.limit = limit;
    const auto ask = [&](PrefixId id, std::uint32_t number) {
        wanted[id] = number;
        world.want(id, number);
    };
    // Who has to give up his place for another, as an admission under this limit would have it.
    const auto victim = [&](PrefixId newcomer) {
        std::optional<PrefixId> found;
        std::size_t sought = 0;
        for (const auto& [id, number] : wanted) {
            if (number == 0 || id == newcomer) continue;
            ++sought;
            if (!found || random.below(4) == 0) found = id;
        }
        return sought >= limit ? found : std::nullopt;
    };
    for (std::uint32_t i = 0; i < 60; ++i) {
        const auto length = static_cast<std::uint8_t>(8 + random.below(24));
        auto octets = Address::parse("2001:db8::")->octets();
        octets[1] = static_cast<std::uint8_t>(i);
        world.table.intern(family == Family::Ipv4 ? Prefix{Address::v4(i << 24), length}
                                                  : Prefix{Address::v6(octets), length});
    }
    const auto pack = [&](std::size_t room) { return world.pack(room); };
    for (int step = 0; step < 2'000; ++step) {
        const PrefixId id{static_cast<std::uint32_t>(random.below(world.table.size()))};
        const auto what = random.below(100);
        if (what < 70) {
            const auto number = static_cast<std::uint32_t>(random.below(5));
            const auto gives_way = number != 0 ? victim(id) : std::nullopt;
            const bool first = random.below(2) == 0;
            if (gives_way && first) ask(*gives_way, 0);
            ask(id, number);
            if (gives_way && !first) ask(*gives_way, 0);
        } else if (what < 97) {
            pack(random.below(300));
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
        std::size_t sought = 0;
        for (const auto& [prefix, number] : wanted) {
            const auto at = world.peer.holds.find(world.table.prefix(prefix));
            sought += number != 0 ? 1 : 0;
            if (number == 0) {
                REQUIRE(at == world.peer.holds.end());
            } else {
                REQUIRE(at != world.peer.holds.end());
                REQUIRE(at->second == attributes(family, number));
            }
        }
        REQUIRE(world.peer.holds.size() == sought);
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

TEST_CASE("while places are provisional, changes go and newcomers wait") {
    World world;
    const auto a = world.id("10.1.0.0/16");
    const auto b = world.id("10.2.0.0/16");
    const auto c = world.id("10.3.0.0/16");
    world.want(a, 1);
    world.want(b, 1);
    world.pack();
    world.want(a, 0);
    world.want(b, 2);
    world.want(c, 2);
    CHECK(world.pack(kRoomEnough, Newcomers::Wait).more);
    CHECK(world.out.advertised_at(a) == route::kNoAttributes);
    CHECK(world.peer.holds.at(*Prefix::parse("10.2.0.0/16")) == attributes(Family::Ipv4, 2));
    CHECK(world.out.advertised_at(c) == route::kNoAttributes);
    CHECK_FALSE(world.pack().more);
    CHECK(world.out.advertised_at(c) != route::kNoAttributes);
}
