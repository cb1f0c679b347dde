#include "rib/rib.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>

#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::rib;

namespace {

constexpr std::size_t kAll = 1'000'000;

wire::Attributes attributes(std::uint32_t path_length, std::uint32_t med = 0) {
    wire::Attributes made;
    made.origin = wire::Origin::Igp;
    made.as_path.prepend(Asn{12076}, path_length);
    made.next_hop = Address::parse("192.168.15.18");
    made.med = med;
    return made;
}

Neighbour neighbour(std::uint32_t session) {
    Neighbour made;
    made.source = {.session = SessionId{session},
                   .router_id = RouterId{10 + session},
                   .peer_address = Address::v4(0x0a000000 + session)};
    made.import.any = true;
    made.import.local_as = Asn{65010};
    return made;
}

/// Two links of one peering.
struct World {
    route::AttributePool pool;
    Rib rib{Family::Ipv4};
    std::vector<Neighbour> neighbours{neighbour(0), neighbour(1)};
    PrefixId ten = rib.table().intern(*Prefix::parse("10.0.0.0/16"));

    void announce(std::uint32_t session, PrefixId prefix, const wire::Attributes& value) {
        rib.announce(SessionId{session}, prefix, pool.intern(value), pool);
    }
    Rib::Kept announce_path(std::uint32_t session, std::uint32_t path, const wire::Attributes& value) {
        return rib.announce_path(SessionId{session}, ten, wire::PathId{path}, pool.intern(value), pool);
    }
    void withdraw_path(std::uint32_t session, std::uint32_t path) {
        rib.withdraw_path(SessionId{session}, ten, wire::PathId{path}, pool);
    }
    std::size_t best_length() const { return pool.facts(rib.loc_route(ten).attributes).as_path_length; }
    std::vector<LocChange> settle() { return rib.settle(kAll, neighbours, pool); }
    std::vector<SessionId> paths(PrefixId prefix) const {
        const auto members = rib.path_sets().members(rib.loc_route(prefix).paths);
        return {members.begin(), members.end()};
    }
};

constexpr SessionId kPrimary{0}, kSecondary{1};

}  // namespace

TEST_CASE("a first route is a change, the same again is none") {
    World world;
    world.announce(0, world.ten, attributes(1));
    CHECK_FALSE(world.rib.settled());
    const auto changes = world.settle();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].prefix == world.ten);
    CHECK(changes[0].before == LocRoute{});
    CHECK(changes[0].after.best == kPrimary);
    CHECK(world.pool.facts(changes[0].after.attributes).as_path_length == 1);
    CHECK(world.rib.loc_size() == 1);
    world.announce(0, world.ten, attributes(1));
    CHECK(world.rib.settled());
    CHECK(world.settle().empty());
    CHECK(world.rib.counts(kPrimary).received == 1);
}

TEST_CASE("equal routes of both links are used together, and one stays when the other goes") {
    World world;
    world.announce(0, world.ten, attributes(1));
    world.announce(1, world.ten, attributes(1));
    CHECK(world.settle().size() == 1);
    CHECK(world.paths(world.ten) == std::vector{kPrimary, kSecondary});
    CHECK(world.rib.counts(kSecondary).best == 1);
    world.rib.withdraw(kPrimary, world.ten, world.pool);
    const auto changes = world.settle();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].after.best == kSecondary);
    CHECK(world.paths(world.ten) == std::vector{kSecondary});
    CHECK(world.rib.counts(kPrimary).best == 0);
}

TEST_CASE("behind the paths in use stand those that would be used without them") {
    World world;
    world.neighbours.push_back(neighbour(2));
    const auto fallback = [&] {
        const auto next = world.rib.path_sets().fallback(world.rib.loc_route(world.ten).paths);
        return std::vector<SessionId>{next.begin(), next.end()};
    };
    world.announce(0, world.ten, attributes(1));
    world.settle();
    CHECK(fallback().empty());
    CHECK(world.rib.is_only_path(kPrimary, world.ten));
    world.announce(1, world.ten, attributes(2));
    world.announce(2, world.ten, attributes(3));
    CHECK(world.settle().size() == 1);
    CHECK(world.paths(world.ten) == std::vector{kPrimary});
    CHECK(fallback() == std::vector{kSecondary});
    CHECK_FALSE(world.rib.is_only_path(kPrimary, world.ten));
    world.announce(2, world.ten, attributes(2));
    CHECK(world.settle().size() == 1);
    CHECK(fallback() == std::vector{kSecondary, SessionId{2}});
    world.announce(1, world.ten, attributes(1));
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kPrimary, kSecondary});
    CHECK(fallback() == std::vector{SessionId{2}});
}

TEST_CASE("what stands in for others is the reserve of their paths, and of its own when it is alone") {
    World world;
    world.neighbours.push_back(neighbour(2));
    world.neighbours[2].source.standing = Standing::Backup;
    const SessionId round{2};
    const auto reserve = [&] {
        const auto members = world.rib.path_sets().reserve(world.rib.loc_route(world.ten).paths);
        return std::vector<SessionId>{members.begin(), members.end()};
    };
    world.announce(0, world.ten, attributes(1));
    world.settle();
    CHECK(reserve().empty());
    world.announce(2, world.ten, attributes(0));
    CHECK(world.settle().size() == 1);
    CHECK(world.paths(world.ten) == std::vector{kPrimary});
    CHECK(reserve() == std::vector{round});
    world.announce(1, world.ten, attributes(1));
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kPrimary, kSecondary});
    CHECK(reserve() == std::vector{round});
    world.rib.drop(kPrimary);
    world.rib.drop(kSecondary);
    world.rib.drop_slice(kAll, world.pool);
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{round});
    CHECK(reserve() == std::vector{round});
    CHECK(world.rib.accepts(round, world.ten));
    CHECK_FALSE(world.rib.accepts(kPrimary, world.ten));
}

TEST_CASE("the link that is not preferred is what comes next after the one that is, and no reserve") {
    World world;
    world.neighbours[1].source.link_preference = 1;
    const auto next = [&] {
        const auto members = world.rib.path_sets().fallback(world.rib.loc_route(world.ten).paths);
        return std::vector<SessionId>{members.begin(), members.end()};
    };
    world.announce(0, world.ten, attributes(1));
    world.announce(1, world.ten, attributes(1));
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kPrimary});
    CHECK(next() == std::vector{kSecondary});
    CHECK(world.rib.path_sets().reserve(world.rib.loc_route(world.ten).paths).empty());
}

TEST_CASE("what happened between two settlings does not matter") {
    World world;
    world.announce(0, world.ten, attributes(1));
    world.settle();
    world.rib.withdraw(kPrimary, world.ten, world.pool);
    world.announce(0, world.ten, attributes(1));
    CHECK(world.settle().empty());
}

TEST_CASE("a handle freed and given out again is still a change") {
    World world;
    world.announce(0, world.ten, attributes(1));
    const auto before = world.settle()[0].after;
    world.rib.withdraw(kPrimary, world.ten, world.pool);
    CHECK(world.pool.facts(before.attributes).as_path_length == 1);  // readable until settled
    world.announce(0, world.ten, attributes(2));
    const auto changes = world.settle();
    REQUIRE(changes.size() == 1);
    CHECK(changes[0].before == before);
    CHECK(world.pool.facts(changes[0].after.attributes).as_path_length == 2);
}

TEST_CASE("settling is done in slices, oldest first") {
    World world;
    for (std::uint32_t i = 0; i < 5; ++i)
        world.announce(0, world.rib.table().intern(Prefix{Address::v4(0x0b000000 + (i << 16)), 16}), attributes(1));
    CHECK(world.rib.settle(2, world.neighbours, world.pool).size() == 2);
    CHECK_FALSE(world.rib.settled());
    CHECK(world.settle().size() == 3);
    CHECK(world.rib.settled());
}

TEST_CASE("a session's routes leave in slices, and none is used meanwhile where something changes") {
    World world;
    std::vector<PrefixId> ids;
    for (std::uint32_t i = 0; i < 10; ++i) {
        ids.push_back(world.rib.table().intern(Prefix{Address::v4(0x0b000000 + (i << 16)), 16}));
        world.announce(0, ids.back(), attributes(1));
    }
    world.settle();
    world.rib.drop(kPrimary);
    CHECK(world.rib.dropping());
    CHECK(world.rib.counts(kPrimary).received == 0);
    world.announce(1, ids[9], attributes(3));
    CHECK(world.settle()[0].after.best == kSecondary);
    world.rib.drop_slice(4, world.pool);
    CHECK(world.settle().size() == 3);  // row 0 is another prefix's
    CHECK(world.rib.dropping());
    // It is up again and says the same before the old routes are gone.
    world.announce(0, ids[8], attributes(1));
    world.rib.drop_slice(kAll, world.pool);
    CHECK_FALSE(world.rib.dropping());
    world.settle();
    CHECK(world.rib.settled());
    CHECK(world.rib.loc_size() == 2);
    CHECK(world.rib.loc_route(ids[8]).best == kPrimary);
    CHECK(world.rib.counts(kPrimary).received == 1);
    CHECK(world.rib.references() == world.pool.references());
}

TEST_CASE("a changed policy is felt when routes are reconsidered") {
    World world;
    world.announce(0, world.ten, attributes(1));
    world.announce(1, world.ten, attributes(2));
    world.settle();
    world.neighbours[1].import.local_preference = 200;
    CHECK(world.settle().empty());
    world.rib.reconsider(kSecondary);
    CHECK(world.settle()[0].after.best == kSecondary);
    CHECK(world.rib.local_preference(world.ten, world.neighbours, world.pool) == 200);
    world.neighbours[1].import.any = false;
    world.rib.reconsider(std::nullopt);
    CHECK(world.settle()[0].after.best == kPrimary);
    CHECK(world.rib.counts(kSecondary).received == 1);
    CHECK(world.rib.counts(kSecondary).accepted == 0);
}

TEST_CASE("every path of a prefix can be explained") {
    World world;
    world.neighbours.push_back(neighbour(2));
    world.neighbours[2].import.max_length_v4 = 8;
    world.announce(0, world.ten, attributes(9));
    world.announce(1, world.ten, attributes(1));
    world.announce(2, world.ten, attributes(1));
    const auto paths = world.rib.explain(world.ten, world.neighbours, world.pool);
    REQUIRE(paths.size() == 3);
    CHECK(paths[0].lost_at == Step::AsPathLength);
    CHECK(paths[1].best);
    CHECK(paths[2].verdict.stage == policy::ImportStage::TooLong);
    CHECK_FALSE(paths[2].multipath);
}

TEST_CASE("a retained route stays in use where it is alone, and gives way to a fresh one") {
    World world;
    const auto twelve = world.rib.table().intern(*Prefix::parse("12.0.0.0/16"));
    world.announce(0, world.ten, attributes(1));
    world.announce(0, twelve, attributes(1));
    world.announce(1, twelve, attributes(5));  // worse in every other way
    world.settle();
    world.rib.retain(kPrimary, Rib::AlreadyStale::Leave, world.pool);
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kPrimary});
    CHECK(world.paths(twelve) == std::vector{kSecondary});
    CHECK(world.rib.explain(twelve, world.neighbours, world.pool)[0].lost_at == Step::Stale);
    CHECK(world.rib.marked(kPrimary) == 2);
    CHECK(world.rib.stale(kPrimary, world.ten));
}

TEST_CASE("a retained route that is said again is fresh, what is not leaves with the sweep") {
    World world;
    const auto twelve = world.rib.table().intern(*Prefix::parse("12.0.0.0/16"));
    for (const auto prefix : {world.ten, twelve}) {
        world.announce(0, prefix, attributes(1));
        world.announce(1, prefix, attributes(5));
    }
    world.settle();
    world.rib.retain(kPrimary, Rib::AlreadyStale::Leave, world.pool);
    world.settle();
    world.announce(0, world.ten, attributes(1));  // the very same
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kPrimary});
    world.rib.sweep(kPrimary);
    CHECK_FALSE(world.rib.settled());
    world.rib.drop_slice(kAll, world.pool);
    world.settle();
    CHECK(world.rib.settled());
    CHECK(world.rib.counts(kPrimary).received == 1);
    CHECK(world.rib.received(kPrimary, twelve) == route::kNoAttributes);
    CHECK(world.rib.references() == world.pool.references());
}

TEST_CASE("a route stale already leaves at the next restart, unless it may stay (RFC 8538 4.1)") {
    for (const auto already : {Rib::AlreadyStale::Leave, Rib::AlreadyStale::Stay}) {
        World world;
        world.announce(0, world.ten, attributes(1));
        world.rib.retain(kPrimary, already, world.pool);
        world.rib.retain(kPrimary, already, world.pool);
        world.settle();
        CHECK(world.rib.counts(kPrimary).received == (already == Rib::AlreadyStale::Stay ? 1 : 0));
    }
}

TEST_CASE("a refresh that has begun changes no choice, and what it leaves out is swept") {
    World world;
    world.announce(0, world.ten, attributes(1));
    world.announce(1, world.ten, attributes(5));
    world.settle();
    world.rib.mark(kPrimary, world.pool);
    CHECK(world.rib.settled());
    CHECK(world.paths(world.ten) == std::vector{kPrimary});
    world.rib.sweep(kPrimary);
    world.rib.drop_slice(kAll, world.pool);
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kSecondary});
}

TEST_CASE("what a session that went down for good had marked is gone with the rest") {
    World world;
    world.announce(0, world.ten, attributes(1));
    world.rib.retain(kPrimary, Rib::AlreadyStale::Leave, world.pool);
    world.rib.sweep(kPrimary);
    world.rib.drop(kPrimary);
    CHECK(world.rib.marked(kPrimary) == 0);
    world.announce(0, world.ten, attributes(2));
    world.rib.drop_slice(kAll, world.pool);
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kPrimary});
    CHECK_FALSE(world.rib.stale(kPrimary, world.ten));
}

namespace {

/// The same, without ids, handles, bits or queues: everything is computed anew from what was said.
struct Model {
    using Key = std::pair<std::uint32_t, PrefixId>;  // session, prefix
    std::map<Key, wire::Attributes> said;
    std::map<Key, Freshness> marks;    ///< not said again since
    std::set<std::uint32_t> sweeping;  ///< what is marked of these leaves, at the latest when all is drained

    void announce(std::uint32_t session, PrefixId prefix, const wire::Attributes& value) {
        said[{session, prefix}] = value;
        marks.erase({session, prefix});
    }
    void withdraw(std::uint32_t session, PrefixId prefix) {
        said.erase({session, prefix});
        marks.erase({session, prefix});
    }
    void drop(std::uint32_t session) {
        std::erase_if(said, [&](const auto& entry) { return entry.first.first == session; });
        std::erase_if(marks, [&](const auto& entry) { return entry.first.first == session; });
        sweeping.erase(session);
    }
    void mark(std::uint32_t session, Freshness freshness) {
        for (const auto& [key, value] : said)
            if (key.first == session) marks[key] = freshness;
    }
    bool has_stale(std::uint32_t session) const {
        return std::ranges::any_of(
            marks, [&](const auto& entry) { return entry.first.first == session && entry.second == Freshness::Stale; });
    }
    void remove_marked(std::uint32_t session) {
        std::erase_if(said,
                      [&](const auto& entry) { return entry.first.first == session && marks.contains(entry.first); });
        std::erase_if(marks, [&](const auto& entry) { return entry.first.first == session; });
        sweeping.erase(session);
    }
    void finish_sweeps() {
        for (const auto session : std::set{sweeping}) remove_marked(session);
    }

    struct Answer {
        std::vector<SessionId> used;
        std::optional<SessionId> best;
        std::size_t accepted = 0;
    };
    Answer answer(PrefixId prefix, const Rib& rib, const std::vector<Neighbour>& neighbours) const {
        route::AttributePool pool;
        std::vector<RouteCandidate> candidates;
        std::vector<route::Facts> facts(neighbours.size());
        for (std::uint32_t s = 0; s < neighbours.size(); ++s) {
            const auto at = said.find({s, prefix});
            if (at == said.end()) continue;
            const auto ref = pool.intern(at->second);
            const auto verdict = judge_import(neighbours[s].import, rib.table().prefix(prefix), ref, pool);
            if (!verdict.accepted()) continue;
            facts[s] = pool.facts(ref);
            candidates.push_back(
                {.facts = &facts[s], .local_preference = verdict.local_preference, .source = &neighbours[s].source});
            if (const auto mark = marks.find({s, prefix}); mark != marks.end())
                candidates.back().freshness = mark->second;
        }
        decide(candidates);
        Answer result;
        result.accepted = candidates.size();
        for (const auto& c : candidates) {
            if (c.multipath) result.used.push_back(c.source->session);
            if (c.best) result.best = c.source->session;
        }
        return result;
    }
};

constexpr std::uint32_t kSessions = 4, kPrefixes = 40;

void compare(const World& world, const Model& model) {
    std::size_t loc_size = 0;
    std::vector<std::size_t> used(kSessions);
    std::size_t accepted = 0;
    for (std::uint32_t p = 0; p < world.rib.table().size(); ++p) {
        const PrefixId prefix{p};
        const auto expected = model.answer(prefix, world.rib, world.neighbours);
        const auto route = world.rib.loc_route(prefix);
        REQUIRE(world.paths(prefix) == expected.used);
        REQUIRE((route.attributes != route::kNoAttributes) == expected.best.has_value());
        accepted += expected.accepted;
        if (!expected.best) continue;
        ++loc_size;
        for (const auto s : expected.used) ++used[s.index()];
        REQUIRE(route.best == *expected.best);
        REQUIRE(world.pool.attributes(route.attributes) == model.said.at({route.best.value, prefix}));
    }
    REQUIRE(world.rib.loc_size() == loc_size);
    std::size_t counted = 0;
    for (std::uint32_t s = 0; s < kSessions; ++s) {
        const auto counts = world.rib.counts(SessionId{s});
        counted += counts.accepted;
        REQUIRE(counts.best == used[s]);
        REQUIRE(counts.received == static_cast<std::size_t>(std::ranges::count_if(
                                       model.said, [&](const auto& entry) { return entry.first.first == s; })));
    }
    REQUIRE(counted == accepted);
    REQUIRE(world.rib.references() == world.pool.references());
}

void run(std::uint64_t seed) {
    INFO("seed ", seed);
    Random random{seed};
    World world;
    Model model;
    std::map<PrefixId, LocRoute> told;  // what the changes add up to
    world.neighbours = {neighbour(0), neighbour(1), neighbour(2), neighbour(3)};
    world.neighbours[3].source.external = false;
    world.neighbours[3].import.external = false;
    for (std::uint32_t i = 0; i < kPrefixes; ++i) world.rib.table().intern(Prefix{Address::v4(i << 20), 12});
    for (int step = 0; step < 1500; ++step) {
        const auto session = static_cast<std::uint32_t>(random.below(kSessions));
        const PrefixId prefix{static_cast<std::uint32_t>(random.below(world.rib.table().size()))};
        const auto what = random.below(46);
        if (what < 22) {
            auto value = attributes(1 + static_cast<std::uint32_t>(random.below(3)));
            value.med = static_cast<std::uint32_t>(random.below(3));
            if (random.below(8) == 0) value.as_path.prepend(Asn{65010});
            if (random.below(8) == 0) value.as_path.prepend(Asn{64512});
            if (session == 3) value.local_pref = 100;
            model.announce(session, prefix, value);
            world.announce(session, prefix, value);
        } else if (what < 32) {
            model.withdraw(session, prefix);
            world.rib.withdraw(SessionId{session}, prefix, world.pool);
        } else if (what == 32) {
            model.drop(session);
            world.rib.drop(SessionId{session});
        } else if (what == 33) {
            world.neighbours[session].import.local_preference = 99 + static_cast<std::uint32_t>(random.below(3));
            world.neighbours[session].import.any = random.below(4) != 0;
            world.rib.reconsider(random.below(2) == 0 ? std::optional{SessionId{session}} : std::nullopt);
        } else if (what == 34) {
            if (model.sweeping.contains(session)) model.remove_marked(session);
            if (!model.has_stale(session)) model.mark(session, Freshness::Fresh);
            world.rib.mark(SessionId{session}, world.pool);
        } else if (what == 35) {
            const bool leave = random.below(2) == 0;
            if (model.sweeping.contains(session) || (leave && model.has_stale(session))) model.remove_marked(session);
            model.mark(session, Freshness::Stale);
            world.rib.retain(SessionId{session}, leave ? Rib::AlreadyStale::Leave : Rib::AlreadyStale::Stay,
                             world.pool);
        } else if (what == 36) {
            model.sweeping.insert(session);
            world.rib.sweep(SessionId{session});
        } else {
            world.rib.drop_slice(random.below(30), world.pool);
            for (const auto& change : world.rib.settle(random.below(30), world.neighbours, world.pool)) {
                REQUIRE(told[change.prefix] == change.before);
                REQUIRE(change.before != change.after);
                told[change.prefix] = change.after;
            }
        }
        if (step % 100 != 99) continue;
        model.finish_sweeps();
        world.rib.drop_slice(kAll, world.pool);
        for (const auto& change : world.settle()) told[change.prefix] = change.after;
        REQUIRE(world.rib.settled());
        compare(world, model);
        for (const auto& [id, route] : told) REQUIRE(world.rib.loc_route(id) == route);
    }
}

}  // namespace

TEST_CASE(
    "whatever is said, dropped and reconsidered in whatever slices, the Loc-RIB is what a fresh start would make") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) run(seed);
}

TEST_CASE("C-01: of several paths of one session the best is used, and the next when it goes (RFC 7911)") {
    World world;
    world.announce_path(0, 7, attributes(3));
    world.announce_path(0, 8, attributes(1));
    world.announce_path(0, 9, attributes(2));
    world.settle();
    CHECK(world.best_length() == 1);
    CHECK(world.rib.counts(kPrimary).received == 3);
    CHECK(world.rib.counts(kPrimary).accepted == 1);
    world.withdraw_path(0, 8);
    world.settle();
    CHECK(world.best_length() == 2);
    world.withdraw_path(0, 9);
    world.withdraw_path(0, 7);
    world.settle();
    CHECK(world.rib.loc_size() == 0);
    CHECK(world.pool.references() == world.rib.references());
}

TEST_CASE("a path said again replaces that path and no other (RFC 7911 section 5)") {
    World world;
    world.announce_path(0, 7, attributes(3));
    world.announce_path(0, 8, attributes(4));
    world.announce_path(0, 8, attributes(5));
    world.settle();
    CHECK(world.best_length() == 3);
    CHECK(world.rib.counts(kPrimary).received == 2);
}

TEST_CASE("C-26: a path that nobody announced is withdrawn in vain") {
    World world;
    world.announce_path(0, 7, attributes(1));
    world.withdraw_path(0, 8);
    world.withdraw_path(1, 7);
    world.settle();
    CHECK(world.rib.counts(kPrimary).received == 1);
}

TEST_CASE("two paths of one session are one way to go") {
    World world;
    world.announce_path(0, 7, attributes(1));
    world.announce_path(0, 8, attributes(1));
    world.announce(1, world.ten, attributes(1));
    world.settle();
    CHECK(world.paths(world.ten) == std::vector{kPrimary, kSecondary});
    CHECK(world.rib.explain(world.ten, world.neighbours, world.pool).size() == 3);
}

TEST_CASE("paths beyond those kept of a prefix are refused, until one goes") {
    World world;
    for (std::uint32_t path = 0; path < kMaxPaths; ++path)
        CHECK(world.announce_path(0, path, attributes(2 + path)) == Rib::Kept::Yes);
    CHECK(world.announce_path(0, 99, attributes(1)) == Rib::Kept::No);
    world.settle();
    CHECK(world.best_length() == 2);
    world.withdraw_path(0, 5);
    CHECK(world.announce_path(0, 99, attributes(1)) == Rib::Kept::Yes);
    world.settle();
    CHECK(world.best_length() == 1);
    CHECK(world.pool.references() == world.rib.references());
}

TEST_CASE("a session with paths goes, and all of them with it") {
    World world;
    for (std::uint32_t path = 0; path < 5; ++path) world.announce_path(0, path, attributes(1 + path));
    world.settle();
    world.rib.drop(kPrimary);
    while (world.rib.dropping()) world.rib.drop_slice(1, world.pool);
    world.settle();
    CHECK(world.rib.loc_size() == 0);
    CHECK(world.pool.references() == 0);
}

TEST_CASE("retained paths go where they are not said again, and make way for new identifiers (RFC 7911 section 5)") {
    World world;
    for (std::uint32_t path = 0; path < kMaxPaths; ++path) world.announce_path(0, path, attributes(2));
    world.rib.retain(kPrimary, Rib::AlreadyStale::Leave, world.pool);
    world.settle();
    CHECK(world.rib.marked(kPrimary) == kMaxPaths);
    CHECK(world.announce_path(0, 100, attributes(3)) == Rib::Kept::Yes);
    CHECK(world.announce_path(0, 3, attributes(4)) == Rib::Kept::Yes);
    world.settle();
    CHECK(world.best_length() == 3);
    world.rib.sweep(kPrimary);
    while (world.rib.dropping()) world.rib.drop_slice(100, world.pool);
    world.settle();
    CHECK(world.rib.counts(kPrimary).received == 2);
    CHECK(world.pool.references() == world.rib.references());
}

TEST_CASE("announcing paths in any order ends with the same route") {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        CAPTURE(seed);
        Random random{seed};
        World world;
        std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> said;
        for (int step = 0; step < 60; ++step) {
            const auto session = static_cast<std::uint32_t>(random.below(2));
            const auto path = static_cast<std::uint32_t>(random.below(kMaxPaths));
            const auto length = static_cast<std::uint32_t>(random.below(6));
            if (length == 0) {
                world.withdraw_path(session, path);
                said.erase({session, path});
            } else {
                world.announce_path(session, path, attributes(length));
                said[{session, path}] = length;
            }
            if (random.below(3) == 0) world.settle();
        }
        world.settle();
        World fresh;
        for (const auto& [who, length] : said) fresh.announce_path(who.first, who.second, attributes(length));
        fresh.settle();
        REQUIRE(world.rib.loc_size() == fresh.rib.loc_size());
        if (fresh.rib.loc_size() == 1) CHECK(world.best_length() == fresh.best_length());
        CHECK(world.rib.loc_route(world.ten).best == fresh.rib.loc_route(fresh.ten).best);
        CHECK(world.paths(world.ten) == fresh.paths(fresh.ten));
        CHECK(world.rib.counts(kPrimary).received == fresh.rib.counts(kPrimary).received);
        CHECK(world.pool.references() == world.rib.references());
    }
}
