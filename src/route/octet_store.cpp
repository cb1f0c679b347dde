#include "route/octet_store.hpp"

#include <algorithm>
#include <bit>

#include "dyad/base/ensure.hpp"

namespace dyad::route {

OctetStore::SizeClass OctetStore::class_of(std::size_t octets) {
    ensure(octets <= kPageOctets);
    const auto units = std::max<std::size_t>(1, (octets + kUnitOctets - 1) / kUnitOctets);
    if (units <= kExactClasses) return {units - 1, units};
    const auto rounded = std::bit_ceil(units);
    return {kExactClasses + static_cast<std::size_t>(std::countr_zero(rounded / kExactClasses)), rounded};
}

OctetStore::Place OctetStore::add(Bytes first, Bytes second) {
    const auto [index, units] = class_of(first.size() + second.size());
    Place place = 0;
    if (!free_[index].empty()) {
        place = free_[index].back();
        free_[index].pop_back();
    } else {
        if (next_unit_ + units > kPageUnits) {
            pages_.push_back(std::make_unique_for_overwrite<std::uint8_t[]>(kPageOctets));
            next_unit_ = 0;
        }
        place = static_cast<Place>((pages_.size() - 1) * kPageUnits + next_unit_);
        next_unit_ += units;
    }
    auto* to = pages_[place / kPageUnits].get() + place % kPageUnits * kUnitOctets;
    std::ranges::copy(second, std::ranges::copy(first, to).out);
    ++runs_;
    return place;
}

void OctetStore::remove(Place place, std::size_t octets) {
    free_[class_of(octets).index].push_back(place);
    if (--runs_ == 0) *this = {};  // The only time pages go back: when a table has left whole.
}

Bytes OctetStore::at(Place place, std::size_t octets) const {
    return {pages_[place / kPageUnits].get() + place % kPageUnits * kUnitOctets, octets};
}

std::size_t OctetStore::memory_octets() const {
    std::size_t octets = pages_.size() * kPageOctets;
    for (const auto& list : free_) octets += list.capacity() * sizeof(Place);
    return octets;
}

}  // namespace dyad::route
