// Holds a BGP session on its own POSIX socket and prints the routes:  example ADDRESS PORT OUR-AS PEER-AS
#include <arpa/inet.h>
#include <poll.h>
#include <unistd.h>
#include <dyad/base/overloaded.hpp>
#include <dyad/session/session.hpp>
#include <dyad/wire/update.hpp>

#include <cstdio>
#include <cstdlib>
#include <utility>
using namespace dyad;
using namespace dyad::session;

Instant now() { return {std::chrono::steady_clock::now().time_since_epoch()}; }
std::uint32_t number(const char* text) { return static_cast<std::uint32_t>(std::atoi(text)); }

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    const sockaddr_in peer{AF_INET, htons(static_cast<std::uint16_t>(number(argv[2]))), {inet_addr(argv[1])}, {}};
    Session session{{.local_as = {number(argv[3])}, .peer_as = {number(argv[4])}, .router_id = {0x0a000001}}, 1};
    ConnectionId connection{0};
    int fd = -1;
    const auto dial = [&](const OpenConnection&) {
        session.connecting(connection = {connection.value + 2});  // a dial has an even number, each its own
        fd = ::socket(AF_INET, SOCK_STREAM, 0);
        if (::connect(fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) == 0)
            session.connected(now(), connection);
        else
            session.connect_failed(now(), connection, errno), ::close(std::exchange(fd, -1));
    };
    const auto send = [&](const SendMessage& message) {
        (void)!::write(fd, message.octets.data(), message.octets.size());
    };
    const auto close = [&](const CloseConnection&) { ::close(std::exchange(fd, -1)); };
    const auto up = [](const WentUp& news) { std::printf("up: AS %u\n", news.negotiated.peer_as.value); };
    const auto down = [](const auto& news) { std::printf("down: %s\n", describe(news.reason).c_str()); };
    for (session.start(now());; session.tick(now())) {
        for (const auto& action : session.take_actions()) std::visit(Overloaded{dial, send, close, up, down}, action);
        std::fflush(stdout);
        const auto wait = std::chrono::ceil<std::chrono::milliseconds>(*session.deadline() - now()).count();
        pollfd ready{fd, POLLIN, 0};
        if (::poll(&ready, 1, wait > 0 ? static_cast<int>(wait) : 0) <= 0) continue;  // the session's time has come
        std::uint8_t octets[4096];
        const auto count = ::read(fd, octets, sizeof octets);
        if (count <= 0) session.closed(now(), connection, count < 0 ? errno : 0), ::close(std::exchange(fd, -1));
        session.feed(connection, {octets, static_cast<std::size_t>(count > 0 ? count : 0)});
        while (const auto message = session.next(now())) {
            if (message->type != wire::MessageType::Update) continue;
            const auto update = wire::decode_update(message->body(), {});
            if (!update) std::printf("malformed: %s\n", update.error().what.c_str());
            for (const auto& prefix : update.value_or(wire::Update{}).announced)
                std::printf("%s\n", prefix.to_string().c_str());
        }
    }
}
