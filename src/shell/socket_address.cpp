#include "shell/socket_address.hpp"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>

#include <cstring>

namespace dyad::shell {

int socket_family(Family family) { return family == Family::Ipv4 ? AF_INET : AF_INET6; }

SocketAddress socket_address(const Address& address, std::uint16_t port, const std::string& interface) {
    SocketAddress out;
    if (address.is_v4()) {
        auto* v4 = reinterpret_cast<sockaddr_in*>(&out.storage);
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        std::memcpy(&v4->sin_addr, address.bytes().data(), 4);
        out.length = sizeof *v4;
        return out;
    }
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    std::memcpy(&v6->sin6_addr, address.bytes().data(), 16);
    if (address.is_link_local()) v6->sin6_scope_id = ::if_nametoindex(interface.c_str());
    out.length = sizeof *v6;
    return out;
}

std::optional<Address> address_of(const SocketAddress& from) {
    if (from.storage.ss_family == AF_INET) {
        const auto* v4 = reinterpret_cast<const sockaddr_in*>(&from.storage);
        return Address::from_bytes({reinterpret_cast<const std::uint8_t*>(&v4->sin_addr), 4});
    }
    if (from.storage.ss_family != AF_INET6) return std::nullopt;
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(&from.storage);
    const auto* octets = reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr);
    if (IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) return Address::from_bytes({octets + 12, 4});
    return Address::from_bytes({octets, 16});
}

}  // namespace dyad::shell
