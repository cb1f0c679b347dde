#include "shell/surroundings.hpp"

#include <linux/if_vlan.h>
#include <linux/netlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <map>

#include "netlink/neighbours.hpp"
#include "shell/fd.hpp"
#include "shell/files.hpp"

namespace dyad::shell {

namespace {

/// A dump takes a millisecond; a kernel that does not answer must not keep the loop.
constexpr timeval kPatience{.tv_sec = 0, .tv_usec = 200'000};
constexpr std::size_t kReceiveOctets = 32 * 1024;

std::vector<netlink::NeighbourEntry> dump_neighbours() {
    std::vector<netlink::NeighbourEntry> entries;
    const Fd socket{::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)};
    if (socket.get() < 0) return entries;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof kPatience);
    std::array<std::uint8_t, 64> request{};
    Writer out{request};
    netlink::encode_neighbours_dump(1, out);
    if (::send(socket.get(), request.data(), out.size(), 0) < 0) return entries;
    std::vector<std::uint8_t> octets(kReceiveOctets);
    for (;;) {
        const auto count = ::recv(socket.get(), octets.data(), octets.size(), 0);
        if (count <= 0) return entries;
        if (netlink::decode_neighbours({octets.data(), static_cast<std::size_t>(count)}, entries)) return entries;
    }
}

std::optional<std::uint16_t> vlan_of(int socket, const char* name) {
    vlan_ioctl_args args{};
    args.cmd = GET_VLAN_VID_CMD;
    std::strncpy(args.device1, name, sizeof args.device1 - 1);
    if (::ioctl(socket, SIOCGIFVLAN, &args) != 0) return std::nullopt;
    return static_cast<std::uint16_t>(args.u.VID);
}

speaker::SeenInterface look_at(int socket, const char* name) {
    speaker::SeenInterface seen{.name = name, .mac = {}, .vlan = vlan_of(socket, name)};
    ifreq request{};
    std::strncpy(request.ifr_name, name, sizeof request.ifr_name - 1);
    if (::ioctl(socket, SIOCGIFHWADDR, &request) == 0) {
        std::array<std::uint8_t, 6> octets{};
        std::memcpy(octets.data(), request.ifr_hwaddr.sa_data, octets.size());
        seen.mac = netlink::link_address_text(octets);
    }
    if (::ioctl(socket, SIOCGIFFLAGS, &request) == 0) seen.up = (request.ifr_flags & IFF_UP) != 0;
    return seen;
}

std::map<std::uint32_t, std::string> look_at_interfaces(speaker::Seen& seen) {
    std::map<std::uint32_t, std::string> names;
    const Fd socket{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    auto* all = if_nameindex();
    for (auto* one = all; one != nullptr && one->if_index != 0; ++one) {
        names[one->if_index] = one->if_name;
        if (socket.get() >= 0) seen.interfaces.push_back(look_at(socket.get(), one->if_name));
    }
    if (all != nullptr) if_freenameindex(all);
    return names;
}

speaker::SeenNeighbour::State state_of(netlink::NeighbourEntry::State state) {
    switch (state) {
        case netlink::NeighbourEntry::State::Incomplete:
            return speaker::SeenNeighbour::State::Incomplete;
        case netlink::NeighbourEntry::State::Failed:
            return speaker::SeenNeighbour::State::Failed;
        case netlink::NeighbourEntry::State::Reachable:
            return speaker::SeenNeighbour::State::Reachable;
    }
    return speaker::SeenNeighbour::State::Incomplete;
}

/// What makes packets vanish on a router with two ways, or share them badly.
void look_at_sysctls(speaker::Seen& seen) {
    struct Rule {
        std::string_view name, bad, why;
    };
    constexpr Rule kRules[] = {
        {"net.ipv4.ip_forward", "0", "this host forwards nothing"},
        {"net.ipv4.conf.all.rp_filter", "1", "strict: what comes back by the other link is dropped; 2 is loose"},
        {"net.ipv4.fib_multipath_hash_policy", "0",
         "few pairs of hosts would leave one link empty; 1 counts ports too"},
    };
    for (const auto& rule : kRules) {
        std::string path{"/proc/sys/"};
        for (const char c : rule.name) path += c == '.' ? '/' : c;
        const auto value = read_file(path);
        if (value && value->starts_with(rule.bad))
            seen.sysctls.push_back({std::string{rule.name}, std::string{rule.bad}, std::string{rule.why}});
    }
}

}  // namespace

speaker::Seen look_around() {
    speaker::Seen seen;
    const auto names = look_at_interfaces(seen);
    for (auto& entry : dump_neighbours()) {
        const auto name = names.find(entry.interface_index);
        if (name == names.end()) continue;
        seen.neighbours.push_back(
            {state_of(entry.state), name->second, entry.address, std::move(entry.link_address), entry.age});
    }
    look_at_sysctls(seen);
    return seen;
}

}  // namespace dyad::shell
