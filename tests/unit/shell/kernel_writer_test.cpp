#include "shell/kernel_writer.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <optional>

#include "shell/fd.hpp"

using namespace dyad;
using namespace dyad::shell;
using speaker::KernelTurn;

namespace {

struct Pair {
    Pair() {
        std::array<int, 2> made{};
        REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, made.data()) == 0);
        ours = Fd{made[0]};
        theirs = Fd{made[1]};
    }
    /// Size and first octet of the next one.
    std::pair<std::size_t, int> read() const {
        std::vector<std::uint8_t> buffer(1 << 16);
        const auto got = ::recv(theirs.get(), buffer.data(), buffer.size(), 0);
        REQUIRE(got > 0);
        return {static_cast<std::size_t>(got), buffer[0]};
    }
    Fd ours, theirs;
};

}  // namespace

TEST_CASE("requests arrive in the order they were given, large and small") {
    const Pair pair;
    KernelWriter writer{pair.ours.get(), [](int) { FAIL("nothing is wrong"); }};
    constexpr std::array<std::size_t, 6> kSizes{20, 16'000, 20, 16'000, 4'000, 20};
    for (std::size_t i = 0; i < kSizes.size(); ++i)
        writer.write(std::vector<std::uint8_t>(kSizes[i], static_cast<std::uint8_t>(i)), KernelTurn::Behind);
    for (std::size_t i = 0; i < kSizes.size(); ++i) CHECK(pair.read() == std::pair{kSizes[i], static_cast<int>(i)});
}

TEST_CASE("what is urgent overtakes all that waits") {
    const Pair pair;
    // Nobody reads: the first few fill the socket, and the writer waits within the first that has no room.
    const int few = 4096;
    REQUIRE(::setsockopt(pair.ours.get(), SOL_SOCKET, SO_SNDBUF, &few, sizeof few) == 0);
    KernelWriter writer{pair.ours.get(), [](int) { FAIL("nothing is wrong"); }};
    constexpr int kWaiting = 20;
    for (int i = 0; i < kWaiting; ++i) writer.write(std::vector<std::uint8_t>(2'000, 1), KernelTurn::Behind);
    writer.write(std::vector<std::uint8_t>(20, 2), KernelTurn::Ahead);
    int before = 0;
    while (pair.read().second == 1) ++before;
    CHECK(before < kWaiting);
    for (int rest = before; rest < kWaiting; ++rest) CHECK(pair.read().second == 1);
}

TEST_CASE("what was handed over is written before the writer goes") {
    const Pair pair;
    {
        KernelWriter writer{pair.ours.get(), [](int) { FAIL("nothing is wrong"); }};
        for (int i = 0; i < 3; ++i) writer.write(std::vector<std::uint8_t>(8'000, 7), KernelTurn::Behind);
    }
    for (int i = 0; i < 3; ++i) CHECK(pair.read().first == 8'000);
}

TEST_CASE("a kernel that takes nothing is told of") {
    std::optional<int> error;
    {
        KernelWriter writer{-1, [&](int number) { error = number; }};
        writer.write(std::vector<std::uint8_t>(20), KernelTurn::Behind);
        CHECK(error == EBADF);
        error.reset();
        writer.write(std::vector<std::uint8_t>(8'000), KernelTurn::Behind);
    }
    CHECK(error == EBADF);
}
