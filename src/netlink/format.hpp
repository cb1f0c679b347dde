#pragma once
#include <linux/rtnetlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>

#include "dyad/base/bytes.hpp"
#include "dyad/net/address.hpp"

/// What requests and answers share: netlink is structs and type-length-value attributes in the host's own byte
/// order, padded to four octets (linux/netlink.h, linux/rtnetlink.h).
namespace dyad::netlink {

/// AF_INET, AF_INET6 and AF_BRIDGE of <sys/socket.h>, which the core may not see.
inline constexpr std::uint8_t kInet = 2;
inline constexpr std::uint8_t kInet6 = 10;
inline constexpr std::uint8_t kBridge = 7;

constexpr std::uint8_t kernel_family(Family family) { return family == Family::Ipv4 ? kInet : kInet6; }
constexpr std::size_t aligned(std::size_t octets) { return (octets + 3) & ~std::size_t{3}; }

/// The kernel's struct at the front of these octets; nothing if they are too few.
template <class Struct>
std::optional<Struct> load(Bytes octets) {
    if (octets.size() < sizeof(Struct)) return std::nullopt;
    Struct value;
    std::memcpy(&value, octets.data(), sizeof value);
    return value;
}

/// What follows a header of this size; empty if there is nothing.
inline Bytes behind(Bytes octets, std::size_t header_octets) {
    return octets.size() > header_octets ? octets.subspan(header_octets) : Bytes{};
}

struct Attribute {
    std::uint16_t type = 0;
    Bytes value;

    std::uint32_t u32() const { return load<std::uint32_t>(value).value_or(0); }
};

/// Walks attributes; a length that cannot be ends the walk.
class AttributeCursor {
public:
    explicit AttributeCursor(Bytes octets) : octets_(octets) {}

    std::optional<Attribute> next() {
        const auto header = load<rtattr>(octets_);
        if (!header || header->rta_len < sizeof(rtattr) || header->rta_len > octets_.size()) return std::nullopt;
        // The two highest bits of a type say "nested" and "network byte order" (linux/netlink.h).
        const Attribute attribute{.type = static_cast<std::uint16_t>(header->rta_type & NLA_TYPE_MASK),
                                  .value = octets_.first(header->rta_len).subspan(sizeof(rtattr))};
        octets_ = behind(octets_, aligned(header->rta_len));
        return attribute;
    }

private:
    Bytes octets_;
};

/// One message inside a datagram: its header and what follows it, without padding.
struct RawMessage {
    nlmsghdr header{};
    Bytes body;
};

/// Takes the message at the front off; nothing at the end, or if its length cannot be.
inline std::optional<RawMessage> take_message(Bytes& octets) {
    const auto header = load<nlmsghdr>(octets);
    if (!header || header->nlmsg_len < sizeof(nlmsghdr) || header->nlmsg_len > octets.size()) return std::nullopt;
    const RawMessage message{.header = *header, .body = octets.first(header->nlmsg_len).subspan(sizeof(nlmsghdr))};
    octets = behind(octets, aligned(header->nlmsg_len));
    return message;
}

}  // namespace dyad::netlink
