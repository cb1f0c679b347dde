#pragma once
#include <boost/endian/conversion.hpp>
#include <initializer_list>
#include <vector>

#include "dyad/base/bytes.hpp"

namespace dyad::mrt::test {

using Octets = std::vector<std::uint8_t>;

/// Joins parts, so that a test can give each field its own line.
inline Octets join(std::initializer_list<Octets> parts) {
    Octets all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

inline Octets u16(std::size_t value) {
    Octets octets(2);
    boost::endian::store_big_u16(octets.data(), static_cast<std::uint16_t>(value));
    return octets;
}

inline Octets u32(std::size_t value) {
    Octets octets(4);
    boost::endian::store_big_u32(octets.data(), static_cast<std::uint32_t>(value));
    return octets;
}

/// A whole record of second 1000.
inline Octets record(std::uint16_t type, std::uint16_t subtype, const Octets& body) {
    return join({u32(1000), u16(type), u16(subtype), u32(body.size()), body});
}

inline Octets update(const Octets& withdrawn, const Octets& attributes, const Octets& nlri) {
    const auto body = join({u16(withdrawn.size()), withdrawn, u16(attributes.size()), attributes, nlri});
    return join({Octets(16, 0xff), u16(19 + body.size()), {2}, body});
}

inline const Octets kOriginIgp = {0x40, 1, 1, 0};
inline const Octets kPath65001 = {0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe9};
inline const Octets kPath65001TwoOctets = {0x40, 2, 4, 2, 1, 0xfd, 0xe9};
inline const Octets kNextHop = {0x40, 3, 4, 192, 0, 2, 1};
inline const Octets kTen = {8, 10};     // 10.0.0.0/8
inline const Octets kTwenty = {8, 20};  // 20.0.0.0/8

/// BGP4MP_MESSAGE_AS4 (RFC 6396 4.4.3) from 192.0.2.1, AS 65001.
inline Octets message_as4(const Octets& message) {
    return record(16, 4,
                  join({u32(65001),      // peer AS
                        u32(65000),      // local AS
                        u16(0),          // interface
                        u16(1),          // AFI
                        {192, 0, 2, 1},  // peer
                        {192, 0, 2, 9},  // local
                        message}));
}

/// The same with two-octet AS numbers (4.4.2).
inline Octets message_as2(const Octets& message) {
    return record(16, 1, join({u16(65001), u16(65000), u16(0), u16(1), {192, 0, 2, 1}, {192, 0, 2, 9}, message}));
}

}  // namespace dyad::mrt::test
