#pragma once
#include <array>
#include <string>

#include "shell/lab_links.hpp"
#include "shell/lab_namespace.hpp"

/// An ExpressRoute circuit inside one process: five network namespaces with cables between them.
///
///     LAN host ──── edge ══ primary ════ MSEE 1 ──── Azure host
///     10.1.0.2   .1    ╠═══ secondary ══ MSEE 2 ────╣  10.64.0.4 … (a VNet's addresses)
///                      ╚─── 10.255.0.0/30 ─ VPN ────╝
///                      192.168.15.16/30, 192.168.15.20/30
///
/// The VPN's tunnel is a cable here: what it is made of is not what is looked at.
///
/// Routers have forwarding on. From the LAN to Azure the way is the edge's to find: that is the daemon's work, and what
/// the demo measures. The way back is not measured and must not disturb: each MSEE has a static route to the LAN, and
/// the Azure host answers through the MSEE by which a packet came (Azure itself would learn the way by BGP).
namespace dyad::shell {

class Lab {
public:
    /// Builds everything. "" or what did not work.
    std::string build();

    static constexpr std::size_t kAzureHosts =
        16;  ///< addresses of the Azure host, so that flows spread over both links
    static Address lan_host() { return Address::v4(0x0a010002); }
    static Address azure_host(std::uint32_t number) { return Address::v4(0x0a400004 + number); }
    static Prefix lan_prefix() { return Prefix{Address::v4(0x0a010000), 16}; }
    /// 0 is primary, 1 secondary: the edge's address of the /30, and the MSEE's.
    static Address edge_address(std::size_t link) {
        return Address::v4(0xc0a80f11 + static_cast<std::uint32_t>(4 * link));
    }
    static Address msee_address(std::size_t link) { return edge_address(link).plus(1); }
    static Address vpn_gateway() { return Address::v4(0x0aff0002); }
    static std::string vpn_interface() { return "vpn0"; }
    static std::string edge_interface(std::size_t link) { return link == 0 ? "er1" : "er2"; }

    /// Takes the light away from a cable between edge and MSEE: the MSEE's end goes down.
    int cut_link(std::size_t link);
    int mend_link(std::size_t link);
    /// The fibre towards the MSEE goes dark, and no light goes out: both ends keep their carrier.
    int darken_link(std::size_t link);
    int brighten_link(std::size_t link);

    const NetNamespace& lan() const { return lan_; }
    const NetNamespace& edge() const { return edge_; }
    const NetNamespace& msee(std::size_t link) const { return msee_[link]; }
    const NetNamespace& azure() const { return azure_; }

private:
    int lay_cables();
    int lay_vpn();
    int give_addresses();
    int set_sysctls();
    int make_routes();
    int route_back(std::size_t link);

    NetNamespace lan_, edge_, azure_, vpn_;
    std::array<NetNamespace, 2> msee_;
};

}  // namespace dyad::shell
