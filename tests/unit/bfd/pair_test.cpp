#include <doctest/doctest.h>

#include <map>

#include "bfd/authentication.hpp"
#include "packets.hpp"

using namespace dyad;
using namespace dyad::bfd;

namespace {

/// Two machines and a wire between them with delay and loss, under virtual time.
class Pair {
public:
    Pair(Parameters a, Parameters b, std::uint64_t seed)
        : random_(seed),
          ends_{Session{kStart, 1, std::move(a), seed * 2}, Session{kStart, 2, std::move(b), seed * 2 + 1}} {}

    /// Percent of packets lost on the way to each end.
    std::array<unsigned, 2> loss{};
    Instant now = kStart;
    std::array<std::vector<Change>, 2> changes;
    std::array<std::vector<std::pair<Instant, Packet>>, 2> sent;

    Session& end(int which) { return ends_[static_cast<std::size_t>(which)]; }
    bool both(State state) const { return ends_[0].state() == state && ends_[1].state() == state; }

    void run(Duration span) {
        const auto until = now + span;
        while (true) {
            auto next = earlier(ends_[0].deadline(), ends_[1].deadline());
            if (!flying_.empty()) next = earlier(next, flying_.begin()->first);
            if (!next || *next > until) break;
            now = std::max(now, *next);
            deliver();
            for (int i = 0; i < 2; ++i) {
                end(i).tick(now);
                collect(i);
            }
        }
        now = until;
    }
    void collect(int from) {
        for (auto& action : end(from).take_actions()) {
            if (const auto* change = std::get_if<Change>(&action))
                changes[static_cast<std::size_t>(from)].push_back(*change);
            if (auto* send = std::get_if<Send>(&action)) fly(from, std::move(send->octets));
        }
    }

private:
    struct Flight {
        int to;
        std::vector<std::uint8_t> octets;
    };

    void fly(int from, std::vector<std::uint8_t> octets) {
        sent[static_cast<std::size_t>(from)].emplace_back(now, decode(octets)->packet);
        const auto lost = random_.below(100) < loss[static_cast<std::size_t>(1 - from)];
        const auto delay = std::chrono::microseconds{100 + random_.below(3000)};
        // One link overtakes nothing.
        auto& last = last_arrival_[static_cast<std::size_t>(from)];
        last = std::max(last, now + delay);
        if (!lost) flying_.emplace(last, Flight{1 - from, std::move(octets)});
    }
    void deliver() {
        while (!flying_.empty() && flying_.begin()->first <= now) {
            const auto flight = std::move(flying_.begin()->second);
            flying_.erase(flying_.begin());
            const auto decoded = decode(flight.octets);
            (void)end(flight.to).received(now, decoded->packet, decoded->octets);
            collect(flight.to);
        }
    }

    Random random_;
    std::array<Session, 2> ends_;
    std::multimap<Instant, Flight> flying_;
    std::array<Instant, 2> last_arrival_{};
};

Parameters every(std::chrono::milliseconds interval, std::uint8_t multiplier = 3) {
    return {.transmit = interval, .receive = interval, .multiplier = multiplier};
}

constexpr std::uint64_t kSeeds = 200;

}  // namespace

TEST_CASE("two machines come up within two seconds, whoever began") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        Pair pair{every(300ms), every(50ms), seed};
        pair.run(2s);
        CAPTURE(seed);
        CHECK(pair.both(State::Up));
    }
}

TEST_CASE("an active and a passive machine come up too") {
    auto passive = every(300ms);
    passive.role = Role::Passive;
    Pair pair{every(300ms), passive, 3};
    pair.run(2s);
    CHECK(pair.both(State::Up));
}

TEST_CASE("two machines with a key come up and stay up, whichever type it is") {
    for (const auto type : {KeyType::KeyedSha1, KeyType::MeticulousKeyedSha1}) {
        auto keyed = every(50ms);
        keyed.key = Key{.type = type, .id = 1, .secret = "x"};
        Pair pair{keyed, keyed, 5};
        pair.run(20s);
        CHECK(pair.both(State::Up));
        CHECK(pair.changes[0].size() <= 2);
    }
}

TEST_CASE("without losses nothing ever goes down, whatever the jitter") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        // A multiplier of 1 leaves 10 per cent of 300 ms for delays of up to 3 ms.
        Pair pair{every(300ms, 1), every(300ms, 1), seed};
        pair.run(60s);
        CAPTURE(seed);
        for (const auto& changes : pair.changes)
            for (const auto& change : changes) CHECK_FALSE(means_path_failure(change));
        CHECK(pair.both(State::Up));
    }
}

TEST_CASE("packets keep their distance: never less than 75 per cent of what was agreed, news and Finals apart") {
    Pair pair{every(100ms), every(40ms), 9};
    pair.run(30s);
    // Both send every 100 ms: one wants to, the other is asked to.
    for (const auto& sent : pair.sent) {
        std::optional<Instant> last;
        for (const auto& [time, packet] : sent) {
            if (time < kStart + 5s || packet.final) continue;
            if (last) CHECK(time - *last >= 75ms);
            if (last) CHECK(time - *last <= 100ms);
            last = time;
        }
    }
}

TEST_CASE("total loss is detected within the detection time, at both ends, and no sooner than two packets fail") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        Pair pair{every(50ms), every(50ms), seed};
        pair.run(5s);
        REQUIRE(pair.both(State::Up));
        pair.loss = {100, 100};
        pair.run(95ms);
        CAPTURE(seed);
        CHECK(pair.both(State::Up));
        pair.run(60ms);
        CHECK(pair.both(State::Down));
    }
}

TEST_CASE("loss in one direction takes both ends down: one by silence, the other because it is told") {
    Pair pair{every(50ms), every(50ms), 1};
    pair.run(5s);
    pair.loss = {100, 0};
    pair.run(400ms);
    CHECK(pair.changes[0].back().diagnostic == Diagnostic::DetectionTimeExpired);
    CHECK(pair.changes[1].back().diagnostic == Diagnostic::NeighborSignaledDown);
    CHECK(means_path_failure(pair.changes[1].back()));
}

TEST_CASE("whatever was lost, when losses end both come up and agree, and polls have ended") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        Random random{seed};
        Pair pair{every(50ms), every(20ms, 5), seed};
        for (int phase = 0; phase < 10; ++phase) {
            pair.loss[0] = static_cast<unsigned>(random.below(101));
            pair.loss[1] = static_cast<unsigned>(random.below(101));
            if (random.below(3) == 0) {
                const auto interval = std::chrono::milliseconds{10 + random.below(500)};
                pair.end(0).configure(pair.now, every(interval));
                pair.collect(0);
            }
            pair.run(std::chrono::milliseconds{random.below(2000)});
        }
        pair.loss = {};
        pair.end(0).configure(pair.now, every(60ms));
        pair.run(10s);
        CAPTURE(seed);
        CHECK(pair.both(State::Up));
        CHECK(pair.end(0).facts().transmit_interval == 60ms);
        CHECK(pair.end(1).facts().detection_time == 180ms);
        CHECK_FALSE(pair.sent[0].back().second.poll);
        CHECK_FALSE(pair.sent[1].back().second.poll);
    }
}

TEST_CASE("changing intervals up and down while Up takes nothing down") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        Random random{seed};
        Pair pair{every(100ms), every(100ms), seed};
        pair.run(3s);
        for (int i = 0; i < 40; ++i) {
            const auto which = static_cast<int>(random.below(2));
            const auto transmit = std::chrono::milliseconds{10 + random.below(1000)};
            const auto receive = std::chrono::milliseconds{10 + random.below(1000)};
            pair.end(which).configure(pair.now, {.transmit = transmit, .receive = receive});
            pair.collect(which);
            pair.run(std::chrono::milliseconds{random.below(3000)});
        }
        CAPTURE(seed);
        for (const auto& changes : pair.changes)
            for (const auto& change : changes) CHECK_FALSE(means_path_failure(change));
        CHECK(pair.both(State::Up));
    }
}

TEST_CASE("AdminDown at one end is no failure at the other, and both come back") {
    Pair pair{every(50ms), every(50ms), 4};
    pair.run(3s);
    pair.end(0).disable(pair.now, Diagnostic::AdministrativelyDown);
    pair.collect(0);
    pair.run(10s);
    CHECK(pair.end(1).state() == State::Down);
    for (const auto& change : pair.changes[1]) CHECK_FALSE(means_path_failure(change));
    pair.end(0).enable(pair.now);
    pair.collect(0);
    pair.run(3s);
    CHECK(pair.both(State::Up));
}

TEST_CASE("a peer that restarts with another discriminator comes up again") {
    Pair pair{every(50ms), every(50ms), 4};
    pair.run(3s);
    pair.end(1) = Session{pair.now, 77, every(50ms), 99};
    pair.run(3s);
    CHECK(pair.both(State::Up));
    CHECK(pair.end(0).facts().remote_discriminator == 77);
    for (const auto& change : pair.changes[0]) CHECK_FALSE(means_path_failure(change));
}
