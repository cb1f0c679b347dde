#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"
#include "rib/prefix_index.hpp"

namespace dyad::rib {

/// The prefixes of one family, each with a dense id that lives as long as the table: columns (Adj-RIB-In,
/// Loc-RIB, FIB, Adj-RIB-Out) are plain arrays by that id. IPv4 costs about 12 octets a prefix.
class PrefixTable {
public:
    explicit PrefixTable(Family family);

    Family family() const { return family_; }
    PrefixId intern(const Prefix& prefix);
    std::optional<PrefixId> find(const Prefix& prefix) const;
    /// A hint that these few, all of the table's family, will be looked up next. A full table is not in the cache: looked up
    /// one by one, most of the time goes into waiting for it.
    void prefetch(std::span<const Prefix> prefixes) const;
    Prefix prefix(PrefixId id) const;
    /// Without making the whole prefix.
    std::uint8_t length(PrefixId id) const;
    /// Ids are 0 .. size()-1.
    std::size_t size() const;
    /// All prefixes that hold the address (or cover the prefix), longest first.
    std::vector<PrefixId> matches(const Address& address) const;
    std::vector<PrefixId> covering(const Prefix& prefix) const;
    /// The next max ids in prefix order behind this prefix (behind nothing: from the first), for display. One pass over
    /// the keys: a million cost some milliseconds, and nothing is kept sorted for those who never ask.
    std::vector<PrefixId> next_after(const std::optional<Prefix>& last, std::size_t max) const;
    std::size_t memory_octets() const;

private:
    Family family_;
    std::variant<PrefixIndex<CompactV4>, PrefixIndex<CompactV6>> index_;
    /// How many prefixes have each length: a longest match probes only the lengths in use.
    std::array<std::uint32_t, 129> of_length_{};
};

}  // namespace dyad::rib
