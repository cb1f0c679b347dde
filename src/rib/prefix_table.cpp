#include "rib/prefix_table.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <type_traits>

#include "dyad/base/ensure.hpp"
#include "dyad/base/hash.hpp"

namespace dyad::rib {
namespace {

CompactV4 compact(const Prefix& prefix, std::type_identity<CompactV4>) {
    return {prefix.address().to_u32(), prefix.length()};
}
CompactV6 compact(const Prefix& prefix, std::type_identity<CompactV6>) {
    return {prefix.address().octets(), prefix.length()};
}
template <class Compact>
Compact compact(const Prefix& prefix, const PrefixIndex<Compact>&) {
    return compact(prefix, std::type_identity<Compact>{});
}

Prefix expand(const CompactV4& key) { return {Address::v4(key.address), key.length}; }
Prefix expand(const CompactV6& key) { return {Address::v6(key.address), key.length}; }

std::strong_ordering order(const CompactV4& a, const CompactV4& b) {
    return a.address != b.address ? a.address <=> b.address : a.length <=> b.length;
}
std::strong_ordering order(const CompactV6& a, const CompactV6& b) {
    return a.address != b.address ? a.address <=> b.address : a.length <=> b.length;
}

/// Prefixes of one length that share a hash.
constexpr unsigned kBlock = 16;

}  // namespace

PrefixHash hash_of(const CompactV4& key) {
    const auto significant = std::uint64_t{key.address} >> (32 - key.length);
    return {hash_mix(significant / kBlock, key.length), static_cast<std::uint8_t>(significant % kBlock)};
}

PrefixHash hash_of(const CompactV6& key) {
    __extension__ using Wide = unsigned __int128;
    const auto high = boost::endian::load_big_u64(key.address.data());
    const auto low = boost::endian::load_big_u64(key.address.data() + 8);
    const auto all = (static_cast<Wide>(high) << 64) | low;
    const auto significant = key.length == 0 ? Wide{0} : all >> (128 - key.length);
    const auto block = significant / kBlock;
    const auto words = hash_mix(static_cast<std::uint64_t>(block >> 64), static_cast<std::uint64_t>(block));
    return {hash_mix(words, key.length), static_cast<std::uint8_t>(significant % kBlock)};
}

PrefixTable::PrefixTable(Family family) : family_(family) {
    if (family == Family::Ipv6) index_.emplace<PrefixIndex<CompactV6>>();
}

PrefixId PrefixTable::intern(const Prefix& prefix) {
    ensure(prefix.family() == family_);
    const auto before = size();
    const auto id = std::visit([&](auto& index) { return index.intern(compact(prefix, index)); }, index_);
    if (id.index() == before) ++of_length_[prefix.length()];
    return id;
}

std::optional<PrefixId> PrefixTable::find(const Prefix& prefix) const {
    if (prefix.family() != family_) return std::nullopt;
    return std::visit([&](const auto& index) { return index.find(compact(prefix, index)); }, index_);
}

Prefix PrefixTable::prefix(PrefixId id) const {
    return std::visit([&](const auto& index) { return expand(index.keys()[id.index()]); }, index_);
}

std::uint8_t PrefixTable::length(PrefixId id) const {
    return std::visit([&](const auto& index) { return index.keys()[id.index()].length; }, index_);
}

std::size_t PrefixTable::size() const {
    return std::visit([](const auto& index) { return index.keys().size(); }, index_);
}

std::vector<PrefixId> PrefixTable::matches(const Address& address) const {
    return covering(Prefix{address, address_bits(address.family())});
}

std::vector<PrefixId> PrefixTable::covering(const Prefix& prefix) const {
    std::vector<PrefixId> found;
    if (prefix.family() != family_) return found;
    for (int length = prefix.length(); length >= 0; --length) {
        if (of_length_[static_cast<std::size_t>(length)] == 0) continue;
        const auto id = find(Prefix{prefix.address(), static_cast<std::uint8_t>(length)});
        if (id) found.push_back(*id);
    }
    return found;
}

std::vector<PrefixId> PrefixTable::sorted() const {
    std::vector<PrefixId> ids(size());
    for (std::uint32_t i = 0; i < ids.size(); ++i) ids[i] = PrefixId{i};
    std::visit(
        [&](const auto& index) {
            const auto& keys = index.keys();
            std::ranges::sort(ids, [&](PrefixId a, PrefixId b) { return order(keys[a.index()], keys[b.index()]) < 0; });
        },
        index_);
    return ids;
}

std::size_t PrefixTable::memory_octets() const {
    return std::visit([](const auto& index) { return index.memory_octets(); }, index_);
}

}  // namespace dyad::rib
