#include "shell/bfd_sockets.hpp"

#include <netinet/in.h>
#include <netinet/ip.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "shell/socket_options.hpp"

namespace dyad::shell {

namespace {

constexpr std::uint16_t kSingleHopPort = 3784, kMultihopPort = 4784;
/// RFC 5881 section 4.
constexpr std::uint16_t kFirstSourcePort = 49152;
constexpr int kSourcePorts = 65536 - kFirstSourcePort;
/// Ports that others have, passed over for one session; ephemeral ports of the host lie there too.
constexpr int kPortsTried = 256;
/// Sent, and demanded of a single hop.
constexpr std::uint8_t kTtl = 255;
/// Datagrams read from one socket before timers have their turn: what a busy second of a hundred fast peers brings.
constexpr int kDatagramsInOneGo = 1024;
/// Far more than a control packet with authentication (RFC 5880 4.1).
constexpr std::size_t kLongestDatagram = 512;

Fd open_udp(Family family) {
    Fd fd{::socket(socket_family(family), SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_UDP)};
    if (fd.open() && family == Family::Ipv6) set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, 1);
    return fd;
}

std::uint16_t port_of(bfd::Hops hops) { return hops == bfd::Hops::Single ? kSingleHopPort : kMultihopPort; }

Address any_address(Family family) { return family == Family::Ipv4 ? Address{} : Address::v6({}); }

/// The kernel tells with each datagram where it came in and with what TTL. From further away than one hop it does not
/// even pass them on: strangers cannot keep the thread busy.
void tell_ways(int fd, bfd::Hops hops, Family family) {
    if (family == Family::Ipv4) {
        set_option(fd, IPPROTO_IP, IP_PKTINFO, 1);
        set_option(fd, IPPROTO_IP, IP_RECVTTL, 1);
    } else {
        set_option(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        set_option(fd, IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1);
    }
    if (hops == bfd::Hops::Single) set_minimum_ttl(fd, family, kTtl);
}

void read_way(bfd::Arrival& arrival, const cmsghdr& header) {
    const auto* data = CMSG_DATA(&header);
    const auto is = [&](int level, int type) { return header.cmsg_level == level && header.cmsg_type == type; };
    if (is(IPPROTO_IP, IP_PKTINFO)) {
        in_pktinfo info{};
        std::memcpy(&info, data, sizeof info);
        arrival.interface_index = static_cast<std::uint32_t>(info.ipi_ifindex);
        arrival.destination = Address::v4(ntohl(info.ipi_addr.s_addr));
    }
    if (is(IPPROTO_IPV6, IPV6_PKTINFO)) {
        in6_pktinfo info{};
        std::memcpy(&info, data, sizeof info);
        arrival.interface_index = info.ipi6_ifindex;
        arrival.destination = *Address::from_bytes({info.ipi6_addr.s6_addr, 16});
    }
    if (is(IPPROTO_IP, IP_TTL) || is(IPPROTO_IPV6, IPV6_HOPLIMIT)) {
        int ttl = 0;
        std::memcpy(&ttl, data, sizeof ttl);
        arrival.ttl = static_cast<std::uint8_t>(ttl);
    }
}

/// False when there is nothing more.
bool read(const BfdListening& listening, const std::function<void(const bfd::Arrival&)>& take) {
    SocketAddress from;
    std::array<std::uint8_t, kLongestDatagram> octets;
    alignas(cmsghdr) std::array<std::uint8_t, 128> control{};
    iovec part{octets.data(), octets.size()};
    msghdr message{};
    message.msg_name = &from.storage;
    message.msg_namelen = sizeof from.storage;
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto got = ::recvmsg(listening.descriptor, &message, 0);
    if (got < 0) return errno == EINTR;
    const auto source = address_of(from);
    if (!source) return true;
    bfd::Arrival arrival{.hops = listening.hops, .source = *source, .destination = {}};
    arrival.octets = Bytes{octets}.first(static_cast<std::size_t>(got));
    for (auto* header = CMSG_FIRSTHDR(&message); header != nullptr; header = CMSG_NXTHDR(&message, header))
        read_way(arrival, *header);
    take(arrival);
    return true;
}

}  // namespace

bool BfdSockets::listen(const std::vector<bfd::Wanted>& wanted) {
    for (const auto& one : wanted) {
        const bool known = std::ranges::any_of(listeners_, [&](const Listener& l) {
            return l.hops == one.path.hops && l.family == one.path.peer.family();
        });
        if (!known) listeners_.push_back({.hops = one.path.hops, .family = one.path.peer.family()});
    }
    bool all = true;
    for (auto& listener : listeners_) all = (listener.socket.open() || listen(listener)) && all;
    return all;
}

bool BfdSockets::listen(Listener& listener) {
    auto fd = open_udp(listener.family);
    const auto at = socket_address(any_address(listener.family), port_of(listener.hops));
    if (!fd.open() || ::bind(fd.get(), at.get(), at.length) != 0) {
        complain(listener.error, errno, "cannot listen on UDP port " + std::to_string(port_of(listener.hops)));
        return false;
    }
    tell_ways(fd.get(), listener.hops, listener.family);
    listener.socket = std::move(fd);
    listener.error = 0;
    return true;
}

std::vector<BfdListening> BfdSockets::listening() const {
    std::vector<BfdListening> all;
    for (const auto& listener : listeners_)
        if (listener.socket.open()) all.push_back({listener.socket.get(), listener.hops});
    return all;
}

void BfdListening::drain(const std::function<void(const bfd::Arrival&)>& take) const {
    for (int reads = 0; reads < kDatagramsInOneGo && read(*this, take);) ++reads;
}

int BfdDatagram::transmit() const {
    return ::sendto(socket->get(), octets.data(), octets.size(), 0, to.get(), to.length) >= 0 ? 0 : errno;
}

std::optional<BfdDatagram> BfdSockets::address(BfdSessionId id, const bfd::Path& path,
                                               std::vector<std::uint8_t> octets) {
    auto& speaker = speakers_[id];
    speaker.peer = path.peer.to_string();
    if (!speaker.socket) {
        auto opened = open_speaker(path);
        if (!opened.open()) {
            cannot_send(speaker, errno);
            return std::nullopt;
        }
        speaker.socket = std::make_shared<const Fd>(std::move(opened));
    }
    return BfdDatagram{.session = id,
                       .socket = speaker.socket,
                       .to = socket_address(path.peer, port_of(path.hops), path.interface),
                       .octets = std::move(octets)};
}

/// A socket that fails is opened anew for the next packet: its interface may have gone and come back as another.
void BfdSockets::sent(const BfdDatagram& datagram, int error) {
    const auto found = speakers_.find(datagram.session);
    if (found == speakers_.end() || found->second.socket != datagram.socket) return;
    auto& speaker = found->second;
    if (error == 0) {
        speaker.error = 0;
        return;
    }
    cannot_send(speaker, error);
    if (error != EAGAIN && error != ENOBUFS) speaker.socket.reset();
}

void BfdSockets::cannot_send(Speaker& speaker, int error) {
    complain(speaker.error, error, "cannot send to " + speaker.peer);
}

Fd BfdSockets::open_speaker(const bfd::Path& path) {
    const auto family = path.peer.family();
    auto fd = open_udp(family);
    if (!fd.open()) return fd;
    set_sent_ttl(fd.get(), family, kTtl);
    set_routing_class(fd.get(), family);
    set_small_window(fd.get());  // nothing is ever read from it
    set_option(fd.get(), IPPROTO_IP, IP_FREEBIND, 1);
    const bool bound = path.hops == bfd::Hops::Single && !path.interface.empty();
    if (bound && set_device(fd.get(), path.interface) != 0) return Fd{};
    for (int tries = 0; tries < kPortsTried; ++tries) {
        const auto port = static_cast<std::uint16_t>(kFirstSourcePort + next_port_);
        next_port_ = static_cast<std::uint16_t>((next_port_ + 1) % kSourcePorts);
        const auto at = socket_address(path.local.value_or(any_address(family)), port, path.interface);
        if (::bind(fd.get(), at.get(), at.length) == 0) return fd;
        if (errno != EADDRINUSE) break;
    }
    return Fd{};
}

void BfdSockets::complain(int& known, int error, const std::string& what) {
    if (std::exchange(known, error) != error) complain_(what + ": " + std::strerror(error));
}

}  // namespace dyad::shell
