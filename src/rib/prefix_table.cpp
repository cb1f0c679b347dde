#include "rib/prefix_table.hpp"

#include <algorithm>
#include <boost/endian/conversion.hpp>
#include <type_traits>

#include "dyad/base/ensure.hpp"
#include "dyad/base/hash.hpp"

namespace dyad::rib {
namespace {

CompactV4 compact(const Prefix& prefix, std::type_identity<CompactV4>) {
    return {boost::endian::big_uint32_buf_t{prefix.address().to_u32()}, prefix.length()};
}
CompactV6 compact(const Prefix& prefix, std::type_identity<CompactV6>) {
    return {prefix.address().octets(), prefix.length()};
}
template <class Compact>
Compact compact(const Prefix& prefix, const PrefixIndex<Compact>&) {
    return compact(prefix, std::type_identity<Compact>{});
}

Prefix expand(const CompactV4& key) { return {Address::v4(key.address.value()), key.length}; }
Prefix expand(const CompactV6& key) { return {Address::v6(key.address), key.length}; }

std::strong_ordering order(const CompactV4& a, const CompactV4& b) {
    const auto first = a.address.value(), second = b.address.value();
    return first != second ? first <=> second : a.length <=> b.length;
}
std::strong_ordering order(const CompactV6& a, const CompactV6& b) {
    return a.address != b.address ? a.address <=> b.address : a.length <=> b.length;
}

/// The lowest few of many keys, in one pass over them: a buffer of twice as many, halved when it is full, so that the
/// work a key costs does not depend on the order in which they stand.
template <class Compact>
class Lowest {
public:
    Lowest(const std::vector<Compact>& keys, std::size_t max) : keys_(keys), max_(max) { ids_.reserve(2 * max); }

    void offer(PrefixId id) {
        if (full_ && !before(id, bound_)) return;
        ids_.push_back(id);
        if (ids_.size() < 2 * max_) return;
        const auto middle = ids_.begin() + static_cast<std::ptrdiff_t>(max_ - 1);
        std::ranges::nth_element(ids_, middle, by_key());
        bound_ = *middle;
        full_ = true;
        ids_.resize(max_);
    }
    std::vector<PrefixId> sorted() {
        std::ranges::sort(ids_, by_key());
        if (ids_.size() > max_) ids_.resize(max_);
        return std::move(ids_);
    }

private:
    bool before(PrefixId a, PrefixId b) const { return order(keys_[a.index()], keys_[b.index()]) < 0; }
    auto by_key() const {
        return [this](PrefixId a, PrefixId b) { return before(a, b); };
    }

    const std::vector<Compact>& keys_;
    std::size_t max_;
    std::vector<PrefixId> ids_;
    PrefixId bound_{};  ///< where full_: nothing from it on is among them
    bool full_ = false;
};

/// Prefixes of one length that share a hash.
constexpr unsigned kBlock = 16;

}  // namespace

PrefixHash hash_of(const CompactV4& key) {
    const auto significant = std::uint64_t{key.address.value()} >> (32 - key.length);
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

void PrefixTable::prefetch(std::span<const Prefix> prefixes) const {
    std::visit(
        [&](const auto& index) {
            for (const auto& prefix : prefixes) index.prefetch_slot(compact(prefix, index));
            for (const auto& prefix : prefixes) index.prefetch_key(compact(prefix, index));
        },
        index_);
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

std::vector<PrefixId> PrefixTable::next_after(const std::optional<Prefix>& last, std::size_t max) const {
    if (last && last->family() != family_) return {};
    return std::visit(
        [&](const auto& index) {
            using Compact = std::ranges::range_value_t<decltype(index.keys())>;
            Lowest<Compact> lowest{index.keys(), max};
            const auto from = last ? std::optional{compact(*last, index)} : std::nullopt;
            for (std::uint32_t i = 0; i < index.keys().size(); ++i)
                if (!from || order(*from, index.keys()[i]) < 0) lowest.offer(PrefixId{i});
            return lowest.sorted();
        },
        index_);
}

std::size_t PrefixTable::memory_octets() const {
    return std::visit([](const auto& index) { return index.memory_octets(); }, index_);
}

}  // namespace dyad::rib
