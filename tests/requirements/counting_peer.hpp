#pragma once
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "rig.hpp"

namespace dyad::requirements {

using namespace dyad::conformance;

/// What a peer that counts would have counted, prefix by prefix, of all that it was told on a connection.
struct Counted {
    std::set<std::string> holds;
    std::size_t peak = 0;  ///< at any octet of the stream
    std::size_t strict_peak =
        0;  ///< as Azure's Route Server counts: what it holds and what the UPDATE brings, together
    std::size_t announced = 0, withdrawn = 0;
    bool mixed = false;  ///< an UPDATE both withdraws and announces
};
Counted count(Call& call, std::size_t first_message = 0);

/// The prefix number N of 65,536: 10.0.0.0/24 and on.
std::string prefix(std::size_t number);

/// The router of the limits' tests: one private peering, whose two MSEEs are the rig's a and b.
struct Peering {
    std::size_t limit = 10;
    std::vector<std::string> list;  ///< as TOML writes them
    std::string limits;             ///< further keys of `limits`
    std::string lines;              ///< further lines of [circuit.private]
    std::string sku;                ///< then the limit is the SKU's

    /// Prefixes from first on, so many.
    Peering& lists(std::size_t first, std::size_t count);
    Peering& lists(const std::string& entry);
    Peering& without(std::size_t number);
    std::string toml() const;
};

struct Edge {
    explicit Edge(const Peering& peering);
    void up();
    void reload(const Peering& peering) { rig.reload(peering.toml()); }
    speaker::LimitRow limit() const;
    /// Both MSEEs hold the same: what, else nothing and a failed test.
    std::set<std::string> held();

    Rig rig;
};

}  // namespace dyad::requirements
