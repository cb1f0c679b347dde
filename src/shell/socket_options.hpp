#pragma once
#include <cstdint>
#include <string>

#include "dyad/net/address.hpp"
#include "dyad/speaker/output.hpp"
#include "shell/fd.hpp"

/// The options of our sockets. Each answers 0 or an errno.
namespace dyad::shell {

/// A non-blocking TCP socket; not open when there is none to be had (errno says why).
Fd open_tcp(Family family);

/// An option whose value is a number.
int set_option(int fd, int level, int name, int value);
/// What every BGP socket has: no Nagle, and the mark of routing traffic (CS6) inside the host and on the wire.
void set_routing_traffic(int fd, Family family);
/// The mark alone.
void set_routing_class(int fd, Family family);
int set_device(int fd, const std::string& interface);
/// TTL sent; with gtsm 255 is sent and nothing below 255 is heard (RFC 5082).
int set_ttl(int fd, Family family, std::uint8_t ttl, bool gtsm);
/// TTL sent only: what a listener needs, so that its SYN-ACK passes the peer's GTSM.
int set_sent_ttl(int fd, Family family, std::uint8_t ttl);
int set_minimum_ttl(int fd, Family family, std::uint8_t ttl);
/// RFC 2385. An empty key removes the peer's key; that there was none is no error.
int set_md5(int fd, const Address& peer, const std::string& interface, const std::string& key);
/// A close() that sends RST at once instead of keeping the connection in the kernel.
void set_reset_on_close(int fd);
/// Deaf: what comes to the socket is lost without an answer, as behind a packet filter; a listener's callers wait in vain.
enum class Ear : std::uint8_t { Hears, Deaf };
int set_ear(int fd, Ear ear);
/// Receive as little as the kernel lets one.
void set_small_window(int fd);
/// Segments that reached the socket and were not taken: a wrong MD5 signature, a full backlog.
std::uint32_t dropped_segments(int fd);
/// The error of a connect() that has ended.
int pending_error(int fd);

}  // namespace dyad::shell
