#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dyad/net/prefix.hpp"
#include "netlink/messages.hpp"
#include "shell/lab_namespace.hpp"

namespace dyad::shell {

/// What a lab needs of `ip`, by netlink and inside one namespace: veth pairs, addresses, routes by gateway, and what
/// the kernel holds. Each of the first answers 0 or an errno.
class LabLinks {
public:
    explicit LabLinks(const NetNamespace& where);

    /// A pair of Ethernet interfaces with a cable between: one end here, the other there. Both down.
    int add_veth(const std::string& name, const NetNamespace& there, const std::string& name_there);
    enum class Admin : std::uint8_t { Down, Up };
    int set(const std::string& interface, Admin state);
    int add_address(const std::string& interface, const Address& address, std::uint8_t length);
    /// Routes of equal prefix need different metrics.
    int add_route(const Prefix& prefix, const Address& gateway, const std::string& interface, std::uint32_t metric = 0);

    struct Way {
        Address gateway;
        std::string interface;
    };
    /// By all of them, flow by flow.
    int add_route(const Prefix& prefix, const std::vector<Way>& ways);

    enum class Hears : std::uint8_t { Everything, Nothing };
    /// Nothing: what comes in by that interface is lost without a word, while its carrier stays.
    int set(const std::string& interface, Hears what);

    /// 0 where there is none of that name.
    std::uint32_t index_of(const std::string& interface);
    /// What the kernel has of routes with protocol bgp, and of its nexthop groups.
    /// Of several routes for a prefix the one with the lowest metric forwards, and the others stand behind it.
    struct BgpRoutes {
        std::size_t routes = 0;
        std::size_t behind = 0;
        std::set<std::uint32_t> nexthops;  ///< ids the routes that forward point at
        std::vector<netlink::Group> groups;
        /// How many members the nexthop objects in use have; a leaf counts as one.
        std::size_t members() const;
        friend bool operator==(const BgpRoutes&, const BgpRoutes&) = default;
    };
    BgpRoutes bgp_routes();

private:
    int talk(const std::vector<std::uint8_t>& request);
    std::vector<netlink::Message> dump(netlink::DumpOf what);

    Fd socket_;
    std::uint32_t sequence_ = 0;
};

/// Counts what is done to routes with protocol bgp in one namespace, from now on.
class RouteMonitor {
public:
    explicit RouteMonitor(const NetNamespace& where);

    struct Counts {
        std::size_t added = 0;  ///< or replaced
        std::size_t deleted = 0;
        bool lost = false;  ///< the kernel could not tell us everything
        std::size_t operations() const { return added + deleted; }
    };
    /// Since the call before.
    Counts take();

private:
    void drain();

    Fd socket_;
    Counts counts_;
};

}  // namespace dyad::shell
