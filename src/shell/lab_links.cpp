#include "shell/lab_links.hpp"

#include <linux/fib_rules.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <map>

#include "netlink/requests.hpp"

namespace dyad::shell {

namespace {

using Octets = std::vector<std::uint8_t>;

/// A dump of some thousand routes comes in pieces of at most so much.
constexpr std::size_t kReceiveOctets = 64 * 1024;
/// Room for the news of 10,000 routes, about 1,280 octets each; the kernel gives what it allows.
constexpr int kMonitorBuffer = 16 << 20;

/// One request: a header, the kernel's struct, attributes (linux/netlink.h: host byte order, padded to four octets).
class Request {
public:
    template <class Body>
    Request(std::uint16_t type, int flags, const Body& body) {
        nlmsghdr header{};
        header.nlmsg_type = type;
        header.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
        append(&header, sizeof header);
        append(&body, sizeof body);
    }

    void attribute(int type, const void* value, std::size_t length) {
        const auto at = begin(type);
        append(value, length);
        end(at);
    }
    void u32(int type, std::uint32_t value) { attribute(type, &value, sizeof value); }
    void text(int type, const std::string& value) { attribute(type, value.c_str(), value.size() + 1); }
    void address(int type, const Address& value) { attribute(type, value.bytes().data(), value.bytes().size()); }

    std::size_t begin(int type) {
        const auto at = octets_.size();
        rtattr header{};
        header.rta_type = static_cast<unsigned short>(type);
        append(&header, sizeof header);
        return at;
    }
    void end(std::size_t at) {
        const auto length = static_cast<unsigned short>(octets_.size() - at);
        std::memcpy(octets_.data() + at, &length, sizeof length);
        octets_.resize((octets_.size() + 3) & ~std::size_t{3});
    }
    void append(const void* data, std::size_t length) {
        const auto* octets = static_cast<const std::uint8_t*>(data);
        octets_.insert(octets_.end(), octets, octets + length);
    }

    Octets finish(std::uint32_t sequence) {
        const auto length = static_cast<std::uint32_t>(octets_.size());
        std::memcpy(octets_.data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
        std::memcpy(octets_.data() + offsetof(nlmsghdr, nlmsg_seq), &sequence, sizeof sequence);
        return octets_;
    }

private:
    Octets octets_;
};

Fd open_netlink(const NetNamespace& where) {
    Fd socket;
    where.inside([&] { socket = Fd{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)}; });
    return socket;
}

unsigned char family_of(const Address& address) { return address.is_v4() ? AF_INET : AF_INET6; }

rtmsg static_route(const Prefix& prefix) {
    rtmsg body{};
    body.rtm_family = family_of(prefix.address());
    body.rtm_dst_len = prefix.length();
    body.rtm_table = RT_TABLE_MAIN;
    body.rtm_protocol = RTPROT_STATIC;
    body.rtm_scope = RT_SCOPE_UNIVERSE;
    body.rtm_type = RTN_UNICAST;
    return body;
}

}  // namespace

LabLinks::LabLinks(const NetNamespace& where) : socket_(open_netlink(where)) {}

int LabLinks::add_veth(const std::string& name, const NetNamespace& there, const std::string& name_there) {
    Request request{RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{}};
    request.text(IFLA_IFNAME, name);
    const auto info = request.begin(IFLA_LINKINFO);
    request.text(IFLA_INFO_KIND, "veth");
    const auto data = request.begin(IFLA_INFO_DATA);
    const auto peer = request.begin(VETH_INFO_PEER);
    const ifinfomsg body{};
    request.append(&body, sizeof body);
    request.text(IFLA_IFNAME, name_there);
    request.u32(IFLA_NET_NS_FD, static_cast<std::uint32_t>(there.fd()));
    request.end(peer);
    request.end(data);
    request.end(info);
    return talk(request.finish(++sequence_));
}

int LabLinks::set(const std::string& interface, Admin state) {
    ifinfomsg body{};
    body.ifi_index = static_cast<int>(index_of(interface));
    body.ifi_change = IFF_UP;
    body.ifi_flags = state == Admin::Up ? unsigned{IFF_UP} : 0u;
    Request request{RTM_NEWLINK, 0, body};
    return talk(request.finish(++sequence_));
}

int LabLinks::add_address(const std::string& interface, const Address& address, std::uint8_t length) {
    ifaddrmsg body{};
    body.ifa_family = family_of(address);
    body.ifa_prefixlen = length;
    body.ifa_index = index_of(interface);
    Request request{RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body};
    request.address(IFA_LOCAL, address);
    request.address(IFA_ADDRESS, address);
    return talk(request.finish(++sequence_));
}

int LabLinks::add_route(const Prefix& prefix, const Address& gateway, const std::string& interface,
                        std::uint32_t metric) {
    Request request{RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, static_route(prefix)};
    request.address(RTA_DST, prefix.address());
    request.address(RTA_GATEWAY, gateway);
    request.u32(RTA_OIF, index_of(interface));
    request.u32(RTA_PRIORITY, metric);
    return talk(request.finish(++sequence_));
}

int LabLinks::add_route(const Prefix& prefix, const std::vector<Way>& ways) {
    Request request{RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, static_route(prefix)};
    request.address(RTA_DST, prefix.address());
    const auto all = request.begin(RTA_MULTIPATH);
    for (const auto& way : ways) {
        // A header of its own kind, whose length counts the gateway behind it.
        const auto gateway = way.gateway.bytes();
        rtnexthop hop{};
        hop.rtnh_len = static_cast<unsigned short>(sizeof hop + RTA_LENGTH(gateway.size()));
        hop.rtnh_ifindex = static_cast<int>(index_of(way.interface));
        request.append(&hop, sizeof hop);
        request.address(RTA_GATEWAY, way.gateway);
    }
    request.end(all);
    return talk(request.finish(++sequence_));
}

/// Policy routing: a rule in front of the one for the host's own addresses, which moves back for that.
int LabLinks::set(const std::string& interface, Hears what) {
    const auto rule = [&](std::uint16_t type, std::uint32_t priority, std::uint8_t action, const std::string& from) {
        fib_rule_hdr body{};
        body.family = AF_INET;
        body.action = action;
        body.table = action == FR_ACT_TO_TBL ? std::uint8_t{RT_TABLE_LOCAL} : std::uint8_t{RT_TABLE_UNSPEC};
        Request request{type, type == RTM_NEWRULE ? NLM_F_CREATE | NLM_F_EXCL : 0, body};
        request.u32(FRA_PRIORITY, priority);
        if (!from.empty()) request.text(FRA_IIFNAME, from);
        return talk(request.finish(++sequence_));
    };
    constexpr std::uint32_t kOriginal = 0, kBlackhole = 5, kMoved = 10;
    if (what == Hears::Everything) return rule(RTM_DELRULE, kBlackhole, FR_ACT_BLACKHOLE, interface);
    if (const int error = rule(RTM_NEWRULE, kMoved, FR_ACT_TO_TBL, ""); error != 0 && error != EEXIST) return error;
    if (const int error = rule(RTM_DELRULE, kOriginal, FR_ACT_TO_TBL, ""); error != 0 && error != ENOENT) return error;
    return rule(RTM_NEWRULE, kBlackhole, FR_ACT_BLACKHOLE, interface);
}

std::uint32_t LabLinks::index_of(const std::string& interface) {
    for (const auto& message : dump(netlink::DumpOf::Links))
        if (const auto* link = std::get_if<netlink::Link>(&message); link != nullptr && link->name == interface)
            return link->index;
    return 0;
}

LabLinks::BgpRoutes LabLinks::bgp_routes() {
    BgpRoutes found;
    std::map<Prefix, netlink::Route> forwarding;
    for (const auto& message : dump(netlink::DumpOf::Routes)) {
        const auto* route = std::get_if<netlink::RouteNews>(&message);
        if (route == nullptr || route->route.protocol != netlink::kProtocolBgp) continue;
        const auto [at, first] = forwarding.try_emplace(route->route.prefix, route->route);
        if (first) continue;
        ++found.behind;
        if (route->route.metric < at->second.metric) at->second = route->route;
    }
    found.routes = forwarding.size();
    for (const auto& [prefix, route] : forwarding) found.nexthops.insert(route.nexthop_id);
    for (const auto& message : dump(netlink::DumpOf::Nexthops))
        if (const auto* group = std::get_if<netlink::GroupNews>(&message)) found.groups.push_back(group->group);
    return found;
}

std::size_t LabLinks::BgpRoutes::members() const {
    std::size_t count = 0;
    for (const auto id : nexthops) {
        const auto group = std::ranges::find(groups, id, &netlink::Group::id);
        count += group == groups.end() ? 1 : group->members.size();
    }
    return count;
}

/// Sends one request and waits for the kernel's answer to it.
int LabLinks::talk(const Octets& request) {
    if (::send(socket_.get(), request.data(), request.size(), 0) < 0) return errno;
    std::array<std::uint8_t, kReceiveOctets> part;
    for (;;) {
        const auto got = ::recv(socket_.get(), part.data(), part.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        netlink::MessageCursor messages{Bytes{part}.first(static_cast<std::size_t>(got))};
        while (const auto message = messages.next())
            if (const auto* answer = std::get_if<netlink::Answer>(&*message);
                answer != nullptr && answer->sequence == sequence_)
                return answer->error;
    }
}

std::vector<netlink::Message> LabLinks::dump(netlink::DumpOf what) {
    std::array<std::uint8_t, 256> request;
    Writer out{request};
    netlink::encode_dump(what, Family::Ipv4, netlink::kProtocolBgp, ++sequence_, out);
    std::vector<netlink::Message> found;
    if (::send(socket_.get(), request.data(), out.size(), 0) < 0) return found;
    Octets part(kReceiveOctets);
    for (;;) {
        const auto got = ::recv(socket_.get(), part.data(), part.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return found;
        netlink::MessageCursor messages{Bytes{part}.first(static_cast<std::size_t>(got))};
        while (auto message = messages.next()) {
            if (std::holds_alternative<netlink::DumpDone>(*message)) return found;
            if (const auto* answer = std::get_if<netlink::Answer>(&*message); answer != nullptr && answer->error != 0)
                return found;
            found.push_back(std::move(*message));
        }
    }
}

RouteMonitor::RouteMonitor(const NetNamespace& where) : socket_(open_netlink(where)) {
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVBUF, &kMonitorBuffer, sizeof kMonitorBuffer);
    for (const int group : {RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE})
        ::setsockopt(socket_.get(), SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group);
}

RouteMonitor::Counts RouteMonitor::take() {
    drain();
    return std::exchange(counts_, {});
}

void RouteMonitor::drain() {
    Octets part(kReceiveOctets);
    for (;;) {
        const auto got = ::recv(socket_.get(), part.data(), part.size(), MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == ENOBUFS) {
            counts_.lost = true;
            continue;
        }
        if (got < 0) return;
        netlink::MessageCursor messages{Bytes{part}.first(static_cast<std::size_t>(got))};
        while (const auto message = messages.next()) {
            const auto* route = std::get_if<netlink::RouteNews>(&*message);
            if (route == nullptr || route->route.protocol != netlink::kProtocolBgp) continue;
            ++(route->gone ? counts_.deleted : counts_.added);
        }
    }
}

}  // namespace dyad::shell
