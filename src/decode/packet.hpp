#pragma once
#include <compare>
#include <expected>

#include "decode/pcap.hpp"
#include "dyad/net/address.hpp"

namespace dyad::decode {

struct Endpoint {
    Address address;
    std::uint16_t port = 0;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;
    std::string to_string() const;
};

/// What one packet brings of a TCP connection.
struct Segment {
    Endpoint from, to;
    std::uint32_t sequence = 0;
    bool syn = false, ack = false;
    Bytes payload;            ///< as captured: a snapshot length may have cut it
    std::size_t missing = 0;  ///< octets of the payload that it cut
};

/// Why a packet is none.
enum class NoSegment : std::uint8_t {
    Other,     ///< another protocol
    Fragment,  ///< of an IP packet: not put together here
    Damaged,   ///< headers that are cut or contradict themselves
    UnknownLink,
};

/// Opens the link's header (and VLAN tags), IPv4 or IPv6 with its extension headers, and TCP. Checksums are not looked at: a
/// sender's own captures have them wrong.
std::expected<Segment, NoSegment> tcp_segment(const Packet& packet);

}  // namespace dyad::decode
