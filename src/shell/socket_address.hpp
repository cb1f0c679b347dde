#pragma once
#include <sys/socket.h>

#include <optional>
#include <string>

#include "dyad/net/address.hpp"

namespace dyad::shell {

/// An address and port as the socket calls want it.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t length = 0;

    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
    sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
};

/// The interface's name matters for IPv6 link-local addresses only: they mean nothing without it.
SocketAddress socket_address(const Address& address, std::uint16_t port, const std::string& interface = "");
/// Nothing for families other than IPv4 and IPv6. IPv4 in IPv6 (::ffff:a.b.c.d) comes back as IPv4.
std::optional<Address> address_of(const SocketAddress& from);
int socket_family(Family family);

}  // namespace dyad::shell
