#include "shell/loop.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>

#include "shell/clock.hpp"

using namespace dyad::shell;
using namespace std::chrono_literals;

namespace {

std::array<Fd, 2> pair_of_sockets() {
    std::array<int, 2> fds{};
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds.data()) == 0);
    return {Fd{fds[0]}, Fd{fds[1]}};
}

}  // namespace

TEST_CASE("a callback may destroy its own descriptor, and is not called again") {
    Loop loop;
    auto [here, there] = pair_of_sockets();
    Watched watched{loop, std::move(here)};
    int calls = 0;
    watched.on_readable([&] {
        ++calls;
        watched = {};
    });
    REQUIRE(::send(there.get(), "xy", 2, 0) == 2);
    CHECK(loop.run_until([&] { return calls > 0; }, 5s));
    loop.run_until([] { return false; }, 10ms);
    CHECK(calls == 1);
}

TEST_CASE("a timer set again forgets the earlier time") {
    Loop loop;
    Timer timer{loop};
    int first = 0, second = 0;
    timer.after(1ms, [&] { ++first; });
    timer.after(2ms, [&] { ++second; });
    CHECK(loop.run_until([&] { return second > 0; }, 5s));
    CHECK(first == 0);
}

TEST_CASE("a timer destroyed calls nobody") {
    Loop loop;
    bool called = false;
    {
        Timer timer{loop};
        timer.after(0ms, [&] { called = true; });
    }
    loop.run_until([] { return false; }, 10ms);
    CHECK_FALSE(called);
}

TEST_CASE("news is heard while work is always there") {
    Loop loop;
    auto [here, there] = pair_of_sockets();
    Watched watched{loop, std::move(here)};
    bool heard = false;
    watched.on_readable([&] { heard = true; });
    int turns = 0;
    std::function<void()> work = [&] {
        if (++turns == 3) REQUIRE(::send(there.get(), "x", 1, 0) == 1);
        if (!heard) loop.post(work);
    };
    loop.post(work);
    CHECK(loop.run_until([&] { return heard; }, 5s));
    CHECK(turns < 100);
}
