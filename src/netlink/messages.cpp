#include "netlink/messages.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "netlink/format.hpp"

namespace dyad::netlink {
namespace {

/// Attributes carry strings with a closing NUL, which is not part of them.
std::string text_of(Bytes value) {
    const std::string_view text{reinterpret_cast<const char*>(value.data()), value.size()};
    return std::string{text.substr(0, text.find('\0'))};
}

/// The address in an attribute, if it is one of the message's family.
std::optional<Address> address_of(Bytes value, std::uint8_t family) {
    const bool fits = (family == kInet && value.size() == 4) || (family == kInet6 && value.size() == 16);
    return fits ? Address::from_bytes(value) : std::nullopt;
}

/// NLMSG_ERROR: the request's header is given back, its body too unless capped, then attributes with words.
std::optional<Message> decode_answer(const RawMessage& message) {
    const auto error = load<nlmsgerr>(message.body);
    if (!error) return std::nullopt;
    // The kernel gives 0 or a negative errno; anything else is none of its.
    const bool is_errno = error->error <= 0 && error->error > -4096;
    Answer answer{.sequence = message.header.nlmsg_seq, .error = is_errno ? -error->error : EPROTO, .text = {}};
    if (!(message.header.nlmsg_flags & NLM_F_ACK_TLVS)) return answer;
    const bool capped = message.header.nlmsg_flags & NLM_F_CAPPED;
    const std::size_t request_octets = std::max<std::size_t>(error->msg.nlmsg_len, sizeof(nlmsghdr));
    const std::size_t echoed = capped ? sizeof(nlmsgerr) : sizeof(int) + aligned(request_octets);
    AttributeCursor attributes{behind(message.body, echoed)};
    while (const auto attribute = attributes.next())
        if (attribute->type == NLMSGERR_ATTR_MSG) answer.text = text_of(attribute->value);
    return answer;
}

/// The end of a dump. One that changes ran into (NLM_F_DUMP_INTR) is no snapshot: EINTR, to be asked again.
Message decode_done(const RawMessage& message) {
    const int result = load<int>(message.body).value_or(0);
    const int error = result < 0 && result > -4096 ? -result : 0;
    const bool interrupted = message.header.nlmsg_flags & NLM_F_DUMP_INTR;
    return DumpDone{.sequence = message.header.nlmsg_seq, .error = error == 0 && interrupted ? EINTR : error};
}

std::optional<Message> decode_link(const RawMessage& message) {
    const auto info = load<ifinfomsg>(message.body);
    // A bridge speaks of its ports in the same messages: not the links themselves.
    if (!info || info->ifi_family == kBridge || info->ifi_index <= 0) return std::nullopt;
    Link link{.index = static_cast<std::uint32_t>(info->ifi_index),
              .name = {},
              .up = (info->ifi_flags & IFF_UP) != 0,
              // The kernel flushes a device's nexthops when neither is set (and it is still up).
              .carrier = (info->ifi_flags & (IFF_RUNNING | IFF_LOWER_UP)) != 0,
              .gone = message.header.nlmsg_type == RTM_DELLINK};
    AttributeCursor attributes{behind(message.body, sizeof(ifinfomsg))};
    while (const auto attribute = attributes.next())
        if (attribute->type == IFLA_IFNAME) link.name = text_of(attribute->value);
    return link;
}

std::optional<Message> decode_address(const RawMessage& message) {
    const auto info = load<ifaddrmsg>(message.body);
    if (!info) return std::nullopt;
    // IFA_LOCAL is ours and IFA_ADDRESS the other end's on a point-to-point link; elsewhere there may be one only.
    std::optional<Address> address, local;
    std::uint32_t flags = info->ifa_flags;
    AttributeCursor attributes{behind(message.body, sizeof(ifaddrmsg))};
    while (const auto attribute = attributes.next()) {
        if (attribute->type == IFA_ADDRESS) address = address_of(attribute->value, info->ifa_family);
        if (attribute->type == IFA_LOCAL) local = address_of(attribute->value, info->ifa_family);
        if (attribute->type == IFA_FLAGS) flags = attribute->u32();
    }
    if (local) address = local;
    if (!address) return std::nullopt;
    return InterfaceAddress{.interface_index = info->ifa_index,
                            .address = *address,
                            .prefix_length = info->ifa_prefixlen,
                            .gone = message.header.nlmsg_type == RTM_DELADDR,
                            // RFC 4862 5.4: not to be used before duplicate address detection has passed.
                            .usable = (flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED)) == 0};
}

GroupNews group_of(Bytes value, Sharing sharing) {
    std::vector<nexthop_grp> entries;
    while (const auto entry = load<nexthop_grp>(value)) {
        entries.push_back(*entry);
        value = behind(value, sizeof(nexthop_grp));
    }
    const auto heavy = std::ranges::count_if(entries, [](const nexthop_grp& entry) { return entry.weight != 0; });
    // Alone, whoever stood by is the first.
    const bool as_ours = sharing == Sharing::Equal ? heavy == 0 : entries.size() == 1 || heavy == 1;
    if (sharing == Sharing::First) std::ranges::stable_sort(entries, std::ranges::greater{}, &nexthop_grp::weight);
    GroupNews news{.group = {.sharing = sharing}, .weighted = !as_ours};
    for (const auto& entry : entries) news.group.members.push_back(entry.id);
    return news;
}

std::optional<Message> decode_nexthop(const RawMessage& message) {
    const auto info = load<nhmsg>(message.body);
    if (!info) return std::nullopt;
    const bool gone = message.header.nlmsg_type == RTM_DELNEXTHOP;
    Leaf leaf;
    std::optional<Bytes> members;
    auto sharing = Sharing::Equal;
    AttributeCursor attributes{behind(message.body, sizeof(nhmsg))};
    while (const auto attribute = attributes.next()) {
        if (attribute->type == NHA_GROUP_TYPE && load<std::uint16_t>(attribute->value) == NEXTHOP_GRP_TYPE_RES)
            sharing = Sharing::First;
        if (attribute->type == NHA_ID) leaf.id = attribute->u32();
        if (attribute->type == NHA_OIF) leaf.interface_index = attribute->u32();
        if (attribute->type == NHA_GROUP) members = attribute->value;
        if (attribute->type == NHA_GATEWAY)
            leaf.gateway = address_of(attribute->value, info->nh_family).value_or(Address{});
    }
    if (leaf.id == 0) return std::nullopt;
    if (members) {
        auto group = group_of(*members, sharing);
        group.group.id = leaf.id;
        group.protocol = info->nh_protocol;
        group.gone = gone;
        return group;
    }
    return LeafNews{.leaf = leaf, .protocol = info->nh_protocol, .gone = gone};
}

/// struct rtvia: the gateway's family, then its octets.
std::optional<Address> via_of(Bytes value) {
    const auto family = load<std::uint16_t>(value);
    return family ? address_of(behind(value, sizeof(std::uint16_t)), static_cast<std::uint8_t>(*family)) : std::nullopt;
}

/// The gateways of RTA_MULTIPATH; none at all where one is something else or weighs more.
std::vector<Hop> hops_of(Bytes value, std::uint8_t family) {
    std::vector<Hop> hops;
    while (const auto entry = load<rtnexthop>(value)) {
        if (entry->rtnh_len < sizeof(rtnexthop) || entry->rtnh_len > value.size() || entry->rtnh_hops != 0) return {};
        std::optional<Address> gateway;
        AttributeCursor attributes{value.first(entry->rtnh_len).subspan(sizeof(rtnexthop))};
        while (const auto attribute = attributes.next()) {
            if (attribute->type == RTA_GATEWAY) gateway = address_of(attribute->value, family);
            if (attribute->type == RTA_VIA) gateway = via_of(attribute->value);
        }
        if (!gateway) return {};
        hops.push_back({*gateway, static_cast<std::uint32_t>(entry->rtnh_ifindex)});
        value = behind(value, aligned(entry->rtnh_len));
    }
    return hops;
}

std::optional<Message> decode_route(const RawMessage& message) {
    const auto info = load<rtmsg>(message.body);
    if (!info || (info->rtm_family != kInet && info->rtm_family != kInet6)) return std::nullopt;
    const auto family = info->rtm_family == kInet ? Family::Ipv4 : Family::Ipv6;
    // Cached copies are no routes of the table; one with a type of service or a source has a key that we never use.
    const bool plain = (info->rtm_flags & RTM_F_CLONED) == 0 && info->rtm_tos == 0 && info->rtm_src_len == 0;
    if (!plain || info->rtm_dst_len > address_bits(family)) return std::nullopt;
    Address destination = family == Family::Ipv4 ? Address{} : Address::v6({});
    Route route{.table = info->rtm_table, .protocol = info->rtm_protocol};
    std::optional<Address> gateway;
    std::uint32_t interface_index = 0;
    Bytes multipath;
    AttributeCursor attributes{behind(message.body, sizeof(rtmsg))};
    while (const auto attribute = attributes.next()) {
        if (attribute->type == RTA_DST)
            destination = address_of(attribute->value, info->rtm_family).value_or(destination);
        if (attribute->type == RTA_TABLE) route.table = attribute->u32();
        if (attribute->type == RTA_PRIORITY) route.metric = attribute->u32();
        if (attribute->type == RTA_NH_ID) route.nexthop_id = attribute->u32();
        if (attribute->type == RTA_PREFSRC) route.source = address_of(attribute->value, info->rtm_family);
        if (attribute->type == RTA_GATEWAY) gateway = address_of(attribute->value, info->rtm_family);
        if (attribute->type == RTA_VIA) gateway = via_of(attribute->value);
        if (attribute->type == RTA_OIF) interface_index = attribute->u32();
        if (attribute->type == RTA_MULTIPATH) multipath = attribute->value;
    }
    // Where net.ipv4.nexthop_compat_mode is on, routes through objects show their gateways too.
    if (route.nexthop_id == 0 && info->rtm_type == RTN_UNICAST) {
        if (gateway) route.hops.push_back({*gateway, interface_index});
        if (!multipath.empty()) route.hops = hops_of(multipath, info->rtm_family);
    }
    route.prefix = Prefix{destination, info->rtm_dst_len};
    const bool gone = message.header.nlmsg_type == RTM_DELROUTE;
    return RouteNews{.route = std::move(route),
                     .gone = gone,
                     .replaces = !gone && (message.header.nlmsg_flags & NLM_F_REPLACE) != 0,
                     .behind = !gone && (message.header.nlmsg_flags & NLM_F_APPEND) != 0,
                     .by_kernel = message.header.nlmsg_pid == 0};
}

std::optional<Message> decode(const RawMessage& message) {
    switch (message.header.nlmsg_type) {
        case NLMSG_ERROR:
            return decode_answer(message);
        case NLMSG_DONE:
            return decode_done(message);
        case RTM_NEWLINK:
        case RTM_DELLINK:
            return decode_link(message);
        case RTM_NEWADDR:
        case RTM_DELADDR:
            return decode_address(message);
        case RTM_NEWNEXTHOP:
        case RTM_DELNEXTHOP:
            return decode_nexthop(message);
        case RTM_NEWROUTE:
        case RTM_DELROUTE:
            return decode_route(message);
    }
    return std::nullopt;
}

}  // namespace

std::optional<Message> MessageCursor::next() {
    while (const auto raw = take_message(octets_))
        if (auto message = decode(*raw)) return message;
    octets_ = {};
    return std::nullopt;
}

}  // namespace dyad::netlink
