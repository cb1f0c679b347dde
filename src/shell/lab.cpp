#include "shell/lab.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>
#include <utility>

namespace dyad::shell {

namespace {

using Admin = LabLinks::Admin;

constexpr std::uint8_t kPointToPoint = 30;
constexpr std::uint8_t kLanLength = 24;
constexpr std::uint8_t kHostLength = 32;

/// Between an MSEE and the Azure host: 10.255.1.0/30, 10.255.2.0/30 and on, which no customer ever sees.
Address core_address(std::size_t link) { return Address::v4(0x0aff0101 + (static_cast<std::uint32_t>(link) << 8)); }
/// The VPN's: behind those of all links there may be.
constexpr std::size_t kVpnCore = 9;

/// The first that is not 0.
int first_error(std::initializer_list<int> errors) {
    for (const auto error : errors)
        if (error != 0) return error;
    return 0;
}

}  // namespace

std::string Lab::build() {
    if (const int error = make_namespaces()) return fmt::format("a network namespace: {}", std::strerror(error));
    if (const int error = lay_cables()) return fmt::format("veth pairs: {}", std::strerror(error));
    if (const int error = set_sysctls()) return fmt::format("sysctls: {}", std::strerror(error));
    if (const int error = give_addresses()) return fmt::format("addresses: {}", std::strerror(error));
    if (const int error = make_routes()) return fmt::format("routes: {}", std::strerror(error));
    if (const int error = lay_second_router()) return fmt::format("the second router: {}", std::strerror(error));
    if (const int error = lay_vpn()) return fmt::format("the VPN: {}", std::strerror(error));
    return {};
}

Address Lab::azure_host(std::uint32_t number) const {
    constexpr std::uint32_t kHalf = kAzureHosts / 2, kFirst = 4;  // Azure keeps a subnet's first four for itself
    return shape_.azure[number / kHalf % 2].address().plus(kFirst + number);
}

int Lab::make_namespaces() {
    msee_.resize(links());
    box_.resize(shape_.middle == LabShape::Middle::Box ? links() : 0);
    std::vector<NetNamespace*> all{&lan_, &edge_, &edge2_, &azure_, &vpn_};
    for (auto* several : {&msee_, &box_})
        for (auto& one : *several) all.push_back(&one);
    for (auto* space : all) {
        *space = NetNamespace::create();
        if (!space->open()) return errno;
    }
    return 0;
}

int Lab::lay_cables() {
    LabLinks edge{edge_}, azure{azure_};
    int error = edge.add_veth("lan0", lan_, "eth0");
    for (std::size_t link = 0; link < links() && error == 0; ++link)
        error = first_error({lay_link(link), azure.add_veth(azure_interface(link), msee_[link], "core0")});
    return error;
}

int Lab::lay_link(std::size_t link) {
    if (box_.empty()) return LabLinks{edge_of(link)}.add_veth(edge_interface(link), msee_[link], "ce0");
    LabLinks box{box_[link]};
    return first_error({LabLinks{edge_of(link)}.add_veth(edge_interface(link), box_[link], "inside"),
                        box.add_veth("outside", msee_[link], "ce0"), box.set("inside", Admin::Up),
                        box.set("outside", Admin::Up)});
}

/// A new namespace may begin with what the machine's administrator chose for the machine: here it is the lab's.
int Lab::set_sysctls() {
    std::vector<const NetNamespace*> routers{&edge_, &edge2_};
    for (const auto& msee : msee_) routers.push_back(&msee);
    for (const auto* router : routers)
        if (const int error = set_sysctl(*router, "net.ipv4.ip_forward", "1")) return error;
    auto all = routers;
    all.insert(all.end(), {&lan_, &azure_});
    for (const auto* space : all)
        for (const auto* scope : {"all", "default", "lo"})
            if (const int error = set_sysctl(*space, fmt::format("net.ipv4.conf.{}.rp_filter", scope), "0"))
                return error;
    // The cables are there already and have their own.
    for (std::size_t link = 0; link < links(); ++link)
        for (const auto& [space, interface] : {std::pair{&edge_of(link), edge_interface(link)},
                                               std::pair{&std::as_const(azure_), azure_interface(link)}})
            if (const int error = set_sysctl(*space, fmt::format("net.ipv4.conf.{}.rp_filter", interface), "0"))
                return error;
    return 0;
}

int Lab::give_addresses() {
    LabLinks lan{lan_}, edge{edge_}, azure{azure_};
    // Linux (6.15 and later) sends by the path whose interface has the packet's source: with two of them none must.
    const auto cable = routers() > 1 ? lan_host().plus(1) : lan_host();
    int error = first_error({lan.add_address("eth0", cable, kLanLength), lan.set("eth0", Admin::Up),
                             edge.add_address("lan0", shape_.lan.address().plus(1), kLanLength),
                             edge.set("lan0", Admin::Up), edge.set("lo", Admin::Up), azure.set("lo", Admin::Up)});
    for (std::size_t link = 0; link < links() && error == 0; ++link) {
        LabLinks msee{msee_[link]}, its{edge_of(link)};
        error = first_error({its.add_address(edge_interface(link), edge_address(link), kPointToPoint),
                             its.set(edge_interface(link), Admin::Up),
                             msee.add_address("ce0", msee_address(link), kPointToPoint), msee.set("ce0", Admin::Up),
                             msee.add_address("core0", core_address(link), kPointToPoint), msee.set("core0", Admin::Up),
                             msee.set("lo", Admin::Up),
                             azure.add_address(azure_interface(link), core_address(link).plus(1), kPointToPoint),
                             azure.set(azure_interface(link), Admin::Up)});
    }
    for (std::uint32_t i = 0; i < kAzureHosts && error == 0; ++i)
        error = azure.add_address("lo", azure_host(i), kHostLength);
    return error;
}

int Lab::make_routes() {
    LabLinks lan{lan_}, azure{azure_};
    int error = routers() > 1 ? 0 : lan.add_route(Prefix{}, shape_.lan.address().plus(1), "eth0");
    for (std::size_t link = 0; link < links() && error == 0; ++link) {
        // A route with a metric for each: which one is taken is said with each answer, by its interface.
        const auto metric = static_cast<std::uint32_t>(10 + link);
        error = first_error({route_back(link), route_on(msee_[link], core_address(link).plus(1)),
                             azure.add_route(lan_prefix(), core_address(link), azure_interface(link), metric)});
    }
    return error;
}

/// From a router to the Azure host.
int Lab::route_on(const NetNamespace& router, const Address& gateway) {
    LabLinks links{router};
    const bool two = shape_.azure[0] != shape_.azure[1];
    const int error = links.add_route(shape_.azure[0], gateway, "core0");
    return error == 0 && two ? links.add_route(shape_.azure[1], gateway, "core0") : error;
}

/// The LAN's host has an address that outlives its cables, and sends by those that have a carrier.
int Lab::lay_second_router() {
    if (routers() < 2) return 0;
    LabLinks lan{lan_}, first{edge_}, second{edge2_};
    const auto there = shape_.lan.address().plus(0x101);
    int error = first_error(
        {second.add_veth("lan0", lan_, "eth1"), first.add_veth(router_interface(), edge2_, router_interface()),
         lan.add_address("lo", lan_host(), kHostLength), lan.set("lo", Admin::Up),
         lan.add_address("eth1", there.plus(1), kLanLength), lan.set("eth1", Admin::Up),
         second.add_address("lan0", there, kLanLength), second.set("lan0", Admin::Up), second.set("lo", Admin::Up)});
    for (std::size_t router = 0; router < 2 && error == 0; ++router) {
        LabLinks links{edge(router)};
        error = first_error({links.add_address(router_interface(), router_address(router), kPointToPoint),
                             links.set(router_interface(), Admin::Up)});
    }
    for (const auto& [space, name] :
         {std::pair{&lan_, "conf.eth1.rp_filter"}, std::pair{&edge2_, "conf.lan0.rp_filter"},
          std::pair{&edge_, "conf.peer0.rp_filter"}, std::pair{&edge2_, "conf.peer0.rp_filter"}})
        if (error == 0) error = set_sysctl(*space, fmt::format("net.ipv4.{}", name), "0");
    for (const auto* name : {"fib_multipath_hash_policy", "conf.all.ignore_routes_with_linkdown",
                             "conf.eth0.ignore_routes_with_linkdown", "conf.eth1.ignore_routes_with_linkdown"})
        if (error == 0) error = set_sysctl(lan_, fmt::format("net.ipv4.{}", name), "1");
    if (error != 0) return error;
    return first_error(
        {lead_to_lan(), lan.add_route(Prefix{}, {{shape_.lan.address().plus(1), "eth0"}, {there, "eth1"}})});
}

/// The second router's way to the host, whose own network is the first router's.
int Lab::lead_to_lan() {
    return LabLinks{edge2_}.add_route(Prefix{shape_.lan.address(), kLanLength}, shape_.lan.address().plus(0x102),
                                      "lan0");
}

int Lab::set_all(std::size_t router, Admin state) {
    LabLinks links{edge(router)};
    return first_error(
        {links.set("lan0", state), links.set(edge_interface(router), state), links.set(router_interface(), state)});
}

int Lab::power_off(std::size_t router) { return set_all(router, Admin::Down); }

int Lab::power_on(std::size_t router) {
    const int error = set_all(router, Admin::Up);
    return error != 0 || router == 0 ? error : lead_to_lan();
}

int Lab::part_routers() { return LabLinks{edge2_}.set(router_interface(), Admin::Down); }
int Lab::join_routers() { return LabLinks{edge2_}.set(router_interface(), Admin::Up); }

/// From the edge to Azure past both MSEEs, and back.
int Lab::lay_vpn() {
    LabLinks edge{edge_}, vpn{vpn_}, azure{azure_};
    const auto edge_end = Address::v4(0x0aff0001), core = core_address(kVpnCore);
    const auto azure_end = azure_vpn_interface();
    int error = first_error(
        {edge.add_veth(vpn_interface(), vpn_, "ce0"), azure.add_veth(azure_end, vpn_, "core0"),
         edge.add_address(vpn_interface(), edge_end, kPointToPoint), edge.set(vpn_interface(), Admin::Up),
         vpn.set("lo", Admin::Up), vpn.add_address("ce0", vpn_gateway(), kPointToPoint), vpn.set("ce0", Admin::Up),
         vpn.add_address("core0", core, kPointToPoint), vpn.set("core0", Admin::Up),
         azure.add_address(azure_end, core.plus(1), kPointToPoint), azure.set(azure_end, Admin::Up)});
    for (const auto& [space, scope] :
         {std::pair{&vpn_, std::string{"all"}}, std::pair{&vpn_, std::string{"ce0"}},
          std::pair{&vpn_, std::string{"core0"}}, std::pair{&azure_, azure_end}, std::pair{&edge_, vpn_interface()}})
        if (error == 0) error = set_sysctl(*space, fmt::format("net.ipv4.conf.{}.rp_filter", scope), "0");
    if (error != 0) return error;
    constexpr std::uint32_t kBehindTheOthers = 20;
    return first_error({set_sysctl(vpn_, "net.ipv4.ip_forward", "1"), vpn.add_route(lan_prefix(), edge_end, "ce0"),
                        route_on(vpn_, core.plus(1)),
                        azure.add_route(lan_prefix(), core, azure_end, kBehindTheOthers)});
}

int Lab::route_back(std::size_t link) {
    return LabLinks{msee_[link]}.add_route(lan_prefix(), edge_address(link), "ce0");
}

int Lab::cut_link(std::size_t link) { return LabLinks{msee_[link]}.set("ce0", Admin::Down); }

int Lab::darken_link(std::size_t link) { return LabLinks{msee_[link]}.set("ce0", LabLinks::Hears::Nothing); }
int Lab::brighten_link(std::size_t link) { return LabLinks{msee_[link]}.set("ce0", LabLinks::Hears::Everything); }

/// The MSEE's kernel forgot its route over the interface that was down.
int Lab::mend_link(std::size_t link) {
    const int error = LabLinks{msee_[link]}.set("ce0", Admin::Up);
    return error != 0 ? error : route_back(link);
}

}  // namespace dyad::shell
