#include "two_routers.hpp"

#include <fmt/format.h>

namespace dyad::requirements {

namespace {

Address address(const std::string& text) { return *Address::parse(text); }

/// The first octets of its circuit's subnet: er-a has 192.168.15.16/29, er-b 192.168.25.16/29.
std::string network_of(std::size_t msee) { return msee < 2 ? "192.168.15" : "192.168.25"; }
/// a1 a2 b1 b2.
std::string interface_of(std::size_t msee) { return std::string{msee < 2 ? "a" : "b"} + (msee % 2 == 0 ? "1" : "2"); }
int first_of(std::size_t msee) { return msee % 2 == 0 ? 17 : 21; }

}  // namespace

TwoRouters::TwoRouters(std::uint64_t seed, Circuits circuits, std::string lines, Boxes boxes)
    : net(seed),
      edge1(net.add("edge1")),
      edge2(net.add("edge2")),
      peering_lines(std::move(lines)),
      circuits_(circuits),
      boxes_(boxes) {
    lan = net.cable({edge1, "lan", address("10.1.0.2"), 24}, {edge2, "lan", address("10.1.0.3"), 24});
    const std::size_t count = circuits == Circuits::One ? 2 : 4;
    for (std::size_t i = 0; i < count; ++i) {
        msee[i] = net.add(fmt::format("msee{}", i + 1));
        const auto edge = i % 2 == 0 || boxes_ == Boxes::One ? edge1 : edge2;
        const auto ours = fmt::format("{}.{}", network_of(i), first_of(i));
        const auto theirs = fmt::format("{}.{}", network_of(i), first_of(i) + 1);
        cables[i] = net.cable({edge, interface_of(i), address(ours), 30}, {msee[i], "edge", address(theirs), 30});
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

/// Of one circuit, as this router's file says it: a link ends here, or on the other one.
std::string TwoRouters::circuit_file(int number, char letter) const {
    const auto here = [&](int link) { return fmt::format("{{ interface = \"{}{}\" }}", letter, link); };
    const auto there = fmt::format("{{ on = \"edge{}\" }}", 3 - number);
    const bool both = boxes_ == Boxes::One;
    return fmt::format(R"([[circuit]]
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
                       letter, msee_asn, network_of(letter == 'a' ? 0 : 2), both || number == 1 ? here(1) : there,
                       both || number == 2 ? here(2) : there, peering_lines);
}

std::string TwoRouters::edge_file(int number) const {
    const auto other = 3 - number;
    auto file = fmt::format("asn = 65010\nlab = true\nhostname = \"edge{0}\"\nrouter_id = \"10.255.1.{0}\"\n", number);
    std::string passed;
    for (const auto letter : {'a', 'b'}) {
        const bool only_hears = boxes_ == Boxes::One && number == 2;
        if (only_hears || (letter == 'b' && circuits_ == Circuits::One)) break;
        file += circuit_file(number, letter);
        passed += fmt::format("{}\"er-{}/private\"", passed.empty() ? "" : ", ", letter);
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
