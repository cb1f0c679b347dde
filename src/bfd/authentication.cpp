#include "bfd/authentication.hpp"

#include <algorithm>
#include <array>
#include <boost/uuid/detail/sha1.hpp>

#include "dyad/base/reader.hpp"
#include "dyad/base/writer.hpp"

namespace dyad::bfd {
namespace {

constexpr std::size_t kDigestOctets = 20;
/// Type, length, key id, a reserved octet, the sequence number and the digest.
constexpr std::size_t kSectionOctets = 8 + kDigestOctets;
constexpr std::size_t kLengthOffset = 3;
using Digest = std::array<std::uint8_t, kDigestOctets>;

/// Boost changed its digest from words to octets in 1.86.
Digest sha1(Bytes octets) {
    boost::uuids::detail::sha1 hash;
    hash.process_bytes(octets.data(), octets.size());
    boost::uuids::detail::sha1::digest_type parts;
    hash.get_digest(parts);
    Digest digest{};
    Writer out{digest};
    for (const auto part : parts) {
        if constexpr (sizeof(part) == 4)
            out.u32(part);
        else
            out.u8(static_cast<std::uint8_t>(part));
    }
    return digest;
}

/// "Padding with trailing zero bytes as necessary".
Digest padded(const std::string& secret) {
    Digest out{};
    std::copy_n(secret.begin(), std::min(secret.size(), out.size()), out.begin());
    return out;
}

/// No sooner for a wrong first octet than for a wrong last one.
bool equal_in_constant_time(Bytes a, Bytes b) {
    unsigned difference = a.size() == b.size() ? 0 : 1;
    for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
    return difference == 0;
}

}  // namespace

void sign(std::vector<std::uint8_t>& packet, const Key& key, std::uint32_t sequence) {
    const auto header = packet.size();
    packet.resize(header + kSectionOctets);
    Writer out{MutableBytes{packet}.subspan(header)};
    out.u8(static_cast<std::uint8_t>(key.type));
    out.u8(static_cast<std::uint8_t>(kSectionOctets));
    out.u8(key.id);
    out.u8(0);
    out.u32(sequence);
    out.bytes(padded(key.secret));
    packet[kLengthOffset] = static_cast<std::uint8_t>(packet.size());
    std::ranges::copy(sha1(packet), packet.end() - kDigestOctets);
}

std::expected<std::uint32_t, Discard> verify(Bytes packet, const Key& key) {
    Reader in{packet};
    in.bytes(kHeaderOctets);
    const auto type = in.u8(), length = in.u8(), id = in.u8();
    in.u8();  // reserved
    const auto sequence = in.u32();
    const auto digest = in.bytes(kDigestOctets);
    const bool ours = type == static_cast<std::uint8_t>(key.type) && length == kSectionOctets && id == key.id;
    if (in.failed() || !in.empty() || !ours) return std::unexpected(Discard::WrongAuthentication);
    std::vector<std::uint8_t> keyed{packet.begin(), packet.end()};
    std::ranges::copy(padded(key.secret), keyed.end() - kDigestOctets);
    if (!equal_in_constant_time(sha1(keyed), digest)) return std::unexpected(Discard::WrongAuthentication);
    return sequence;
}

}  // namespace dyad::bfd
