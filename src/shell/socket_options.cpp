#include "shell/socket_options.hpp"

#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "shell/socket_address.hpp"

namespace dyad::shell {

namespace {

// Not in glibc's <netinet/in.h>; the kernel's <linux/in6.h> cannot be included beside it.
constexpr int kIpv6MinHopCount = 73;
/// TC_PRIO_CONTROL: the kernel derives no priority from CS6, so it is said twice.
constexpr int kPriorityControl = 6;
constexpr int kClassSelector6 = 0xc0;

}  // namespace

Fd open_tcp(Family family) {
    return Fd{::socket(socket_family(family), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP)};
}

int set_option(int fd, int level, int name, int value) {
    return ::setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : errno;
}

void set_routing_traffic(int fd, Family family) {
    set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    set_routing_class(fd, family);
}

void set_routing_class(int fd, Family family) {
    if (family == Family::Ipv4) {
        set_option(fd, IPPROTO_IP, IP_TOS, kClassSelector6);
    } else {
        set_option(fd, IPPROTO_IPV6, IPV6_TCLASS, kClassSelector6);
    }
    // After IP_TOS, which sets a priority of its own.
    set_option(fd, SOL_SOCKET, SO_PRIORITY, kPriorityControl);
}

int set_device(int fd, const std::string& interface) {
    const auto length = static_cast<socklen_t>(interface.size());
    return ::setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, interface.data(), length) == 0 ? 0 : errno;
}

int set_sent_ttl(int fd, Family family, std::uint8_t ttl) {
    return family == Family::Ipv4 ? set_option(fd, IPPROTO_IP, IP_TTL, ttl)
                                  : set_option(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, ttl);
}

int set_minimum_ttl(int fd, Family family, std::uint8_t ttl) {
    return family == Family::Ipv4 ? set_option(fd, IPPROTO_IP, IP_MINTTL, ttl)
                                  : set_option(fd, IPPROTO_IPV6, kIpv6MinHopCount, ttl);
}

int set_ttl(int fd, Family family, std::uint8_t ttl, bool gtsm) {
    if (!gtsm) return set_sent_ttl(fd, family, ttl);
    if (const int error = set_sent_ttl(fd, family, 255)) return error;
    return set_minimum_ttl(fd, family, 255);
}

int set_md5(int fd, const Address& peer, const std::string& interface, const std::string& key) {
    if (key.size() > TCP_MD5SIG_MAXKEYLEN) return EINVAL;
    tcp_md5sig signature{};
    const auto address = socket_address(peer, 0, interface);
    std::memcpy(&signature.tcpm_addr, &address.storage, address.length);
    signature.tcpm_keylen = static_cast<std::uint16_t>(key.size());
    std::copy(key.begin(), key.end(), signature.tcpm_key);
    if (::setsockopt(fd, IPPROTO_TCP, TCP_MD5SIG, &signature, sizeof signature) == 0) return 0;
    return key.empty() && errno == ENOENT ? 0 : errno;
}

int set_ear(int fd, Ear ear) {
    if (ear == Ear::Hears) {
        const int error = set_option(fd, SOL_SOCKET, SO_DETACH_FILTER, 0);
        return error == ENOENT ? 0 : error;
    }
    sock_filter nothing[] = {{BPF_RET | BPF_K, 0, 0, 0}};
    const sock_fprog filter{.len = 1, .filter = nothing};
    return ::setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0 ? 0 : errno;
}

void set_small_window(int fd) { set_option(fd, SOL_SOCKET, SO_RCVBUF, 1); }

void set_reset_on_close(int fd) {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

std::uint32_t dropped_segments(int fd) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> counts{};
    socklen_t length = sizeof counts;
    if (::getsockopt(fd, SOL_SOCKET, SO_MEMINFO, counts.data(), &length) != 0) return 0;
    return counts[SK_MEMINFO_DROPS];
}

int pending_error(int fd) {
    int error = 0;
    socklen_t length = sizeof error;
    if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
    return error;
}

}  // namespace dyad::shell
