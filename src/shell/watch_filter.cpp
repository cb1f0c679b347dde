#include "shell/watch_filter.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstddef>

namespace dyad::shell {

/// A load of the filter's machine reads network order, netlink is written in the host's: constants are turned about.
bool attach_watch_filter(int descriptor, std::uint32_t writer, std::uint8_t protocol) {
    constexpr std::uint16_t kWord = BPF_LD | BPF_W | BPF_ABS, kHalf = BPF_LD | BPF_H | BPF_ABS;
    constexpr std::uint16_t kOctet = BPF_LD | BPF_B | BPF_ABS, kEqual = BPF_JMP | BPF_JEQ | BPF_K;
    constexpr std::uint16_t kAnyBit = BPF_JMP | BPF_JSET | BPF_K, kReturn = BPF_RET | BPF_K;
    constexpr std::uint32_t kEverything = 0xffffffff;
    constexpr std::uint32_t kRouteProtocol = NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol);
    // The jumps count instructions behind the next one: so many if true, so many if not.
    sock_filter program[] = {
        /* 0 */ {kWord, 0, 0, offsetof(nlmsghdr, nlmsg_pid)},
        /* 1 */ {kEqual, 8, 0, htonl(writer)},
        /* 2 */ {kHalf, 0, 0, offsetof(nlmsghdr, nlmsg_type)},
        /* 3 */ {kEqual, 7, 0, htons(RTM_NEWNEXTHOP)},
        /* 4 */ {kEqual, 6, 0, htons(RTM_DELNEXTHOP)},
        /* 5 */ {kEqual, 2, 0, htons(RTM_DELROUTE)},
        /* 6 */ {kHalf, 0, 0, offsetof(nlmsghdr, nlmsg_flags)},
        /* 7 */ {kAnyBit, 3, 0, htons(NLM_F_REPLACE)},
        /* 8 */ {kOctet, 0, 0, kRouteProtocol},
        /* 9 */ {kEqual, 1, 0, protocol},
        /* 10 */ {kReturn, 0, 0, 0},
        /* 11 */ {kReturn, 0, 0, kEverything},
    };
    const sock_fprog filter{.len = sizeof program / sizeof *program, .filter = program};
    return ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

}  // namespace dyad::shell
