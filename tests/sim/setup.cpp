#include "setup.hpp"

#include <string>

namespace dyad::sim {
namespace {

constexpr Asn kOurs{65010};

constexpr const char* kNames[kLinks] = {"primary", "secondary"};
constexpr const char* kLocal[kLinks] = {"192.168.15.17", "192.168.15.21"};
constexpr const char* kPeer[kLinks] = {"192.168.15.18", "192.168.15.22"};
constexpr const char* kLocal6[kLinks] = {"2001:db8:15::11", "2001:db8:15::15"};
constexpr const char* kPeer6[kLinks] = {"2001:db8:15::12", "2001:db8:15::16"};

Address address(const char* text) { return *Address::parse(text); }

std::string interface_name(std::size_t link) { return "eth" + std::to_string(link + 1); }

config::Exchange exchange(const Setup& setup) {
    config::Exchange exchange;
    exchange.accept.any = true;
    exchange.limits.advertise = exchange.limits.advertise_v6 = setup.limit;
    for (const auto& prefix : listed(setup.family(), setup.advertised))
        exchange.advertise.push_back({.prefix = prefix});
    return exchange;
}

config::Transport transport(const Setup& setup) {
    config::Transport transport;
    transport.send_hold_time = setup.send_hold_time;
    transport.bfd.enabled = setup.bfd != Bfd::Off;
    transport.bfd.strict = setup.bfd == Bfd::Strict;
    return transport;
}

config::Circuit circuit(const Setup& setup) {
    config::Peering peering;
    for (std::size_t link = 0; link < kLinks; ++link) {
        auto& made = link == 0 ? peering.primary : peering.secondary;
        const bool v4 = setup.family() == Family::Ipv4;
        made.interface = interface_name(link);
        (v4 ? made.local : made.local6) = local_address(setup.speaks, link);
        (v4 ? made.peer : made.peer6) = peer_address(setup.speaks, link);
    }
    peering.prefer = setup.prefer;
    peering.transport = transport(setup);
    peering.exchange = exchange(setup);
    if (setup.backup_hold)
        peering.backup = config::Backup{
            .gateway = tunnel_gateway(setup.family()), .interface = "tun0", .use = {.hold = *setup.backup_hold}};
    config::Circuit circuit;
    circuit.name = "er";
    circuit.peerings.push_back(std::move(peering));
    return circuit;
}

config::Neighbor neighbor(std::size_t link, const Setup& setup) {
    config::Neighbor neighbor;
    neighbor.name = kNames[link];
    neighbor.address = peer_address(setup.speaks, link);
    neighbor.asn = Asn{12076};
    neighbor.local_address = local_address(setup.speaks, link);
    neighbor.interface = interface_name(link);
    neighbor.transport = transport(setup);
    neighbor.exchange = exchange(setup);
    return neighbor;
}

}  // namespace

Address local_address(Speaks speaks, std::size_t link) {
    return address((speaks == Speaks::Ipv4 ? kLocal : kLocal6)[link]);
}
Address peer_address(Speaks speaks, std::size_t link) {
    return address((speaks == Speaks::Ipv4 ? kPeer : kPeer6)[link]);
}
Address tunnel_address(Family family) { return address(family == Family::Ipv4 ? "10.255.0.1" : "fd00:255::1"); }
Address tunnel_gateway(Family family) { return address(family == Family::Ipv4 ? "10.255.0.2" : "fd00:255::2"); }
std::uint8_t subnet_length(const Address& address) { return address.is_v4() ? 30 : 126; }

std::vector<Prefix> listed(Family family, std::size_t count) {
    std::vector<Prefix> prefixes;
    for (std::uint32_t i = 0; i < count; ++i)
        if (family == Family::Ipv4)
            prefixes.push_back({Address::v4(0xc0a86400u + (i << 8)), 24});
        else
            prefixes.push_back({Address::v6({0x20, 1, 0xd, 0xb8, 100, static_cast<std::uint8_t>(i)}), 48});
    return prefixes;
}

config::Config configuration(const Setup& setup) {
    config::Config config;
    config.asn = kOurs;
    config.router_id = RouterId{0xc0a80f11u};
    if (setup.speaks == Speaks::Ipv4OverIpv6)
        for (std::size_t link = 0; link < kLinks; ++link) config.neighbors.push_back(neighbor(link, setup));
    else
        config.circuits.push_back(circuit(setup));
    config.fib.plain_nexthops = setup.nexthops == fib::Nexthops::Plain;
    return config;
}

msee::Options msee_options(std::size_t link, const Setup& setup) {
    msee::Options options;
    options.router_id = RouterId{0x0a000001u + static_cast<std::uint32_t>(link)};
    options.refuse_for = std::chrono::seconds{10};
    options.graceful_restart = setup.graceful_restart;
    options.customers.push_back({.local = peer_address(setup.speaks, link),
                                 .peer = local_address(setup.speaks, link),
                                 .asn = kOurs,
                                 .limit = setup.limit,
                                 .opens = setup.opens[link],
                                 .family = setup.family()});
    return options;
}

}  // namespace dyad::sim
