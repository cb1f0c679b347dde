#include "shell/tcp_listeners.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "shell/socket_address.hpp"
#include "shell/socket_options.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;
using speaker::ListenPeer;

/// Calls the kernel holds for us while we are busy; a pair of links needs four, a reload of a route server more.
constexpr int kBacklog = 256;
/// Calls taken in one go, before other news has its turn.
constexpr int kCallsInOneGo = 32;
constexpr auto kRetryOpen = std::chrono::seconds{5};
/// Out of descriptors: accepting at once would spin.
constexpr auto kOutOfDescriptorsPause = std::chrono::milliseconds{200};

const ListenPeer* find_peer(const std::vector<ListenPeer>& peers, const Address& peer) {
    const auto found = std::ranges::find(peers, peer, &ListenPeer::peer);
    return found == peers.end() ? nullptr : &*found;
}

bool anyone_has_gtsm(const std::vector<ListenPeer>& peers) {
    return std::ranges::any_of(peers, [](const ListenPeer& p) { return p.options.gtsm; });
}

bool everyone_has_gtsm(const std::vector<ListenPeer>& peers) {
    return !peers.empty() && std::ranges::all_of(peers, [](const ListenPeer& p) { return p.options.gtsm; });
}

/// On the listener, so that the handshake has it too: a SYN-ACK with a low TTL dies at a peer with GTSM. Below 255
/// nothing is heard only where all peers want it so; the accepted socket gets its own.
void set_handshake_ttl(int fd, Family family, const std::vector<ListenPeer>& peers) {
    std::uint8_t sent = 1;
    for (const auto& p : peers) sent = std::max(sent, p.options.ttl);
    if (anyone_has_gtsm(peers)) sent = 255;
    set_sent_ttl(fd, family, sent);
    set_minimum_ttl(fd, family, everyone_has_gtsm(peers) ? 255 : 0);
}

}  // namespace

TcpListeners::TcpListeners(Loop& loop, Journal& journal, std::function<void(Call)> on_call,
                           std::function<void(const speaker::Input&)> tell)
    : loop_(loop),
      journal_(journal),
      on_call_(std::move(on_call)),
      tell_(std::move(tell)),
      retry_(loop),
      breath_(loop) {}

void TcpListeners::apply(const speaker::Listen& wanted) {
    std::vector<Listener> before = std::exchange(listeners_, {});
    listeners_.reserve(wanted.addresses.size());
    for (const auto& address : wanted.addresses) {
        const auto kept = std::ranges::find_if(before, [&](const Listener& l) {
            return l.wanted.local == address.local && l.wanted.port == address.port;
        });
        if (kept == before.end()) {
            open(listeners_.emplace_back(Listener{.wanted = address, .socket = {}, .allowed = {}}));
            continue;
        }
        const auto peers_before = std::exchange(kept->wanted, address).peers;
        auto& listener = listeners_.emplace_back(std::move(*kept));
        if (listener.socket.open()) set_peers(listener, peers_before);
    }
}

void TcpListeners::set_ear(const Address& local, Ear ear) {
    for (const auto& listener : listeners_)
        if (listener.wanted.local == local && listener.socket.open()) dyad::shell::set_ear(listener.socket.fd(), ear);
}

std::size_t TcpListeners::open_count() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(listeners_, [](const Listener& l) { return l.socket.open(); }));
}

std::uint64_t TcpListeners::drops_at(const Address& local) const {
    std::uint64_t drops = 0;
    for (const auto& listener : listeners_) {
        if (listener.wanted.local == local && listener.socket.open()) drops += dropped_segments(listener.socket.fd());
    }
    return drops;
}

void TcpListeners::open(Listener& listener) {
    const int error = try_open(listener);
    if (listener.told_error != error) {
        // Posted: the Speaker is still handing out what it wants. Error 0: it is open now.
        loop_.post(
            [this, news = speaker::ListenFailed{listener.wanted.local, listener.wanted.port, error}] { tell_(news); });
    }
    listener.told_error = error;
    if (error != 0) retry_later();
}

int TcpListeners::try_open(Listener& listener) {
    const auto& wanted = listener.wanted;
    const auto family = wanted.local.family();
    Fd socket = open_tcp(family);
    if (!socket.open()) return errno;
    set_option(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    set_option(socket.get(), IPPROTO_IP, IP_FREEBIND, 1);
    if (family == Family::Ipv6) set_option(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    set_routing_traffic(socket.get(), family);
    const auto& interface = wanted.peers.empty() ? std::string{} : wanted.peers.front().options.interface;
    const auto local = socket_address(wanted.local, wanted.port, interface);
    if (::bind(socket.get(), local.get(), local.length) != 0) return errno;
    listener.socket = Watched{loop_, std::move(socket)};
    // Keys before listen(): not one unsigned SYN is answered.
    set_peers(listener, {});
    if (::listen(listener.socket.fd(), kBacklog) != 0) {
        const int error = errno;
        listener.socket = {};
        return error;
    }
    listener.socket.on_readable([this, key = Key{wanted.local, wanted.port}] { accept_all(key); });
    return 0;
}

void TcpListeners::set_peers(Listener& listener, const std::vector<ListenPeer>& before) {
    const int fd = listener.socket.fd();
    const auto& peers = listener.wanted.peers;
    for (const auto& old : before) {
        const auto* kept = find_peer(peers, old.peer);
        const bool needs_no_key = !kept || kept->options.md5_key.empty();
        if (needs_no_key && !old.options.md5_key.empty()) set_md5(fd, old.peer, old.options.interface, "");
    }
    listener.allowed.clear();
    for (const auto& peer : peers) {
        if (!peer.options.md5_key.empty()) {
            const int error = set_md5(fd, peer.peer, peer.options.interface, peer.options.md5_key);
            if (error != 0) {
                // Unsigned it may not call either: better no session than one without its password.
                journal_.note(EventLevel::Error, fmt::format("{} cannot call: the kernel refuses its MD5 key: {}",
                                                             peer.peer.to_string(), std::strerror(error)));
                continue;
            }
        }
        listener.allowed.push_back(peer);
    }
    set_handshake_ttl(fd, listener.wanted.local.family(), listener.allowed);
}

void TcpListeners::accept_all(const Key& key) {
    for (int calls = 0; calls < kCallsInOneGo; ++calls) {
        auto* listener = find(key);
        if (!listener || !listener->socket.open()) return;
        SocketAddress from;
        from.length = sizeof from.storage;
        Fd socket{::accept4(listener->socket.fd(), from.get(), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket.open() && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
            listener->socket.on_readable(nullptr);
            breath_.after(kOutOfDescriptorsPause, [this] {
                for (auto& l : listeners_) {
                    if (!l.socket.open()) continue;
                    l.socket.on_readable([this, k = Key{l.wanted.local, l.wanted.port}] { accept_all(k); });
                }
            });
            return;
        }
        if (!socket.open()) return;
        const auto peer = address_of(from);
        const auto* known = peer ? find_peer(listener->allowed, *peer) : nullptr;
        if (!known) {
            set_reset_on_close(socket.get());
            continue;
        }
        const auto& options = known->options;
        set_ttl(socket.get(), peer->family(), options.ttl, options.gtsm);
        set_routing_traffic(socket.get(), peer->family());
        on_call_({std::move(socket), listener->wanted.local, *peer, options});
    }
}

void TcpListeners::retry_later() {
    retry_.after(kRetryOpen, [this] {
        for (auto& listener : listeners_) {
            if (!listener.socket.open()) open(listener);
        }
    });
}

TcpListeners::Listener* TcpListeners::find(const Key& key) {
    const auto found = std::ranges::find_if(listeners_, [&](const Listener& l) {
        return Key{l.wanted.local, l.wanted.port} == key;
    });
    return found == listeners_.end() ? nullptr : &*found;
}

}  // namespace dyad::shell
