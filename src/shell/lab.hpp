#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "shell/lab_links.hpp"
#include "shell/lab_namespace.hpp"

/// An ExpressRoute circuit inside one process: network namespaces with cables between them.
///
///     LAN host ──── edge ══ primary ════ MSEE 1 ──── Azure host
///     10.1.0.2   .1    ╠═══ secondary ══ MSEE 2 ────╣  10.64.0.4 … (a VNet's addresses)
///                      ╚─── 10.255.0.0/30 ─ VPN ────╝
///                      192.168.15.16/30, 192.168.15.20/30; a second circuit's links follow
///
/// Or with the secondary link on a second router: the LAN has a cable to each and sends by both, and so do they to each other.
///
/// The VPN's tunnel is a cable here: what it is made of is not what is looked at.
///
/// Routers have forwarding on. From the LAN to Azure the way is the edge's to find: that is the daemon's work, and what
/// the demo measures. The way back is not measured and must not disturb: each MSEE has a static route to the LAN, and
/// the Azure host answers through the MSEE by which a packet came (Azure itself would learn the way by BGP).
namespace dyad::shell {

/// What labs differ in.
struct LabShape {
    std::size_t routers = 1;  ///< 2: the secondary link ends on a router of its own, with a cable between the two
    std::size_t links = 2;    ///< 0 is primary, 1 secondary; 2 and 3 are those of a second circuit
    /// What stands in the middle of each link: nothing, or a box with a network card for either side, which somebody else brings to life.
    enum class Middle : std::uint8_t { Cable, Box } middle = Middle::Cable;
    Address first_edge = Address::v4(0xc0a80f11);  ///< the edge's on the primary link: 192.168.15.17
    Prefix lan{Address::v4(0x0a010000), 16};       ///< the router has its .1, the host .2
    std::array<Prefix, 2> azure{Prefix{Address::v4(0x0a400000), 16},
                                Prefix{Address::v4(0x0a400000), 16}};  ///< half the hosts' addresses are in each
};

class Lab {
public:
    explicit Lab(LabShape shape = {}) : shape_(shape) {}
    /// Builds everything. "" or what did not work.
    std::string build();

    static constexpr std::size_t kMostLinks = 4;
    static constexpr std::size_t kAzureHosts =
        16;  ///< addresses of the Azure host, so that flows spread over both links
    const LabShape& shape() const { return shape_; }
    std::size_t routers() const { return shape_.routers; }
    std::size_t links() const { return shape_.links; }
    Prefix lan_prefix() const { return shape_.lan; }
    Address lan_host() const { return shape_.lan.address().plus(2); }
    /// The first half of them in one network, the others in the other.
    Address azure_host(std::uint32_t number) const;
    /// The edge's address of the /30, and the MSEE's.
    Address edge_address(std::size_t link) const {
        return shape_.first_edge.plus(static_cast<std::uint32_t>(4 * link));
    }
    Address msee_address(std::size_t link) const { return edge_address(link).plus(1); }
    static Address vpn_gateway() { return Address::v4(0x0aff0002); }
    static std::string vpn_interface() { return "vpn0"; }
    static std::string edge_interface(std::size_t link) { return "er" + std::to_string(link + 1); }
    static std::string azure_interface(std::size_t link) { return "az" + std::to_string(link + 1); }
    static std::string azure_vpn_interface() { return "azvpn"; }

    /// Takes the light away from a cable between edge and MSEE: the MSEE's end goes down.
    int cut_link(std::size_t link);
    int mend_link(std::size_t link);
    /// Of two routers: all cables of one lose their carrier, as if it had lost its power; the cable between the two.
    int power_off(std::size_t router);
    int power_on(std::size_t router);
    int part_routers();
    int join_routers();
    /// A router's end of the cable to the other.
    static Address router_address(std::size_t router) {
        return Address::v4(0x0afe0001 + static_cast<std::uint32_t>(router));
    }
    static std::string router_interface() { return "peer0"; }
    /// The fibre towards the MSEE goes dark, and no light goes out: both ends keep their carrier.
    int darken_link(std::size_t link);
    int brighten_link(std::size_t link);

    const NetNamespace& lan() const { return lan_; }
    const NetNamespace& edge(std::size_t router = 0) const { return router == 0 ? edge_ : edge2_; }
    const NetNamespace& msee(std::size_t link) const { return msee_[link]; }
    /// The box in the middle of a link: its interfaces are "inside" (towards the edge) and "outside".
    const NetNamespace& box(std::size_t link) const { return box_[link]; }
    const NetNamespace& azure() const { return azure_; }

private:
    int make_namespaces();
    int lay_cables();
    int lay_link(std::size_t link);
    int lay_vpn();
    int lay_second_router();
    int set_all(std::size_t router, LabLinks::Admin state);
    int lead_to_lan();
    const NetNamespace& edge_of(std::size_t link) const { return edge(routers() > 1 ? link : 0); }
    int give_addresses();
    int set_sysctls();
    int make_routes();
    int route_back(std::size_t link);
    int route_on(const NetNamespace& router, const Address& gateway);

    LabShape shape_;
    NetNamespace lan_, edge_, edge2_, azure_, vpn_;
    std::vector<NetNamespace> msee_, box_;
};

}  // namespace dyad::shell
