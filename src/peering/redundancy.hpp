#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

/// The pair of sessions of one peering, seen as one thing: fed by the speaker with what each session is and
/// counts, it answers how safe the pair is and how near its limits.
namespace dyad::peering {

/// full: every link carries routes; degraded: some do; down: none does. A session that is Established with
/// nothing behind it carries nothing (facts: core maintenance), except where no routes are expected.
enum class Redundancy : std::uint8_t { Down, Degraded, Full };
std::string_view to_string(Redundancy redundancy);

/// links: how many the peering has; carrying: how many are Established with an accepted route.
Redundancy redundancy_of(std::size_t links, std::size_t carrying);

}  // namespace dyad::peering
