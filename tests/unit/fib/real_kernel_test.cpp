#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "bench.hpp"
#include "netlink/format.hpp"

/// The fake kernel against a real one. A child enters a user and network namespace of its own, makes the links of the
/// fake there, plays one script of requests to both and compares answers and tables after each.
using namespace dyad;
using namespace dyad::netlink;

namespace {

constexpr int kSkipped = 77;
constexpr std::uint32_t kLink0 = 10, kLink1 = 11;

bool write_file(const char* path, const std::string& text) {
    const int file = ::open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) return false;
    const bool written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    ::close(file);
    return written;
}

bool enter_namespaces() {
    const auto uid = ::getuid();
    const auto gid = ::getgid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    write_file("/proc/self/setgroups", "deny");
    return write_file("/proc/self/uid_map", "0 " + std::to_string(uid) + " 1") &&
           write_file("/proc/self/gid_map", "0 " + std::to_string(gid) + " 1");
}

/// A route netlink socket as the shell opens it.
class Socket {
public:
    Socket() : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {
        const int on = 1;
        for (const int option : {NETLINK_CAP_ACK, NETLINK_EXT_ACK, NETLINK_GET_STRICT_CHK})
            ::setsockopt(fd_, SOL_NETLINK, option, &on, sizeof on);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    ~Socket() { ::close(fd_); }

    /// Sends requests of which the last is answered, and gives all that comes until then.
    std::vector<std::uint8_t> request(Bytes octets, std::uint32_t last_sequence) {
        std::vector<std::uint8_t> all;
        if (::send(fd_, octets.data(), octets.size(), 0) < 0) return all;
        for (;;) {
            pollfd ready{.fd = fd_, .events = POLLIN, .revents = 0};
            if (::poll(&ready, 1, 5000) <= 0) return all;
            std::array<std::uint8_t, 65536> buffer{};
            const auto got = ::recv(fd_, buffer.data(), buffer.size(), 0);
            if (got <= 0) return all;
            all.insert(all.end(), buffer.begin(), buffer.begin() + got);
            MessageCursor cursor{Bytes{buffer}.first(static_cast<std::size_t>(got))};
            while (const auto message = cursor.next()) {
                if (const auto* answer = std::get_if<Answer>(&*message); answer && answer->sequence == last_sequence)
                    return all;
                if (std::holds_alternative<DumpDone>(*message)) return all;
            }
        }
    }

private:
    int fd_;
};

class Builder {
public:
    template <class Struct>
    Builder& put(const Struct& value) {
        const auto* start = reinterpret_cast<const std::uint8_t*>(&value);
        octets_.insert(octets_.end(), start, start + sizeof value);
        return *this;
    }
    Builder& attribute(std::uint16_t type, Bytes value) {
        put(rtattr{.rta_len = static_cast<std::uint16_t>(4 + value.size()), .rta_type = type});
        octets_.insert(octets_.end(), value.begin(), value.end());
        octets_.resize(aligned(octets_.size()));
        return *this;
    }
    Builder& text(std::uint16_t type, const std::string& value) {
        return attribute(type, Bytes{reinterpret_cast<const std::uint8_t*>(value.c_str()), value.size() + 1});
    }
    Builder& number(std::uint16_t type, std::uint32_t value) {
        return attribute(type, Bytes{reinterpret_cast<const std::uint8_t*>(&value), 4});
    }
    Bytes octets() const { return octets_; }
    /// As a request of this type.
    std::vector<std::uint8_t> request(std::uint16_t type, int flags) const {
        Builder whole;
        whole.put(nlmsghdr{.nlmsg_len = static_cast<std::uint32_t>(sizeof(nlmsghdr) + octets_.size()),
                           .nlmsg_type = type,
                           .nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags),
                           .nlmsg_seq = 1,
                           .nlmsg_pid = 0});
        whole.octets_.insert(whole.octets_.end(), octets_.begin(), octets_.end());
        return whole.octets_;
    }

private:
    std::vector<std::uint8_t> octets_;
};

/// The real kernel's links, made by hand: two veth pairs whose far ends pull the carrier.
class RealKernel {
public:
    bool add_link(std::uint32_t index, const std::string& name, std::uint32_t far_index) {
        Builder peer;
        peer.put(ifinfomsg{.ifi_index = static_cast<int>(far_index)}).text(IFLA_IFNAME, name + "far");
        Builder data;
        data.attribute(VETH_INFO_PEER, peer.octets());
        Builder info;
        info.text(IFLA_INFO_KIND, "veth").attribute(IFLA_INFO_DATA, data.octets());
        Builder link;
        link.put(ifinfomsg{.ifi_index = static_cast<int>(index)})
            .text(IFLA_IFNAME, name)
            .attribute(IFLA_LINKINFO, info.octets());
        return done(link.request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL)) && set_up(index, true) &&
               set_up(far_index, true);
    }
    bool set_up(std::uint32_t index, bool up) {
        Builder link;
        link.put(ifinfomsg{
            .ifi_index = static_cast<int>(index), .ifi_flags = up ? unsigned{IFF_UP} : 0u, .ifi_change = IFF_UP});
        return done(link.request(RTM_NEWLINK, 0));
    }
    bool add_address(std::uint32_t index, const Address& address, std::uint8_t length) {
        Builder message;
        message
            .put(ifaddrmsg{.ifa_family = kernel_family(address.family()),
                           .ifa_prefixlen = length,
                           .ifa_flags = IFA_F_NODAD,
                           .ifa_scope = 0,
                           .ifa_index = index})
            .attribute(IFA_LOCAL, address.bytes())
            .attribute(IFA_ADDRESS, address.bytes());
        return done(message.request(RTM_NEWADDR, NLM_F_CREATE));
    }
    std::vector<std::uint8_t> request(Bytes octets, std::uint32_t last) { return socket_.request(octets, last); }
    /// The kernel looks at carriers at most once a second (linkwatch): until then neither we nor its nexthops know.
    bool wait_for_carrier(std::uint32_t index, bool carrier) {
        for (int tries = 0; tries < 500; ++tries) {
            std::array<std::uint8_t, 64> buffer{};
            Writer out{buffer};
            encode_dump(DumpOf::Links, Family::Ipv4, 0, 1, out);
            const auto links = socket_.request(out.written(), 0);
            MessageCursor cursor{links};
            while (const auto message = cursor.next())
                if (const auto* link = std::get_if<Link>(&*message);
                    link && link->index == index && link->carrier == carrier)
                    return true;
            ::poll(nullptr, 0, 10);
        }
        return false;
    }

private:
    bool done(const std::vector<std::uint8_t>& request) {
        const auto answers = socket_.request(request, 1);
        MessageCursor cursor{answers};
        const auto message = cursor.next();
        const auto* answer = message ? std::get_if<Answer>(&*message) : nullptr;
        if (answer && answer->error != 0)
            std::cerr << "set-up: " << std::strerror(answer->error) << ' ' << answer->text << '\n';
        return answer && answer->error == 0;
    }
    Socket socket_;
};

/// Answers as text, to be compared and read.
std::string said(const std::vector<std::uint8_t>& octets) {
    std::string text;
    MessageCursor cursor{octets};
    while (const auto message = cursor.next())
        if (const auto* answer = std::get_if<Answer>(&*message))
            text +=
                std::to_string(answer->sequence) + ": " + std::to_string(answer->error) + " '" + answer->text + "'\n";
    return text;
}

/// A dumped table as sorted lines.
std::string table_of(const std::vector<std::uint8_t>& octets) {
    std::vector<std::string> lines;
    MessageCursor cursor{octets};
    while (const auto message = cursor.next()) {
        if (const auto* leaf = std::get_if<LeafNews>(&*message))
            lines.push_back("leaf " + std::to_string(leaf->leaf.id) + " via " + leaf->leaf.gateway.to_string() +
                            " dev " + std::to_string(leaf->leaf.interface_index) + " proto " +
                            std::to_string(leaf->protocol));
        if (const auto* group = std::get_if<GroupNews>(&*message)) {
            std::string line = "group " + std::to_string(group->group.id) + " proto " + std::to_string(group->protocol);
            for (const auto member : group->group.members) line += " " + std::to_string(member);
            if (group->group.sharing == Sharing::First) line += " first";
            if (group->weighted) line += " weighted";
            lines.push_back(line);
        }
        if (const auto* route = std::get_if<RouteNews>(&*message)) {
            lines.push_back("route " + route->route.prefix.to_string() + " table " +
                            std::to_string(route->route.table) + " metric " + std::to_string(route->route.metric) +
                            " proto " + std::to_string(route->route.protocol) + " nexthop " +
                            std::to_string(route->route.nexthop_id) +
                            (route->route.source ? " source " + route->route.source->to_string() : ""));
            for (const auto& hop : route->route.hops)
                lines.back() += " via " + hop.gateway.to_string() + " dev " + std::to_string(hop.interface_index);
        }
    }
    std::ranges::sort(lines);
    std::string text;
    for (const auto& line : lines) text += line + "\n";
    return text;
}

class Comparison {
public:
    bool set_up() {
        for (const auto index : {kLink0, kLink1}) {
            const auto name = "link" + std::to_string(index);
            fake_.add_link(index, name);
            if (!real_.add_link(index, name, index + 100)) return false;
            const auto v4 = Address::v4(0xac100001 + 4 * (index - kLink0));
            const auto v6 = *Address::parse("2001:db8:" + std::to_string(index) + "::1");
            fake_.add_address(index, v4, 30);
            fake_.add_address(index, v6, 126);
            if (!real_.add_address(index, v4, 30) || !real_.add_address(index, v6, 126)) return false;
        }
        return true;
    }
    /// Plays one batch to both; tells and counts what differs.
    void play(const std::string& what, const std::function<void(std::uint32_t&, Writer&)>& encode) {
        std::vector<std::uint8_t> octets(60'000);
        Writer out{octets};
        std::uint32_t sequence = ++sequence_ * 1000;
        encode(sequence, out);
        same(what, said(real_.request(out.written(), sequence)), said(fake_.request(out.written())));
        same_tables(what);
    }
    void pull_carrier(std::uint32_t index, bool carrier) {
        real_.set_up(index + 100, carrier);
        if (!real_.wait_for_carrier(index, carrier)) std::cerr << "the carrier does not change\n";
        fake_.set_carrier(index, carrier);
        same_tables(carrier ? "carrier back" : "carrier lost");
    }
    void set_up(std::uint32_t index, bool up) {
        real_.set_up(index, up);
        if (!real_.wait_for_carrier(index, up)) std::cerr << "the link does not change\n";
        fake_.set_up(index, up);
        same_tables(up ? "link up" : "link down");
    }
    void add_ipv6(std::uint32_t index) {
        const auto address = *Address::parse("2001:db8:" + std::to_string(index) + "::1");
        fake_.add_address(index, address, 126);
        real_.add_address(index, address, 126);
    }
    int differences() const { return differences_; }
    int compared() const { return compared_; }

private:
    void same_tables(const std::string& what) {
        same(what, dump(DumpOf::Nexthops, Family::Ipv4, true), dump(DumpOf::Nexthops, Family::Ipv4, false));
        for (const auto family : {Family::Ipv4, Family::Ipv6})
            for (const auto protocol : {kProtocolBgp, std::uint8_t{4}})
                same(what, dump(DumpOf::Routes, family, true, protocol), dump(DumpOf::Routes, family, false, protocol));
    }
    std::string dump(DumpOf of, Family family, bool real, std::uint8_t protocol = 186) {
        std::array<std::uint8_t, 64> buffer{};
        Writer out{buffer};
        const auto sequence = ++sequence_ * 1000;
        encode_dump(of, family, protocol, sequence, out);
        return table_of(real ? real_.request(out.written(), sequence) : fake_.request(out.written()));
    }
    void same(const std::string& what, const std::string& real, const std::string& fake) {
        ++compared_;
        if (real == fake) return;
        ++differences_;
        std::cerr << "differs after: " << what << "\nreal:\n" << real << "fake:\n" << fake;
    }

    RealKernel real_;
    sim::FakeKernel fake_;
    std::uint32_t sequence_ = 0;
    int differences_ = 0;
    int compared_ = 0;
};

const Leaf kLeaf0{1001, Address::v4(0xac100002), kLink0};
const Leaf kLeaf1{1002, Address::v4(0xac100006), kLink1};
const Leaf kSix0{1003, *Address::parse("2001:db8:10::2"), kLink0};
const Leaf kSix1{1004, *Address::parse("2001:db8:11::2"), kLink1};

Route route(const char* prefix, std::uint32_t nexthop, std::uint8_t protocol = 186, std::uint32_t metric = 20,
            std::uint32_t table = 254) {
    return {.prefix = *Prefix::parse(prefix),
            .table = table,
            .metric = metric,
            .protocol = protocol,
            .nexthop_id = nexthop};
}

/// Many requests in one send: each is encoded with a sequence of its own, the last asks for an answer.
class Script {
public:
    using Encode = std::function<void(std::uint32_t, Ack, Writer&)>;
    Script& leaf(Leaf value, Mode mode = Mode::CreateOnly) {
        return add([=](auto sequence, auto ack, auto& out) { encode_leaf(value, mode, sequence, ack, out); });
    }
    Script& group(Group value, Mode mode = Mode::CreateOnly) {
        return add([=](auto sequence, auto ack, auto& out) { encode_group(value, mode, sequence, ack, out); });
    }
    Script& remove(std::uint32_t id) {
        return add([=](auto sequence, auto ack, auto& out) { encode_delete_nexthop(id, sequence, ack, out); });
    }
    Script& add(Route value, Mode mode = Mode::CreateOnly) {
        return add([=](auto sequence, auto ack, auto& out) { encode_route(value, mode, sequence, ack, out); });
    }
    /// As `ip route prepend` does: neither NLM_F_EXCL nor NLM_F_REPLACE.
    Script& prepend(Route value) {
        return add([=](auto sequence, auto ack, auto& out) {
            const auto flags = out.size() + offsetof(nlmsghdr, nlmsg_flags);
            encode_route(value, Mode::CreateOnly, sequence, ack, out);
            const std::uint16_t bare = NLM_F_REQUEST | NLM_F_CREATE | (ack == Ack::Always ? NLM_F_ACK : 0);
            out.patch_u8(flags, static_cast<std::uint8_t>(bare & 0xff));
            out.patch_u8(flags + 1, static_cast<std::uint8_t>(bare >> 8));
        });
    }
    Script& remove(Route value) {
        return add([=](auto sequence, auto ack, auto& out) { encode_delete_route(value, sequence, ack, out); });
    }
    void operator()(std::uint32_t& sequence, Writer& out) const {
        for (std::size_t i = 0; i < steps_.size(); ++i)
            steps_[i](++sequence, i + 1 == steps_.size() ? Ack::Always : Ack::OnErrorOnly, out);
    }

private:
    Script& add(Encode encode) {
        steps_.push_back(std::move(encode));
        return *this;
    }
    std::vector<Encode> steps_;
};

/// A route that carries its gateways itself.
Route plain(const char* prefix, std::vector<Hop> hops, std::uint8_t protocol = 186, std::uint32_t metric = 20) {
    return {.prefix = *Prefix::parse(prefix),
            .table = 254,
            .metric = metric,
            .protocol = protocol,
            .hops = std::move(hops)};
}
const Hop kHop0{kLeaf0.gateway, kLink0}, kHop1{kLeaf1.gateway, kLink1};
const Hop kSixHop0{kSix0.gateway, kLink0}, kSixHop1{kSix1.gateway, kLink1};

/// Routes that carry their gateways, beside and in the place of those through objects.
void play_plain(Comparison& both) {
    constexpr auto kReplace = Mode::CreateOrReplace;
    both.play("plain routes", Script{}
                                  .add(plain("10.21.0.0/16", {kHop0}))
                                  .add(plain("10.22.0.0/16", {kHop0, kHop1}))
                                  .add(plain("10.23.0.0/16", {kSixHop0}))
                                  .add(plain("10.24.0.0/16", {kSixHop0, kHop1}))
                                  .add(plain("10.25.0.0/16", {kSixHop0, kSixHop1}))
                                  .add(plain("2001:db8:21::/48", {kSixHop0}))
                                  .add(plain("2001:db8:22::/48", {kSixHop0, kSixHop1}))
                                  .add(plain("2001:db8:23::/48", {{*Address::parse("fe80::9"), kLink1}}))
                                  .add(plain("10.26.0.0/16", {{*Address::parse("fe80::9"), kLink1}})));
    both.play("a plain route twice", Script{}
                                         .add(plain("10.21.0.0/16", {kHop0}))
                                         .add(plain("10.22.0.0/16", {kHop1}))
                                         .add(plain("2001:db8:21::/48", {kSixHop0}))
                                         .add(plain("2001:db8:22::/48", {kSixHop0, kSixHop1}))
                                         .add(plain("2001:db8:22::/48", {kSixHop1})));
    both.play("plain routes that cannot be",
              Script{}
                  .add(plain("10.29.0.0/16", {{Address::v4(0x08080808), kLink0}}))
                  .add(plain("10.29.0.0/16", {kHop0, {Address::v4(0x08080808), kLink1}}))
                  .add(plain("10.29.0.0/16", {{kLeaf0.gateway, 999}}))
                  .add(plain("10.29.0.0/16", {{Address::v4(0xac100001), kLink0}}))
                  .add(plain("10.29.0.0/16", {{*Address::parse("2001:db8:99::1"), kLink0}}))
                  .add(plain("2001:db8:29::/48", {{*Address::parse("2001:db8:99::1"), kLink0}}))
                  .add(plain("2001:db8:29::/48", {{kSix0.gateway, 999}}))
                  .add(plain("2001:db8:29::/48", {kSixHop0, {*Address::parse("2001:db8:99::1"), kLink1}}))
                  .remove(plain("10.29.0.0/16", {}))
                  .remove(plain("2001:db8:29::/48", {})));
    both.play("plain routes replaced", Script{}
                                           .add(plain("10.21.0.0/16", {kHop0, kHop1}), kReplace)
                                           .add(plain("10.22.0.0/16", {kHop1}), kReplace)
                                           .add(plain("10.23.0.0/16", {kHop1}), kReplace)
                                           .add(plain("2001:db8:21::/48", {kSixHop0, kSixHop1}), kReplace)
                                           .add(plain("2001:db8:22::/48", {kSixHop1}), kReplace)
                                           .add(plain("10.27.0.0/16", {kHop0}), kReplace)
                                           .add(plain("2001:db8:27::/48", {kSixHop0}), kReplace));
    both.play("from plain to group and back", Script{}
                                                  .group({2101, {1001, 1002}})
                                                  .group({2102, {1003, 1004}})
                                                  .add(route("10.21.0.0/16", 2101), kReplace)
                                                  .add(route("10.22.0.0/16", 2101), kReplace)
                                                  .add(route("2001:db8:21::/48", 2102), kReplace)
                                                  .add(route("2001:db8:22::/48", 2102), kReplace));
    both.play("and back", Script{}
                              .add(plain("10.21.0.0/16", {kHop0, kHop1}), kReplace)
                              .add(plain("10.22.0.0/16", {kHop1}), kReplace)
                              .add(plain("2001:db8:21::/48", {kSixHop0, kSixHop1}), kReplace)
                              .add(plain("2001:db8:22::/48", {kSixHop1}), kReplace)
                              .remove(2101u)
                              .remove(2102u));
    auto sourced = plain("10.28.0.0/16", {kHop0, kHop1});
    sourced.source = Address::v4(0xac100001);
    auto wrong_source = sourced;
    wrong_source.source = Address::v4(0x01020304);
    both.play("plain routes with a source", Script{}.add(sourced).add(wrong_source, kReplace));
    both.play("plain routes of others", Script{}
                                            .add(plain("10.21.0.0/16", {kHop1}, 4))
                                            .add(plain("10.21.0.0/16", {kHop1}, 4, 10))
                                            .remove(plain("10.21.0.0/16", {}, 4))
                                            .add(plain("10.30.0.0/16", {kHop1}, 4), kReplace)
                                            .remove(plain("10.30.0.0/16", {})));
    both.play("another's route in front of ours", Script{}
                                                      .add(plain("10.37.0.0/16", {kHop0}))
                                                      .prepend(plain("10.37.0.0/16", {kHop0}))
                                                      .prepend(plain("10.37.0.0/16", {kHop1}, 4))
                                                      .add(plain("10.37.0.0/16", {kHop0}))
                                                      .add(plain("10.37.0.0/16", {kHop0}), kReplace));
    both.play("ours goes, and the other's stays",
              Script{}.remove(plain("10.37.0.0/16", {})).add(plain("10.37.0.0/16", {kHop0})));
    both.play("the other's goes, and ours stays", Script{}
                                                      .remove(plain("10.37.0.0/16", {}, 4))
                                                      .add(plain("10.37.0.0/16", {kHop0}))
                                                      .prepend(plain("10.37.0.0/16", {kHop1}, 4))
                                                      .remove(plain("10.37.0.0/16", {}, 4))
                                                      .add(plain("10.37.0.0/16", {kHop0}), kReplace));
    both.pull_carrier(kLink0, false);
    both.play("plain routes while the carrier is away", Script{}
                                                            .add(plain("10.31.0.0/16", {kHop0}))
                                                            .add(plain("2001:db8:31::/48", {kSixHop0}))
                                                            .add(plain("10.21.0.0/16", {kHop1}), kReplace));
    both.pull_carrier(kLink0, true);
    both.set_up(kLink0, false);
    both.play("plain routes while the link is down", Script{}
                                                         .add(plain("10.32.0.0/16", {kHop0}))
                                                         .add(plain("10.33.0.0/16", {kHop0, kHop1}))
                                                         .add(plain("10.35.0.0/16", {kSixHop0}))
                                                         .add(plain("2001:db8:35::/48", {kSixHop0}))
                                                         .add(plain("2001:db8:36::/48", {kSixHop1, kSixHop0}))
                                                         .add(plain("10.34.0.0/16", {kHop1}))
                                                         .add(plain("10.34.0.0/16", {kHop1}), kReplace));
    both.set_up(kLink0, true);
    both.play("plain routes deleted", Script{}
                                          .remove(plain("10.21.0.0/16", {}))
                                          .remove(plain("10.22.0.0/16", {}))
                                          .remove(plain("2001:db8:22::/48", {}))
                                          .remove(plain("2001:db8:22::/48", {})));
}

/// Groups whose first member carries all.
void play_standby(Comparison& both) {
    constexpr auto kReplace = Mode::CreateOrReplace;
    const Group ordered{2201, {1002, 1001}, Sharing::First};
    both.play("somebody stands by", Script{}.leaf(kLeaf0).leaf(kLeaf1).group(ordered).add(route("10.41.0.0/16", 2201)));
    both.play("one type is not another", Script{}
                                             .group({2201, {1001, 1002}}, kReplace)
                                             .group({2202, {1001, 1002}})
                                             .group({2202, {1001, 1002}, Sharing::First}, kReplace)
                                             .remove(2202u));
    both.play("who carries goes", Script{}.remove(1002u));
    both.play("and comes back", Script{}.leaf(kLeaf1).group(ordered, kReplace));
    both.play("another carries", Script{}.group({2201, {1001, 1002}, Sharing::First}, kReplace));
    both.pull_carrier(kLink0, false);
    both.pull_carrier(kLink0, true);
    both.play("and once more", Script{}.leaf(kLeaf0).group(ordered, kReplace));
    both.play("who stands by goes", Script{}.remove(1001u));
    both.play("all goes", Script{}.remove(1002u));
}

void play_script(Comparison& both) {
    constexpr auto kReplace = Mode::CreateOrReplace;
    both.play("leaves", Script{}.leaf(kLeaf0).leaf(kLeaf1).leaf(kSix0).leaf(kSix1));
    both.play("a leaf again", Script{}.leaf(kLeaf0).leaf(kLeaf0, kReplace));
    both.play("bad leaves", Script{}
                                .leaf({1010, Address::v4(0x08080808), kLink0})
                                .leaf({1011, Address::v4(0xac100002), 999})
                                .leaf({1012, Address::v4(0xac100001), kLink0})
                                .remove(1012u)
                                .leaf({1016, *Address::parse("2001:db8:10::1"), kLink0})
                                .leaf({1013, *Address::parse("2001:db8:99::1"), kLink0})
                                .leaf({1014, *Address::parse("fe80::1"), kLink0})
                                .remove(1014u)
                                .remove(1015u));
    both.play("groups", Script{}.group({2001, {1001, 1002}}).group({2002, {1003, 1004}}).group({2003, {1002}}));
    both.play("bad groups", Script{}
                                .group({2010, {1001, 4711}})
                                .group({2011, {1001, 1001}})
                                .group({2012, {2001, 1001}})
                                .group({2013, {}})
                                .group({1001, {1002}}, kReplace)
                                .group({2001, {1001}})
                                .leaf({2001, Address::v4(0xac100002), kLink0}, kReplace));
    both.play("routes", Script{}
                            .add(route("10.1.0.0/16", 2001))
                            .add(route("10.2.0.0/16", 2001))
                            .add(route("10.3.0.0/16", 2003))
                            .add(route("0.0.0.0/0", 2001))
                            .add(route("10.4.0.0/16", 1001))
                            .add(route("10.5.0.0/16", 2001, 186, 20, 1000))
                            .add(route("2001:db8:f::/48", 2002))
                            .add(route("::/0", 2002))
                            .add(route("10.6.0.0/16", 2002)));
    both.play("refused routes", Script{}
                                    .add(route("10.1.0.0/16", 2001))
                                    .add(route("2001:db8:f::/48", 2002))
                                    .add(route("10.9.0.0/16", 4711))
                                    .add(route("2001:db8:e::/48", 4711))
                                    .add(route("2001:db8:e::/48", 2001))
                                    .remove(route("10.9.0.0/16", 0))
                                    .remove(route("2001:db8:e::/48", 0))
                                    .remove(route("10.1.0.0/16", 0, 186, 21)));
    auto sourced = route("10.7.0.0/16", 2001);
    sourced.source = Address::v4(0xac100001);
    auto wrong_source = sourced;
    wrong_source.source = Address::v4(0x01020304);
    both.play("source addresses", Script{}.add(sourced).add(wrong_source, kReplace));
    auto sourced6 = route("2001:db8:7::/48", 2002);
    sourced6.source = *Address::parse("2001:db8:10::1");
    auto wrong_source6 = sourced6;
    wrong_source6.source = *Address::parse("2001:db8:77::1");
    both.play("IPv6 source addresses", Script{}.add(sourced6).add(wrong_source6, kReplace));
    both.play("somebody's routes beside ours", Script{}
                                                   .add(route("10.1.0.0/16", 2003, 4, 10))
                                                   .add(route("10.8.0.0/16", 2003, 4))
                                                   .add(route("2001:db8:8::/48", 2002, 4))
                                                   .remove(route("10.8.0.0/16", 0))
                                                   .remove(route("2001:db8:8::/48", 0)));
    both.play("replacing looks at no protocol", Script{}
                                                    .add(route("10.8.0.0/16", 2001), kReplace)
                                                    .add(route("2001:db8:8::/48", 2002), kReplace)
                                                    .add(route("10.2.0.0/16", 2003), kReplace)
                                                    .add(route("10.11.0.0/16", 2003), kReplace));
    both.play("deletes", Script{}.remove(route("10.8.0.0/16", 0)).remove(route("10.5.0.0/16", 0, 186, 20, 1000)));
    both.play("a group shrinks and grows",
              Script{}.group({2001, {1002}}, kReplace).group({2001, {1001, 1002}}, kReplace));
    both.pull_carrier(kLink0, false);
    both.play("while the carrier is away", Script{}.leaf(kLeaf0).leaf(kSix0).group({2001, {1001, 1002}}, kReplace));
    both.pull_carrier(kLink0, true);
    both.play(
        "after the carrier",
        Script{}.leaf(kLeaf0).leaf(kSix0).group({2001, {1001, 1002}}, kReplace).group({2002, {1003, 1004}}, kReplace));
    both.play("a leaf is deleted", Script{}.remove(1001u));
    both.pull_carrier(kLink1, false);
    both.pull_carrier(kLink1, true);
    both.set_up(kLink0, false);
    both.play("while the link is down", Script{}.leaf(kLeaf0));
    both.set_up(kLink0, true);
    play_standby(both);
    both.play("leaves and groups once more", Script{}.leaf(kLeaf0).leaf(kLeaf1).group({2001, {1001, 1002}}));
    both.play("routes once more", Script{}.add(route("10.1.0.0/16", 2001)).add(route("10.2.0.0/16", 2001)));
    both.play("a group is deleted with its routes", Script{}.remove(2001u));
    // A link that is switched off forgets its IPv6 addresses.
    both.add_ipv6(kLink0);
    both.play("IPv6 leaves once more", Script{}.leaf(kSix0).leaf(kSix1));
    play_plain(both);
}

/// In the child: 0 for alike.
int compare_in_namespaces() {
    if (!enter_namespaces()) return kSkipped;
    Comparison both;
    if (!both.set_up()) return kSkipped;
    play_script(both);
    std::cerr << both.compared() << " comparisons, " << both.differences() << " differences\n";
    return both.differences() == 0 ? 0 : 1;
}

/// A Fib whose socket is real, and its life: pair up, one link without carrier and back, killed and started again.
class RealLife {
public:
    bool set_up() {
        for (const auto index : {kLink0, kLink1})
            if (!kernel_.add_link(index, "link" + std::to_string(index), index + 100) ||
                !kernel_.add_address(index, fib::test::gateway(index - kLink0).plus(~0u), 30))
                return false;
        return true;
    }
    int live() {
        start();
        want_all(fib::test::kA);
        run();
        want_all(fib::test::kAB);
        settle();
        expect("a pair", 2, kRoutes);
        expect_operations("a pair", kRoutes + 4);

        kernel_.set_up(kLink0 + 100, false);
        kernel_.wait_for_carrier(kLink0, false);
        fib_->link_down(now_, kLink0);
        settle();
        expect("carrier lost", 1, kRoutes);
        kernel_.set_up(kLink0 + 100, true);
        kernel_.wait_for_carrier(kLink0, true);
        fib_->link_up(now_, kLink0);
        settle();
        expect("carrier back", 2, kRoutes);
        expect_operations("carrier back", kRoutes + 6);

        fib_->path_down(now_, fib::test::kSecondary);
        run();
        expect("path down", 1, kRoutes);
        expect_operations("path down", kRoutes + 7);
        fib_->path_up(fib::test::kSecondary);
        settle();

        start();
        want_all(fib::test::kAB);
        settle();
        expect("killed and started", 2, kRoutes);
        expect_operations("killed and started", 0);
        want_all(kNoPaths);
        settle();
        expect("withdrawn", 0, 0);
        return failures_;
    }

private:
    static constexpr std::uint32_t kRoutes = 2'000;

    void start() {
        fib_ = std::make_unique<fib::Fib>(fib::Settings{});
        for (std::uint32_t i = 0; i < 2; ++i) fib_->define_path(SessionId{i}, fib::test::gateway(i), kLink0 + i);
        fib_->define_set(Family::Ipv4, fib::test::kA, std::array{fib::test::kPrimary});
        fib_->define_set(Family::Ipv4, fib::test::kAB, std::array{fib::test::kPrimary, fib::test::kSecondary});
        fib_->start(now_);
        run();
        fib_->sweep(now_, table_);
    }
    void want_all(PathSetId set) {
        for (std::uint32_t i = 0; i < kRoutes; ++i)
            fib_->want(now_, Family::Ipv4, table_.intern(fib::test::prefix_number(i)), set);
    }
    void settle() {
        fib_->settled(now_);
        run();
    }
    void run() {
        for (;;) {
            const auto batch = fib_->next_batch(now_, table_);
            if (batch.empty()) return;
            std::uint32_t last = 0;
            auto rest = batch;
            while (const auto message = take_message(rest)) last = message->header.nlmsg_seq;
            fib_->received(now_, kernel_.request(batch, last), table_);
        }
    }
    /// All routes go through one group of this many members.
    void expect(const std::string& what, std::size_t members, std::size_t routes) {
        const auto groups = fib_->groups();
        std::array<std::uint8_t, 64> buffer{};
        Writer out{buffer};
        encode_dump(DumpOf::Nexthops, Family::Ipv4, 0, 1, out);
        encode_dump(DumpOf::Routes, Family::Ipv4, 186, 2, out);
        std::size_t in_kernel = 0, members_in_kernel = 0, groups_in_kernel = 0;
        for (const auto& part : {out.written().first(24), out.written().subspan(24)}) {
            const auto answers = kernel_.request(part, 0);
            MessageCursor cursor{answers};
            while (const auto message = cursor.next()) {
                if (const auto* group = std::get_if<GroupNews>(&*message))
                    ++groups_in_kernel, members_in_kernel += group->group.members.size();
                if (std::holds_alternative<RouteNews>(*message)) ++in_kernel;
            }
        }
        const bool quiet = fib_->quiet();
        if (quiet && members_in_kernel == members && groups_in_kernel == (routes > 0 ? 1 : 0) && in_kernel == routes)
            return;
        ++failures_;
        std::cerr << what << ": " << (quiet ? "quiet, " : "not quiet, ") << groups_in_kernel << " groups of "
                  << members_in_kernel << " members, " << in_kernel << " routes\n";
    }
    void expect_operations(const std::string& what, std::uint64_t operations) {
        const auto done = fib_->totals().operations;
        if (done == operations) return;
        ++failures_;
        std::cerr << what << ": " << done << " operations instead of " << operations << '\n';
    }

    Instant now_{std::chrono::seconds{1000}};
    RealKernel kernel_;
    fib::test::Table table_;
    std::unique_ptr<fib::Fib> fib_;
    int failures_ = 0;
};

int live_in_namespaces() {
    if (!enter_namespaces()) return kSkipped;
    RealLife life;
    if (!life.set_up()) return kSkipped;
    return life.live() == 0 ? 0 : 1;
}

/// Runs it in a child of its own, which must not run doctest's or the sanitizers' end; its exit code.
int in_child(int (*run)()) {
    std::cout.flush();
    const auto child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) ::_exit(run());
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFEXITED(status));
    if (WEXITSTATUS(status) != kSkipped) return WEXITSTATUS(status);
    MESSAGE("skipped: no user and network namespace with veth links to be had here");
    return 0;
}

}  // namespace

TEST_CASE("the fake kernel answers and ends up as the real one does") { CHECK(in_child(compare_in_namespaces) == 0); }

TEST_CASE("a real kernel takes what the plan asks, without a refusal or a needless request") {
    CHECK(in_child(live_in_namespaces) == 0);
}
