#include "route/pool.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "dyad/base/ensure.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::route {
namespace {

/// How canonical octets are written and read: four-octet AS numbers, and the attributes that only iBGP carries.
constexpr wire::AttributeContext kCanonical{.four_octet_as = true, .external = false};

/// Canonical sets by where their next hop stands. OctetKey tells four from sixteen octets by itself.
constexpr std::uint8_t kNextHopInBlock = 0, kNextHopBeside = 1, kNoNextHop = 2;

/// How many other spellings of one set are remembered: two links, each by two kinds of session. More would let a
/// neighbour who keeps changing his spelling fill our memory; such blocks are merely parsed each time.
constexpr int kMaxAliases = 4;

/// The kinds of session by which the meaning of a block depends.
std::uint8_t kind_of(const wire::AttributeContext& context) {
    return static_cast<std::uint8_t>((context.four_octet_as ? 1 : 0) | (context.external ? 2 : 0) |
                                     (context.remove_med ? 4 : 0));
}
std::uint8_t bit_of(const wire::AttributeContext& context) { return static_cast<std::uint8_t>(1u << kind_of(context)); }

std::uint8_t tag_of(const wire::Attributes& attributes) {
    if (!attributes.next_hop) return kNoNextHop;
    return attributes.next_hop->is_v4() ? kNextHopInBlock : kNextHopBeside;
}

Bytes beside(const std::optional<Address>& next_hop) { return next_hop ? next_hop->bytes() : Bytes{}; }

/// The value of one attribute in canonical octets, which are well-formed; empty if it is not there.
Bytes find_value(Bytes block, wire::AttributeType wanted) {
    constexpr std::uint8_t kExtendedLength = 0x10;  // RFC 4271 4.3
    Reader in{block};
    while (!in.empty()) {
        const auto flags = in.u8();
        const auto type = in.u8();
        const std::size_t length = (flags & kExtendedLength) != 0 ? in.u16() : in.u8();
        const auto value = in.bytes(length);
        if (type == static_cast<std::uint8_t>(wanted)) return value;
    }
    return {};
}

wire::UpdateError missing_next_hop() {
    const auto type = static_cast<std::uint8_t>(wire::AttributeType::NextHop);
    return {.severity = wire::Severity::TreatAsWithdraw,
            .subcode = wire::subcode::kMissingWellKnown,
            .attribute = type,
            .data = {type},
            .what = "missing NEXT_HOP (RFC 7606 3.d)"};
}

/// Octets of a set with the longest next hop beside it: what an OctetTable's row can say. Only AS numbers that grow from
/// two octets to four (RFC 6793) can take an extended message's attributes (RFC 8654) beyond it.
constexpr std::size_t kMostOctets = 65'535 - address_octets(Family::Ipv6);

wire::UpdateError too_long(Bytes block) {
    return {.severity = wire::Severity::TreatAsWithdraw,
            .subcode = wire::subcode::kMalformedAttributeList,
            .attribute = 0,
            .data = {block.begin(), block.end()},
            .what = "the path attributes have no room in a message once their AS numbers have four octets"};
}

}  // namespace

std::expected<Interned, wire::UpdateError> AttributePool::intern(Bytes block, const std::optional<Address>& mp_next_hop,
                                                                 const wire::AttributeContext& context) {
    // As canonical octets first: most speakers write them so.
    const OctetKey as_canonical{block, beside(mp_next_hop), mp_next_hop ? kNextHopBeside : kNextHopInBlock};
    const auto canonical = sets_.find(as_canonical, as_canonical.hash());
    if (canonical && (sets_[*canonical].proven & bit_of(context)) != 0) return Interned{hold(*canonical), {}};
    const OctetKey raw{block, beside(mp_next_hop), kind_of(context)};
    if (aliases_.size() > 0) {
        if (const auto alias = aliases_.find(raw, raw.hash())) return Interned{hold(aliases_[*alias].set), {}};
    }

    auto decoded = wire::decode_attributes(block, context);
    if (!decoded) return std::unexpected(std::move(decoded.error()));
    auto& attributes = decoded->attributes;
    if (mp_next_hop) attributes.next_hop = mp_next_hop;
    if (!attributes.next_hop) return std::unexpected(missing_next_hop());
    const auto set = find_or_add(attributes);
    if (!set) return std::unexpected(too_long(block));
    remember(*set, raw, context);
    return Interned{hold(*set), std::move(decoded->discarded)};
}

AttributeRef AttributePool::intern(const wire::Attributes& attributes) {
    const auto set = find_or_add(attributes);
    return set ? hold(*set) : kNoAttributes;
}

/// Nothing if its canonical octets do not fit: no message could carry them.
std::optional<std::uint32_t> AttributePool::find_or_add(const wire::Attributes& attributes) {
    if (scratch_.empty()) scratch_.resize(wire::kMaxMessageOctets);
    Writer out{scratch_};
    wire::encode_attributes(attributes, kCanonical, out);
    if (out.failed()) {
        if (scratch_.size() == kMostOctets) return std::nullopt;
        scratch_.resize(kMostOctets);
        return find_or_add(attributes);
    }
    const auto tag = tag_of(attributes);
    const OctetKey key{out.written(), tag == kNextHopBeside ? beside(attributes.next_hop) : Bytes{}, tag};
    const auto hash = key.hash();
    if (const auto set = sets_.find(key, hash)) return *set;
    const auto facts = facts_.intern(facts_of(attributes));
    ++unused_;  // until the caller holds it
    return sets_.add(key, hash, Set{.facts = facts, .generation = ++last_generation_});
}

/// The next block of the same octets by the same kind of session is to be found without parsing.
void AttributePool::remember(std::uint32_t set, const OctetKey& raw, const wire::AttributeContext& context) {
    const auto canonical =
        std::ranges::equal(raw.block, sets_.block(set)) && std::ranges::equal(raw.next_hop, sets_.next_hop(set));
    if (canonical) {
        sets_[set].proven |= bit_of(context);
        return;
    }
    int count = 0;
    for (auto alias = sets_[set].first_alias; alias != 0; alias = aliases_[alias].next) ++count;
    if (count >= kMaxAliases || aliases_.find(raw, raw.hash())) return;
    sets_[set].first_alias = aliases_.add(raw, raw.hash(), {.set = set, .next = sets_[set].first_alias});
}

void AttributePool::retire(AttributeRef ref) {
    ++unused_;
    if (references_ == 0) return free_all();
    if (std::exchange(sets_[ref.value].retired, true)) return;
    retired_.push_back(ref);
    if (retired_.size() <= kMaxRetired) return;
    const auto oldest = retired_.front();
    retired_.pop_front();
    sets_[oldest.value].retired = false;
    if (sets_[oldest.value].references == 0) free(oldest);
}

/// With the last set the memory of a table goes back.
void AttributePool::free_all() {
    sets_ = {};
    aliases_ = {};
    facts_ = {};
    retired_.clear();
    unused_ = 0;
}

void AttributePool::free(AttributeRef ref) {
    --unused_;
    const auto set = sets_[ref.value];
    for (auto alias = set.first_alias; alias != 0;) {
        const auto next = aliases_[alias].next;
        aliases_.remove(alias);
        alias = next;
    }
    sets_.remove(ref.value);
    facts_.release(set.facts);
}

wire::Attributes AttributePool::attributes(AttributeRef ref) const {
    // Our own next hop may be one that no peer's UPDATE may have (127.0.0.1 in a lab), which the decoder refuses:
    // it reads a documentation address (RFC 5737) in its place.
    constexpr std::array<std::uint8_t, 4> kPlaceholder{192, 0, 2, 1};
    const auto canonical = encoded(ref);
    std::vector<std::uint8_t> block{canonical.begin(), canonical.end()};
    const auto next_hop = find_value(canonical, wire::AttributeType::NextHop);
    if (!next_hop.empty()) std::ranges::copy(kPlaceholder, block.begin() + (next_hop.data() - canonical.data()));
    auto decoded = wire::decode_attributes(block, kCanonical);
    ensure(decoded.has_value());
    if (!next_hop.empty() || !sets_.next_hop(ref.value).empty()) decoded->attributes.next_hop = facts(ref).next_hop;
    return std::move(decoded->attributes);
}

Bytes AttributePool::community_octets(AttributeRef ref) const {
    return find_value(encoded(ref), wire::AttributeType::Communities);
}

std::vector<std::uint32_t> AttributePool::communities(AttributeRef ref) const {
    const auto octets = community_octets(ref);
    std::vector<std::uint32_t> communities;
    communities.reserve(octets.size() / 4);
    for (Reader in{octets}; !in.empty();) communities.push_back(in.u32());
    return communities;
}

std::optional<Asn> AttributePool::only_to_customer(AttributeRef ref) const {
    const auto octets = find_value(encoded(ref), wire::AttributeType::OnlyToCustomer);
    return octets.empty() ? std::nullopt : std::optional{Asn{Reader{octets}.u32()}};
}

std::size_t AttributePool::count_in_path(AttributeRef ref, Asn asn) const {
    std::size_t count = 0;
    for (Reader in{find_value(encoded(ref), wire::AttributeType::AsPath)}; !in.empty();) {
        in.u8();  // the segment's type: a loop is one in a set, too (RFC 4271 9.1.2)
        for (auto asns = in.u8(); asns > 0; --asns) count += in.u32() == asn.value ? 1 : 0;
    }
    return count;
}

std::size_t AttributePool::memory_octets() const {
    return sets_.memory_octets() + aliases_.memory_octets() + facts_.memory_octets() + scratch_.capacity() +
           retired_.size() * sizeof(AttributeRef);
}

}  // namespace dyad::route
