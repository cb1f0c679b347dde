#pragma once
#include <cstddef>
#include <span>
#include <vector>

#include "dyad/net/prefix.hpp"

namespace dyad::peering {

/// One aggregate and what it would stand for.
struct Proposal {
    Prefix aggregate;
    std::size_t replaces = 0;  ///< prefixes of the list
    friend bool operator==(const Proposal&, const Proposal&) = default;
};

/// The fewest prefixes that cover exactly the addresses that these cover, none more: what could be advertised instead.
/// Only a proposal: whoever advertises an aggregate attracts traffic by it, so that an operator decides.
struct Cover {
    std::vector<Prefix> prefixes;     ///< the whole of it, in order
    std::vector<Proposal> proposals;  ///< those of it that stand for several, the greatest saving first
    std::size_t saving = 0;           ///< how many prefixes fewer
};
Cover minimal_cover(std::span<const Prefix> prefixes);

}  // namespace dyad::peering
