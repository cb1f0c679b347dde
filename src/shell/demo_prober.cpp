#include "shell/demo_prober.hpp"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "shell/socket_address.hpp"

namespace dyad::shell {

namespace {

constexpr std::uint16_t kPort = 7;  // RFC 862: what comes goes back
constexpr auto kInterval = std::chrono::milliseconds{1};
/// Behind by more than this (the machine was busy), the rest is sent at once but no faster than the echo can follow.
constexpr std::uint64_t kBurst = 50;
/// Some hundred milliseconds of packets, should the thread not get its turn.
constexpr int kBuffer = 4 << 20;

struct Probe {
    std::uint64_t number = 0;
    std::uint64_t link = 0;  ///< filled in by the mirror: 1 and the way it came
};

Fd open_udp(const Address& local, std::uint16_t port) {
    Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const auto at = socket_address(local, port);
    ::bind(socket.get(), at.get(), at.length);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &kBuffer, sizeof kBuffer);
    return socket;
}

}  // namespace

Prober::Prober(const Lab& lab) : lab_(lab), fates_(std::make_unique<std::atomic<std::uint8_t>[]>(kMemory)) {
    lab.lan().inside([&] {
        for (auto& source : sources_) source = open_udp(lab.lan_host(), 0);
    });
    lab.azure().inside([&] {
        mirror_ = open_udp(Address{}, kPort);
        const int on = 1;
        ::setsockopt(mirror_.get(), IPPROTO_IP, IP_PKTINFO, &on, sizeof on);
    });
    LabLinks azure{lab.azure()};
    for (std::size_t link = 0; link < lab.links(); ++link)
        mirror_interfaces_.push_back(azure.index_of(Lab::azure_interface(link)));
    mirror_interfaces_.push_back(azure.index_of(Lab::azure_vpn_interface()));
}

Prober::~Prober() = default;

void Prober::start() {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Prober::Result Prober::result(std::uint64_t from, std::uint64_t to) const {
    Result result{.sent = to - from};
    std::uint64_t gap = 0;
    for (auto number = from; number < to; ++number) {
        const auto fate = fates_[number % kMemory].load();
        if (fate == kLost) {
            ++result.lost;
            result.longest_gap = std::max(result.longest_gap, ++gap);
            continue;
        }
        gap = 0;
        // The last of the ways is the VPN, however many links there are.
        const std::size_t way = fate < mirror_interfaces_.size() ? fate - std::size_t{1} : kVpn;
        ++result.by_link[way];
        ++result.by_network[number % Lab::kAzureHosts / (Lab::kAzureHosts / 2)][way];
    }
    return result;
}

void Prober::run(const std::stop_token& stop) {
    const auto start = std::chrono::steady_clock::now();
    std::array<pollfd, 9> ready{};
    for (std::size_t i = 0; i < sources_.size(); ++i)
        ready[i] = {.fd = sources_[i].get(), .events = POLLIN, .revents = 0};
    ready.back() = {.fd = mirror_.get(), .events = POLLIN, .revents = 0};
    while (!stop.stop_requested()) {
        send_due(start);
        ::poll(ready.data(), ready.size(), 1);
        echo();
        collect();
    }
}

/// Every packet has its millisecond; those that were missed are sent late, not left out.
void Prober::send_due(std::chrono::steady_clock::time_point start) {
    const auto due = static_cast<std::uint64_t>((std::chrono::steady_clock::now() - start) / kInterval);
    for (std::uint64_t burst = 0; sent_.load() < due && burst < kBurst; ++burst) {
        const auto number = sent_.load();
        fates_[number % kMemory] = kLost;
        const Probe probe{.number = number};
        const auto to = socket_address(lab_.azure_host(static_cast<std::uint32_t>(number % Lab::kAzureHosts)), kPort);
        const auto& source = sources_[number / Lab::kAzureHosts % sources_.size()];
        ::sendto(source.get(), &probe, sizeof probe, MSG_DONTWAIT, to.get(), to.length);
        ++sent_;
    }
}

/// The Azure host's part: back through the interface by which it came.
void Prober::echo() {
    for (;;) {
        Probe probe;
        sockaddr_in from{};
        iovec part{&probe, sizeof probe};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(in_pktinfo))> control{};
        msghdr message{};
        message.msg_name = &from;
        message.msg_namelen = sizeof from;
        message.msg_iov = &part;
        message.msg_iovlen = 1;
        message.msg_control = control.data();
        message.msg_controllen = control.size();
        if (::recvmsg(mirror_.get(), &message, MSG_DONTWAIT) != sizeof probe) return;
        auto* header = CMSG_FIRSTHDR(&message);
        if (header == nullptr || header->cmsg_type != IP_PKTINFO) continue;
        in_pktinfo info;
        std::memcpy(&info, CMSG_DATA(header), sizeof info);
        const auto by = static_cast<unsigned>(info.ipi_ifindex);
        const auto way = std::ranges::find(mirror_interfaces_, by);
        probe.link = static_cast<std::uint64_t>(way - mirror_interfaces_.begin()) + 1;
        info.ipi_ifindex = static_cast<int>(answer_interface(probe.number, by));
        info.ipi_spec_dst = info.ipi_addr;  // answer as the address that was asked
        std::memcpy(CMSG_DATA(header), &info, sizeof info);
        ::sendmsg(mirror_.get(), &message, MSG_DONTWAIT);
    }
}

/// A flow is a destination and a source port: its packets come every so many, and its answers all go one way.
unsigned Prober::answer_interface(std::uint64_t number, unsigned came_by) const {
    const auto flow = number % (Lab::kAzureHosts * sources_.size());
    switch (answers_.load()) {
        case Answers::AsAsked:
            return came_by;
        case Answers::ByBoth:
            return mirror_interfaces_[flow % 2];
        case Answers::ByPrimary:
            return mirror_interfaces_[0];
        case Answers::BySecondary:
            return mirror_interfaces_[1];
    }
    return came_by;
}

void Prober::collect() {
    for (const auto& source : sources_) {
        Probe probe;
        while (::recv(source.get(), &probe, sizeof probe, MSG_DONTWAIT) == sizeof probe)
            if (probe.number < sent_.load()) fates_[probe.number % kMemory] = static_cast<std::uint8_t>(probe.link);
    }
}

}  // namespace dyad::shell
