#pragma once
#include "dyad/base/reader.hpp"

namespace dyad::wire {

/// RFC 4271 4.3: the high bits of Attribute Flags; the low four mean nothing.
inline constexpr std::uint8_t kOptional = 0x80, kTransitive = 0x40, kPartial = 0x20, kExtendedLength = 0x10;
/// What the two high bits must be for an attribute of each kind (RFC 4271 4.3, section 5).
inline constexpr std::uint8_t kWellKnownFlags = kTransitive, kOptionalNonTransitive = kOptional,
                              kOptionalTransitive = kOptional | kTransitive;

/// RFC 7911 section 3: in front of a prefix.
inline constexpr std::size_t kPathIdOctets = 4;

enum class AttributeFit : std::uint8_t {
    Whole,
    HeaderCut,  ///< fewer octets left than an attribute's header has
    ValueCut,   ///< the length runs past the end of the block
};

/// One path attribute as it stands in its block; when it is cut, whole is what there is.
struct RawAttribute {
    AttributeFit fit = AttributeFit::Whole;
    std::uint8_t flags = 0;
    std::uint8_t type = 0;
    Bytes value;
    Bytes whole;
};

/// Takes the attribute at the head of a block off it (RFC 4271 4.3); one that is cut takes all.
inline RawAttribute take_attribute(Bytes& block) {
    RawAttribute attribute;
    Reader in{block};
    attribute.flags = in.u8();
    attribute.type = in.u8();
    const std::size_t length = (attribute.flags & kExtendedLength) != 0 ? in.u16() : in.u8();
    if (in.failed()) attribute.fit = AttributeFit::HeaderCut;
    attribute.value = in.bytes(length);
    if (in.failed() && attribute.fit == AttributeFit::Whole) attribute.fit = AttributeFit::ValueCut;
    const std::size_t octets = in.failed() ? block.size() : in.offset();
    attribute.whole = block.first(octets);
    block = block.subspan(octets);
    return attribute;
}

}  // namespace dyad::wire
