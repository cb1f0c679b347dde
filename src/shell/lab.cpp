#include "shell/lab.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <initializer_list>

namespace dyad::shell {

namespace {

using Admin = LabLinks::Admin;

constexpr std::uint8_t kPointToPoint = 30;
constexpr std::uint8_t kLanLength = 24;
constexpr std::uint8_t kHostLength = 32;

/// Between an MSEE and the Azure host: 10.255.1.0/30 and 10.255.2.0/30, which no customer ever sees.
Address core_address(std::size_t link) { return Address::v4(0x0aff0101 + (static_cast<std::uint32_t>(link) << 8)); }
std::string azure_interface(std::size_t link) { return link == 0 ? "az1" : "az2"; }
/// The VNet that the Azure host is in, and the first that an MSEE announces.
Prefix vnet() { return Prefix{Address::v4(0x0a400000), 16}; }
Address edge_on_lan() { return Address::v4(0x0a010001); }

/// The first that is not 0.
int first_error(std::initializer_list<int> errors) {
    for (const auto error : errors)
        if (error != 0) return error;
    return 0;
}

}  // namespace

std::string Lab::build() {
    for (auto* space : {&lan_, &edge_, &msee_[0], &msee_[1], &azure_, &vpn_}) {
        *space = NetNamespace::create();
        if (!space->open()) return fmt::format("a network namespace: {}", std::strerror(errno));
    }
    if (const int error = lay_cables()) return fmt::format("veth pairs: {}", std::strerror(error));
    if (const int error = set_sysctls()) return fmt::format("sysctls: {}", std::strerror(error));
    if (const int error = give_addresses()) return fmt::format("addresses: {}", std::strerror(error));
    if (const int error = make_routes()) return fmt::format("routes: {}", std::strerror(error));
    if (const int error = lay_vpn()) return fmt::format("the VPN: {}", std::strerror(error));
    return {};
}

int Lab::lay_cables() {
    LabLinks edge{edge_};
    LabLinks azure{azure_};
    return first_error({edge.add_veth("lan0", lan_, "eth0"), edge.add_veth(edge_interface(0), msee_[0], "ce0"),
                        edge.add_veth(edge_interface(1), msee_[1], "ce0"),
                        azure.add_veth(azure_interface(0), msee_[0], "core0"),
                        azure.add_veth(azure_interface(1), msee_[1], "core0")});
}

/// A new namespace may begin with what the machine's administrator chose for the machine: here it is the lab's.
int Lab::set_sysctls() {
    for (const auto* space : {&lan_, &edge_, &msee_[0], &msee_[1], &azure_})
        for (const auto* scope : {"all", "default", "lo"})
            if (const int error = set_sysctl(*space, fmt::format("net.ipv4.conf.{}.rp_filter", scope), "0"))
                return error;
    for (const auto* router : {&edge_, &msee_[0], &msee_[1]})
        if (const int error = set_sysctl(*router, "net.ipv4.ip_forward", "1")) return error;
    // The cables are there already and have their own.
    for (std::size_t link = 0; link < 2; ++link)
        for (const auto& [space, interface] :
             {std::pair{&edge_, edge_interface(link)}, std::pair{&azure_, azure_interface(link)}})
            if (const int error = set_sysctl(*space, fmt::format("net.ipv4.conf.{}.rp_filter", interface), "0"))
                return error;
    return 0;
}

int Lab::give_addresses() {
    LabLinks lan{lan_}, edge{edge_}, azure{azure_};
    int error = first_error({lan.add_address("eth0", lan_host(), kLanLength), lan.set("eth0", Admin::Up),
                             edge.add_address("lan0", edge_on_lan(), kLanLength), edge.set("lan0", Admin::Up),
                             edge.set("lo", Admin::Up), azure.set("lo", Admin::Up)});
    for (std::size_t link = 0; link < 2 && error == 0; ++link) {
        LabLinks msee{msee_[link]};
        error = first_error({edge.add_address(edge_interface(link), edge_address(link), kPointToPoint),
                             edge.set(edge_interface(link), Admin::Up),
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
    int error = lan.add_route(Prefix{}, edge_on_lan(), "eth0");
    for (std::size_t link = 0; link < 2 && error == 0; ++link) {
        LabLinks msee{msee_[link]};
        // Two routes with a metric each: which one is taken is said with each answer, by its interface.
        const auto metric = static_cast<std::uint32_t>(10 + link);
        error = first_error({route_back(link), msee.add_route(vnet(), core_address(link).plus(1), "core0"),
                             azure.add_route(lan_prefix(), core_address(link), azure_interface(link), metric)});
    }
    return error;
}

/// From the edge to Azure past both MSEEs, and back.
int Lab::lay_vpn() {
    LabLinks edge{edge_}, vpn{vpn_}, azure{azure_};
    const auto edge_end = Address::v4(0x0aff0001), core = Address::v4(0x0aff0301);
    int error = first_error({edge.add_veth(vpn_interface(), vpn_, "ce0"), azure.add_veth("az3", vpn_, "core0"),
                             edge.add_address(vpn_interface(), edge_end, kPointToPoint),
                             edge.set(vpn_interface(), Admin::Up), vpn.set("lo", Admin::Up),
                             vpn.add_address("ce0", vpn_gateway(), kPointToPoint), vpn.set("ce0", Admin::Up),
                             vpn.add_address("core0", core, kPointToPoint), vpn.set("core0", Admin::Up),
                             azure.add_address("az3", core.plus(1), kPointToPoint), azure.set("az3", Admin::Up)});
    for (const auto& [space, scope] : {std::pair{&vpn_, "all"}, std::pair{&vpn_, "ce0"}, std::pair{&vpn_, "core0"},
                                       std::pair{&azure_, "az3"}, std::pair{&edge_, "vpn0"}})
        if (error == 0) error = set_sysctl(*space, fmt::format("net.ipv4.conf.{}.rp_filter", scope), "0");
    if (error != 0) return error;
    constexpr std::uint32_t kBehindTheOthers = 12;
    return first_error({set_sysctl(vpn_, "net.ipv4.ip_forward", "1"), vpn.add_route(lan_prefix(), edge_end, "ce0"),
                        vpn.add_route(vnet(), core.plus(1), "core0"),
                        azure.add_route(lan_prefix(), core, "az3", kBehindTheOthers)});
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
