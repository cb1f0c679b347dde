#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "octets.hpp"

namespace dyad::conformance {

/// One message that the Speaker sent, framed by this reader and not by the Speaker's.
struct Heard {
    std::uint8_t type = 0;
    Octets whole;
    Octets body() const;
};

/// Cuts a stream into messages; what is not framed as RFC 4271 4.1 wants it is a failed test.
std::vector<Heard> frame(Bytes stream, std::size_t most_octets);

struct HeardAttribute {
    std::uint8_t flags = 0, type = 0;
    Octets value;
};

/// An UPDATE of the Speaker's taken apart.
struct HeardUpdate {
    std::vector<std::string> withdrawn, announced, withdrawn6, announced6;
    std::vector<HeardAttribute> attributes;  ///< in the order they came
    Octets next_hop6;
    bool end_of_rib() const;
    const HeardAttribute* find(std::uint8_t type) const;
};
HeardUpdate read_update(const Heard& heard);

struct HeardCapability {
    std::uint8_t code = 0;
    Octets value;
    friend bool operator==(const HeardCapability&, const HeardCapability&) = default;
};
/// An OPEN of the Speaker's taken apart.
struct HeardOpen {
    std::uint8_t version = 0;
    std::uint16_t as_field = 0, hold_time = 0;
    std::string router_id;
    bool extended_format = false;
    std::vector<HeardCapability> capabilities;
    const HeardCapability* find(std::uint8_t code) const;
};
HeardOpen read_open(const Heard& heard);

/// What a neighbour holds of the Speaker's routes, by prefix: the UPDATEs replayed.
using Table = std::map<std::string, std::vector<HeardAttribute>>;
Table table_of(const std::vector<Heard>& messages);

}  // namespace dyad::conformance
