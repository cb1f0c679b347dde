#include "fake_kernel.hpp"

#include <linux/if.h>
#include <linux/if_addr.h>
#include <linux/nexthop.h>
#include <linux/rtnetlink.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "netlink/format.hpp"

namespace dyad::sim {
namespace {

using netlink::aligned;
using netlink::AttributeCursor;
using netlink::behind;
using netlink::kernel_family;
using netlink::kInet;
using netlink::kInet6;
using netlink::load;

template <class Value>
Bytes octets_of(const Value& value) {
    return Bytes{reinterpret_cast<const std::uint8_t*>(&value), sizeof value};
}

/// One message from the kernel, appended to a buffer.
class Reply {
public:
    Reply(std::uint16_t type, int flags, std::uint32_t sequence, std::vector<std::uint8_t>& out, std::uint32_t port = 0)
        : out_(out), start_(out.size()) {
        put(nlmsghdr{.nlmsg_len = 0,
                     .nlmsg_type = type,
                     .nlmsg_flags = static_cast<std::uint16_t>(flags),
                     .nlmsg_seq = sequence,
                     .nlmsg_pid = port});
    }
    template <class Struct>
    void put(const Struct& value) {
        append(octets_of(value));
    }
    void attribute(std::uint16_t type, Bytes value) {
        put(rtattr{.rta_len = static_cast<std::uint16_t>(sizeof(rtattr) + value.size()), .rta_type = type});
        append(value);
        out_.resize(start_ + aligned(out_.size() - start_));
    }
    void attribute(std::uint16_t type, std::uint32_t value) { attribute(type, octets_of(value)); }
    void text(std::uint16_t type, const std::string& value) {
        attribute(type, Bytes{reinterpret_cast<const std::uint8_t*>(value.c_str()), value.size() + 1});
    }
    void finish() {
        const auto length = static_cast<std::uint32_t>(out_.size() - start_);
        const auto octets = octets_of(length);
        std::copy(octets.begin(), octets.end(), out_.begin() + static_cast<std::ptrdiff_t>(start_));
    }

private:
    void append(Bytes octets) { out_.insert(out_.end(), octets.begin(), octets.end()); }

    std::vector<std::uint8_t>& out_;
    std::size_t start_;
};

struct Head {
    std::uint16_t type = 0;
    int flags = 0;
    std::uint32_t sequence = 0;
    std::uint32_t port = 0;  ///< whose request was it; 0: the kernel's own doing
};
/// Somebody with `ip route`.
constexpr std::uint32_t kOthersPort = 4711;

void append_leaf(const Head& head, std::uint32_t id, const FakeKernel::Leaf& leaf, std::vector<std::uint8_t>& out) {
    Reply reply{head.type, head.flags, head.sequence, out, head.port};
    reply.put(nhmsg{.nh_family = kernel_family(leaf.gateway.family()), .nh_protocol = leaf.protocol});
    reply.attribute(NHA_ID, id);
    reply.attribute(NHA_OIF, leaf.interface_index);
    reply.attribute(NHA_GATEWAY, leaf.gateway.bytes());
    reply.finish();
}

/// As wire octets have it: one less than the weight of a member that carries all beside others.
constexpr std::uint8_t kHeaviest = 254;

void append_group(const Head& head, std::uint32_t id, const FakeKernel::Group& group, std::vector<std::uint8_t>& out) {
    std::vector<nexthop_grp> entries;
    for (const auto member : group.members)
        entries.push_back({.id = member, .weight = std::uint8_t{member == group.heavy ? kHeaviest : std::uint8_t{0}}});
    Reply reply{head.type, head.flags, head.sequence, out, head.port};
    reply.put(nhmsg{.nh_protocol = group.protocol});
    reply.attribute(NHA_ID, id);
    reply.attribute(NHA_GROUP,
                    Bytes{reinterpret_cast<const std::uint8_t*>(entries.data()), entries.size() * sizeof(nexthop_grp)});
    const std::uint16_t type =
        group.sharing == netlink::Sharing::First ? NEXTHOP_GRP_TYPE_RES : NEXTHOP_GRP_TYPE_MPATH;
    reply.attribute(NHA_GROUP_TYPE, Bytes{reinterpret_cast<const std::uint8_t*>(&type), sizeof type});
    reply.finish();
}

/// RTA_GATEWAY, or for an IPv4 route with an IPv6 gateway RTA_VIA.
void append_gateway(const netlink::Hop& hop, Family family, std::vector<std::uint8_t>& out) {
    const bool via = hop.gateway.family() != family;
    std::vector<std::uint8_t> value;
    if (via) value = {kernel_family(hop.gateway.family()), 0};
    const auto octets = hop.gateway.bytes();
    value.insert(value.end(), octets.begin(), octets.end());
    const rtattr header{.rta_len = static_cast<std::uint16_t>(sizeof(rtattr) + value.size()),
                        .rta_type = static_cast<std::uint16_t>(via ? RTA_VIA : RTA_GATEWAY)};
    const auto head = octets_of(header);
    out.insert(out.end(), head.begin(), head.end());
    out.insert(out.end(), value.begin(), value.end());
    out.resize(aligned(out.size()));
}

std::vector<std::uint8_t> multipath_of(const std::vector<netlink::Hop>& hops, Family family) {
    std::vector<std::uint8_t> all;
    for (const auto& hop : hops) {
        std::vector<std::uint8_t> gateway;
        append_gateway(hop, family, gateway);
        const rtnexthop entry{.rtnh_len = static_cast<unsigned short>(sizeof(rtnexthop) + gateway.size()),
                              .rtnh_flags = 0,
                              .rtnh_hops = 0,
                              .rtnh_ifindex = static_cast<int>(hop.interface_index)};
        const auto octets = octets_of(entry);
        all.insert(all.end(), octets.begin(), octets.end());
        all.insert(all.end(), gateway.begin(), gateway.end());
    }
    return all;
}

void append_route(const Head& head, const FakeKernel::RouteKey& key, const FakeKernel::Route& route,
                  std::vector<std::uint8_t>& out) {
    const auto family = key.prefix.family();
    Reply reply{head.type, head.flags, head.sequence, out, head.port};
    reply.put(rtmsg{.rtm_family = kernel_family(key.prefix.family()),
                    .rtm_dst_len = key.prefix.length(),
                    .rtm_table = static_cast<unsigned char>(key.table < 256 ? key.table : RT_TABLE_COMPAT),
                    .rtm_protocol = route.protocol,
                    .rtm_type = RTN_UNICAST});
    reply.attribute(RTA_TABLE, key.table);
    if (key.prefix.length() > 0) reply.attribute(RTA_DST, key.prefix.address().bytes());
    if (key.metric != 0) reply.attribute(RTA_PRIORITY, key.metric);
    if (route.nexthop_id != 0) reply.attribute(RTA_NH_ID, route.nexthop_id);
    if (route.source) reply.attribute(RTA_PREFSRC, route.source->bytes());
    if (route.hops.size() > 1) reply.attribute(RTA_MULTIPATH, multipath_of(route.hops, family));
    if (route.hops.size() == 1) {
        reply.attribute(RTA_OIF, route.hops.front().interface_index);
        append_gateway(route.hops.front(), family, out);
    }
    reply.finish();
}

constexpr std::uint32_t kIpv6DefaultMetric = 1024;

bool same_subnet(const Address& a, const Address& b, std::uint8_t length) {
    return a.family() == b.family() && Prefix{a, length} == Prefix{b, length};
}

}  // namespace

/// A request, its attributes by type.
struct FakeKernel::Request {
    nlmsghdr header{};
    Bytes body;
    std::map<std::uint16_t, Bytes> attributes;

    bool has(std::uint16_t type) const { return attributes.contains(type); }
    template <class Number>
    Number number(std::uint16_t type) const {
        const auto found = attributes.find(type);
        return found == attributes.end() ? Number{0} : load<Number>(found->second).value_or(0);
    }
    std::uint32_t u32(std::uint16_t type) const { return number<std::uint32_t>(type); }
    std::uint16_t u16(std::uint16_t type) const { return number<std::uint16_t>(type); }
    std::optional<Address> address(std::uint16_t type) const {
        const auto found = attributes.find(type);
        return found == attributes.end() ? std::nullopt : Address::from_bytes(found->second);
    }
    bool flag(int flag) const { return (header.nlmsg_flags & flag) != 0; }
};

void FakeKernel::add_link(std::uint32_t index, std::string name) {
    links_[index] = {.name = std::move(name)};
    tell_link(index, false);
}

void FakeKernel::set_carrier(std::uint32_t index, bool carrier) {
    if (links_[index].carrier == carrier) return;
    links_[index].carrier = carrier;
    if (!carrier) flush_link(index);
    tell_link(index, false);
}

void FakeKernel::set_up(std::uint32_t index, bool up) {
    if (links_[index].up == up) return;
    links_[index].up = up;
    if (!up) {
        flush_link(index);
        flush_plain_routes(index, Why::Down);
        // An interface that goes down loses its IPv6 addresses, not its IPv4 ones.
        for (const auto& address : std::vector{addresses_})
            if (address.index == index && !address.address.is_v4()) remove_address(index, address.address);
    }
    tell_link(index, false);
}

void FakeKernel::remove_link(std::uint32_t index) {
    flush_link(index);
    flush_plain_routes(index, Why::Gone);
    for (const auto& address : std::vector{addresses_})
        if (address.index == index) remove_address(index, address.address);
    tell_link(index, true);
    links_.erase(index);
}

void FakeKernel::add_address(std::uint32_t index, const Address& address, std::uint8_t prefix_length) {
    addresses_.push_back({index, address, prefix_length});
    if (address.is_v4()) links_[index].lost_ipv4 = false;
    tell_address(addresses_.back(), false);
}

/// Nexthop objects and their routes stay, and forward into nothing (kernel.md 2.2).
void FakeKernel::remove_address(std::uint32_t index, const Address& address) {
    std::erase_if(addresses_, [&](const AddressState& state) {
        if (state.index != index || state.address != address) return false;
        tell_address(state, true);
        return true;
    });
    const auto orphaned = [&](const Route& route) { return route.source == address && !has_address(address); };
    if (address.is_v4())
        erase_routes([&](const RouteKey&, const Route& route) { return orphaned(route); });
    else
        for (auto& [key, route] : routes_)
            if (orphaned(route)) route.source.reset();
    if (!address.is_v4()) return;
    auto& link = links_[index];
    link.lost_ipv4 = std::ranges::none_of(
        addresses_, [&](const AddressState& own) { return own.index == index && own.address.is_v4(); });
    flush_plain_routes(index, Why::NoAddress);
}

/// A way out counts while its link is switched on and, for IPv4 routes, has not lost its last address of that family. One that
/// never had any does for them, by an IPv6 gateway.
bool FakeKernel::carries(const netlink::Hop& hop, bool v4) const {
    const auto link = links_.find(hop.interface_index);
    return link != links_.end() && link->second.up && !(v4 && link->second.lost_ipv4);
}

/// Plain routes do not care for a carrier. They go when none of their links is switched on any more, IPv4 ones unheard,
/// and with a link that is removed, whatever other there is.
void FakeKernel::flush_plain_routes(std::uint32_t index, Why why) {
    const auto uses = [&](const netlink::Hop& hop) { return hop.interface_index == index; };
    erase_routes([&](const RouteKey& key, const Route& route) {
        const bool v4 = key.prefix.family() == Family::Ipv4;
        if (std::ranges::none_of(route.hops, uses) || (why == Why::NoAddress && !v4)) return false;
        const auto alive = [&](const netlink::Hop& hop) { return carries(hop, v4); };
        if (why != Why::Gone && std::ranges::any_of(route.hops, alive)) return false;
        if (!v4) append_route({RTM_DELROUTE, 0, 0}, key, route, touches_);
        return true;
    });
}

void FakeKernel::flush_link(std::uint32_t index) {
    for (const auto& [id, leaf] : std::map{leaves_})
        if (leaf.interface_index == index) erase_leaf(id);
}

std::vector<std::uint32_t> FakeKernel::Group::carrying() const {
    if (sharing == netlink::Sharing::Equal || members.empty()) return members;
    return {std::ranges::find(members, heavy) != members.end() ? heavy : members.front()};
}

void FakeKernel::erase_leaf(std::uint32_t id) {
    leaves_.erase(id);
    erase_routes_through(id);
    for (auto& [group_id, group] : std::map{groups_}) {
        if (std::erase(groups_[group_id].members, id) == 0) continue;
        if (groups_[group_id].members.empty()) erase_group(group_id);
    }
}

void FakeKernel::erase_group(std::uint32_t id) {
    groups_.erase(id);
    erase_routes_through(id);
}

void FakeKernel::erase_routes_through(std::uint32_t id) {
    erase_routes([&](const RouteKey&, const Route& route) { return route.nexthop_id == id; });
}

/// Those that which(key, route) says, in front or not.
template <class Which>
void FakeKernel::erase_routes(Which&& which) {
    for (auto* routes : {&routes_, &prepended_})
        std::erase_if(*routes, [&](const auto& route) { return which(route.first, route.second); });
    promote();
}

std::vector<std::uint8_t> FakeKernel::request(Bytes octets) {
    std::vector<std::uint8_t> out;
    // A length that cannot be silently drops what follows.
    while (const auto raw = netlink::take_message(octets)) {
        Request request{.header = raw->header, .body = raw->body, .attributes = {}};
        if ((raw->header.nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
            dump(request, out);
            continue;
        }
        const auto refusal = carry_out(request);
        if (refusal.error != 0) ++counts_.refused;
        if (refusal.error == 0 && !(raw->header.nlmsg_flags & NLM_F_ACK)) continue;
        const bool words = !refusal.text.empty();
        Reply reply{NLMSG_ERROR, NLM_F_CAPPED | (words ? NLM_F_ACK_TLVS : 0), raw->header.nlmsg_seq, out};
        reply.put(nlmsgerr{.error = -refusal.error, .msg = raw->header});
        if (words) reply.text(NLMSGERR_ATTR_MSG, refusal.text);
        reply.finish();
    }
    return out;
}

FakeKernel::Refusal FakeKernel::carry_out(const Request& plain) {
    Request request = plain;
    const auto type = request.header.nlmsg_type;
    const bool nexthop = type == RTM_NEWNEXTHOP || type == RTM_DELNEXTHOP;
    AttributeCursor cursor{behind(request.body, nexthop ? sizeof(nhmsg) : sizeof(rtmsg))};
    while (const auto attribute = cursor.next()) request.attributes[attribute->type] = attribute->value;
    if (refusal_ != 0 || (old_ && nexthop)) return {refusal_ != 0 ? refusal_ : EOPNOTSUPP, ""};
    switch (type) {
        case RTM_NEWNEXTHOP:
            return new_nexthop(request);
        case RTM_DELNEXTHOP:
            return delete_nexthop(request);
        case RTM_NEWROUTE:
            return new_route(request);
        case RTM_DELROUTE:
            return delete_route(request);
    }
    return {EOPNOTSUPP, ""};
}

FakeKernel::Refusal FakeKernel::new_nexthop(const Request& request) {
    const auto id = request.u32(NHA_ID);
    if (!request.has(NHA_ID)) return {EINVAL, "Replace requires nexthop id"};
    const bool exists = leaves_.contains(id) || groups_.contains(id);
    return request.has(NHA_GROUP) ? new_group(request, id, exists) : new_leaf(request, id, exists);
}

FakeKernel::Refusal FakeKernel::new_leaf(const Request& request, std::uint32_t id, bool exists) {
    const auto info = load<nhmsg>(request.body).value_or(nhmsg{});
    const auto index = request.u32(NHA_OIF);
    const auto link = links_.find(index);
    if (link == links_.end()) return {EINVAL, "Invalid device index"};
    if (!link->second.up) return {ENETDOWN, "Nexthop device is not up"};
    if (!link->second.carrier) return {ENETDOWN, "Carrier for nexthop device is down"};
    const auto gateway = request.address(NHA_GATEWAY);
    if (!gateway || kernel_family(gateway->family()) != info.nh_family) return {EINVAL, "Invalid gateway"};
    if (auto refusal = check_gateway(*gateway, index); refusal.error != 0) return refusal;
    if (exists && request.flag(NLM_F_EXCL)) return {EEXIST, ""};
    if (exists && !request.flag(NLM_F_REPLACE)) return {EEXIST, ""};
    if (groups_.contains(id)) return {EINVAL, "Can not replace a nexthop group with a nexthop."};
    if (!exists && !request.flag(NLM_F_CREATE)) return {ENOENT, "Entry not found"};
    leaves_[id] = {*gateway, index, info.nh_protocol};
    ++(exists ? counts_.nexthops_replaced : counts_.nexthops_added);
    return {};
}

/// The gateway must be a neighbour on the link: in the subnet of an address there (IPv6: and not that address itself).
FakeKernel::Refusal FakeKernel::check_gateway(const Address& gateway, std::uint32_t index) const {
    if (gateway.is_link_local()) return {};
    for (const auto& own : addresses_)
        if (own.address == gateway && !gateway.is_v4()) return {EINVAL, "Gateway can not be a local address"};
    for (const auto& own : addresses_)
        if (own.index == index && same_subnet(own.address, gateway, own.prefix_length)) return {};
    return gateway.is_v4() ? Refusal{ENETUNREACH, "Nexthop has invalid gateway"} : Refusal{EHOSTUNREACH, ""};
}

FakeKernel::Refusal FakeKernel::new_group(const Request& request, std::uint32_t id, bool exists) {
    const auto info = load<nhmsg>(request.body).value_or(nhmsg{});
    auto value = request.attributes.at(NHA_GROUP);
    if (value.empty() || value.size() % sizeof(nexthop_grp) != 0)
        return {EINVAL, "Invalid length for nexthop group attribute"};
    Group group{.protocol = info.nh_protocol};
    auto& members = group.members;
    while (const auto entry = load<nexthop_grp>(value)) {
        if (std::ranges::find(members, entry->id) != members.end())
            return {EINVAL, "Nexthop id can not be used twice in a group"};
        members.push_back(entry->id);
        if (entry->weight != 0) group.heavy = entry->id;
        value = behind(value, sizeof(nexthop_grp));
    }
    for (const auto member : members) {
        if (groups_.contains(member)) return {EINVAL, "Hash-threshold group can not be a nexthop within a group"};
        if (!leaves_.contains(member)) return {EINVAL, "Invalid nexthop id"};
    }
    if (request.has(NHA_GROUP_TYPE) && request.u16(NHA_GROUP_TYPE) == NEXTHOP_GRP_TYPE_RES)
        group.sharing = netlink::Sharing::First;
    if (group.sharing == netlink::Sharing::First && no_resilience_) return {EINVAL, "Invalid group type"};
    if (exists && !request.flag(NLM_F_REPLACE)) return {EEXIST, ""};
    if (leaves_.contains(id)) return {EINVAL, "Can not replace a nexthop with a nexthop group."};
    if (exists && groups_.at(id).sharing != group.sharing)
        return {EINVAL, "Can not replace a nexthop group with one of a different type."};
    if (!exists && !request.flag(NLM_F_CREATE)) return {ENOENT, "Entry not found"};
    groups_[id] = std::move(group);
    ++(exists ? counts_.nexthops_replaced : counts_.nexthops_added);
    return {};
}

FakeKernel::Refusal FakeKernel::delete_nexthop(const Request& request) {
    const auto id = request.u32(NHA_ID);
    if (leaves_.contains(id))
        erase_leaf(id);
    else if (groups_.contains(id))
        erase_group(id);
    else
        return {ENOENT, ""};
    ++counts_.nexthops_deleted;
    return {};
}

FakeKernel::Refusal FakeKernel::new_route(const Request& request) {
    const auto info = load<rtmsg>(request.body).value_or(rtmsg{});
    const bool v4 = info.rtm_family == kInet;
    const auto address = request.address(RTA_DST).value_or(v4 ? Address{} : Address::v6({}));
    if (info.rtm_dst_len > address_bits(address.family())) return {EINVAL, "Invalid prefix length"};
    const RouteKey key{
        .table = request.has(RTA_TABLE) ? request.u32(RTA_TABLE) : info.rtm_table,
        .prefix = Prefix{address, info.rtm_dst_len},
        .metric = !v4 && request.u32(RTA_PRIORITY) == 0 ? kIpv6DefaultMetric : request.u32(RTA_PRIORITY)};
    if (v4 && key.prefix.address() != address) return {EINVAL, "Invalid prefix for given prefix length"};
    if (const auto refused = refused_.find(key.prefix); refused != refused_.end()) return refused->second;

    const auto id = request.u32(RTA_NH_ID);
    std::vector<netlink::Hop> hops;
    if (id != 0) {
        if (auto refusal = check_nexthop(id, v4); refusal.error != 0) return refusal;
    } else {
        auto checked = check_hops(request, v4);
        if (const auto* refusal = std::get_if<Refusal>(&checked)) return *refusal;
        hops = std::get<std::vector<netlink::Hop>>(std::move(checked));
    }
    const auto source = request.address(RTA_PREFSRC);
    if (source && !has_address(*source)) return {EINVAL, v4 ? "Invalid prefsrc address" : "Invalid source address"};

    return put_new_route(request, key, {info.rtm_protocol, id, source, std::move(hops)});
}

FakeKernel::Refusal FakeKernel::put_new_route(const Request& request, const RouteKey& key, Route route) {
    const bool v4 = key.prefix.family() == Family::Ipv4;
    const auto old = routes_.find(key);
    const bool exists = old != routes_.end();
    if (exists && request.flag(NLM_F_EXCL)) return {EEXIST, ""};
    if (!exists && !request.flag(NLM_F_CREATE)) return {ENOENT, ""};
    if (exists && !request.flag(NLM_F_REPLACE)) {
        // With neither: a second one, in front of the first, unless it is the same.
        if (!v4 || old->second == route || prepended_.contains(key)) return {EEXIST, ""};
        prepended_[key] = std::move(route);
        ++counts_.routes_added;
        return {};
    }
    // Replacing does not look at the protocol, and hits the first; unless a later one is what is asked for.
    const auto front = prepended_.find(key);
    if (front != prepended_.end() && old->second == route) return {EEXIST, ""};
    (front != prepended_.end() ? front->second : routes_[key]) = std::move(route);
    ++(exists ? counts_.routes_replaced : counts_.routes_added);
    return {};
}

FakeKernel::Refusal FakeKernel::check_nexthop(std::uint32_t id, bool v4) const {
    const auto group = groups_.find(id);
    const auto leaf = leaves_.find(group == groups_.end() ? id : group->second.members.front());
    if (leaf == leaves_.end()) return {EINVAL, "Nexthop id does not exist"};
    const auto members = group == groups_.end() ? std::vector{id} : group->second.members;
    for (const auto member : members)
        if (!v4 && leaves_.at(member).gateway.is_v4()) return {EINVAL, "IPv6 routes can not use an IPv4 nexthop"};
    return {};
}

/// A route's own ways out, or why not.
std::variant<std::vector<netlink::Hop>, FakeKernel::Refusal> FakeKernel::check_hops(const Request& request,
                                                                                    bool v4) const {
    // Read as an answer is: the same octets.
    std::vector<std::uint8_t> octets;
    Reply reply{RTM_NEWROUTE, 0, 0, octets};
    octets.insert(octets.end(), request.body.begin(), request.body.end());
    reply.finish();
    netlink::MessageCursor cursor{octets};
    const auto message = cursor.next();
    const auto* news = message ? std::get_if<netlink::RouteNews>(&*message) : nullptr;
    if (!news || news->route.hops.empty()) return Refusal{EINVAL, v4 ? "" : "Invalid multipath"};
    for (const auto& hop : news->route.hops) {
        if (!v4 && hop.gateway.is_v4()) return Refusal{EINVAL, "Invalid gateway"};
        if (auto refusal = check_hop(hop); refusal.error != 0) return refusal;
    }
    return news->route.hops;
}

FakeKernel::Refusal FakeKernel::check_hop(const netlink::Hop& hop) const {
    const auto link = links_.find(hop.interface_index);
    const bool up = link != links_.end() && link->second.up;
    // An IPv4 gateway is looked up first, and nothing leads to it.
    if (!up && hop.gateway.is_v4()) return {ENETUNREACH, "Nexthop has invalid gateway"};
    if (link == links_.end()) return {ENODEV, ""};
    auto refusal = check_gateway(hop.gateway, hop.interface_index);
    if (refusal.error == 0 && !up) return {ENETDOWN, "Nexthop device is not up"};
    return refusal;
}

bool FakeKernel::has_address(const Address& address) const {
    return std::ranges::any_of(addresses_, [&](const AddressState& own) { return own.address == address; });
}

FakeKernel::Refusal FakeKernel::delete_route(const Request& request) {
    const auto info = load<rtmsg>(request.body).value_or(rtmsg{});
    const auto table = request.has(RTA_TABLE) ? request.u32(RTA_TABLE) : info.rtm_table;
    const auto address = request.address(RTA_DST).value_or(info.rtm_family == kInet ? Address{} : Address::v6({}));
    if (info.rtm_dst_len > address_bits(address.family())) return {EINVAL, "Invalid prefix length"};
    const Prefix prefix{address, info.rtm_dst_len};
    const RouteKey whole{.table = table, .prefix = prefix, .metric = request.u32(RTA_PRIORITY)};
    if (const auto front = prepended_.find(whole);
        front != prepended_.end() && (info.rtm_protocol == 0 || front->second.protocol == info.rtm_protocol)) {
        prepended_.erase(front);
        ++counts_.routes_deleted;
        return {};
    }
    // Protocol and metric restrict where they are given.
    const auto found = std::ranges::find_if(routes_, [&](const auto& route) {
        return route.first.table == table && route.first.prefix == prefix &&
               (info.rtm_protocol == 0 || route.second.protocol == info.rtm_protocol) &&
               (request.u32(RTA_PRIORITY) == 0 || route.first.metric == request.u32(RTA_PRIORITY));
    });
    if (found == routes_.end()) return {ESRCH, ""};
    routes_.erase(found);
    promote();
    ++counts_.routes_deleted;
    return {};
}

void FakeKernel::dump(const Request& request, std::vector<std::uint8_t>& out) {
    ++counts_.dumps;
    const auto sequence = request.header.nlmsg_seq;
    if (request.header.nlmsg_type == RTM_GETLINK) {
        auto kept = std::exchange(news_, {});
        for (const auto& [index, link] : links_) tell_link(index, false);
        out.insert(out.end(), news_.begin(), news_.end());
        news_ = std::move(kept);
    }
    if (request.header.nlmsg_type == RTM_GETADDR) {
        auto kept = std::exchange(news_, {});
        for (const auto& address : addresses_) tell_address(address, false);
        out.insert(out.end(), news_.begin(), news_.end());
        news_ = std::move(kept);
    }
    if (request.header.nlmsg_type == RTM_GETNEXTHOP && old_) {
        Reply reply{NLMSG_ERROR, NLM_F_CAPPED, sequence, out};
        reply.put(nlmsgerr{.error = -EOPNOTSUPP, .msg = request.header});
        return reply.finish();
    }
    if (request.header.nlmsg_type == RTM_GETNEXTHOP) {
        for (const auto& [id, leaf] : leaves_) append_leaf({RTM_NEWNEXTHOP, NLM_F_MULTI, sequence}, id, leaf, out);
        for (const auto& [id, group] : groups_) append_group({RTM_NEWNEXTHOP, NLM_F_MULTI, sequence}, id, group, out);
    }
    if (request.header.nlmsg_type == RTM_GETROUTE) {
        const auto filter = load<rtmsg>(request.body).value_or(rtmsg{});
        const auto append = [&](const RouteKey& key, const Route& route) {
            if (filter.rtm_protocol != 0 && route.protocol != filter.rtm_protocol) return;
            append_route({RTM_NEWROUTE, NLM_F_MULTI | NLM_F_DUMP_FILTERED, sequence}, key, route, out);
        };
        for (const auto& [key, route] : routes_) {
            if (kernel_family(key.prefix.family()) != filter.rtm_family) continue;
            if (const auto front = prepended_.find(key); front != prepended_.end()) append(key, front->second);
            append(key, route);
        }
    }
    Reply done{NLMSG_DONE, NLM_F_MULTI, sequence, out};
    done.put(int{0});
    done.finish();
}

std::vector<std::uint8_t> FakeKernel::take_news() { return std::exchange(news_, {}); }

std::vector<std::uint8_t> FakeKernel::take_touches() { return std::exchange(touches_, {}); }

void FakeKernel::others_put_route(const RouteKey& key, const Route& route) {
    const auto switched_off = [&](const netlink::Hop& hop) {
        const auto link = links_.find(hop.interface_index);
        return link == links_.end() || !link->second.up;
    };
    if (std::ranges::any_of(route.hops, switched_off)) return;
    const int flags = routes_.contains(key) ? NLM_F_REPLACE : NLM_F_CREATE | NLM_F_EXCL;
    (prepended_.contains(key) ? prepended_ : routes_)[key] = route;  // the first
    append_route({RTM_NEWROUTE, flags, 0, kOthersPort}, key, route, touches_);
}

void FakeKernel::others_delete_route(const RouteKey& key) {
    const auto found = routes_.find(key);
    if (found == routes_.end()) return;
    append_route({RTM_DELROUTE, 0, 0, kOthersPort}, key, found->second, touches_);
    routes_.erase(found);
    promote();
}

/// What was in front of one that is gone is the only one.
void FakeKernel::promote() {
    std::erase_if(prepended_, [&](const auto& front) { return routes_.insert(front).second; });
}

void FakeKernel::others_prepend_route(const RouteKey& key, const Route& route) {
    (routes_.contains(key) ? prepended_ : routes_)[key] = route;
    append_route({RTM_NEWROUTE, NLM_F_CREATE, 0, kOthersPort}, key, route, touches_);
}

/// Where there is none in front any more, it may have become the only one.
void FakeKernel::others_delete_prepended(const RouteKey& key) {
    const auto front = prepended_.find(key);
    if (front == prepended_.end()) return;
    append_route({RTM_DELROUTE, 0, 0, kOthersPort}, key, front->second, touches_);
    prepended_.erase(front);
}

void FakeKernel::others_put_group(std::uint32_t id, const Group& group) {
    const int flags = groups_.contains(id) ? NLM_F_REPLACE | NLM_F_CREATE : NLM_F_CREATE;
    groups_[id] = group;
    append_group({RTM_NEWNEXTHOP, flags, 0, kOthersPort}, id, group, touches_);
}

/// The kernel tells of each nexthop that goes or shrinks with it, and of no route.
void FakeKernel::others_delete_nexthop(std::uint32_t id) {
    if (const auto group = groups_.find(id); group != groups_.end()) {
        append_group({RTM_DELNEXTHOP, 0, 0, kOthersPort}, id, group->second, touches_);
        return erase_group(id);
    }
    const auto leaf = leaves_.find(id);
    if (leaf == leaves_.end()) return;
    append_leaf({RTM_DELNEXTHOP, 0, 0, kOthersPort}, id, leaf->second, touches_);
    const auto before = groups_;
    erase_leaf(id);
    for (const auto& [group_id, group] : before) {
        if (std::ranges::find(group.members, id) == group.members.end()) continue;
        const auto left = groups_.find(group_id);
        if (left == groups_.end())
            append_group({RTM_DELNEXTHOP, 0, 0, kOthersPort}, group_id, group, touches_);
        else
            append_group({RTM_NEWNEXTHOP, NLM_F_REPLACE, 0, kOthersPort}, group_id, left->second, touches_);
    }
}

void FakeKernel::tell_link(std::uint32_t index, bool gone) {
    const auto& link = links_.at(index);
    Reply reply{static_cast<std::uint16_t>(gone ? RTM_DELLINK : RTM_NEWLINK), 0, 0, news_};
    const unsigned up = link.up ? unsigned{IFF_UP} : 0u;
    const unsigned carrier = link.up && link.carrier ? unsigned{IFF_RUNNING} | IFF_LOWER_UP : 0u;
    reply.put(ifinfomsg{.ifi_index = static_cast<int>(index), .ifi_flags = up | carrier});
    reply.text(IFLA_IFNAME, link.name);
    reply.finish();
}

void FakeKernel::tell_address(const AddressState& address, bool gone) {
    Reply reply{static_cast<std::uint16_t>(gone ? RTM_DELADDR : RTM_NEWADDR), 0, 0, news_};
    reply.put(ifaddrmsg{.ifa_family = kernel_family(address.address.family()),
                        .ifa_prefixlen = address.prefix_length,
                        .ifa_flags = IFA_F_PERMANENT,
                        .ifa_index = address.index});
    reply.attribute(IFA_ADDRESS, address.address.bytes());
    if (address.address.is_v4()) reply.attribute(IFA_LOCAL, address.address.bytes());
    reply.finish();
}

}  // namespace dyad::sim
