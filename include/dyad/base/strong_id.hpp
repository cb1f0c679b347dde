#pragma once
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace dyad {

/// An index that cannot be mistaken for another kind's. Ids cross modules where pointers may not.
template <class Tag>
struct StrongId {
    std::uint32_t value = 0;

    friend constexpr auto operator<=>(StrongId, StrongId) = default;
    constexpr std::size_t index() const { return value; }
};

/// One BGP session of the configuration, in the order of the configuration.
using SessionId = StrongId<struct SessionTag>;
/// One peering (a dyad): the pair of sessions of one Azure peering and address family.
using PeeringId = StrongId<struct PeeringTag>;
/// One TCP attempt. Even: opened by the Speaker; odd: accepted, numbered by the driver.
using ConnectionId = StrongId<struct ConnectionTag>;
/// One life of one BFD session; never used again, so that news of an earlier life is known as such.
using BfdSessionId = StrongId<struct BfdSessionTag>;
/// A row of one address family's prefix table.
using PrefixId = StrongId<struct PrefixTag>;
/// A set of sessions whose routes a prefix uses together; 0 is the empty set: no route.
using PathSetId = StrongId<struct PathSetTag>;
inline constexpr PathSetId kNoPaths{0};

}  // namespace dyad

template <class Tag>
struct std::hash<dyad::StrongId<Tag>> {
    std::size_t operator()(dyad::StrongId<Tag> id) const noexcept { return id.value; }
};
