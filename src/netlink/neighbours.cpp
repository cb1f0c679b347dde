#include "netlink/neighbours.hpp"

#include <linux/neighbour.h>

#include <algorithm>
#include <optional>

#include "dyad/base/hex.hpp"
#include "dyad/base/reader.hpp"
#include "netlink/format.hpp"

namespace dyad::netlink {
namespace {

/// The kernel tells ages in units of USER_HZ, which is 100 on every architecture that Linux has today.
constexpr std::uint32_t kTicksASecond = 100;

std::optional<Address> neighbour_address(Bytes value, std::uint8_t family) {
    if (family == kInet && value.size() == 4) return Address::v4(Reader{value}.u32());
    if (family != kInet6 || value.size() != 16) return std::nullopt;
    std::array<std::uint8_t, 16> octets{};
    std::copy(value.begin(), value.end(), octets.begin());
    return Address::v6(octets);
}

NeighbourEntry::State state_of(std::uint16_t state) {
    if ((state & NUD_FAILED) != 0) return NeighbourEntry::State::Failed;
    return (state & NUD_INCOMPLETE) != 0 ? NeighbourEntry::State::Incomplete : NeighbourEntry::State::Reachable;
}

std::optional<NeighbourEntry> decode_entry(Bytes body) {
    const auto info = load<ndmsg>(body);
    // NUD_NOARP: multicast and loopback, which nobody asks for.
    if (!info || (info->ndm_state & NUD_NOARP) != 0 || info->ndm_state == NUD_NONE) return std::nullopt;
    NeighbourEntry entry{.state = state_of(info->ndm_state),
                         .interface_index = static_cast<std::uint32_t>(info->ndm_ifindex)};
    std::optional<Address> address;
    AttributeCursor attributes{behind(body, sizeof(ndmsg))};
    while (const auto attribute = attributes.next()) {
        if (attribute->type == NDA_DST) address = neighbour_address(attribute->value, info->ndm_family);
        if (attribute->type == NDA_LLADDR) entry.link_address = link_address_text(attribute->value);
        if (attribute->type != NDA_CACHEINFO) continue;
        if (const auto cache = load<nda_cacheinfo>(attribute->value))
            entry.age = std::chrono::seconds{cache->ndm_confirmed / kTicksASecond};
    }
    if (!address) return std::nullopt;
    entry.address = *address;
    return entry;
}

}  // namespace

void encode_neighbours_dump(std::uint32_t sequence, Writer& out) {
    const nlmsghdr header{.nlmsg_len = sizeof(nlmsghdr) + sizeof(ndmsg),
                          .nlmsg_type = RTM_GETNEIGH,
                          .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
                          .nlmsg_seq = sequence,
                          .nlmsg_pid = 0};
    const ndmsg all{};
    out.bytes({reinterpret_cast<const std::uint8_t*>(&header), sizeof header});
    out.bytes({reinterpret_cast<const std::uint8_t*>(&all), sizeof all});
}

bool decode_neighbours(Bytes octets, std::vector<NeighbourEntry>& entries) {
    while (const auto message = take_message(octets)) {
        const auto type = message->header.nlmsg_type;
        if (type == NLMSG_DONE || type == NLMSG_ERROR) return true;
        if (type != RTM_NEWNEIGH) continue;
        if (auto entry = decode_entry(message->body)) entries.push_back(*std::move(entry));
    }
    return false;
}

std::string link_address_text(Bytes octets) {
    constexpr std::size_t kOctets = 6;  // Ethernet; a tunnel's may be an IP address
    if (octets.size() != kOctets) return "";
    std::string text;
    for (const auto octet : octets) text += (text.empty() ? "" : ":") + hex_text(Bytes{&octet, 1});
    return text;
}

}  // namespace dyad::netlink
