#include <doctest/doctest.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <map>
#include <memory>

#include "dyad/base/random.hpp"
#include "rig.hpp"

// Two Sessions and a network of bad temper between them: whatever it did, once it is quiet both agree on one connection.

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;

namespace {

enum class Dialling : std::uint8_t { Both, FirstOnly, SecondOnly };

/// A TCP connection, or an attempt at one, seen from both ends.
struct Link {
    std::array<ConnectionId, 2> id{};
    std::array<bool, 2> alive{};            ///< the end knows it and has not closed it
    std::array<Instant, 2> last_arrival{};  ///< at that end: what is sent arrives in order
};

struct World {
    World(std::uint64_t seed, const std::array<Parameters, 2>& parameters)
        : random(seed), nodes{Node{Session{parameters[0], seed * 2}}, Node{Session{parameters[1], seed * 2 + 1}}} {}

    struct Node {
        Session session;
        std::map<std::uint32_t, std::shared_ptr<Link>> links{};
        std::uint32_t dials = 0, calls = 0;
        std::uint64_t went_down = 0;
    };

    Random random;
    std::array<Node, 2> nodes;
    Instant now{1s};
    bool stormy = true;
    std::map<std::pair<Instant, std::uint64_t>, std::function<void()>> agenda{};
    std::uint64_t order = 0;

    bool chance(std::uint64_t percent) { return random.below(100) < percent; }
    Duration delay() { return std::chrono::microseconds{random.below(stormy ? 400'000 : 20'000)}; }
    void at(Instant when, std::function<void()> what) { agenda.emplace(std::pair{when, order++}, std::move(what)); }
    /// Something travels to that end of the link, behind all that was sent before it.
    void travel(const std::shared_ptr<Link>& link, std::size_t to, std::function<void()> what) {
        auto& last = link->last_arrival[to];
        last = std::max(last, now + delay());
        at(last, [this, link, to, what = std::move(what)] {
            if (!link->alive[to]) return;
            what();
            carry_out(to);
        });
    }

    void carry_out(std::size_t from) {
        auto& node = nodes[from];
        for (auto actions = node.session.take_actions(); !actions.empty(); actions = node.session.take_actions())
            for (auto& action : actions) {
                if (std::holds_alternative<OpenConnection>(action)) dial(from);
                if (auto* send = std::get_if<SendMessage>(&action)) deliver(from, send->connection, send->octets);
                if (auto* close = std::get_if<CloseConnection>(&action)) hang_up(from, close->connection);
                if (std::holds_alternative<WentDown>(action)) ++node.went_down;
            }
    }

    void dial(std::size_t from) {
        auto& node = nodes[from];
        auto link = std::make_shared<Link>();
        link->id[from] = ConnectionId{2 * node.dials++};
        link->alive[from] = true;
        node.links[link->id[from].value] = link;
        node.session.connecting(link->id[from]);
        if (stormy && chance(20)) return;  // every SYN is lost
        if (stormy && chance(20)) return travel(link, from, [this, link, from] { refused(*link, from); });
        at(now + delay(), [this, link, from] { arrive(link, from); });
    }
    void refused(Link& link, std::size_t at) {
        link.alive[at] = false;
        nodes[at].session.connect_failed(now, link.id[at], ECONNREFUSED);
    }
    void arrive(const std::shared_ptr<Link>& link, std::size_t from) {
        if (!link->alive[from]) return;
        const std::size_t to = 1 - from;
        auto& callee = nodes[to];
        link->id[to] = ConnectionId{2 * callee.calls++ + 1};
        travel(link, from, [this, link, from] { nodes[from].session.connected(now, link->id[from]); });
        link->alive[to] = callee.session.accepted(now, link->id[to]);
        if (link->alive[to])
            callee.links[link->id[to].value] = link;
        else
            end(link, from, 0);
        carry_out(to);
    }
    void deliver(std::size_t from, ConnectionId id, const Octets& octets) {
        const auto link = nodes[from].links.at(id.value);
        REQUIRE(link->alive[from]);  // nothing is sent on a dead connection
        for (std::size_t at = 0; at < octets.size();) {
            const auto size = std::min<std::size_t>(1 + random.below(40), octets.size() - at);
            const Octets part(octets.begin() + static_cast<std::ptrdiff_t>(at),
                              octets.begin() + static_cast<std::ptrdiff_t>(at + size));
            travel(link, 1 - from, [this, link, to = 1 - from, part] {
                auto& session = nodes[to].session;
                session.feed(link->id[to], part);
                while (session.next(now)) {
                }
            });
            at += size;
        }
    }
    void hang_up(std::size_t from, ConnectionId id) {
        const auto link = nodes[from].links.at(id.value);
        REQUIRE(link->alive[from]);  // closed once
        link->alive[from] = false;
        end(link, 1 - from, 0);
    }
    void end(const std::shared_ptr<Link>& link, std::size_t to, int error) {
        travel(link, to, [this, link, to, error] {
            link->alive[to] = false;
            nodes[to].session.closed(now, link->id[to], error);
        });
    }
    void break_one() {
        auto& links = nodes[random.below(2)].links;
        if (links.empty()) return;
        const auto skip = static_cast<std::ptrdiff_t>(random.below(links.size()));
        const auto link = std::next(links.begin(), skip)->second;
        for (const std::size_t end_of : {std::size_t{0}, std::size_t{1}}) end(link, end_of, ECONNRESET);
    }

    void run_until(Instant end) {
        while (true) {
            auto next = earlier(nodes[0].session.deadline(), nodes[1].session.deadline());
            if (!agenda.empty()) next = earlier(next, agenda.begin()->first.first);
            if (!next || *next > end) break;
            now = std::max(now, *next);
            if (!agenda.empty() && agenda.begin()->first.first <= now) {
                const auto what = std::move(agenda.begin()->second);
                agenda.erase(agenda.begin());
                what();
            }
            for (const std::size_t node : {std::size_t{0}, std::size_t{1}}) {
                nodes[node].session.tick(now);
                carry_out(node);
            }
        }
        now = end;
    }
    std::size_t open_connections(std::size_t node) const {
        return static_cast<std::size_t>(
            std::ranges::count_if(nodes[node].links, [&](const auto& entry) { return entry.second->alive[node]; }));
    }
};

std::array<Parameters, 2> pair(Dialling dialling, std::uint64_t seed) {
    Parameters first{.local_as = kOurAs, .peer_as = kPeerAs, .router_id = kOurId, .hold_time = 9s};
    Parameters second{.local_as = kPeerAs, .peer_as = kOurAs, .router_id = kHigherId, .hold_time = 30s};
    if (seed % 3 == 1) second.router_id = kLowerId;
    if (seed % 3 == 2) second.router_id = kOurId;  // RFC 6286
    first.passive = dialling == Dialling::SecondOnly;
    second.passive = dialling == Dialling::FirstOnly;
    return {first, second};
}

}  // namespace

TEST_CASE("two sessions agree on one Established connection, whatever the network did before") {
    for (const auto dialling : {Dialling::Both, Dialling::FirstOnly, Dialling::SecondOnly})
        for (std::uint64_t seed = 1; seed <= 150; ++seed) {
            CAPTURE(static_cast<int>(dialling));
            CAPTURE(seed);
            World world{seed, pair(dialling, seed)};
            for (const std::size_t node : {std::size_t{0}, std::size_t{1}})
                world.at(world.now + world.delay(), [&world, node] {
                    world.nodes[node].session.start(world.now);
                    world.carry_out(node);
                });
            for (int i = 0; i < 20; ++i) {
                world.run_until(world.now + world.delay() * 10);
                world.break_one();
            }
            world.stormy = false;
            world.run_until(world.now + 4min);  // a hold of 60 s, a lost collision or two, a large hold time at worst

            for (const auto& node : world.nodes) {
                REQUIRE(node.session.state() == State::Established);
                CHECK(node.session.negotiated()->hold_time == 9s);
            }
            const auto first = *world.nodes[0].session.established(), second = *world.nodes[1].session.established();
            CHECK(world.nodes[0].links.at(first.value) == world.nodes[1].links.at(second.value));
            CHECK(world.open_connections(0) == 1);
            CHECK(world.open_connections(1) == 1);

            // Nobody is silent now, so nothing expires.
            const auto falls = world.nodes[0].went_down + world.nodes[1].went_down;
            world.run_until(world.now + 10min);
            CHECK(world.nodes[0].went_down + world.nodes[1].went_down == falls);
            CHECK(world.nodes[0].session.established() == first);
        }
}

TEST_CASE("a calm start never flaps for long: both sides are up within seconds") {
    for (std::uint64_t seed = 1; seed <= 150; ++seed) {
        CAPTURE(seed);
        World world{seed, pair(Dialling::Both, seed)};
        world.stormy = false;
        for (const std::size_t node : {std::size_t{0}, std::size_t{1}}) {
            world.nodes[node].session.start(world.now);
            world.carry_out(node);
        }
        world.run_until(world.now + 10s);
        CHECK(world.nodes[0].session.state() == State::Established);
        CHECK(world.nodes[1].session.state() == State::Established);
    }
}

TEST_CASE("when a peer falls silent the hold timer ends the session, and not before") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        World world{seed, pair(Dialling::Both, seed)};
        world.stormy = false;
        for (const std::size_t node : {std::size_t{0}, std::size_t{1}}) {
            world.nodes[node].session.start(world.now);
            world.carry_out(node);
        }
        world.run_until(world.now + 30s);
        REQUIRE(world.nodes[0].session.state() == State::Established);
        const auto last_heard = *world.nodes[0].session.deadline();            // not later than its hold
        for (auto& [id, link] : world.nodes[0].links) link->alive[0] = false;  // the path eats everything, silently
        auto& session = world.nodes[0].session;
        while (session.state() == State::Established && world.now < last_heard + 1min) {
            world.now = *session.deadline();
            session.tick(world.now);
            session.take_actions();
        }
        CHECK(session.last_error()->cause == Cause::HoldTimerExpired);
        CHECK(world.now <= last_heard + 9s);
    }
}
