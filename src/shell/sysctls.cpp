#include "shell/sysctls.hpp"

#include <fmt/format.h>

#include <array>
#include <string_view>

#include "shell/files.hpp"

namespace dyad::shell {

namespace {

struct Sysctl {
    std::string_view name;
    std::string_view path;
    std::string_view value;
};

constexpr std::array kSysctls{
    // One request moves all routes of a group; with 1 the kernel also tells of each of them.
    Sysctl{"net.ipv4.nexthop_compat_mode", "/proc/sys/net/ipv4/nexthop_compat_mode", "0"},
    // Ports count: few pairs of hosts would leave one link empty.
    Sysctl{"net.ipv4.fib_multipath_hash_policy", "/proc/sys/net/ipv4/fib_multipath_hash_policy", "1"},
    Sysctl{"net.ipv6.fib_multipath_hash_policy", "/proc/sys/net/ipv6/fib_multipath_hash_policy", "1"},
};

void add(std::string& list, const Sysctl& sysctl) {
    list += fmt::format("{}{}={}", list.empty() ? "" : " ", sysctl.name, sysctl.value);
}

}  // namespace

void set_sysctls(Journal& journal) {
    std::string set, advised;
    for (const auto& sysctl : kSysctls) {
        const auto present = read_file(std::string{sysctl.path});
        if (!present || present->starts_with(sysctl.value)) continue;
        add(write_existing(std::string{sysctl.path}, sysctl.value) == 0 ? set : advised, sysctl);
    }
    if (!set.empty()) journal.note(speaker::EventLevel::Info, "set " + set);
    if (!advised.empty()) {
        journal.note(speaker::EventLevel::Warning, "not allowed to set, please do: sysctl -w " + advised +
                                                       " (for fast failover and even use of links)");
    }
}

}  // namespace dyad::shell
