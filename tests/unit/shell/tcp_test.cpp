#include <doctest/doctest.h>
#include <sys/socket.h>

#include <algorithm>
#include <numeric>

#include "shell/socket_address.hpp"
#include "shell/socket_options.hpp"
#include "shell/tcp_connections.hpp"
#include "shell/tcp_listeners.hpp"

using namespace dyad;
using namespace dyad::shell;
using namespace dyad::speaker;
using namespace std::chrono_literals;

namespace {

const Address kUs = Address::parse("127.0.0.1").value();
const Address kElsewhere = Address::parse("127.0.0.3").value();
const Address kNeighbour = Address::parse("127.0.0.2").value();

/// A listener on a free port of loopback and everything the Speaker would be told.
struct Bench {
    Loop loop;
    Journal journal;
    std::vector<Input> inputs;
    std::vector<std::uint8_t> received;
    TcpConnections connections{loop, journal, [this](const Input& input) { take(input); },
                               [this](const Address& local) { return listeners.drops_at(local); }};
    TcpListeners listeners{loop, journal, [this](Call call) { connections.accepted(std::move(call)); },
                           [this](const Input& input) { take(input); }};
    std::uint16_t port = 0;

    Bench() {
        Fd probe = open_tcp(Family::Ipv4);
        auto at = socket_address(kUs, 0);
        REQUIRE(::bind(probe.get(), at.get(), at.length) == 0);
        REQUIRE(::getsockname(probe.get(), at.get(), &at.length) == 0);
        const auto* octets = reinterpret_cast<const std::uint8_t*>(&at.storage);
        port = static_cast<std::uint16_t>(octets[2] << 8 | octets[3]);
    }

    void take(const Input& input) {
        inputs.push_back(input);
        const auto* octets = std::get_if<TcpReceived>(&input);
        if (octets) received.insert(received.end(), octets->octets.begin(), octets->octets.end());
    }
    template <class T>
    const T* told() const {
        for (const auto& input : inputs) {
            if (const auto* found = std::get_if<T>(&input)) return found;
        }
        return nullptr;
    }
    template <class T>
    bool wait_for() {
        return loop.run_until([this] { return told<T>() != nullptr; }, 10s);
    }
    void listen(std::vector<ListenPeer> peers) {
        listeners.apply({{{.local = kUs, .port = port, .peers = std::move(peers)}}});
    }
    void dial(const Address& from, TcpOptions options = {}) {
        connections.connect(
            {.connection = {2}, .local = from, .peer = kUs, .port = port, .options = std::move(options)});
    }
};

}  // namespace

TEST_CASE("a dial reaches a listener, and octets arrive in order") {
    Bench bench;
    bench.listen({{kNeighbour, {}}});
    bench.dial(kNeighbour);
    REQUIRE(bench.wait_for<TcpAccepted>());
    REQUIRE(bench.wait_for<TcpConnected>());
    CHECK(bench.told<TcpAccepted>()->peer == kNeighbour);
    CHECK(bench.told<TcpAccepted>()->connection.value % 2 == 1);

    std::vector<std::uint8_t> sent(300'000);
    std::iota(sent.begin(), sent.end(), std::uint8_t{0});
    for (std::size_t at = 0; at < sent.size(); at += 1000) {
        bench.connections.send(
            {{2},
             {sent.begin() + static_cast<std::ptrdiff_t>(at), sent.begin() + static_cast<std::ptrdiff_t>(at + 1000)}});
    }
    bench.connections.flush();
    REQUIRE(bench.loop.run_until([&] { return bench.received.size() == sent.size(); }, 20s));
    CHECK(std::ranges::equal(bench.received, sent));
    std::size_t reported = 0;
    for (const auto& input : bench.inputs) {
        if (const auto* left = std::get_if<TcpSent>(&input)) reported += left->octets;
    }
    CHECK(reported == sent.size());
}

TEST_CASE("who is not configured is refused before the Speaker hears of him") {
    Bench bench;
    bench.listen({{kNeighbour, {}}});
    bench.dial(kUs);
    REQUIRE(bench.wait_for<TcpClosed>());
    CHECK(bench.told<TcpAccepted>() == nullptr);
}

TEST_CASE("a dial nobody answers is reported with its errno") {
    Bench bench;
    bench.dial(kUs);
    REQUIRE(bench.wait_for<TcpClosed>());
    CHECK(bench.told<TcpClosed>()->error == ECONNREFUSED);
}

TEST_CASE("an address that is not ours is reported, and a dial taken back is not") {
    Bench bench;
    bench.dial(Address::parse("203.0.113.77").value());
    REQUIRE(bench.wait_for<TcpClosed>());
    CHECK(bench.told<TcpClosed>()->error == EADDRNOTAVAIL);

    bench.inputs.clear();
    bench.dial(Address::parse("203.0.113.77").value());
    bench.connections.close({2});
    bench.loop.run_until([] { return false; }, 20ms);
    CHECK(bench.inputs.empty());
}

TEST_CASE("what was queued before a close still arrives, then the end") {
    Bench bench;
    bench.listen({{kNeighbour, {}}});
    bench.dial(kNeighbour);
    REQUIRE(bench.wait_for<TcpConnected>());
    REQUIRE(bench.wait_for<TcpAccepted>());
    bench.connections.send({{2}, {1, 2, 3}});
    bench.connections.close({2});
    bench.connections.flush();
    REQUIRE(bench.wait_for<TcpClosed>());
    CHECK(bench.received == std::vector<std::uint8_t>{1, 2, 3});
    CHECK(bench.told<TcpClosed>()->connection == bench.told<TcpAccepted>()->connection);
    CHECK(bench.told<TcpClosed>()->error == 0);
    CHECK(bench.loop.run_until([&] { return bench.connections.quiet(); }, 5s));
}

TEST_CASE("a neighbour whose password is wrong cannot call; a new one works on the open listener") {
    Bench bench;
    bench.listen({{kNeighbour, {.md5_key = "right"}}});
    bench.dial(kNeighbour, {.md5_key = "wrong"});
    bench.loop.run_until([&] { return bench.listeners.drops_at(kUs) > 0; }, 5s);
    CHECK(bench.listeners.drops_at(kUs) > 0);
    CHECK(bench.told<TcpConnected>() == nullptr);
    bench.connections.close({2});

    bench.listen({{kNeighbour, {.md5_key = "wrong"}}});
    bench.dial(kNeighbour, {.md5_key = "wrong"});
    CHECK(bench.wait_for<TcpConnected>());
}

TEST_CASE("what a neighbour said before it called again is heard before the call") {
    Bench us, neighbour;
    us.listen({{kNeighbour, {}}});
    neighbour.port = us.port;
    neighbour.dial(kNeighbour);
    REQUIRE(us.wait_for<TcpAccepted>());
    REQUIRE(neighbour.wait_for<TcpConnected>());
    us.inputs.clear();
    // Both are there before we look.
    neighbour.connections.send({{2}, {1, 2, 3}});
    neighbour.connections.flush();
    neighbour.inputs.clear();
    neighbour.connections.connect({.connection = {4}, .local = kNeighbour, .peer = kUs, .port = us.port});
    REQUIRE(neighbour.wait_for<TcpConnected>());
    REQUIRE(us.wait_for<TcpAccepted>());
    CHECK(std::holds_alternative<TcpReceived>(us.inputs.front()));
}

// RFC 2385, and what Linux makes of it

namespace {

/// A connection from kNeighbour to kUs, its ends {2} and the accepted one, both of this bench.
struct Running : Bench {
    explicit Running(const std::string& key) {
        listen({{kNeighbour, {.md5_key = key}}});
        dial(kNeighbour, {.md5_key = key});
        REQUIRE(wait_for<TcpConnected>());
        REQUIRE(wait_for<TcpAccepted>());
    }
    void rekey_dialler(const std::string& key) { connections.rekey({{2}, kUs, {.md5_key = key}}); }
    void rekey_listener(const std::string& key) {
        connections.rekey({told<TcpAccepted>()->connection, kNeighbour, {.md5_key = key}});
    }
    bool arrives(Duration at_most) {
        received.clear();
        connections.send({{2}, {1, 2, 3}});
        connections.flush();
        return loop.run_until([&] { return received.size() == 3; }, at_most);
    }
};

}  // namespace

TEST_CASE("a running connection gets a new key, and goes on as soon as both ends have it") {
    Running bench{"old"};
    CHECK(bench.arrives(5s));
    bench.rekey_dialler("new");
    CHECK_FALSE(bench.arrives(50ms));
    bench.rekey_listener("new");
    CHECK(bench.loop.run_until([&] { return bench.received.size() == 3; }, 10s));  // TCP tries again
    CHECK(bench.arrives(5s));
    CHECK(bench.told<TcpRekeyFailed>() == nullptr);
    CHECK(bench.told<TcpClosed>() == nullptr);
}

TEST_CASE("a key is put on a running connection, and taken off") {
    Running bench{""};
    bench.rekey_dialler("first");
    bench.rekey_listener("first");
    CHECK(bench.arrives(10s));
    bench.rekey_dialler("");
    bench.rekey_listener("");
    CHECK(bench.arrives(10s));
}

TEST_CASE("a key that the kernel does not take is reported") {
    Running bench{"old"};
    bench.rekey_dialler(std::string(81, 'x'));
    REQUIRE(bench.wait_for<TcpRekeyFailed>());
    CHECK(bench.told<TcpRekeyFailed>()->connection == ConnectionId{2});
    CHECK(bench.told<TcpRekeyFailed>()->error == EINVAL);
}

TEST_CASE("a dial that hangs is told why the neighbour's own calls are dropped") {
    Bench us, neighbour;
    us.listen({{kNeighbour, {.md5_key = "ours"}}});
    neighbour.listeners.apply({{{.local = kNeighbour, .port = us.port, .peers = {{kUs, {.md5_key = "theirs"}}}}}});
    us.connections.connect(
        {.connection = {2}, .local = kUs, .peer = kNeighbour, .port = us.port, .options = {.md5_key = "ours"}});
    us.connections.connect(
        {.connection = {4}, .local = kElsewhere, .peer = kNeighbour, .port = us.port, .options = {.md5_key = "ours"}});
    neighbour.port = us.port;
    neighbour.dial(kNeighbour, {.md5_key = "theirs"});
    REQUIRE(us.wait_for<TcpHint>());
    CHECK(us.told<TcpHint>()->connection == ConnectionId{2});
    CHECK(us.told<TcpHint>()->hint == session::ConnectHint::Md5WrongKey);
}

TEST_CASE("both ends of GTSM hear each other") {
    Bench bench;
    bench.listen({{kNeighbour, {.gtsm = true}}});
    bench.dial(kNeighbour, {.gtsm = true});
    CHECK(bench.wait_for<TcpConnected>());
    CHECK(bench.wait_for<TcpAccepted>());
}

TEST_CASE("with GTSM a neighbour whose packets come with a lower TTL is not heard, whoever calls") {
    Bench listener;
    listener.listen({{kNeighbour, {.gtsm = true}}});
    listener.dial(kNeighbour, {.ttl = 64});  // so far away, as far as TTL can tell
    CHECK_FALSE(listener.loop.run_until([&] { return listener.told<TcpConnected>() != nullptr; }, 300ms));
    CHECK(listener.told<TcpAccepted>() == nullptr);

    Bench dialler;
    dialler.listen({{kNeighbour, {.ttl = 64}}});
    dialler.dial(kNeighbour, {.gtsm = true});
    CHECK_FALSE(dialler.loop.run_until([&] { return dialler.told<TcpConnected>() != nullptr; }, 300ms));
}

TEST_CASE("beside a neighbour without GTSM one with it is not heard from afar") {
    Bench bench;
    bench.listen({{kNeighbour, {.gtsm = true}}, {kElsewhere, {.ttl = 1}}});
    bench.dial(kNeighbour, {.ttl = 64});
    bench.connections.send({{2}, {1}});
    bench.loop.run_until([&] { return bench.told<TcpAccepted>() != nullptr; }, 5s);
    bench.connections.send({{2}, {1, 2, 3}});
    bench.connections.flush();
    CHECK_FALSE(bench.loop.run_until([&] { return !bench.received.empty(); }, 300ms));
}

TEST_CASE("a listener that cannot be opened is reported once, one no longer wanted is closed") {
    Bench bench;
    Bench other;
    other.port = bench.port;
    bench.listen({{kNeighbour, {}}});
    other.listen({{kNeighbour, {}}});
    REQUIRE(other.wait_for<ListenFailed>());
    CHECK(other.told<ListenFailed>()->error == EADDRINUSE);
    bench.listeners.apply({});
    CHECK(bench.listeners.open_count() == 0);
}
