#include "shell/watch_filter.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cstddef>

namespace dyad::shell {

/// A load of the filter's machine reads network order, netlink is written in the host's: constants are turned about. An attribute is
/// looked for from A on, its type in X; A is then where it is, or 0.
bool attach_watch_filter(int descriptor, std::uint32_t writer, const WatchedRoutes& ours) {
    constexpr std::uint16_t kWord = BPF_LD | BPF_W | BPF_ABS, kHalf = BPF_LD | BPF_H | BPF_ABS;
    constexpr std::uint16_t kOctet = BPF_LD | BPF_B | BPF_ABS, kEqual = BPF_JMP | BPF_JEQ | BPF_K;
    constexpr std::uint16_t kSetA = BPF_LD | BPF_IMM, kSetX = BPF_LDX | BPF_IMM, kAToX = BPF_MISC | BPF_TAX;
    constexpr std::uint16_t kWordAtX = BPF_LD | BPF_W | BPF_IND, kReturn = BPF_RET | BPF_K;
    constexpr std::uint32_t kFindAttribute = static_cast<std::uint32_t>(SKF_AD_OFF + SKF_AD_NLATTR);
    constexpr std::uint32_t kEverything = 0xffffffff;
    constexpr std::uint32_t kRouteProtocol = NLMSG_HDRLEN + offsetof(rtmsg, rtm_protocol);
    constexpr std::uint32_t kAttributes = NLMSG_HDRLEN + sizeof(rtmsg);
    // The jumps count instructions behind the next one: so many if true, so many if not.
    sock_filter program[] = {
        /* 0 */ {kWord, 0, 0, offsetof(nlmsghdr, nlmsg_pid)},
        /* 1 */ {kEqual, 18, 0, htonl(writer)},
        /* 2 */ {kHalf, 0, 0, offsetof(nlmsghdr, nlmsg_type)},
        /* 3 */ {kEqual, 17, 0, htons(RTM_NEWNEXTHOP)},
        /* 4 */ {kEqual, 16, 0, htons(RTM_DELNEXTHOP)},
        /* 5 */ {kOctet, 0, 0, kRouteProtocol},
        /* 6 */ {kEqual, 14, 0, ours.protocol},
        /* 7 */ {kSetA, 0, 0, kAttributes},
        /* 8 */ {kSetX, 0, 0, RTA_PRIORITY},
        /* 9 */ {kWord, 0, 0, kFindAttribute},
        /* 10 */ {kEqual, 9, 0, 0},
        /* 11 */ {kAToX, 0, 0, 0},
        /* 12 */ {kWordAtX, 0, 0, sizeof(rtattr)},
        /* 13 */ {kEqual, 0, 6, htonl(ours.metric)},
        /* 14 */ {kSetA, 0, 0, kAttributes},
        /* 15 */ {kSetX, 0, 0, RTA_TABLE},
        /* 16 */ {kWord, 0, 0, kFindAttribute},
        /* 17 */ {kAToX, 0, 0, 0},
        /* 18 */ {kWordAtX, 0, 0, sizeof(rtattr)},
        /* 19 */ {kEqual, 1, 0, htonl(ours.table)},
        /* 20 */ {kReturn, 0, 0, 0},
        /* 21 */ {kReturn, 0, 0, kEverything},
    };
    const sock_fprog filter{.len = sizeof program / sizeof *program, .filter = program};
    return ::setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) == 0;
}

}  // namespace dyad::shell
