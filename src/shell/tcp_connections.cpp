#include "shell/tcp_connections.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "shell/socket_address.hpp"
#include "shell/socket_options.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

/// A read takes about fifteen full-sized messages a system call; more gained nothing when measured.
constexpr std::size_t kReadOctets = 64 * 1024;
/// The Speaker is told of every octet that leaves and stops long before; a queue like this is a mistake of ours.
constexpr std::size_t kMaxQueuedOctets = 16 << 20;
/// Buffers in one gather write (IOV_MAX is 1,024; a turn queues a few dozen).
constexpr std::size_t kGather = 64;
/// How long a NOTIFICATION may take to leave.
constexpr auto kFarewell = std::chrono::seconds{1};
/// Short, so that the SYNs of two neighbours seldom fall between two looks.
constexpr auto kHintEvery = std::chrono::milliseconds{100};
/// Connections with one neighbour that may still be saying goodbye: two of a collision and as many of the attempt
/// before. One that calls and calls gets a reset instead, so that it holds no more of ours than this.
constexpr std::ptrdiff_t kMaxClosing = 4;
/// Two per session are a collision, the rest are closing; beyond it somebody plays.
constexpr std::size_t kMaxConnections = 4096;

}  // namespace

TcpConnections::TcpConnections(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell,
                               std::function<std::uint64_t(const Address&)> drops_at)
    : loop_(loop),
      journal_(journal),
      tell_(std::move(tell)),
      drops_at_(std::move(drops_at)),
      buffer_(kReadOctets),
      hints_(loop) {}

void TcpConnections::connect(const speaker::TcpConnect& dial) {
    const auto id = dial.connection;
    watch_dials();
    auto& connection = connections_[id];
    connection.key = dial.options.md5_key.empty() ? HasKey::No : HasKey::Yes;
    connection.local = dial.local;
    connection.peer = dial.peer;
    if (dial.local && drops_at_) connection.drops = drops_at_(*dial.local);
    const int error = start_dial(dial, connection);
    // Posted: the Speaker is still handing out what it wants, and may take this dial back in the same turn.
    if (error != 0) loop_.post([this, id, error] { fail(id, error); });
}

int TcpConnections::start_dial(const speaker::TcpConnect& dial, Connection& connection) {
    const auto family = dial.peer.family();
    const auto& options = dial.options;
    Fd socket = open_tcp(family);
    if (!socket.open()) return errno;
    const int fd = socket.get();
    set_routing_traffic(fd, family);
    if (!options.interface.empty()) {
        const int error = set_device(fd, options.interface);
        if (error == EPERM) {
            journal_.note(EventLevel::Warning,
                          fmt::format("not allowed to bind the connection to {} to {}: the routing table decides",
                                      dial.peer.to_string(), options.interface));
        } else if (error != 0) {
            return error;
        }
    }
    if (const int error = set_ttl(fd, family, options.ttl, options.gtsm)) return error;
    if (!options.md5_key.empty()) {
        if (const int error = set_md5(fd, dial.peer, options.interface, options.md5_key)) return error;
    }
    if (dial.local) {
        const auto local = socket_address(*dial.local, 0, options.interface);
        if (::bind(fd, local.get(), local.length) != 0) return errno;
    }
    const auto peer = socket_address(dial.peer, dial.port, options.interface);
    if (::connect(fd, peer.get(), peer.length) != 0 && errno != EINPROGRESS) return errno;
    connection.socket = Watched{loop_, std::move(socket)};
    connection.socket.when_writable([this, id = dial.connection] { dial_ended(id); });
    return 0;
}

void TcpConnections::dial_ended(ConnectionId id) {
    const auto at = connections_.find(id);
    if (at == connections_.end() || at->second.stage != Stage::Dialing) return;
    if (const int error = pending_error(at->second.socket.fd())) return fail(id, error);
    at->second.stage = Stage::Open;
    at->second.socket.on_readable([this, id] { read(id); });
    tell_(speaker::TcpConnected{id});
}

void TcpConnections::accepted(Call call) {
    hear_out(call.peer);
    if (connections_.size() >= kMaxConnections) return set_reset_on_close(call.socket.get());
    const ConnectionId id{next_accepted_};
    next_accepted_ += 2;
    auto& connection = connections_[id];
    connection.stage = Stage::Open;
    connection.peer = call.peer;
    connection.socket = Watched{loop_, std::move(call.socket)};
    connection.socket.on_readable([this, id] { read(id); });
    tell_(speaker::TcpAccepted{id, call.local, call.peer});
}

/// What a neighbour said before it called is heard before the call: a NOTIFICATION behind which it calls again, and its
/// connection's end.
void TcpConnections::hear_out(const Address& peer) {
    std::vector<ConnectionId> open;
    for (const auto& [id, connection] : connections_)
        if (connection.stage == Stage::Open && connection.peer == peer) open.push_back(id);
    for (const auto id : open) read(id);
}

void TcpConnections::read(ConnectionId id) {
    const auto at = connections_.find(id);
    if (at == connections_.end()) return;
    auto& connection = at->second;
    const auto got = ::recv(connection.socket.fd(), buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return fail(id, got == 0 ? 0 : errno);
    if (connection.stage == Stage::Closing) return;
    tell_(speaker::TcpReceived{id, Bytes{buffer_}.first(static_cast<std::size_t>(got))});
}

void TcpConnections::send(speaker::TcpSend send) {
    const auto at = connections_.find(send.connection);
    if (at == connections_.end() || at->second.stage == Stage::Closing || send.octets.empty()) return;
    auto& connection = at->second;
    connection.queued_octets += send.octets.size();
    if (connection.queued_octets > kMaxQueuedOctets) {
        loop_.post([this, id = send.connection] { fail(id, ENOBUFS); });
        return;
    }
    connection.queue.push_back(std::move(send.octets));
    if (!connection.blocked) to_flush_.insert(send.connection);
}

void TcpConnections::flush() {
    for (const auto id : std::exchange(to_flush_, {})) write(id);
}

void TcpConnections::write(ConnectionId id) {
    const auto at = connections_.find(id);
    if (at == connections_.end() || at->second.stage == Stage::Dialing) return;
    auto& connection = at->second;
    std::size_t sent = 0;
    int error = 0;
    while (!connection.queue.empty() && error == 0) sent += write_once(connection, error);
    if (error == EAGAIN) {
        connection.blocked = true;
        connection.socket.when_writable([this, id] {
            if (const auto again = connections_.find(id); again != connections_.end()) again->second.blocked = false;
            write(id);
        });
    } else if (error != 0) {
        return fail(id, error);
    }
    if (connection.stage == Stage::Closing) return farewell(at);
    if (sent > 0) tell_(speaker::TcpSent{id, sent});
}

std::size_t TcpConnections::write_once(Connection& connection, int& error) {
    std::array<iovec, kGather> parts;
    std::size_t count = 0;
    for (auto& octets : connection.queue) {
        if (count == parts.size()) break;
        const std::size_t skip = count == 0 ? connection.sent_of_front : 0;
        parts[count++] = {octets.data() + skip, octets.size() - skip};
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    const auto got = ::sendmsg(connection.socket.fd(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (got < 0) {
        error = errno == EINTR ? 0 : errno;
        return 0;
    }
    auto left = static_cast<std::size_t>(got);
    connection.queued_octets -= left;
    while (!connection.queue.empty() && left >= connection.queue.front().size() - connection.sent_of_front) {
        left -= connection.queue.front().size() - std::exchange(connection.sent_of_front, 0);
        connection.queue.pop_front();
    }
    connection.sent_of_front += left;
    return static_cast<std::size_t>(got);
}

void TcpConnections::rekey(const speaker::TcpRekey& rekey) {
    const auto at = connections_.find(rekey.connection);
    if (at == connections_.end()) return;
    const auto& options = rekey.options;
    at->second.key = options.md5_key.empty() ? HasKey::No : HasKey::Yes;
    const int error = set_md5(at->second.socket.fd(), rekey.peer, options.interface, options.md5_key);
    // Posted: the Speaker is still handing out what it wants.
    if (error != 0) loop_.post([this, id = rekey.connection, error] { tell_(speaker::TcpRekeyFailed{id, error}); });
}

void TcpConnections::close(ConnectionId id) {
    const auto at = connections_.find(id);
    if (at == connections_.end()) return;
    if (at->second.stage != Stage::Open) {
        connections_.erase(at);
        return;
    }
    if (closing_with(at->second.peer) >= kMaxClosing) {
        set_reset_on_close(at->second.socket.fd());
        connections_.erase(at);
        return;
    }
    at->second.stage = Stage::Closing;
    patience_.try_emplace(id, loop_).first->second.after(kFarewell, [this, id] {
        connections_.erase(id);
        patience_.erase(id);
    });
    if (!at->second.blocked) to_flush_.insert(id);
}

void TcpConnections::reset(ConnectionId id) {
    const auto at = connections_.find(id);
    if (at == connections_.end()) return;
    if (at->second.socket.open()) set_reset_on_close(at->second.socket.fd());
    connections_.erase(at);
    patience_.erase(id);
}

void TcpConnections::reading(ConnectionId id, Reading reading) {
    const auto at = connections_.find(id);
    if (at == connections_.end() || at->second.stage != Stage::Open) return;
    auto& socket = at->second.socket;
    if (reading == Reading::On) return socket.on_readable([this, id] { read(id); });
    socket.on_readable(nullptr);
    set_small_window(socket.fd());
}

std::ptrdiff_t TcpConnections::closing_with(const std::optional<Address>& peer) const {
    return std::ranges::count_if(
        connections_, [&](const auto& one) { return one.second.stage == Stage::Closing && one.second.peer == peer; });
}

/// A close() with unread octets would send RST, and the peer's kernel would throw away the NOTIFICATION it holds for
/// the peer: so our side is shut first, and what still comes is read until the peer shuts his.
void TcpConnections::farewell(Connections::iterator at) {
    auto& connection = at->second;
    if (!connection.queue.empty() || connection.said_goodbye) return;
    connection.said_goodbye = true;
    ::shutdown(connection.socket.fd(), SHUT_WR);
}

void TcpConnections::fail(ConnectionId id, int error) {
    const auto at = connections_.find(id);
    if (at == connections_.end()) return;
    const auto stage = at->second.stage;
    const auto hint = at->second.hint;
    connections_.erase(at);
    if (stage == Stage::Closing) {
        patience_.erase(id);
        return;
    }
    tell_(speaker::TcpClosed{id, error, hint});
}

bool TcpConnections::quiet() const {
    return std::ranges::none_of(connections_, [](const auto& c) { return c.second.stage == Stage::Closing; });
}

void TcpConnections::watch_dials() {
    const bool under_way =
        std::ranges::any_of(connections_, [](const auto& c) { return c.second.stage == Stage::Dialing; });
    if (under_way) return;
    counters_ = read_md5_counters();
    hints_.after(kHintEvery, [this] { give_hints(); });
}

/// The counters are the host's, but a segment that is dropped is also counted by the listener it came to, and each link
/// has its own address. What stays ambiguous is not told: no reason is better than a wrong one.
void TcpConnections::give_hints() {
    const auto before = std::exchange(counters_, read_md5_counters());
    std::vector<speaker::TcpHint> hints;
    bool under_way = false;
    for (auto& [id, connection] : connections_) {
        if (connection.stage != Stage::Dialing) continue;
        under_way = true;
        if (before == counters_ || !dropped_here(connection)) continue;
        const auto hint = md5_hint(before, counters_, connection.key);
        if (hint != session::ConnectHint::None) hints.push_back({id, hint});
    }
    if (under_way) hints_.after(kHintEvery, [this] { give_hints(); });
    const bool ambiguous = hints.size() > 1 && kinds_moved(before, counters_) > 1;
    if (ambiguous) return;
    for (const auto& hint : hints) {
        auto& told = connections_.at(hint.connection).hint;
        if (std::exchange(told, hint.hint) != hint.hint) tell_(hint);
    }
}

/// Since it was last asked. Without an address of its own a dial is nobody's and anybody's.
bool TcpConnections::dropped_here(Connection& connection) const {
    if (!connection.local || !drops_at_) return true;
    const auto drops = drops_at_(*connection.local);
    return std::exchange(connection.drops, drops) != drops;
}

}  // namespace dyad::shell
