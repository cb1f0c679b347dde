#pragma once
#include <cstdint>
#include <expected>
#include <vector>

#include "bfd/packet.hpp"
#include "dyad/base/bytes.hpp"
#include "dyad/bfd/bfd.hpp"

/// Keyed and meticulous keyed SHA1 (RFC 5880 sections 4.4 and 6.7.4): a hash over the packet with the key standing where
/// the hash will be, and a sequence number against replay. Which numbers are still good, the session knows.
namespace dyad::bfd {

/// Appends the authentication section to an encoded header and corrects its Length.
void sign(std::vector<std::uint8_t>& packet, const Key& key, std::uint32_t sequence);

/// The sequence number of a packet signed with that key; WrongAuthentication for any other.
std::expected<std::uint32_t, Discard> verify(Bytes packet, const Key& key);

}  // namespace dyad::bfd
