#pragma once
#include <optional>
#include <string_view>

#include "dyad/net/prefix.hpp"

namespace dyad::config {

/// Why a prefix must never be advertised on a private peering; nothing where it may.
std::optional<std::string_view> never_advertised(const Prefix& prefix);
/// The same for Microsoft and public peering, which take public prefixes only.
std::optional<std::string_view> never_advertised_to_microsoft(const Prefix& prefix);
/// Not an address of the public Internet.
bool is_private_space(const Prefix& prefix);
/// An address a host can have.
bool is_unicast(const Address& address);

}  // namespace dyad::config
