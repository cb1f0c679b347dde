#include "shell/kernel_sockets.hpp"

#include <fmt/format.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "shell/socket_options.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

/// An answer queued takes 832 octets of it; the default holds 256, and all batches under way may fail. Without
/// CAP_NET_ADMIN, which whoever may write routes has, the kernel cuts the wish to rmem_max.
constexpr int kReceiveBuffer = 4 << 20;
/// The kernel never gives more than 32 KB at once.
constexpr std::size_t kReadOctets = 64 * 1024;
/// Datagrams read before other news has its turn.
constexpr int kReadsInOneGo = 64;

bool listen_to(int fd, int group) { return set_option(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, group) == 0; }

}  // namespace

KernelSockets::KernelSockets(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell)
    : loop_(loop),
      journal_(journal),
      tell_(std::move(tell)),
      buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(kReadOctets)) {}

void KernelSockets::open(const WatchedRoutes& ours) {
    ours_ = ours;
    command_ = open_one(Which::Command);
    monitor_ = open_one(Which::Monitor);
    if (!command_.open()) return;
    writer_.emplace(command_.fd(), [this](int error) { loop_.post([this, error] { write_failed(error); }); });
    watch();
}

void KernelSockets::watch_for(const WatchedRoutes& ours) {
    if (std::exchange(ours_, ours) != ours && watch_.open()) filter();
}

bool KernelSockets::filter() {
    sockaddr_nl us{};
    socklen_t length = sizeof us;
    ::getsockname(command_.fd(), reinterpret_cast<sockaddr*>(&us), &length);
    return attach_watch_filter(watch_.fd(), us.nl_pid, ours_);
}

/// The filter first: nothing is to come through that it would have dropped. A kernel before 5.3 has no nexthops to be told of.
void KernelSockets::watch() {
    watch_ = open_one(Which::Watch);
    if (!watch_.open()) return;
    const bool heard =
        filter() && listen_to(watch_.fd(), RTNLGRP_IPV4_ROUTE) && listen_to(watch_.fd(), RTNLGRP_IPV6_ROUTE);
    listen_to(watch_.fd(), RTNLGRP_NEXTHOP);
    if (!heard) {
        journal_.note(EventLevel::Warning,
                      fmt::format("what others do to our routes is not seen: {}", std::strerror(errno)));
        watch_ = {};
    }
}

Watched& KernelSockets::socket(Which which) {
    switch (which) {
        case Which::Command:
            return command_;
        case Which::Monitor:
            return monitor_;
        case Which::Watch:
            return watch_;
    }
    std::unreachable();
}

void KernelSockets::tell_octets(Which which, Bytes octets) {
    switch (which) {
        case Which::Command:
            return tell_(speaker::KernelReplied{octets});
        case Which::Monitor:
            return tell_(speaker::KernelNews{octets});
        case Which::Watch:
            return tell_(speaker::KernelTouched{octets});
    }
}

void KernelSockets::tell_lost(Which which) {
    if (which == Which::Watch) return tell_(speaker::KernelTouchesLost{});
    tell_(speaker::KernelOverrun{});
}

Watched KernelSockets::open_one(Which which) {
    Fd fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE)};
    sockaddr_nl us{};
    us.nl_family = AF_NETLINK;
    if (which == Which::Monitor) us.nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
    if (!fd.open() || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&us), sizeof us) != 0) {
        journal_.note(EventLevel::Error, fmt::format("no netlink socket, so no routes: {}", std::strerror(errno)));
        return {};
    }
    set_option(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, 1);
    set_option(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, 1);
    set_option(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, 1);
    if (set_option(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, kReceiveBuffer) != 0)
        set_option(fd.get(), SOL_SOCKET, SO_RCVBUF, kReceiveBuffer);
    Watched socket{loop_, std::move(fd)};
    socket.on_readable([this, which] { read(which); });
    return socket;
}

void KernelSockets::read(Which which) {
    for (int reads = 0; reads < kReadsInOneGo; ++reads) {
        sockaddr_nl from{};
        iovec part{buffer_.get(), kReadOctets};
        msghdr message{};
        message.msg_name = &from;
        message.msg_namelen = sizeof from;
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        const auto got = ::recvmsg(socket(which).fd(), &message, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) {
            if (errno != EAGAIN) tell_lost(which);
            return;
        }
        // Port 0 is the kernel; any process may write to our socket.
        if (from.nl_pid != 0) continue;
        if ((message.msg_flags & MSG_TRUNC) != 0) {
            tell_lost(which);
            continue;
        }
        tell_octets(which, Bytes{buffer_.get(), static_cast<std::size_t>(got)});
    }
}

void KernelSockets::send(const speaker::KernelSend& batch) {
    if (writer_ && writer_->write(batch.octets, batch.turn)) answered_ = true;
}

void KernelSockets::hear() {
    if (std::exchange(answered_, false)) read(Which::Command);
}

void KernelSockets::ask(Bytes octets) {
    if (!monitor_.open()) return;
    if (::send(monitor_.fd(), octets.data(), octets.size(), 0) < 0) write_failed(errno);
}

void KernelSockets::write_failed(int error) {
    journal_.note(EventLevel::Error, fmt::format("the kernel does not take requests: {}", std::strerror(error)));
    loop_.post([this] { tell_(speaker::KernelOverrun{}); });
}

}  // namespace dyad::shell
