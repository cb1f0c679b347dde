#include "netlink/requests.hpp"

#include <linux/if_addr.h>
#include <linux/nexthop.h>

#include <algorithm>
#include <array>

#include "netlink/format.hpp"

namespace dyad::netlink {
namespace {

/// Beside members of the least weight: so much that of one bucket nothing is left for them.
constexpr std::uint8_t kHeaviest = 254;

template <class Value>
Bytes octets_of(const Value& value) {
    return Bytes{reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

/// One request under construction: header first, its length last.
class Request {
public:
    Request(std::uint16_t type, int flags, std::uint32_t sequence, Writer& out) : out_(out), start_(out.size()) {
        put(nlmsghdr{.nlmsg_len = 0,
                     .nlmsg_type = type,
                     .nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags),
                     .nlmsg_seq = sequence,
                     .nlmsg_pid = 0});
    }
    template <class Struct>
    void put(const Struct& value) {
        static_assert(sizeof value % 4 == 0);
        out_.bytes(octets_of(value));
    }
    void attribute(std::uint16_t type, Bytes value) {
        open_attribute(type, value.size());
        out_.bytes(value);
        constexpr std::array<std::uint8_t, 3> kPadding{};
        out_.bytes(Bytes{kPadding}.first(aligned(value.size()) - value.size()));
    }
    void attribute(std::uint16_t type, std::uint32_t value) { attribute(type, octets_of(value)); }
    /// The header of an attribute whose octets the caller puts.
    void open_attribute(std::uint16_t type, std::size_t value_octets) {
        put(rtattr{.rta_len = static_cast<std::uint16_t>(sizeof(rtattr) + value_octets), .rta_type = type});
    }
    void finish() {
        const auto length = static_cast<std::uint32_t>(out_.size() - start_);
        std::size_t at = start_ + offsetof(nlmsghdr, nlmsg_len);
        for (const auto octet : octets_of(length)) out_.patch_u8(at++, octet);
    }

private:
    Writer& out_;
    std::size_t start_;
};

/// A resilient group deals out its buckets by weight. Of a single one the heaviest has all, and it changes hands at once, as no time
/// of being idle is asked for (linux/nexthop.h, since 5.13).
void put_single_bucket(Request& request) {
    request.attribute(NHA_GROUP_TYPE, octets_of(std::uint16_t{NEXTHOP_GRP_TYPE_RES}));
    constexpr std::size_t kU16 = sizeof(rtattr) + sizeof(std::uint32_t);  // padded
    constexpr std::size_t kU32 = sizeof(rtattr) + sizeof(std::uint32_t);
    request.open_attribute(NHA_RES_GROUP | NLA_F_NESTED, kU16 + 2 * kU32);
    request.attribute(NHA_RES_GROUP_BUCKETS, octets_of(std::uint16_t{1}));
    request.attribute(NHA_RES_GROUP_IDLE_TIMER, 0);
    request.attribute(NHA_RES_GROUP_UNBALANCED_TIMER, 0);
}

int create_flags(Mode mode, Ack ack) {
    const int how = mode == Mode::CreateOnly ? NLM_F_EXCL : NLM_F_REPLACE;
    return NLM_F_CREATE | how | (ack == Ack::Always ? NLM_F_ACK : 0);
}

int delete_flags(Ack ack) { return ack == Ack::Always ? NLM_F_ACK : 0; }

/// The key of a route, the same in a new one and in a delete.
void put_route_key(const Route& route, std::uint8_t scope, std::uint8_t type, Request& request) {
    request.put(rtmsg{.rtm_family = kernel_family(route.prefix.family()),
                      .rtm_dst_len = route.prefix.length(),
                      .rtm_src_len = 0,
                      .rtm_tos = 0,
                      .rtm_table = static_cast<unsigned char>(route.table < 256 ? route.table : RT_TABLE_UNSPEC),
                      .rtm_protocol = route.protocol,
                      .rtm_scope = scope,
                      .rtm_type = type,
                      .rtm_flags = 0});
    request.attribute(RTA_DST, route.prefix.address().bytes());
    if (route.table >= 256) request.attribute(RTA_TABLE, route.table);
    if (route.metric != 0) request.attribute(RTA_PRIORITY, route.metric);
}

/// IPv4 through an IPv6 gateway (RFC 8950) is said by an attribute of its own, with the family in front.
bool is_via(const Hop& hop, Family family) { return hop.gateway.family() != family; }

std::size_t gateway_octets(const Hop& hop, Family family) {
    return hop.gateway.bytes().size() + (is_via(hop, family) ? sizeof(std::uint16_t) : 0);
}

void put_gateway(const Hop& hop, Family family, Request& request) {
    if (!is_via(hop, family)) return request.attribute(RTA_GATEWAY, hop.gateway.bytes());
    std::array<std::uint8_t, sizeof(std::uint16_t) + 16> via{};
    const std::uint16_t kernel_number = kernel_family(hop.gateway.family());
    std::ranges::copy(octets_of(kernel_number), via.begin());
    const auto octets = hop.gateway.bytes();
    std::ranges::copy(octets, via.begin() + sizeof kernel_number);
    request.attribute(RTA_VIA, Bytes{via}.first(gateway_octets(hop, family)));
}

void put_hops(const std::vector<Hop>& hops, Family family, Request& request) {
    if (hops.size() == 1) {
        request.attribute(RTA_OIF, hops.front().interface_index);
        return put_gateway(hops.front(), family, request);
    }
    const auto length_of = [&](const Hop& hop) {
        return sizeof(rtnexthop) + sizeof(rtattr) + aligned(gateway_octets(hop, family));
    };
    std::size_t octets = 0;
    for (const auto& hop : hops) octets += length_of(hop);
    request.open_attribute(RTA_MULTIPATH, octets);
    for (const auto& hop : hops) {
        // The kernel's weight is one more than what is written.
        request.put(rtnexthop{.rtnh_len = static_cast<unsigned short>(length_of(hop)),
                              .rtnh_flags = 0,
                              .rtnh_hops = 0,
                              .rtnh_ifindex = static_cast<int>(hop.interface_index)});
        put_gateway(hop, family, request);
    }
}

}  // namespace

void encode_leaf(const Leaf& leaf, Mode mode, std::uint32_t sequence, Ack ack, Writer& out, std::uint8_t protocol) {
    Request request{RTM_NEWNEXTHOP, create_flags(mode, ack), sequence, out};
    request.put(nhmsg{.nh_family = kernel_family(leaf.gateway.family()), .nh_protocol = protocol});
    request.attribute(NHA_ID, leaf.id);
    request.attribute(NHA_OIF, leaf.interface_index);
    request.attribute(NHA_GATEWAY, leaf.gateway.bytes());
    request.finish();
}

void encode_group(const Group& group, Mode mode, std::uint32_t sequence, Ack ack, Writer& out, std::uint8_t protocol) {
    Request request{RTM_NEWNEXTHOP, create_flags(mode, ack), sequence, out};
    request.put(nhmsg{.nh_protocol = protocol});
    request.attribute(NHA_ID, group.id);
    request.open_attribute(NHA_GROUP, group.members.size() * sizeof(nexthop_grp));
    const bool first_carries = group.sharing == Sharing::First;
    for (const auto member : group.members) {
        // The kernel's weight is one more than what is written.
        const bool heavy = first_carries && member == group.members.front();
        request.put(nexthop_grp{.id = member, .weight = heavy ? kHeaviest : std::uint8_t{0}});
    }
    if (first_carries) put_single_bucket(request);
    request.finish();
}

void encode_delete_nexthop(std::uint32_t id, std::uint32_t sequence, Ack ack, Writer& out) {
    Request request{RTM_DELNEXTHOP, delete_flags(ack), sequence, out};
    request.put(nhmsg{});
    request.attribute(NHA_ID, id);
    request.finish();
}

void encode_route(const Route& route, Mode mode, std::uint32_t sequence, Ack ack, Writer& out) {
    Request request{RTM_NEWROUTE, create_flags(mode, ack), sequence, out};
    put_route_key(route, RT_SCOPE_UNIVERSE, RTN_UNICAST, request);
    if (route.nexthop_id != 0)
        request.attribute(RTA_NH_ID, route.nexthop_id);
    else
        put_hops(route.hops, route.prefix.family(), request);
    if (route.source) request.attribute(RTA_PREFSRC, route.source->bytes());
    request.finish();
}

void encode_delete_route(const Route& route, std::uint32_t sequence, Ack ack, Writer& out) {
    Request request{RTM_DELROUTE, delete_flags(ack), sequence, out};
    // Any scope and any type, but only this protocol and metric: nobody else's route can match.
    put_route_key(route, RT_SCOPE_NOWHERE, RTN_UNSPEC, request);
    request.finish();
}

void encode_dump(DumpOf what, Family family, std::uint8_t protocol, std::uint32_t sequence, Writer& out) {
    // Under NETLINK_GET_STRICT_CHK every field that is not a filter must be zero.
    switch (what) {
        case DumpOf::Links: {
            Request request{RTM_GETLINK, NLM_F_DUMP, sequence, out};
            request.put(ifinfomsg{});
            return request.finish();
        }
        case DumpOf::Addresses: {
            Request request{RTM_GETADDR, NLM_F_DUMP, sequence, out};
            request.put(ifaddrmsg{});
            return request.finish();
        }
        case DumpOf::Nexthops: {
            Request request{RTM_GETNEXTHOP, NLM_F_DUMP, sequence, out};
            request.put(nhmsg{});
            return request.finish();
        }
        case DumpOf::Routes: {
            Request request{RTM_GETROUTE, NLM_F_DUMP, sequence, out};
            request.put(rtmsg{.rtm_family = kernel_family(family), .rtm_protocol = protocol});
            return request.finish();
        }
    }
}

}  // namespace dyad::netlink
