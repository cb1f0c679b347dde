#include <algorithm>

#include "dyad/wire/attributes.hpp"
#include "wire/as_path_codec.hpp"
#include "wire/raw_attribute.hpp"

namespace dyad::wire {
namespace {

/// RFC 4271 4.3: the Extended Length bit only where one octet of length does not do.
void header(std::uint8_t flags, std::uint8_t type, std::size_t length, Writer& out) {
    if (length > 0xffff) return out.fail();
    const bool extended = length > 0xff;
    out.u8(static_cast<std::uint8_t>(extended ? flags | kExtendedLength : flags));
    out.u8(type);
    if (extended)
        out.u16(static_cast<std::uint16_t>(length));
    else
        out.u8(static_cast<std::uint8_t>(length));
}

void header(std::uint8_t flags, AttributeType type, std::size_t length, Writer& out) {
    header(flags, static_cast<std::uint8_t>(type), length, out);
}

void write_u32(std::uint8_t flags, AttributeType type, std::uint32_t value, Writer& out) {
    header(flags, type, 4, out);
    out.u32(value);
}

void write_u32_list(std::uint8_t flags, AttributeType type, const std::vector<std::uint32_t>& list, Writer& out) {
    if (list.empty()) return;
    header(flags, type, list.size() * 4, out);
    for (const auto word : list) out.u32(word);
}

void write_path(std::uint8_t flags, AttributeType type, const AsPath& path, AsWidth width, Writer& out) {
    header(flags, type, encoded_octets(path, width), out);
    encode_as_path(path, width, out);
}

/// RFC 4271 section 5: what came with the Partial bit goes on with it.
std::uint8_t transitive_flags(const Attributes& attributes, AttributeType type) {
    return (attributes.partial & partial_bit(type)) != 0 ? kOptionalTransitive | kPartial : kOptionalTransitive;
}

/// RFC 6793 4.2.2: AS_TRANS here, the true number in AS4_AGGREGATOR.
void write_aggregator(const Attributes& attributes, const AttributeContext& context, Writer& out) {
    if (!attributes.aggregator) return;
    const auto& aggregator = *attributes.aggregator;
    header(transitive_flags(attributes, AttributeType::Aggregator), AttributeType::Aggregator,
           context.four_octet_as ? 8 : 6, out);
    if (context.four_octet_as)
        out.u32(aggregator.asn.value);
    else
        out.u16(static_cast<std::uint16_t>(is_mappable(aggregator.asn) ? aggregator.asn.value : kAsTrans.value));
    out.bytes(aggregator.address.bytes());
}

void write_extended_communities(const Attributes& attributes, Writer& out) {
    const auto& list = attributes.extended_communities;
    if (list.empty()) return;
    header(transitive_flags(attributes, AttributeType::ExtendedCommunities), AttributeType::ExtendedCommunities,
           list.size() * 8, out);
    for (const auto& community : list) out.bytes(community);
}

/// RFC 6793 4.2.2: only towards an OLD speaker, and only where two octets hide something.
void write_as4(const Attributes& attributes, const AttributeContext& context, Writer& out) {
    if (context.four_octet_as) return;
    const AsPath as4_path = as4_path_of(attributes.as_path);
    if (!as4_path.segments.empty())
        write_path(kOptionalTransitive, AttributeType::As4Path, as4_path, AsWidth::FourOctets, out);
    if (attributes.aggregator && !is_mappable(attributes.aggregator->asn)) {
        header(kOptionalTransitive, AttributeType::As4Aggregator, 8, out);
        out.u32(attributes.aggregator->asn.value);
        out.bytes(attributes.aggregator->address.bytes());
    }
}

void write_large_communities(const Attributes& attributes, Writer& out) {
    const auto& list = attributes.large_communities;
    if (list.empty()) return;
    header(transitive_flags(attributes, AttributeType::LargeCommunities), AttributeType::LargeCommunities,
           list.size() * 12, out);
    for (const auto& community : list) {
        out.u32(community.global);
        out.u32(community.local1);
        out.u32(community.local2);
    }
}

/// RFC 4271 section 5: Partial says that somebody on the way (we) did not know it.
void write(const UnknownAttribute& unknown, Writer& out) {
    const auto bits = unknown.flags & (kOptional | kTransitive);
    header(static_cast<std::uint8_t>(bits | kPartial), unknown.type, unknown.value.size(), out);
    out.bytes(unknown.value);
}

/// Writes the unknown ones up to this type code: they stand among the known in order.
class UnknownAttributes {
public:
    explicit UnknownAttributes(const std::vector<UnknownAttribute>& all) : next_(all.begin()), end_(all.end()) {}
    void before(AttributeType type, Writer& out) {
        for (; next_ != end_ && next_->type < static_cast<std::uint8_t>(type); ++next_) write(*next_, out);
    }
    void rest(Writer& out) {
        for (; next_ != end_; ++next_) write(*next_, out);
    }

private:
    std::vector<UnknownAttribute>::const_iterator next_, end_;
};

}  // namespace

void encode_attributes(const Attributes& attributes, const AttributeContext& context, Writer& out) {
    const auto width = context.four_octet_as ? AsWidth::FourOctets : AsWidth::TwoOctets;
    UnknownAttributes unknown{attributes.unknown};

    unknown.before(AttributeType::Origin, out);
    header(kWellKnownFlags, AttributeType::Origin, 1, out);
    out.u8(static_cast<std::uint8_t>(attributes.origin));
    write_path(kWellKnownFlags, AttributeType::AsPath, attributes.as_path, width, out);
    if (attributes.next_hop && attributes.next_hop->is_v4())
        write_u32(kWellKnownFlags, AttributeType::NextHop, attributes.next_hop->to_u32(), out);
    if (attributes.med) write_u32(kOptionalNonTransitive, AttributeType::MultiExitDisc, *attributes.med, out);
    if (attributes.local_pref) write_u32(kWellKnownFlags, AttributeType::LocalPref, *attributes.local_pref, out);
    if (attributes.atomic_aggregate) header(kWellKnownFlags, AttributeType::AtomicAggregate, 0, out);
    write_aggregator(attributes, context, out);
    write_u32_list(transitive_flags(attributes, AttributeType::Communities), AttributeType::Communities,
                   attributes.communities, out);
    if (attributes.originator_id)
        write_u32(kOptionalNonTransitive, AttributeType::OriginatorId, attributes.originator_id->value, out);
    write_u32_list(kOptionalNonTransitive, AttributeType::ClusterList, attributes.cluster_list, out);
    unknown.before(AttributeType::ExtendedCommunities, out);
    write_extended_communities(attributes, out);
    write_as4(attributes, context, out);
    unknown.before(AttributeType::LargeCommunities, out);
    write_large_communities(attributes, out);
    unknown.before(AttributeType::OnlyToCustomer, out);
    if (attributes.only_to_customer)
        write_u32(transitive_flags(attributes, AttributeType::OnlyToCustomer), AttributeType::OnlyToCustomer,
                  attributes.only_to_customer->value, out);
    unknown.rest(out);
}

}  // namespace dyad::wire
