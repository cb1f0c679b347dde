#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "dyad/base/bytes.hpp"

namespace dyad::route {

/// Many short runs of octets without a header each: pages cut into units of eight octets, a list of freed
/// runs for each size. A place is four octets where a pointer and malloc's header would be sixteen.
class OctetStore {
public:
    /// Where a run lies, in units.
    using Place = std::uint32_t;
    /// One run fits in a page: longer than any attribute block (RFC 4271 4.3: two octets of length).
    static constexpr std::size_t kPageOctets = 65'536;

    /// The two parts, one after the other, copied. Together at most kPageOctets.
    Place add(Bytes first, Bytes second);
    /// octets: as many as were added there.
    void remove(Place place, std::size_t octets);
    Bytes at(Place place, std::size_t octets) const;
    std::size_t memory_octets() const;

private:
    static constexpr std::size_t kUnitOctets = 8;
    static constexpr std::size_t kPageUnits = kPageOctets / kUnitOctets;
    /// Sizes to 512 octets have a class each; above, each power of two up to a page.
    static constexpr std::size_t kExactClasses = 64;
    static constexpr std::size_t kClasses = kExactClasses + 8;

    struct SizeClass {
        std::size_t index, units;
    };
    static SizeClass class_of(std::size_t octets);

    std::vector<std::unique_ptr<std::uint8_t[]>> pages_;
    std::size_t next_unit_ = kPageUnits;  ///< of the last page
    std::array<std::vector<Place>, kClasses> free_;
    std::size_t runs_ = 0;
};

}  // namespace dyad::route
