#pragma once
#include <string>

#include "network.hpp"

/// Two edge routers, two circuits: each router has one link of each, and iBGP runs between them (facts.md section 8).
///
///     msee1 ---- a1 ---- edge1 ---- lan ---- edge2 ---- a2 ---- msee2      circuit er-a
///     msee3 ---- b1 ---'                       '------- b2 ---- msee4      circuit er-b
///
/// Or all four links on edge1, and edge2 is a router inside that hears of them.
namespace dyad::requirements {

enum class Circuits : std::uint8_t { One, Two };
/// How many routers the links of a circuit end on.
enum class Boxes : std::uint8_t { One, Two };

class TwoRouters {
public:
    explicit TwoRouters(std::uint64_t seed, Circuits circuits = Circuits::One, std::string peering_lines = {},
                        Boxes boxes = Boxes::Two);

    void reload_edges(const std::string& peering_lines);
    /// The MSEE announces these and nothing else from now on.
    void announce(NodeId msee, const std::string& prefixes);

    Network net;
    NodeId edge1, edge2;
    std::array<NodeId, 4> msee{};  ///< msee1 .. msee4
    CableId lan;
    std::array<CableId, 4> cables{};  ///< to msee1 .. msee4

    std::string edge_file(int number) const;
    /// More for [circuit.private]; for the neighbor at the other end of the lan; and [[neighbor]]s behind it.
    std::string peering_lines, inside_lines, more;
    std::string msee_asn = "12076";

private:
    std::string circuit_file(int number, char letter) const;

    Circuits circuits_;
    Boxes boxes_;
};

}  // namespace dyad::requirements
