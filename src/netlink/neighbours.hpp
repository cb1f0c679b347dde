#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/base/writer.hpp"
#include "dyad/net/address.hpp"

/// What ARP and neighbour discovery have found out (rtnetlink(7), RTM_GETNEIGH): looked at when somebody asks, not followed.
namespace dyad::netlink {

struct NeighbourEntry {
    /// Incomplete: asked, and nobody has answered yet; Failed: nobody has. Reachable: one is there, as of `age`.
    enum class State : std::uint8_t { Incomplete, Failed, Reachable } state = State::Incomplete;
    std::uint32_t interface_index = 0;
    Address address;
    std::string link_address;    ///< "02:00:00:00:00:01"; "" where it is not known
    std::chrono::seconds age{};  ///< since it was last confirmed
};

void encode_neighbours_dump(std::uint32_t sequence, Writer& out);

/// Those of one receive, appended. True when the dump's end (or its refusal) was among them.
bool decode_neighbours(Bytes octets, std::vector<NeighbourEntry>& entries);

/// "02:00:00:00:00:01".
std::string link_address_text(Bytes octets);

}  // namespace dyad::netlink
