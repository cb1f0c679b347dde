/// The kernel's side of the benchmarks; run it in the namespace it is to look at. Answers are JSON lines.
///
///   insert COUNT GATEWAY INTERFACE   the floor: the table's first COUNT routes written as fast as this kernel takes them
///                                    (one nexthop object, 16 KB of requests a system call, one answer each), then removed
///   watch COUNT PATHS                waits until they are all there, each with so many next hops: "reached"
///   changes                          a line for each route of a routing daemon that comes or goes, until end of input
///   operations                       counts requests that changed routes, nexthops and groups, until end of input
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <set>
#include <string>

#include "netlink/format.hpp"
#include "netlink/messages.hpp"
#include "netlink/requests.hpp"
#include "table.hpp"

namespace dyad::bench {
namespace {

using netlink::Ack;
using netlink::Mode;

constexpr std::size_t kBatchOctets = 16 * 1024;  // more gained nothing when measured
constexpr std::uint32_t kNexthop = 77'777;
constexpr std::uint32_t kMetric = 20;
/// Prefixes looked up instead of all: so many spread over the table, and as many at its end.
constexpr std::uint32_t kSamples = 1024;
constexpr useconds_t kLookAgain = 1'000;

double now() {
    timespec at{};
    ::clock_gettime(CLOCK_MONOTONIC, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(2);
}

class Socket {
public:
    explicit Socket(std::uint32_t groups = 0)
        : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)), in_(1 << 16) {
        sockaddr_nl us{};
        us.nl_family = AF_NETLINK;
        us.nl_groups = groups;
        if (fd_ < 0 || ::bind(fd_, reinterpret_cast<const sockaddr*>(&us), sizeof us) != 0) fail("netlink");
        const int on = 1, buffer = 256 << 20;
        ::setsockopt(fd_, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
        ::setsockopt(fd_, SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
        ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUFFORCE, &buffer, sizeof buffer);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(fd_); }

    int descriptor() const { return fd_; }
    void join(int group) { ::setsockopt(fd_, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group); }
    void send(Bytes octets) {
        if (::send(fd_, octets.data(), octets.size(), 0) < 0) fail("send");
    }
    Bytes receive() {
        const auto got = ::recv(fd_, in_.data(), in_.size(), 0);
        if (got < 0) fail("recv");
        return Bytes{in_}.first(static_cast<std::size_t>(got));
    }

private:
    int fd_;
    std::vector<std::uint8_t> in_;
};

/// Waits for the answer to the last of a batch; errors on the way end the program.
void wait_for_answer(Socket& socket, std::uint32_t sequence) {
    while (true) {
        netlink::MessageCursor cursor{socket.receive()};
        while (const auto message = cursor.next()) {
            const auto* answer = std::get_if<netlink::Answer>(&*message);
            if (!answer) continue;
            errno = answer->error;
            if (answer->error != 0) fail("the kernel refuses");
            if (answer->sequence == sequence) return;
        }
    }
}

template <class Encode>
void ask(Socket& socket, Encode&& encode) {
    std::array<std::uint8_t, 256> request;
    Writer out{request};
    encode(out);
    socket.send(out.written());
    wait_for_answer(socket, 1);
}

int insert(std::uint32_t count, const Address& gateway, std::uint32_t interface) {
    Socket socket;
    ask(socket, [&](Writer& out) {
        netlink::encode_leaf({kNexthop, gateway, interface}, Mode::CreateOnly, 1, Ack::Always, out);
    });
    const auto begin = now();
    std::vector<std::uint8_t> batch(kBatchOctets);
    for (std::uint32_t number = 0; number < count;) {
        Writer out{batch};
        // 64 octets are enough for one request; the last of a batch asks for an answer.
        for (bool last = false; !last; ++number) {
            last = number + 1 == count || out.room() < 128;
            const netlink::Route route{.prefix = prefix_of(number),
                                       .table = RT_TABLE_MAIN,
                                       .metric = kMetric,
                                       .protocol = netlink::kProtocolBgp,
                                       .nexthop_id = kNexthop};
            netlink::encode_route(route, Mode::CreateOnly, number + 2, last ? Ack::Always : Ack::OnErrorOnly, out);
        }
        socket.send(out.written());
        wait_for_answer(socket, number + 1);
    }
    const auto seconds = now() - begin;
    ask(socket, [&](Writer& out) { netlink::encode_delete_nexthop(kNexthop, 1, Ack::Always, out); });
    std::printf("{\"event\": \"inserted\", \"routes\": %u, \"seconds\": %.6f}\n", count, seconds);
    return 0;
}

struct Hops {
    std::size_t gateways = 0;
    std::uint32_t nexthop = 0;
};

/// A routing daemon's: BIRD marks its routes with a number of its own, others with BGP's. The lab's own are below these.
bool from_daemon(const netlink::RawMessage& message) {
    const auto route = netlink::load<rtmsg>(message.body);
    return route && route->rtm_protocol > RTPROT_STATIC;
}

/// How a route tells where it goes: gateways of its own, or a nexthop object's number.
Hops hops_of(Bytes route_message) {
    Hops hops;
    netlink::AttributeCursor cursor{netlink::behind(route_message, NLMSG_ALIGN(sizeof(rtmsg)))};
    while (const auto attribute = cursor.next()) {
        if (attribute->type == RTA_NH_ID) hops.nexthop = attribute->u32();
        if (attribute->type == RTA_GATEWAY) hops.gateways = 1;
        if (attribute->type != RTA_MULTIPATH) continue;
        hops.gateways = 0;
        auto rest = attribute->value;
        while (const auto next = netlink::load<rtnexthop>(rest)) {
            if (next->rtnh_len < sizeof(rtnexthop)) break;
            ++hops.gateways;
            rest = netlink::behind(rest, netlink::aligned(next->rtnh_len));
        }
    }
    return hops;
}

class Watch {
public:
    Watch(std::uint32_t count, std::size_t paths) : count_(count), paths_(paths) {}

    int run() {
        double reached = 0;
        std::size_t routes = 0;
        do {
            wait_for_samples();
            reached = now();
            routes = count_all();
        } while (routes < count_);
        std::printf("{\"t\": %.6f, \"event\": \"reached\", \"routes\": %zu}\n", reached, routes);
        return 0;
    }

private:
    void wait_for_samples() {
        for (std::uint32_t i = 0; i < 2 * kSamples;) {
            const auto number = i < kSamples ? static_cast<std::uint32_t>(std::uint64_t{count_} * i / kSamples)
                                             : count_ - std::min(count_, 2 * kSamples - i);
            if (present(number)) {
                ++i;
            } else {
                ::usleep(kLookAgain);
            }
        }
    }

    bool present(std::uint32_t number) {
        const auto prefix = prefix_of(number);
        struct Request {
            nlmsghdr header{};
            rtmsg route{};
            rtattr attribute{};
            std::array<std::uint8_t, 4> address{};
        } request;
        request.header = {.nlmsg_len = sizeof request,
                          .nlmsg_type = RTM_GETROUTE,
                          .nlmsg_flags = NLM_F_REQUEST,
                          .nlmsg_seq = 1,
                          .nlmsg_pid = 0};
        request.route.rtm_family = AF_INET;
        request.route.rtm_dst_len = 32;  // a lookup, not a search: the prefix that answers is compared
        request.route.rtm_flags = RTM_F_FIB_MATCH;
        request.attribute = {.rta_len = RTA_LENGTH(4), .rta_type = RTA_DST};
        // The last address of the prefix: a longer one inside it begins at its start or in the middle.
        const auto last = prefix.address().to_u32() | (prefix.length() == 0 ? ~0u : ~(~0u << (32 - prefix.length())));
        const auto address = Address::v4(last);
        std::memcpy(request.address.data(), address.bytes().data(), 4);
        socket_.send({reinterpret_cast<const std::uint8_t*>(&request), sizeof request});
        auto octets = socket_.receive();
        const auto message = netlink::take_message(octets);
        if (!message || message->header.nlmsg_type != RTM_NEWROUTE) return false;
        const auto route = netlink::load<rtmsg>(message->body);
        // Where a longer prefix of the table answers, it was sent by the same device in the same load.
        if (!route || route->rtm_dst_len < prefix.length()) return false;
        return enough(hops_of(message->body));
    }

    bool enough(const Hops& hops) {
        if (hops.gateways >= paths_) return true;
        return hops.nexthop != 0 && members(hops.nexthop) >= paths_;
    }

    /// Of a nexthop object: 1, or the members of its group.
    std::size_t members(std::uint32_t id) {
        struct Request {
            nlmsghdr header{};
            nhmsg nexthop{};
            rtattr attribute{};
            std::uint32_t id = 0;
        } request;
        request.header = {.nlmsg_len = sizeof request,
                          .nlmsg_type = RTM_GETNEXTHOP,
                          .nlmsg_flags = NLM_F_REQUEST,
                          .nlmsg_seq = 1,
                          .nlmsg_pid = 0};
        request.attribute = {.rta_len = RTA_LENGTH(4), .rta_type = NHA_ID};
        request.id = id;
        socket_.send({reinterpret_cast<const std::uint8_t*>(&request), sizeof request});
        auto octets = socket_.receive();
        const auto message = netlink::take_message(octets);
        if (!message || message->header.nlmsg_type != RTM_NEWNEXTHOP) return 0;
        std::size_t count = 1;
        netlink::AttributeCursor cursor{netlink::behind(message->body, NLMSG_ALIGN(sizeof(nhmsg)))};
        while (const auto attribute = cursor.next())
            if (attribute->type == NHA_GROUP) count = attribute->value.size() / sizeof(nexthop_grp);
        return count;
    }

    /// Routes of the table that the kernel has, with paths enough.
    std::size_t count_all() {
        std::array<std::uint8_t, 256> request;
        Writer out{request};
        netlink::encode_dump(netlink::DumpOf::Routes, Family::Ipv4, 0, 1, out);
        dump_.send(out.written());
        std::vector<Hops> found;
        for (bool done = false; !done;) {
            auto octets = dump_.receive();
            while (const auto message = netlink::take_message(octets)) {
                done = done || message->header.nlmsg_type == NLMSG_DONE || message->header.nlmsg_type == NLMSG_ERROR;
                if (message->header.nlmsg_type == RTM_NEWROUTE && from_daemon(*message))
                    found.push_back(hops_of(message->body));
            }
        }
        std::set<std::uint32_t> right, wrong;
        std::size_t count = 0;
        for (const auto& hops : found) {
            if (hops.gateways >= paths_ || right.contains(hops.nexthop)) {
                ++count;
            } else if (hops.nexthop != 0 && !wrong.contains(hops.nexthop)) {
                const bool good = enough(hops);
                (good ? right : wrong).insert(hops.nexthop);
                count += good ? 1 : 0;
            }
        }
        return count;
    }

    std::uint32_t count_;
    std::size_t paths_;
    Socket socket_, dump_;
};

/// Until end of input: for each message of these multicast groups.
template <class Visit>
void listen(Socket& socket, Visit&& visit) {
    std::printf("{\"event\": \"listening\"}\n");
    std::fflush(stdout);
    std::array<pollfd, 2> polled{{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0},
                                  {.fd = socket.descriptor(), .events = POLLIN, .revents = 0}}};
    while (true) {
        ::poll(polled.data(), polled.size(), -1);
        if (polled[1].revents != 0) {
            auto octets = socket.receive();
            while (const auto message = netlink::take_message(octets)) visit(*message);
        } else if (polled[0].revents != 0) {
            return;  // only when everything that came was counted
        }
    }
}

int changes() {
    Socket socket{RTMGRP_IPV4_ROUTE};
    listen(socket, [](const netlink::RawMessage& message) {
        if (!from_daemon(message)) return;
        const bool came = message.header.nlmsg_type == RTM_NEWROUTE;
        std::printf("{\"t\": %.6f, \"event\": \"%s\"}\n", now(), came ? "came" : "went");
        std::fflush(stdout);
    });
    return 0;
}

int operations() {
    Socket socket{RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE};
    socket.join(RTNLGRP_NEXTHOP);
    std::size_t routes = 0, nexthops = 0, groups = 0;
    listen(socket, [&](const netlink::RawMessage& message) {
        const auto type = message.header.nlmsg_type;
        if (type == RTM_NEWROUTE || type == RTM_DELROUTE) routes += from_daemon(message) ? 1 : 0;
        if (type != RTM_NEWNEXTHOP && type != RTM_DELNEXTHOP) return;
        bool is_group = false;
        netlink::AttributeCursor cursor{netlink::behind(message.body, NLMSG_ALIGN(sizeof(nhmsg)))};
        while (const auto attribute = cursor.next()) is_group = is_group || attribute->type == NHA_GROUP;
        ++(is_group ? groups : nexthops);
    });
    std::printf("{\"event\": \"operations\", \"routes\": %zu, \"nexthops\": %zu, \"groups\": %zu}\n", routes, nexthops,
                groups);
    return 0;
}

int run(int count, char** words) {
    const auto number = [&](int at) { return static_cast<std::uint32_t>(std::strtoul(words[at], nullptr, 10)); };
    const std::string verb = count > 1 ? words[1] : "";
    if (verb == "insert" && count == 5)
        return insert(number(2), Address::parse(words[3]).value_or(Address{}), ::if_nametoindex(words[4]));
    if (verb == "watch" && count == 4) return Watch{number(2), number(3)}.run();
    if (verb == "changes") return changes();
    if (verb == "operations") return operations();
    std::fprintf(stderr,
                 "usage: bench-kernel insert COUNT GATEWAY INTERFACE | watch COUNT PATHS | changes | operations\n");
    return 2;
}

}  // namespace
}  // namespace dyad::bench

int main(int count, char** words) { return dyad::bench::run(count, words); }
