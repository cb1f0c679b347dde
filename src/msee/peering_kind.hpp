#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "dyad/net/prefix.hpp"
#include "dyad/wire/as_path.hpp"
#include "msee/allowance.hpp"

/// What Azure's kinds of peering differ in, as Microsoft documents them.
namespace dyad::msee {

enum class PeeringKind : std::uint8_t { Private, Microsoft, Public };
enum class Sku : std::uint8_t { Local, Standard, Premium };

std::string_view to_string(PeeringKind kind);
std::optional<PeeringKind> parse_peering_kind(std::string_view text);
std::optional<Sku> parse_sku(std::string_view text);

/// Prefixes of a family that a customer may announce.
std::uint32_t documented_limit(PeeringKind kind, Sku sku, Family family);

/// Private peering takes any network of the customer's. The others take public ones only: no default route, nothing of RFC 1918.
bool accepts(PeeringKind kind, const Prefix& prefix);
/// RFC 5398's AS numbers, which are for documents, may be in no path but private peering's.
bool accepts(PeeringKind kind, const wire::AsPath& path);

}  // namespace dyad::msee
