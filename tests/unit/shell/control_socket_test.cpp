#include "shell/control_socket.hpp"

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstdlib>
#include <cstring>

using namespace dyad::shell;
using namespace std::chrono_literals;

namespace {

/// A directory that goes when the socket in it has gone.
struct Directory {
    std::string name = "/tmp/dyad-control-XXXXXX";
    Directory() { REQUIRE(::mkdtemp(name.data()) != nullptr); }
    ~Directory() { ::rmdir(name.c_str()); }
};

struct Desk {
    Directory directory;
    Loop loop;
    Journal journal;
    Operations operations{
        .ask = [](const dyad::speaker::Query&) { return dyad::speaker::View{dyad::speaker::FibView{}}; },
        .journal = &journal,
        .config_json = [] { return std::string{"{}"}; },
        .reload = [] { return std::string{R"({"changes":[]})"}; }};
    ControlSocket control{loop, journal, operations};

    std::string path() const { return directory.name + "/sock"; }
    std::string open() { return control.open({.socket = path(), .group = "no-such-group", .writers = "root"}); }

    Fd call() const {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path, path().c_str(), path().size());
        Fd client{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
        REQUIRE(::connect(client.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
        return client;
    }
    /// Everything until the daemon closes.
    std::string answer(const Fd& client) {
        std::string out;
        bool ended = false;
        loop.run_until(
            [&] {
                std::array<char, 4096> part;
                const auto got = ::recv(client.get(), part.data(), part.size(), 0);
                if (got > 0) out.append(part.data(), static_cast<std::size_t>(got));
                ended = got == 0;
                if (!ended) loop.post([] {});
                return ended;
            },
            10s);
        CHECK(ended);
        return out;
    }
};

void say(const Fd& client, std::string_view words) {
    REQUIRE(::send(client.get(), words.data(), words.size(), 0) == static_cast<ssize_t>(words.size()));
}

}  // namespace

TEST_CASE("a question gets its answer, and the connection closes") {
    Desk desk;
    REQUIRE(desk.open() == "");
    const auto client = desk.call();
    say(client, "{\"ask\":\"fib\"}\n");
    CHECK(desk.answer(client).starts_with("{\"enabled\":true"));
}

TEST_CASE("a question may come in pieces, and one that is too long is refused") {
    Desk desk;
    REQUIRE(desk.open() == "");
    const auto slow = desk.call();
    say(slow, "{\"ask\":");
    desk.loop.run_until([] { return false; }, 5ms);
    say(slow, "\"config\"}\n");
    CHECK(desk.answer(slow) == "{}\n");
    const auto long_winded = desk.call();
    say(long_winded, std::string(5000, 'x'));
    CHECK(desk.answer(long_winded) == "{\"error\":\"the request is too long\"}\n");
}

TEST_CASE("the socket is for its owner and group") {
    Desk desk;
    REQUIRE(desk.open() == "");
    struct stat about {};
    REQUIRE(::stat(desk.path().c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0660);
}

TEST_CASE("a socket that answers is not taken over, one left behind is") {
    Desk first;
    REQUIRE(first.open() == "");
    ControlSocket second{first.loop, first.journal, first.operations};
    CHECK(second.open({.socket = first.path(), .group = "", .writers = ""}).find("another dyad answers") !=
          std::string::npos);

    Desk dead;
    {
        sockaddr_un at{};
        at.sun_family = AF_UNIX;
        std::memcpy(at.sun_path, dead.path().c_str(), dead.path().size());
        const Fd left{::socket(AF_UNIX, SOCK_STREAM, 0)};
        REQUIRE(::bind(left.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    }
    CHECK(dead.open() == "");
}

TEST_CASE("a follower hears what happens later") {
    Desk desk;
    REQUIRE(desk.open() == "");
    desk.journal.on_entry([&] { desk.control.wake_followers(); });
    const auto client = desk.call();
    say(client, "{\"ask\":\"events\",\"follow\":true}\n");
    desk.loop.run_until([] { return false; }, 20ms);
    desk.journal.note(dyad::speaker::EventLevel::Debug, "it happened");
    std::string heard;
    CHECK(desk.loop.run_until(
        [&] {
            std::array<char, 512> part;
            const auto got = ::recv(client.get(), part.data(), part.size(), 0);
            if (got > 0) heard.append(part.data(), static_cast<std::size_t>(got));
            desk.loop.post([] {});
            return heard.find("it happened") != std::string::npos;
        },
        10s));
}
