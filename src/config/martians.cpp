#include "config/martians.hpp"

#include <algorithm>

namespace dyad::config {
namespace {

struct Martian {
    std::uint32_t address;
    std::uint8_t length;
    std::string_view why;

    Prefix prefix() const { return {Address::v4(address), length}; }
};

/// Wrong towards everyone. The default route covers them all and is none of them.
constexpr Martian kNobodys[] = {
    {0x00000000, 8, "0.0.0.0/8 is no address space (RFC 1122)"},
    {0x7f000000, 8, "127.0.0.0/8 is loopback"},
    {0xa83f8110, 32, "it is Azure's own platform address"},
    {0xa9fe0000, 16, "169.254.0.0/16 is link-local (RFC 3927)"},
    {0xe0000000, 4, "224.0.0.0/4 is multicast"},
    {0xf0000000, 4, "240.0.0.0/4 is reserved (RFC 1112)"},
};

/// Fine inside a company, nothing on the public side. Documentation prefixes are left alone: examples and labs use them.
constexpr Martian kPrivates[] = {
    {0x0a000000, 8, "10.0.0.0/8 is private (RFC 1918)"},
    {0xac100000, 12, "172.16.0.0/12 is private (RFC 1918)"},
    {0xc0a80000, 16, "192.168.0.0/16 is private (RFC 1918)"},
    {0x64400000, 10, "100.64.0.0/10 is shared space of providers (RFC 6598)"},
    {0xc0000000, 24, "192.0.0.0/24 is for protocols (RFC 6890)"},
    {0xc6120000, 15, "198.18.0.0/15 is for benchmarks (RFC 2544)"},
};

/// RFC 4291 2.4: what begins with 001 is global unicast as it is handed out today.
bool is_global(const Prefix& prefix) { return prefix.length() >= 3 && prefix.address().octets()[0] >> 5U == 1; }

std::optional<std::string_view> nobodys_v6(const Prefix& prefix) {
    const auto& octets = prefix.address().octets();
    if (prefix.length() >= 8 && octets[0] == 0) return "it is loopback or reserved (RFC 4291)";
    if (prefix.length() >= 8 && octets[0] == 0xff) return "it is multicast";
    if (prefix.length() >= 10 && prefix.address().is_link_local()) return "it is link-local";
    return std::nullopt;
}

}  // namespace

std::optional<std::string_view> never_advertised(const Prefix& prefix) {
    if (prefix.length() == 0) return std::nullopt;
    if (prefix.family() == Family::Ipv6) return nobodys_v6(prefix);
    for (const auto& martian : kNobodys)
        if (martian.prefix().covers(prefix)) return martian.why;
    return std::nullopt;
}

std::optional<std::string_view> never_advertised_to_microsoft(const Prefix& prefix) {
    if (prefix.length() == 0) return "only private peering takes a default route";
    if (const auto why = never_advertised(prefix)) return why;
    if (prefix.family() == Family::Ipv6) {
        if (is_global(prefix)) return std::nullopt;
        return "it is not public (outside 2000::/3)";
    }
    for (const auto& martian : kPrivates)
        if (martian.prefix().covers(prefix) || prefix.covers(martian.prefix())) return martian.why;
    return std::nullopt;
}

bool is_private_space(const Prefix& prefix) {
    if (prefix.family() == Family::Ipv6) return !is_global(prefix);
    return std::ranges::any_of(kPrivates, [&](const Martian& m) { return m.prefix().covers(prefix); });
}

bool is_unicast(const Address& address) {
    if (address.is_unspecified()) return false;
    if (address.is_v4()) return address.to_u32() >> 28U < 0xeU;
    return address.octets()[0] != 0xff;
}

}  // namespace dyad::config
