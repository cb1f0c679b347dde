#include "two_routers.hpp"

#include <fmt/format.h>

namespace dyad::requirements {

namespace {

Address address(const std::string& text) { return *Address::parse(text); }

/// The first octets of its circuit's subnet: er-a has 192.168.15.16/29, er-b 192.168.25.16/29.
std::string network_of(std::size_t msee) { return msee < 2 ? "192.168.15" : "192.168.25"; }
int first_of(std::size_t msee) { return msee % 2 == 0 ? 17 : 21; }

}  // namespace

TwoRouters::TwoRouters(std::uint64_t seed, Circuits circuits, std::string lines)
    : net(seed),
      edge1(net.add("edge1")),
      edge2(net.add("edge2")),
      peering_lines(std::move(lines)),
      circuits_(circuits) {
    lan = net.cable({edge1, "lan", address("10.1.0.2"), 24}, {edge2, "lan", address("10.1.0.3"), 24});
    const std::size_t count = circuits == Circuits::One ? 2 : 4;
    for (std::size_t i = 0; i < count; ++i) {
        msee[i] = net.add(fmt::format("msee{}", i + 1));
        const auto edge = i % 2 == 0 ? edge1 : edge2;
        const auto ours = fmt::format("{}.{}", network_of(i), first_of(i));
        const auto theirs = fmt::format("{}.{}", network_of(i), first_of(i) + 1);
        cables[i] = net.cable({edge, i < 2 ? "a" : "b", address(ours), 30}, {msee[i], "edge", address(theirs), 30});
    }
    net.configure(edge1, edge_file(1));
    net.configure(edge2, edge_file(2));
    for (std::size_t i = 0; i < count; ++i) announce(msee[i], "");
}

void TwoRouters::reload_edges(const std::string& lines) {
    peering_lines = lines;
    if (net.is_on(edge1)) net.configure(edge1, edge_file(1));
    if (net.is_on(edge2)) net.configure(edge2, edge_file(2));
}

void TwoRouters::announce(NodeId node, const std::string& prefixes) {
    const auto number = node - msee[0];
    net.configure(node, fmt::format(R"(asn = {}
lab = true
router_id = "10.255.0.{}"
[fib]
enabled = false
[[neighbor]]
name = "edge"
address = "{}.{}"
local_address = "{}.{}"
interface = "edge"
asn = 65010
accept = {{ any = true }}
advertise = [{}]
)",
                                    msee_asn, number + 1, network_of(number), first_of(number), network_of(number),
                                    first_of(number) + 1, prefixes));
}

std::string TwoRouters::edge_file(int number) const {
    const auto other = 3 - number;
    auto file = fmt::format("asn = 65010\nlab = true\nhostname = \"edge{}\"\n", number);
    std::string passed;
    for (const auto* name : {"a", "b"}) {
        if (name[0] == 'b' && circuits_ == Circuits::One) break;
        const auto here = fmt::format("{{ interface = \"{}\" }}", name),
                   there = fmt::format("{{ on = \"edge{}\" }}", other);
        file += fmt::format(R"([[circuit]]
name = "er-{}"
sku = "standard"
[circuit.private]
peer_asn = {}
subnet = "{}.16/29"
advertise = ["10.1.0.0/16"]
primary = {}
secondary = {}
{}
)",
                            name, msee_asn, network_of(name[0] == 'a' ? 0 : 2), number == 1 ? here : there,
                            number == 1 ? there : here, peering_lines);
        passed += fmt::format("{}\"er-{}/private\"", passed.empty() ? "" : ", ", name);
    }
    file += fmt::format(R"([[neighbor]]
name = "edge{}"
address = "10.1.0.{}"
local_address = "10.1.0.{}"
interface = "lan"
asn = 65010
hold_time = "9s"
accept = {{ any = true }}
pass_on = [{}]
{}
)",
                        other, other + 1, number + 1, passed, inside_lines);
    return file + more;
}

}  // namespace dyad::requirements
