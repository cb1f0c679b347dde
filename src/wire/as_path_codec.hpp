#pragma once
#include <expected>
#include <string>

#include "dyad/base/bytes.hpp"
#include "dyad/base/writer.hpp"
#include "dyad/wire/as_path.hpp"

namespace dyad::wire {

/// Octets of one AS number in an AS_PATH (RFC 6793 section 3).
enum class AsWidth : std::uint8_t { TwoOctets = 2, FourOctets = 4 };

/// RFC 6793 section 3: fits in two octets as it is.
constexpr bool is_mappable(Asn asn) { return asn.value <= 0xffff; }

/// Reads the value of an AS_PATH or AS4_PATH; failure is a sentence's end: "a segment of type 5".
std::expected<AsPath, std::string> decode_as_path(Bytes value, AsWidth width);

std::size_t encoded_octets(const AsPath& path, AsWidth width);
/// Writes exactly encoded_octets. Segments above 255 ASes are split, empty ones left out; AS_TRANS stands for
/// what does not fit the width.
void encode_as_path(const AsPath& path, AsWidth width, Writer& out);

/// RFC 6793 4.2.2: the AS4_PATH to send along; empty when the AS_PATH alone says it all.
AsPath as4_path_of(const AsPath& path);
/// RFC 6793 section 6: confederation segments do not belong in an AS4_PATH and are left out.
AsPath without_confederations(AsPath path);
/// RFC 6793 4.2.3: the leading part of as_path in front of as4_path, which is what OLD speakers added.
AsPath merge_as4_path(const AsPath& as_path, const AsPath& as4_path);

}  // namespace dyad::wire
