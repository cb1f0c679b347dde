#include <algorithm>
#include <bitset>

#include "dyad/wire/attributes.hpp"
#include "wire/as_path_codec.hpp"
#include "wire/attribute_faults.hpp"

namespace dyad::wire {
namespace {

/// Reads the attributes of one UPDATE, each by the RFC that defines it; faults gather beside them.
class Decoder {
public:
    explicit Decoder(const AttributeContext& context) : context_(context) {}

    std::expected<DecodedAttributes, UpdateError> decode(Bytes block) {
        while (!block.empty()) read(take_attribute(block));
        merge_four_octet_as();
        keep_partial();
        require(AttributeType::Origin);
        require(AttributeType::AsPath);
        if (faults_.worst()) return std::unexpected(*faults_.worst());
        std::ranges::sort(attributes_.unknown, {}, &UnknownAttribute::type);
        return DecodedAttributes{std::move(attributes_), faults_.take_discarded()};
    }

private:
    void read(const RawAttribute& attribute);
    void read_known(const RawAttribute& attribute);
    void origin(const RawAttribute& attribute);
    void as_path(const RawAttribute& attribute);
    void next_hop(const RawAttribute& attribute);
    void atomic_aggregate(const RawAttribute& attribute);
    void aggregator(const RawAttribute& attribute);
    void communities(const RawAttribute& attribute);
    void originator_id(const RawAttribute& attribute);
    void cluster_list(const RawAttribute& attribute);
    void extended_communities(const RawAttribute& attribute);
    void large_communities(const RawAttribute& attribute);
    void only_to_customer(const RawAttribute& attribute);
    void as4_path(const RawAttribute& attribute);
    void as4_aggregator(const RawAttribute& attribute);
    void unknown(const RawAttribute& attribute);
    void merge_four_octet_as();
    void keep_partial();
    void require(AttributeType type);

    bool has_flags(const RawAttribute& attribute, std::uint8_t flags);
    bool has_length(const RawAttribute& attribute, std::size_t octets, const char* section,
                    Severity otherwise = Severity::TreatAsWithdraw);
    bool is_list_of(const RawAttribute& attribute, std::size_t octets, const char* section);
    bool only_internal(const RawAttribute& attribute, const char* section);
    bool only_from_old_speaker(const RawAttribute& attribute);
    void withdraw(std::uint8_t subcode, const RawAttribute& attribute, const std::string& what) {
        faults_.add(attribute_error(Severity::TreatAsWithdraw, subcode, attribute, what));
    }
    void discard(std::uint8_t subcode, const RawAttribute& attribute, const std::string& what) {
        faults_.add(attribute_error(Severity::AttributeDiscard, subcode, attribute, what));
    }
    AsWidth as_width() const { return context_.four_octet_as ? AsWidth::FourOctets : AsWidth::TwoOctets; }

    AttributeContext context_;
    Attributes attributes_;
    std::optional<AsPath> as4_path_;
    std::optional<Aggregator> as4_aggregator_;
    std::bitset<256> seen_;
    std::bitset<256> partial_;
    AttributeFaults faults_;
};

void Decoder::read(const RawAttribute& attribute) {
    switch (attribute.fit) {
        case AttributeFit::Whole:
            break;
        case AttributeFit::HeaderCut:
            return withdraw(subcode::kMalformedAttributeList, attribute, "has no whole header (RFC 7606 section 4)");
        case AttributeFit::ValueCut:
            return withdraw(subcode::kAttributeLength, attribute, "overruns the path attributes (RFC 7606 section 4)");
    }
    if (seen_[attribute.type])
        return discard(subcode::kMalformedAttributeList, attribute, "is there twice; the first counts (RFC 7606 3.g)");
    seen_.set(attribute.type);
    partial_.set(attribute.type, (attribute.flags & kPartial) != 0);
    read_known(attribute);
}

void Decoder::read_known(const RawAttribute& attribute) {
    Reader in{attribute.value};
    switch (static_cast<AttributeType>(attribute.type)) {
        case AttributeType::Origin:
            return origin(attribute);
        case AttributeType::AsPath:
            return as_path(attribute);
        case AttributeType::NextHop:
            return next_hop(attribute);
        case AttributeType::MultiExitDisc:
            if (has_flags(attribute, kOptionalNonTransitive) && has_length(attribute, 4, "RFC 7606 7.4") &&
                !context_.remove_med)
                attributes_.med = in.u32();
            return;
        case AttributeType::LocalPref:
            if (only_internal(attribute, "RFC 7606 7.5") && has_flags(attribute, kWellKnownFlags) &&
                has_length(attribute, 4, "RFC 7606 7.5"))
                attributes_.local_pref = in.u32();
            return;
        case AttributeType::AtomicAggregate:
            return atomic_aggregate(attribute);
        case AttributeType::Aggregator:
            return aggregator(attribute);
        case AttributeType::Communities:
            return communities(attribute);
        case AttributeType::OriginatorId:
            return originator_id(attribute);
        case AttributeType::ClusterList:
            return cluster_list(attribute);
        case AttributeType::MpReachNlri:
        case AttributeType::MpUnreachNlri:
            return;
        case AttributeType::ExtendedCommunities:
            return extended_communities(attribute);
        case AttributeType::As4Path:
            return as4_path(attribute);
        case AttributeType::As4Aggregator:
            return as4_aggregator(attribute);
        case AttributeType::LargeCommunities:
            return large_communities(attribute);
        case AttributeType::OnlyToCustomer:
            return only_to_customer(attribute);
    }
    unknown(attribute);
}

void Decoder::origin(const RawAttribute& attribute) {
    if (!has_flags(attribute, kWellKnownFlags) || !has_length(attribute, 1, "RFC 7606 7.1")) return;
    const auto code = attribute.value[0];
    if (code > static_cast<std::uint8_t>(Origin::Incomplete))
        return withdraw(subcode::kInvalidOrigin, attribute,
                        "has the value " + std::to_string(code) + " (RFC 7606 7.1)");
    attributes_.origin = static_cast<Origin>(code);
}

void Decoder::as_path(const RawAttribute& attribute) {
    if (!has_flags(attribute, kWellKnownFlags)) return;
    auto path = decode_as_path(attribute.value, as_width());
    if (!path) return withdraw(subcode::kMalformedAsPath, attribute, "has " + path.error() + " (RFC 7606 7.2)");
    if (path->contains(Asn{0}))
        return withdraw(subcode::kMalformedAsPath, attribute, "holds AS 0 (RFC 7607 section 2)");
    if (context_.external && *path != without_confederations(*path))
        return withdraw(subcode::kMalformedAsPath, attribute,
                        "from outside holds a confederation's segments (RFC 5065 section 5)");
    attributes_.as_path = *std::move(path);
}

void Decoder::next_hop(const RawAttribute& attribute) {
    if (!has_flags(attribute, kWellKnownFlags) || !has_length(attribute, 4, "RFC 7606 7.3")) return;
    const auto address = *Address::from_bytes(attribute.value);
    if (!is_host_address(address))
        return withdraw(subcode::kInvalidNextHop, attribute,
                        "is " + address.to_string() + ", no host's address (RFC 4271 6.3, RFC 7606 3.e)");
    attributes_.next_hop = address;
}

void Decoder::atomic_aggregate(const RawAttribute& attribute) {
    attributes_.atomic_aggregate =
        has_flags(attribute, kWellKnownFlags) && has_length(attribute, 0, "RFC 7606 7.6", Severity::AttributeDiscard);
}

void Decoder::aggregator(const RawAttribute& attribute) {
    const std::size_t octets = context_.four_octet_as ? 8 : 6;
    if (!has_flags(attribute, kOptionalTransitive) ||
        !has_length(attribute, octets, "RFC 7606 7.7", Severity::AttributeDiscard))
        return;
    Reader in{attribute.value};
    const Asn asn{context_.four_octet_as ? in.u32() : in.u16()};
    if (asn == Asn{0}) return discard(subcode::kOptionalAttribute, attribute, "is of AS 0 (RFC 7607 section 2)");
    attributes_.aggregator = Aggregator{asn, Address::v4(in.u32())};
}

void Decoder::communities(const RawAttribute& attribute) {
    if (!has_flags(attribute, kOptionalTransitive) || !is_list_of(attribute, 4, "RFC 7606 7.8")) return;
    Reader in{attribute.value};
    while (!in.empty()) attributes_.communities.push_back(in.u32());
}

void Decoder::originator_id(const RawAttribute& attribute) {
    if (!only_internal(attribute, "RFC 7606 7.9") || !has_flags(attribute, kOptionalNonTransitive) ||
        !has_length(attribute, 4, "RFC 7606 7.9"))
        return;
    attributes_.originator_id = RouterId{Reader{attribute.value}.u32()};
}

void Decoder::cluster_list(const RawAttribute& attribute) {
    if (!only_internal(attribute, "RFC 7606 7.10") || !has_flags(attribute, kOptionalNonTransitive) ||
        !is_list_of(attribute, 4, "RFC 7606 7.10"))
        return;
    Reader in{attribute.value};
    while (!in.empty()) attributes_.cluster_list.push_back(in.u32());
}

void Decoder::extended_communities(const RawAttribute& attribute) {
    if (!has_flags(attribute, kOptionalTransitive) || !is_list_of(attribute, 8, "RFC 7606 7.14")) return;
    Reader in{attribute.value};
    while (!in.empty()) std::ranges::copy(in.bytes(8), attributes_.extended_communities.emplace_back().begin());
}

/// RFC 8092 section 3: values that repeat are removed without a word.
void Decoder::large_communities(const RawAttribute& attribute) {
    if (!has_flags(attribute, kOptionalTransitive) || !is_list_of(attribute, 12, "RFC 8092 section 6")) return;
    Reader in{attribute.value};
    auto& list = attributes_.large_communities;
    while (!in.empty()) {
        LargeCommunity community;
        community.global = in.u32();
        community.local1 = in.u32();
        community.local2 = in.u32();
        if (std::ranges::find(list, community) == list.end()) list.push_back(community);
    }
}

void Decoder::only_to_customer(const RawAttribute& attribute) {
    if (!has_flags(attribute, kOptionalTransitive) || !has_length(attribute, 4, "RFC 9234 section 5")) return;
    attributes_.only_to_customer = Asn{Reader{attribute.value}.u32()};
}

void Decoder::as4_path(const RawAttribute& attribute) {
    constexpr std::size_t kLeastOctets = 6;  // one AS number
    if (!only_from_old_speaker(attribute) || !has_flags(attribute, kOptionalTransitive)) return;
    if (attribute.value.size() < kLeastOctets)
        return discard(subcode::kAttributeLength, attribute, "is too short for an AS (RFC 6793 section 6)");
    auto path = decode_as_path(attribute.value, AsWidth::FourOctets);
    if (!path) return discard(subcode::kOptionalAttribute, attribute, "has " + path.error() + " (RFC 6793 section 6)");
    if (path->contains(Asn{0}))
        return discard(subcode::kOptionalAttribute, attribute, "holds AS 0 (RFC 7607 section 2)");
    as4_path_ = without_confederations(*std::move(path));
}

void Decoder::as4_aggregator(const RawAttribute& attribute) {
    if (!only_from_old_speaker(attribute) || !has_flags(attribute, kOptionalTransitive) ||
        !has_length(attribute, 8, "RFC 6793 section 6", Severity::AttributeDiscard))
        return;
    Reader in{attribute.value};
    const Asn asn{in.u32()};
    if (asn == Asn{0}) return discard(subcode::kOptionalAttribute, attribute, "is of AS 0 (RFC 7607 section 2)");
    as4_aggregator_ = Aggregator{asn, Address::v4(in.u32())};
}

/// RFC 4271 section 5 and 6.3.
void Decoder::unknown(const RawAttribute& attribute) {
    if ((attribute.flags & kOptional) == 0)
        return faults_.add(attribute_error(Severity::SessionReset, subcode::kUnrecognizedWellKnown, attribute,
                                           "is well-known by its flags, but not to us (RFC 4271 6.3)"));
    if ((attribute.flags & kTransitive) == 0) return;
    const auto flags = static_cast<std::uint8_t>(attribute.flags & (kOptional | kTransitive | kPartial));
    attributes_.unknown.push_back({flags, attribute.type, {attribute.value.begin(), attribute.value.end()}});
}

/// RFC 6793 4.2.3. An AGGREGATOR that is not AS_TRANS was made by an OLD speaker after the AS4 attributes:
/// they tell of another route.
void Decoder::merge_four_octet_as() {
    auto& aggregator = attributes_.aggregator;
    if (aggregator && as4_aggregator_) {
        if (aggregator->asn != kAsTrans) return;
        aggregator = as4_aggregator_;
    }
    if (as4_path_) attributes_.as_path = merge_as4_path(attributes_.as_path, *as4_path_);
}

/// Of the recognized transitive attributes that are kept: one that was discarded has no flags either.
void Decoder::keep_partial() {
    const auto keep = [&](AttributeType type, bool there) {
        const auto code = static_cast<std::uint8_t>(type);
        if (there && partial_[code]) attributes_.partial |= partial_bit(type);
    };
    keep(AttributeType::Aggregator, attributes_.aggregator.has_value());
    keep(AttributeType::Communities, !attributes_.communities.empty());
    keep(AttributeType::ExtendedCommunities, !attributes_.extended_communities.empty());
    keep(AttributeType::LargeCommunities, !attributes_.large_communities.empty());
    keep(AttributeType::OnlyToCustomer, attributes_.only_to_customer.has_value());
}

void Decoder::require(AttributeType type) {
    if (!seen_[static_cast<std::uint8_t>(type)]) faults_.add(missing_attribute(type));
}

/// RFC 7606 3.c: only the Optional and Transitive bits can be wrong.
bool Decoder::has_flags(const RawAttribute& attribute, std::uint8_t flags) {
    if ((attribute.flags & (kOptional | kTransitive)) == flags) return true;
    withdraw(subcode::kAttributeFlags, attribute,
             "has the flags " + std::to_string(attribute.flags) + ", not its own (RFC 7606 3.c)");
    return false;
}

bool Decoder::has_length(const RawAttribute& attribute, std::size_t octets, const char* section, Severity otherwise) {
    if (attribute.value.size() == octets) return true;
    faults_.add(attribute_error(otherwise, subcode::kAttributeLength, attribute,
                                "has " + std::to_string(attribute.value.size()) + " octets, not " +
                                    std::to_string(octets) + " (" + section + ")"));
    return false;
}

bool Decoder::is_list_of(const RawAttribute& attribute, std::size_t octets, const char* section) {
    if (!attribute.value.empty() && attribute.value.size() % octets == 0) return true;
    withdraw(subcode::kAttributeLength, attribute,
             "has " + std::to_string(attribute.value.size()) + " octets, not a multiple of " + std::to_string(octets) +
                 " (" + section + ")");
    return false;
}

bool Decoder::only_internal(const RawAttribute& attribute, const char* section) {
    if (!context_.external) return true;
    discard(subcode::kOptionalAttribute, attribute, std::string{"from an external neighbor ("} + section + ")");
    return false;
}

bool Decoder::only_from_old_speaker(const RawAttribute& attribute) {
    if (!context_.four_octet_as) return true;
    discard(subcode::kOptionalAttribute, attribute, "from a four-octet AS speaker (RFC 6793 section 6)");
    return false;
}

}  // namespace

bool is_host_address(const Address& address) {
    if (address.is_unspecified()) return false;
    const auto first = address.octets()[0];
    if (!address.is_v4())
        return first != 0xff && address != Address::v6({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1});
    constexpr std::uint8_t kThisNetwork = 0, kLoopback = 127, kMulticastAndReserved = 224;
    return first != kThisNetwork && first != kLoopback && first < kMulticastAndReserved;
}

UpdateError missing_attribute(AttributeType type) {
    const auto code = static_cast<std::uint8_t>(type);
    return {Severity::TreatAsWithdraw,
            subcode::kMissingWellKnown,
            code,
            {code},
            attribute_name(code) + " is missing (RFC 7606 3.d)"};
}

std::expected<DecodedAttributes, UpdateError> decode_attributes(Bytes block, const AttributeContext& context) {
    return Decoder{context}.decode(block);
}

}  // namespace dyad::wire
