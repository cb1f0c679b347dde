#pragma once
#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "netlink/messages.hpp"
#include "netlink/requests.hpp"

namespace dyad::sim {

/// The part of Linux (6.18) that a BGP speaker's kernel socket meets: links, addresses, nexthop objects, groups and
/// routes. It takes the octets of real netlink requests and gives the octets a real kernel answers, its words
/// included; tests/unit/fib/real_kernel_test.cpp holds it against one. No clock, no randomness, no sockets.
///
/// Answers are as with NETLINK_CAP_ACK, NETLINK_EXT_ACK and NETLINK_GET_STRICT_CHK set.
class FakeKernel {
public:
    struct Leaf {
        Address gateway;
        std::uint32_t interface_index = 0;
        std::uint8_t protocol = 0;
        friend bool operator==(const Leaf&, const Leaf&) = default;
    };
    struct Group {
        std::vector<std::uint32_t> members;
        std::uint8_t protocol = 0;
        netlink::Sharing sharing = netlink::Sharing::Equal;
        std::uint32_t heavy = 0;  ///< the member that weighs more than the others; 0: none
        /// Who carries traffic.
        std::vector<std::uint32_t> carrying() const;
        friend bool operator==(const Group&, const Group&) = default;
    };
    struct RouteKey {
        std::uint32_t table = 0;
        Prefix prefix;
        std::uint32_t metric = 0;
        friend auto operator<=>(const RouteKey&, const RouteKey&) = default;
    };
    struct Route {
        std::uint8_t protocol = 0;
        std::uint32_t nexthop_id = 0;  ///< 0: has a gateway of its own
        std::optional<Address> source{};
        std::vector<netlink::Hop> hops{};  ///< its own ways out
        friend bool operator==(const Route&, const Route&) = default;
    };
    /// Requests of each kind that were carried out.
    struct Counts {
        std::size_t routes_added = 0, routes_replaced = 0, routes_deleted = 0;
        std::size_t nexthops_added = 0, nexthops_replaced = 0, nexthops_deleted = 0;
        std::size_t dumps = 0, refused = 0;
        std::size_t route_writes() const { return routes_added + routes_replaced + routes_deleted; }
        std::size_t nexthop_writes() const { return nexthops_added + nexthops_replaced + nexthops_deleted; }
    };

    // The machine's side.
    void add_link(std::uint32_t index, std::string name);
    /// Without carrier the kernel deletes the link's leaves, shrinks groups, and deletes emptied groups with their
    /// routes. Only the link's own change is told to listeners.
    void set_carrier(std::uint32_t index, bool carrier);
    void set_up(std::uint32_t index, bool up);
    void remove_link(std::uint32_t index);
    void add_address(std::uint32_t index, const Address& address, std::uint8_t prefix_length);
    void remove_address(std::uint32_t index, const Address& address);
    /// Somebody else's objects.
    void put_route(const RouteKey& key, const Route& route) { routes_[key] = route; }
    void drop_route(const RouteKey& key) { routes_.erase(key); }
    void put_leaf(std::uint32_t id, const Leaf& leaf) { leaves_[id] = leaf; }
    void put_group(std::uint32_t id, const Group& group) { groups_[id] = group; }
    // What others do to routes and nexthops, and who watches is told. What the kernel would refuse them has no effect.
    void others_put_route(const RouteKey& key, const Route& route);
    void others_delete_route(const RouteKey& key);
    /// `ip route prepend` of an IPv4 route: in front of what is there, and in effect.
    void others_prepend_route(const RouteKey& key, const Route& route);
    void others_delete_prepended(const RouteKey& key);
    void others_put_group(std::uint32_t id, const Group& group);
    /// A leaf or a group, with all that goes with it.
    void others_delete_nexthop(std::uint32_t id);
    /// As before Linux 5.3: no nexthop objects.
    void be_old() { old_ = true; }
    /// As before Linux 5.13: no resilient groups.
    void know_no_resilience() { no_resilience_ = true; }
    /// Every write is refused with this errno from now on; 0 for none.
    void refuse_writes(int error) { refusal_ = error; }
    /// Writes of this route are refused, with these words.
    void refuse_route(const Prefix& prefix, int error, std::string text) {
        refused_[prefix] = {error, std::move(text)};
    }
    void allow_route(const Prefix& prefix) { refused_.erase(prefix); }

    // The sockets' side.
    /// What one send to a route netlink socket is answered with.
    std::vector<std::uint8_t> request(Bytes octets);
    /// What a socket that listens to links and addresses has received since it was last asked.
    std::vector<std::uint8_t> take_news();
    /// The same of a socket that watches what others do to routes and nexthops.
    std::vector<std::uint8_t> take_touches();

    const std::map<std::uint32_t, Leaf>& leaves() const { return leaves_; }
    const std::map<std::uint32_t, Group>& groups() const { return groups_; }
    const std::map<RouteKey, Route>& routes() const { return routes_; }
    /// In front of those of the same key; one for each is enough here.
    const std::map<RouteKey, Route>& prepended() const { return prepended_; }
    bool has_address(const Address& address) const;
    const Counts& counts() const { return counts_; }
    void reset_counts() { counts_ = {}; }

private:
    struct LinkState {
        std::string name;
        bool up = true;
        bool carrier = true;
        bool lost_ipv4 = false;  ///< had an IPv4 address, and has none any more
    };
    struct AddressState {
        std::uint32_t index = 0;
        Address address;
        std::uint8_t prefix_length = 0;
    };
    struct Refusal {
        int error = 0;
        std::string text;
    };
    struct Request;

    Refusal carry_out(const Request& request);
    Refusal new_nexthop(const Request& request);
    Refusal new_leaf(const Request& request, std::uint32_t id, bool exists);
    Refusal new_group(const Request& request, std::uint32_t id, bool exists);
    Refusal delete_nexthop(const Request& request);
    Refusal new_route(const Request& request);
    Refusal put_new_route(const Request& request, const RouteKey& key, Route route);
    Refusal check_nexthop(std::uint32_t id, bool v4) const;
    std::variant<std::vector<netlink::Hop>, Refusal> check_hops(const Request& request, bool v4) const;
    Refusal check_hop(const netlink::Hop& hop) const;
    Refusal delete_route(const Request& request);
    void dump(const Request& request, std::vector<std::uint8_t>& out);
    Refusal check_gateway(const Address& gateway, std::uint32_t index) const;

    void erase_leaf(std::uint32_t id);
    void erase_group(std::uint32_t id);
    void erase_routes_through(std::uint32_t id);
    template <class Which>
    void erase_routes(Which&& which);
    void promote();
    void flush_link(std::uint32_t index);
    enum class Why : std::uint8_t { Down, NoAddress, Gone };
    void flush_plain_routes(std::uint32_t index, Why why);
    bool carries(const netlink::Hop& hop, bool v4) const;
    void tell_link(std::uint32_t index, bool gone);
    void tell_address(const AddressState& address, bool gone);

    std::map<std::uint32_t, LinkState> links_;
    std::vector<AddressState> addresses_;
    std::map<std::uint32_t, Leaf> leaves_;
    std::map<std::uint32_t, Group> groups_;
    std::map<RouteKey, Route> routes_;
    std::map<RouteKey, Route> prepended_;
    std::map<Prefix, Refusal> refused_;
    int refusal_ = 0;
    bool old_ = false;
    bool no_resilience_ = false;
    Counts counts_;
    std::vector<std::uint8_t> news_;
    std::vector<std::uint8_t> touches_;
};

}  // namespace dyad::sim
