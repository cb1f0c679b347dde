#pragma once
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dyad/base/writer.hpp"
#include "dyad/net/prefix.hpp"

namespace dyad::netlink {

/// A kernel nexthop object with a gateway ("leaf"): one per MSEE.
struct Leaf {
    std::uint32_t id = 0;
    Address gateway;
    std::uint32_t interface_index = 0;
    friend bool operator==(const Leaf&, const Leaf&) = default;
};
/// Who of a group's members carries its traffic. Equal: each its share of the flows. First: the first alone; when the kernel loses
/// it, with its link or because it is deleted, it goes on with the next by itself, whatever the number of routes.
enum class Sharing : std::uint8_t { Equal, First };
/// A kernel nexthop group. Members sorted (behind the first, where that carries all): their order decides where flows go.
struct Group {
    std::uint32_t id = 0;
    std::vector<std::uint32_t> members;
    Sharing sharing = Sharing::Equal;
    friend bool operator==(const Group&, const Group&) = default;
};
/// One way out that a route carries itself.
struct Hop {
    Address gateway;
    std::uint32_t interface_index = 0;
    friend auto operator<=>(const Hop&, const Hop&) = default;
};
/// A route that points at a nexthop object or, where nexthop_id is 0, has its own gateways ("plain"). Read from the kernel, hops is
/// empty if the route is anything else but gateways of one weight, or goes through an object.
struct Route {
    Prefix prefix;
    std::uint32_t table = 0;
    std::uint32_t metric = 0;
    std::uint8_t protocol = 0;
    std::uint32_t nexthop_id = 0;
    std::optional<Address> source{};
    std::vector<Hop> hops{};
    friend bool operator==(const Route&, const Route&) = default;
};

enum class Mode : std::uint8_t { CreateOnly, CreateOrReplace };  ///< NLM_F_EXCL | NLM_F_REPLACE
enum class Ack : std::uint8_t { OnErrorOnly, Always };
/// RTPROT_BGP (linux/rtnetlink.h): the mark on nexthop objects, as on routes, that says whose they are.
inline constexpr std::uint8_t kProtocolBgp = 186;

/// Each writes one whole request; the writer fails if there is no room. sequence is given back in the answer.
void encode_leaf(const Leaf& leaf, Mode mode, std::uint32_t sequence, Ack ack, Writer& out,
                 std::uint8_t protocol = kProtocolBgp);
void encode_group(const Group& group, Mode mode, std::uint32_t sequence, Ack ack, Writer& out,
                  std::uint8_t protocol = kProtocolBgp);
void encode_delete_nexthop(std::uint32_t id, std::uint32_t sequence, Ack ack, Writer& out);
void encode_route(const Route& route, Mode mode, std::uint32_t sequence, Ack ack, Writer& out);
void encode_delete_route(const Route& route, std::uint32_t sequence, Ack ack, Writer& out);

enum class DumpOf : std::uint8_t { Links, Addresses, Nexthops, Routes };
/// family matters for Routes (and protocol, which the kernel filters by under NETLINK_GET_STRICT_CHK).
void encode_dump(DumpOf what, Family family, std::uint8_t protocol, std::uint32_t sequence, Writer& out);

}  // namespace dyad::netlink
