#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "../sim/fake_kernel.hpp"
#include "dyad/base/overloaded.hpp"
#include "dyad/base/random.hpp"
#include "dyad/config/parse.hpp"
#include "dyad/speaker/speaker.hpp"

/// Two whole Speakers with a bad network between them: what comes is cut anywhere, late, spoilt or lost with its connection.
/// Whatever happened, once the network is sound both are Established, on the same connection, and hold what the other says.
namespace dyad::conformance {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLeft = R"(
asn = 65010
router_id = "10.0.0.10"
lab = true
[[neighbor]]
name = "right"
address = "192.0.2.2"
local_address = "192.0.2.1"
asn = 65001
hold_time = "30s"
accept = { any = true }
advertise = ["20.1.0.0/16", "20.2.0.0/16"]
)";
constexpr const char* kRight = R"(
asn = 65001
router_id = "10.0.0.1"
lab = true
[[neighbor]]
name = "left"
address = "192.0.2.1"
local_address = "192.0.2.2"
asn = 65010
hold_time = "30s"
accept = { any = true }
advertise = ["30.1.0.0/16"]
)";

/// A Speaker, its kernel, and what it wants of the network.
struct End {
    End(std::uint64_t seed, const char* toml, const char* address, std::string neighbour)
        : speaker({}, speaker::Host{"edge", "duo", seed}), local(*Address::parse(address)), peer(std::move(neighbour)) {
        kernel.add_link(11, "eth0");
        kernel.add_address(11, local, 24);
        kernel.take_news();
        const auto read = config::parse(toml);
        REQUIRE(read.ok());
        speaker.configure({}, read.config);
    }
    std::string state(Instant now) const {
        const auto view = speaker.answer(now, speaker::AskSession{peer});
        return std::get<speaker::SessionView>(view).row.state;
    }
    std::size_t received(Instant now) const {
        const auto view = speaker.answer(now, speaker::AskSession{peer});
        return std::get<speaker::SessionView>(view).row.received;
    }

    speaker::Speaker speaker;
    sim::FakeKernel kernel;
    Address local;
    std::string peer;
    std::uint32_t next_accepted = 1;
};

/// One TCP connection; index 0 is the left end, 1 the right.
struct Wire {
    std::array<std::optional<ConnectionId>, 2> ids;
    std::array<std::deque<std::uint8_t>, 2> towards;
    std::array<bool, 2> ending{};  ///< the other end has closed: told when its octets are in
    bool dialling = true;
    std::size_t dialler = 0;
};

class Duo {
public:
    explicit Duo(std::uint64_t seed)
        : random_(seed), left_(seed, kLeft, "192.0.2.1", "right"), right_(seed + 1, kRight, "192.0.2.2", "left") {
        turn(0);
        turn(1);
    }

    enum class Spoil : std::uint8_t { Nothing, Octets };

    void misbehave(std::size_t steps, Spoil spoil) {
        for (std::size_t step = 0; step < steps; ++step) {
            const auto what = random_.below(20);
            if (what == 0) cut();
            if (what == 1 && spoil == Spoil::Octets) spoil_an_octet();
            if (what < 16) move(random_.below(40) + 1);
            pass(Duration{std::chrono::milliseconds{random_.below(what == 19 ? 20'000 : 300)}});
        }
    }
    void behave(Duration duration) {
        for (const auto end = now_ + duration; now_ < end; pass(100ms)) move(1'000'000);
    }
    void check_agreement() {
        CHECK(left_.state(now_) == "Established");
        CHECK(right_.state(now_) == "Established");
        CHECK(wires_.size() == 1);
    }
    void check_routes() {
        CHECK(left_.received(now_) == 1);
        CHECK(right_.received(now_) == 2);
    }

private:
    End& end(std::size_t side) { return side == 0 ? left_ : right_; }

    void give(std::size_t side, const speaker::Input& input) {
        end(side).speaker.handle(now_, input);
        turn(side);
    }

    void turn(std::size_t side) {
        auto& at = end(side);
        for (int turns = 0; turns < 1000; ++turns) {
            for (auto& output : at.speaker.turn(now_)) carry_out(side, output);
            const auto due = at.speaker.deadline();
            if (!at.speaker.has_work() && !(due && *due <= now_)) return;
        }
        FAIL("a Speaker spins");
    }

    void carry_out(std::size_t side, const speaker::Output& output) {
        auto& at = end(side);
        std::visit(Overloaded{
                       [&](const speaker::TcpConnect& dial) {
                           auto& made = wires_.emplace_back();
                           made.dialler = side;
                           made.ids[side] = dial.connection;
                       },
                       [&](const speaker::TcpSend& send) {
                           at.speaker.handle(now_, speaker::TcpSent{send.connection, send.octets.size()});
                           auto* wire = find(side, send.connection);
                           if (!wire) return;
                           auto& queue = wire->towards[1 - side];
                           queue.insert(queue.end(), send.octets.begin(), send.octets.end());
                       },
                       [&](const speaker::TcpRekey&) {},
                       [&](const speaker::TcpClose& close) {
                           auto* wire = find(side, close.connection);
                           if (!wire) return;
                           wire->ids[side].reset();
                           wire->ending[1 - side] = true;
                       },
                       [&](const speaker::KernelSend& batch) {
                           const auto reply = at.kernel.request(batch.octets);
                           at.speaker.handle(now_, speaker::KernelReplied{reply});
                       },
                       [&](const speaker::KernelAsk& ask) {
                           const auto news = at.kernel.request(ask.octets);
                           at.speaker.handle(now_, speaker::KernelNews{news});
                       },
                       [&](const speaker::Listen&) {},
                       [&](const speaker::BfdSessions&) {},
                       [&](const speaker::Event&) {},
                   },
                   output);
    }

    Wire* find(std::size_t side, ConnectionId id) {
        for (auto& wire : wires_)
            if (wire.ids[side] == id) return &wire;
        return nullptr;
    }

    /// On every connection in turn, so many octets each way.
    void move(std::size_t octets) {
        for (std::size_t n = 0; n < wires_.size(); ++n) {
            if (wires_[n].dialling) answer(wires_[n]);
            for (const std::size_t side : {0u, 1u}) deliver(wires_[n], side, octets);
        }
        std::erase_if(wires_, [](const Wire& wire) { return !wire.ids[0] && !wire.ids[1]; });
    }

    void answer(Wire& wire) {
        wire.dialling = false;
        const auto side = wire.dialler;
        if (!wire.ids[side]) return;
        auto& called = end(1 - side);
        const ConnectionId id{called.next_accepted};
        called.next_accepted += 2;
        wire.ids[1 - side] = id;
        give(side, speaker::TcpConnected{*wire.ids[side]});
        give(1 - side, speaker::TcpAccepted{id, called.local, end(side).local});
    }

    void deliver(Wire& wire, std::size_t side, std::size_t most) {
        auto& queue = wire.towards[side];
        const auto count = static_cast<std::ptrdiff_t>(std::min(most, queue.size()));
        const std::vector<std::uint8_t> octets{queue.begin(), queue.begin() + count};
        queue.erase(queue.begin(), queue.begin() + count);
        if (!octets.empty() && wire.ids[side]) give(side, speaker::TcpReceived{*wire.ids[side], octets});
        if (wire.ending[side] && queue.empty() && wire.ids[side]) end_at(wire, side, 0);
    }

    void end_at(Wire& wire, std::size_t side, int error) {
        const auto id = *std::exchange(wire.ids[side], std::nullopt);
        give(side, speaker::TcpClosed{id, error});
    }

    /// The network loses a connection, and both ends hear of it.
    void cut() {
        if (wires_.empty()) return;
        auto& wire = wires_[random_.below(wires_.size())];
        constexpr int kConnectionReset = 104;
        for (const std::size_t side : {0u, 1u})
            if (wire.ids[side]) end_at(wire, side, kConnectionReset);
    }

    void spoil_an_octet() {
        for (auto& wire : wires_)
            for (auto& queue : wire.towards) {
                if (queue.empty()) continue;
                const auto place = random_.below(queue.size());
                queue[place] = static_cast<std::uint8_t>(random_.below(256));
                return;
            }
    }

    void pass(Duration duration) {
        const auto until = now_ + duration;
        while (now_ < until) {
            auto next = until;
            for (const std::size_t side : {0u, 1u})
                if (const auto due = end(side).speaker.deadline(); due && *due < next)
                    next = std::max(*due, now_ + Duration{1});
            now_ = next;
            turn(0);
            turn(1);
        }
    }

    Random random_;
    Instant now_{};
    End left_, right_;
    std::deque<Wire> wires_;
};

TEST_CASE("two Speakers agree again after any loss of connections, whatever was cut where") {
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
        CAPTURE(seed);
        Duo duo{seed};
        duo.misbehave(150, Duo::Spoil::Nothing);
        duo.behave(3min);
        duo.check_agreement();
        duo.check_routes();
    }
}

TEST_CASE("two Speakers agree again after octets between them were spoilt") {
    for (std::uint64_t seed = 101; seed <= 130; ++seed) {
        CAPTURE(seed);
        Duo duo{seed};
        duo.misbehave(150, Duo::Spoil::Octets);
        // Long enough for a hold time that a spoilt OPEN agreed on, and for what follows.
        duo.behave(10min);
        duo.check_agreement();
    }
}

}  // namespace
}  // namespace dyad::conformance
