/// Packets from the LAN to several addresses of Azure, a thousand a second to each, and what the edge's capture sees of its
/// first link: how long none arrived, and when the last went by the old path. Commands on standard input, JSON lines out.
///
///   bench-probe LAN EDGE AZURE INTERFACE ADDRESS...   namespaces' names, the edge's link that will fail, IPv4 and IPv6 addresses
///   mark      what happens next is looked at from here on; "marked"
///   report    "report": since the mark, per family, what was lost; when the link was left, and what was heard on it before
#include <fcntl.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/net/address.hpp"

namespace dyad::bench {
namespace {

using Nanoseconds = std::int64_t;  ///< since 1970: what the kernel stamps captured packets with
constexpr Nanoseconds kMillisecond = 1'000'000;
constexpr Nanoseconds kInterval = kMillisecond;
constexpr std::uint16_t kPort = 7700, kBfdPort = 3784, kBgpPort = 179;
/// Source ports: an address is probed by so many flows in turn, which a pair of links shares.
constexpr std::size_t kFlows = 8;
/// The old path has been left when no probe has gone there for so long; half of the flows' probes would be far closer.
constexpr Nanoseconds kQuiet = 50 * kMillisecond;
/// From sending to arriving, at most.
constexpr Nanoseconds kTrip = 200 * kMillisecond;
/// Packets for an address before the numbers come round: a quarter of an hour.
constexpr std::size_t kMemory = 1 << 20;

Nanoseconds now() {
    timespec at{};
    ::clock_gettime(CLOCK_REALTIME, &at);
    return at.tv_sec * 1'000'000'000LL + at.tv_nsec;
}

[[noreturn]] void fail(const std::string& what) {
    std::perror(what.c_str());
    std::exit(2);
}

int checked(int result, const char* what) {
    if (result < 0) fail(what);
    return result;
}

void enter(const std::string& name) {
    const auto path = "/run/netns/" + name;
    const int ns = checked(::open(path.c_str(), O_RDONLY | O_CLOEXEC), path.c_str());
    checked(::setns(ns, 0), path.c_str());
    ::close(ns);
}

sockaddr_in6 socket_address(const Address& address, std::uint16_t port) {
    sockaddr_in6 to{};
    to.sin6_family = AF_INET6;
    to.sin6_port = htons(port);
    const auto octets = address.bytes();
    if (address.is_v4())
        to.sin6_addr.s6_addr[10] = to.sin6_addr.s6_addr[11] = 0xff;  // mapped: one socket for both families
    std::memcpy(to.sin6_addr.s6_addr + (address.is_v4() ? 12 : 0), octets.data(), octets.size());
    return to;
}

int open_udp(std::uint16_t port) {
    const int fd = checked(::socket(AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket");
    const int off = 0, buffer = 8 << 20;
    ::setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    ::setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    auto at = socket_address(Address::v6({}), port);
    checked(::bind(fd, reinterpret_cast<const sockaddr*>(&at), sizeof at), "bind");
    return fd;
}

struct Probe {
    std::uint32_t target = 0;
    std::uint32_t number = 0;
};

/// One address, and what became of its packets.
struct Target {
    Address address;
    sockaddr_in6 to{};
    std::vector<bool> arrived = std::vector<bool>(kMemory);
};

/// What passes the link, of one family.
struct Seen {
    std::optional<Nanoseconds> last_probe, left;  ///< left: of the last probe before it was quiet for the first time
    std::optional<Nanoseconds> last_bfd;          ///< that came in: while the link is silent, the one before
    std::optional<Nanoseconds> ended;             ///< the first FIN or RST of a BGP connection that came in

    void look(Nanoseconds at) {
        if (last_probe && !left && at - *last_probe > kQuiet) left = last_probe;
    }
};

enum class What : std::uint8_t { Other, Probe, Bfd, BgpEnd };
struct Kind {
    What what = What::Other;
    bool v4 = true;
};

/// Of an Ethernet frame.
Kind kind_of(Bytes frame) {
    Reader in{frame};
    in.bytes(12);
    const auto type = in.u16();
    std::uint8_t protocol = 0;
    if (type == ETHERTYPE_IP) {
        const auto words = in.u8() & 0x0fU;
        in.bytes(8);
        protocol = in.u8();
        in.bytes(words * 4 - 10);
    } else if (type == ETHERTYPE_IPV6) {
        in.bytes(6);
        protocol = in.u8();
        in.bytes(33);
    }
    const bool v4 = type == ETHERTYPE_IP;
    const auto from = in.u16();
    const auto to = in.u16();
    if (protocol == IPPROTO_UDP && to == kPort) return {What::Probe, v4};
    if (protocol == IPPROTO_UDP && to == kBfdPort) return {What::Bfd, v4};
    in.bytes(9);
    constexpr std::uint8_t kFinOrRst = 0x05;
    const bool end = protocol == IPPROTO_TCP && (from == kBgpPort || to == kBgpPort) && (in.u8() & kFinOrRst) != 0;
    return {end && !in.failed() ? What::BgpEnd : What::Other, v4};
}

class Capture {
public:
    explicit Capture(const char* interface)
        : fd_(checked(::socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_ALL)), "capture")) {
        const int on = 1, buffer = 64 << 20;
        ::setsockopt(fd_, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
        sockaddr_ll at{};
        at.sll_family = AF_PACKET;
        at.sll_protocol = htons(ETH_P_ALL);
        at.sll_ifindex = static_cast<int>(::if_nametoindex(interface));
        checked(::bind(fd_, reinterpret_cast<const sockaddr*>(&at), sizeof at), interface);
    }

    /// The last BFD packet may have come before.
    void start(Nanoseconds at) {
        for (auto* seen : {&v4_, &v6_}) *seen = {.last_probe = at, .left = {}, .last_bfd = seen->last_bfd, .ended = {}};
    }
    const Seen& seen(Nanoseconds at, bool v4) {
        auto& seen = v4 ? v4_ : v6_;
        seen.look(at);
        return seen;
    }

    void read() {
        std::array<std::uint8_t, 128> frame;
        sockaddr_ll from{};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(timespec))> control;
        for (;;) {
            iovec part{frame.data(), frame.size()};
            msghdr message{};
            message.msg_name = &from;
            message.msg_namelen = sizeof from;
            message.msg_iov = &part;
            message.msg_iovlen = 1;
            message.msg_control = control.data();
            message.msg_controllen = control.size();
            const auto got = ::recvmsg(fd_, &message, 0);
            if (got <= 0) return;
            const auto* header = CMSG_FIRSTHDR(&message);
            if (header == nullptr) continue;
            timespec stamp{};
            std::memcpy(&stamp, CMSG_DATA(header), sizeof stamp);
            note(stamp.tv_sec * 1'000'000'000LL + stamp.tv_nsec, from.sll_pkttype == PACKET_OUTGOING,
                 kind_of({frame.data(), static_cast<std::size_t>(got)}));
        }
    }

private:
    void note(Nanoseconds at, bool outgoing, Kind kind) {
        auto& seen = kind.v4 ? v4_ : v6_;
        seen.look(at);
        if (outgoing && kind.what == What::Probe) seen.last_probe = at;
        if (outgoing) return;
        if (kind.what == What::Bfd) seen.last_bfd = at;
        if (kind.what == What::BgpEnd && !seen.left && !seen.ended) seen.ended = at;
    }

    int fd_;
    Seen v4_, v6_;
};

std::string milliseconds(std::optional<Nanoseconds> at, Nanoseconds since) {
    if (!at) return "null";
    std::array<char, 32> text;
    std::snprintf(text.data(), text.size(), "%.3f", static_cast<double>(*at - since) / 1e6);
    return text.data();
}

class Prober {
public:
    Prober(const char* lan, const char* edge, const char* azure, const char* interface,
           std::vector<Address> addresses) {
        enter(azure);
        sink_ = open_udp(kPort);
        enter(edge);
        capture_.emplace(interface);
        enter(lan);
        for (std::size_t flow = 0; flow < kFlows; ++flow) sources_.push_back(open_udp(0));
        for (const auto& address : addresses)
            targets_.push_back({.address = address, .to = socket_address(address, kPort)});
    }

    int run() {
        std::printf("{\"event\": \"ready\"}\n");
        std::fflush(stdout);
        started_ = now();
        std::array<char, 64> line;
        for (;;) {
            send_due();
            receive();
            capture_->read();
            if (report_at_ && now() > *report_at_) report();
            std::array<pollfd, 2> polled{
                {{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}, {.fd = sink_, .events = POLLIN, .revents = 0}}};
            const auto due = started_ + static_cast<Nanoseconds>(sent_.size()) * kInterval;
            const auto left = std::max<Nanoseconds>(0, due - now());
            const timespec wait{.tv_sec = 0, .tv_nsec = left};
            ::ppoll(polled.data(), polled.size(), &wait, nullptr);
            if (polled[0].revents == 0) continue;
            if (::read(STDIN_FILENO, line.data(), line.size()) <= 0) return 0;
            obey(line[0]);
        }
    }

private:
    void obey(char command) {
        if (command == 'r') {
            report_at_ = now() + kTrip;
            report_to_ = sent_.size();
            return;
        }
        receive();
        capture_->read();
        mark_ = now();
        from_ = sent_.size();
        capture_->start(mark_);
        std::printf("{\"event\": \"marked\"}\n");
        std::fflush(stdout);
    }

    void send_due() {
        const auto at = now();
        while (started_ + static_cast<Nanoseconds>(sent_.size()) * kInterval <= at) {
            const auto number = sent_.size();
            sent_.push_back(now());
            for (std::uint32_t target = 0; target < targets_.size(); ++target) {
                targets_[target].arrived[number % kMemory] = false;
                const Probe probe{target, static_cast<std::uint32_t>(number)};
                // No route at this moment: a lost packet like any other.
                ::sendto(sources_[number % kFlows], &probe, sizeof probe, 0,
                         reinterpret_cast<const sockaddr*>(&targets_[target].to), sizeof targets_[target].to);
            }
        }
    }

    void receive() {
        Probe probe;
        while (::recv(sink_, &probe, sizeof probe, 0) == sizeof probe)
            if (probe.target < targets_.size()) targets_[probe.target].arrived[probe.number % kMemory] = true;
    }

    /// From the first packet to an address that did not arrive to the last: the worst address of the family.
    std::string family(bool v4) {
        std::size_t lost = 0, sent = 0;
        Nanoseconds worst = 0;
        for (const auto& target : targets_) {
            if (target.address.is_v4() != v4) continue;
            std::optional<std::size_t> first;
            for (auto number = from_; number < report_to_; ++number) {
                ++sent;
                if (target.arrived[number % kMemory]) continue;
                ++lost;
                if (!first) first = number;
                worst = std::max(worst, sent_[number] - sent_[*first] + kInterval);
            }
        }
        const auto& seen = capture_->seen(now(), v4);
        return "{\"sent\": " + std::to_string(sent) + ", \"lost\": " + std::to_string(lost) +
               ", \"lost_ms\": " + milliseconds(worst, 0) + ", \"left_ms\": " + milliseconds(seen.left, mark_) +
               ", \"last_bfd_ms\": " + milliseconds(seen.last_bfd, mark_) +
               ", \"ended_ms\": " + milliseconds(seen.ended, mark_) + "}";
    }

    void report() {
        report_at_.reset();
        std::printf("{\"event\": \"report\", \"ipv4\": %s, \"ipv6\": %s}\n", family(true).c_str(),
                    family(false).c_str());
        std::fflush(stdout);
    }

    std::vector<int> sources_;
    int sink_ = -1;
    std::optional<Capture> capture_;
    std::vector<Target> targets_;
    std::vector<Nanoseconds> sent_;  ///< when, by number
    Nanoseconds started_ = 0, mark_ = 0;
    std::size_t from_ = 0, report_to_ = 0;
    std::optional<Nanoseconds> report_at_;
};

int run(int count, char** words) {
    std::vector<Address> addresses;
    for (int at = 5; at < count; ++at)
        if (const auto address = Address::parse(words[at])) addresses.push_back(*address);
    if (count < 6 || addresses.size() != static_cast<std::size_t>(count - 5)) {
        std::fprintf(stderr, "usage: bench-probe LAN EDGE AZURE INTERFACE ADDRESS...\n");
        return 2;
    }
    // Beside a device that works hard the probes are to go on time, for every device alike.
    const sched_param before_devices{.sched_priority = 1};
    ::sched_setscheduler(0, SCHED_RR, &before_devices);
    ::prctl(PR_SET_TIMERSLACK, 1);
    return Prober{words[1], words[2], words[3], words[4], addresses}.run();
}

}  // namespace
}  // namespace dyad::bench

int main(int count, char** words) { return dyad::bench::run(count, words); }
