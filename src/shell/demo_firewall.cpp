#include "shell/demo_firewall.hpp"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

namespace dyad::shell {

namespace {

constexpr std::uint16_t kGuarded = 7;  // the port that is asked: the prober's
/// struct virtio_net_hdr of linux/virtio_net.h, which C++ cannot read: what is unfinished in the frame behind it.
constexpr std::size_t kUnfinished = 10;
/// The largest frame that a card may hand over at once.
constexpr std::size_t kFrame = 65'536 + kUnfinished;
/// Frames taken from one side before the other has its turn.
constexpr int kInOneGo = 64;
constexpr int kPatience = 20;  // ms, until somebody may have asked us to stop

Fd open_card(const NetNamespace& where, const char* name) {
    Fd card;
    where.inside([&] {
        card = Fd{::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        const int on = 1;
        ::setsockopt(card.get(), SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on);
        // Checksums and segments that the sending card would have finished go on unfinished, with the words for the next.
        ::setsockopt(card.get(), SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on);
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_protocol = htons(ETH_P_ALL);
        at.sll_ifindex = static_cast<int>(::if_nametoindex(name));
        ::bind(card.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at);
    });
    return card;
}

template <class Header>
Header header_at(std::span<const std::uint8_t> octets, std::size_t offset) {
    Header header{};
    if (octets.size() >= offset + sizeof header) std::memcpy(&header, octets.data() + offset, sizeof header);
    return header;
}

}  // namespace

DemoFirewall::DemoFirewall(const NetNamespace& where)
    : inside_(open_card(where, "inside")),
      outside_(open_card(where, "outside")),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

void DemoFirewall::run(const std::stop_token& stop) {
    std::array<pollfd, 2> ready{{{.fd = inside_.get(), .events = POLLIN, .revents = 0},
                                 {.fd = outside_.get(), .events = POLLIN, .revents = 0}}};
    while (!stop.stop_requested()) {
        ::poll(ready.data(), ready.size(), kPatience);
        if (forget_.exchange(false)) flows_.clear();
        carry(inside_.get(), outside_.get(), Way::Out);
        carry(outside_.get(), inside_.get(), Way::In);
    }
}

void DemoFirewall::carry(int from, int to, Way way) {
    std::array<std::uint8_t, kFrame> buffer;
    for (int i = 0; i < kInOneGo; ++i) {
        const auto got = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (got < static_cast<ssize_t>(kUnfinished)) return;
        const std::span whole{buffer.data(), static_cast<std::size_t>(got)};
        if (passes(whole.subspan(kUnfinished), way))
            ::send(to, whole.data(), whole.size(), MSG_DONTWAIT);
        else
            ++dropped_;
    }
}

bool DemoFirewall::passes(std::span<const std::uint8_t> frame, Way way) {
    if (ntohs(header_at<ethhdr>(frame, 0).h_proto) != ETH_P_IP) return true;
    const auto ip = header_at<iphdr>(frame, sizeof(ethhdr));
    if (ip.protocol != IPPROTO_UDP) return true;
    const auto udp = header_at<udphdr>(frame, sizeof(ethhdr) + std::size_t{ip.ihl} * 4);
    const auto from = ntohs(udp.source), to = ntohs(udp.dest);
    if (way == Way::Out && to == kGuarded) flows_.insert({ip.saddr, ip.daddr, from});
    if (way == Way::In && from == kGuarded) return flows_.contains({ip.daddr, ip.saddr, to});
    return true;
}

}  // namespace dyad::shell
