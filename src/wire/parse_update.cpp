#include <algorithm>

#include "dyad/base/reader.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/update.hpp"
#include "wire/attribute_faults.hpp"

namespace dyad::wire {
namespace {

constexpr auto kMpReach = static_cast<std::uint8_t>(AttributeType::MpReachNlri);
constexpr auto kMpUnreach = static_cast<std::uint8_t>(AttributeType::MpUnreachNlri);

using Result = std::expected<void, UpdateError>;

/// What cannot be located cannot be withdrawn: RFC 7606 3.j leaves the session reset.
UpdateError structure_error(std::uint8_t subcode, std::string what) {
    return {Severity::SessionReset, subcode, 0, {}, std::move(what)};
}

/// RFC 7606 5.3: no length above the family's, no prefix (or path identifier, RFC 7911 section 3) beyond the end.
bool is_well_formed(const NlriField& field) {
    const std::size_t most = address_bits(field.family);
    const auto& octets = field.octets;
    std::size_t at = 0;
    while (at < octets.size()) {
        if (field.path_ids) at += kPathIdOctets;
        if (at >= octets.size() || octets[at] > most) return false;
        at += 1 + (octets[at] + 7u) / 8u;
    }
    return at == octets.size();
}

std::optional<Family> known_family(std::uint16_t afi, std::uint8_t safi) {
    if (safi != kSafiUnicast) return std::nullopt;
    if (afi == static_cast<std::uint16_t>(Family::Ipv4)) return Family::Ipv4;
    if (afi == static_cast<std::uint16_t>(Family::Ipv6)) return Family::Ipv6;
    return std::nullopt;
}

/// RFC 4271 5.1.3 for IPv4; RFC 2545 section 3 for IPv6: the global address, a link-local one behind it or not. RFC 8950
/// section 3 allows those for IPv4, too.
bool is_next_hop_length(Family family, std::size_t octets, const NlriFormat& format) {
    const bool as_ipv6 = octets == 16 || octets == 32;
    if (family == Family::Ipv6) return as_ipv6;
    return octets == 4 || (format.ipv6_next_hop_of_ipv4 && as_ipv6);
}

/// The first address, and that is the global one. Whose interface has none says that it is unspecified, and means the link-local
/// one behind it (BIRD on an unnumbered link).
std::optional<Address> usable_next_hop(Bytes octets) {
    constexpr std::size_t kIpv6 = 16;
    const auto first = Address::from_bytes(octets.first(std::min(octets.size(), kIpv6)));
    if (octets.size() != 2 * kIpv6 || !first->is_unspecified()) return first;
    return Address::from_bytes(octets.last(kIpv6));
}

/// What there is of an attribute's value, also where it is cut.
Bytes value_of(const RawAttribute& attribute) {
    const std::size_t header = (attribute.flags & kExtendedLength) != 0 ? 4 : 3;
    return attribute.whole.subspan(std::min(header, attribute.whole.size()));
}

/// Reads the two attributes of RFC 4760 into a view. What RFC 7606 3.j leaves to AFI/SAFI disable is noted there.
class MpReader {
public:
    MpReader(const NlriFormat& format, UpdateView& view) : format_(format), view_(view) {}

    Result read(const RawAttribute& attribute) {
        view_.has_mp = true;
        bool& again = attribute.type == kMpReach ? reach_seen_ : unreach_seen_;
        if (again) return reset(attribute, subcode::kMalformedAttributeList, "is there twice (RFC 7606 3.g)");
        again = true;

        Reader in{value_of(attribute)};
        const auto afi = in.u16();
        const auto safi = in.u8();
        // RFC 7606 5.3. Whose routes these are cannot be told, so no family can be disabled instead.
        if (in.failed())
            return reset(attribute, subcode::kOptionalAttribute, "is cut short of its family (RFC 7606 3.j, 5.3)");
        family_ = known_family(afi, safi);
        if (!family_) {
            // Where it ends cannot be told, and not what it has swallowed.
            if (attribute.fit != AttributeFit::Whole)
                return reset(attribute, subcode::kOptionalAttribute, "overruns the path attributes (RFC 7606 3.j)");
            view_.ignored_family = true;
            return {};
        }
        if (attribute.fit != AttributeFit::Whole)
            disable(attribute, subcode::kOptionalAttribute, "overruns the path attributes (RFC 7606 3.j)");
        else if ((attribute.flags & (kOptional | kTransitive)) != kOptional)
            disable(attribute, subcode::kAttributeFlags,
                    "has the flags " + std::to_string(attribute.flags) + ", not its own (RFC 7606 5.3)");
        else if (attribute.type == kMpReach)
            read_reach(attribute, in);
        else
            read_unreach(attribute, in);
        return {};
    }

private:
    /// RFC 4760 section 3, behind the family.
    void read_reach(const RawAttribute& attribute, Reader in) {
        const Bytes next_hop = in.bytes(in.u8());
        in.u8();  // reserved, ignored on receipt
        if (in.failed()) return disable(attribute, subcode::kOptionalAttribute, "is cut short (RFC 7606 5.3)");
        if (!is_next_hop_length(*family_, next_hop.size(), format_))
            return disable(attribute, subcode::kOptionalAttribute,
                           "has a next hop of " + std::to_string(next_hop.size()) + " octets (RFC 7606 7.11)");
        const NlriField field{*family_, in.rest(), format_.path_ids(*family_)};
        if (!is_well_formed(field))
            return disable(attribute, subcode::kOptionalAttribute, "has a prefix that does not parse (RFC 7606 5.3)");
        view_.mp_next_hop = usable_next_hop(next_hop);
        view_.mp_announced = field;
    }
    /// RFC 4760 section 4, behind the family.
    void read_unreach(const RawAttribute& attribute, Reader in) {
        const NlriField field{*family_, in.rest(), format_.path_ids(*family_)};
        if (!is_well_formed(field))
            return disable(attribute, subcode::kOptionalAttribute, "has a prefix that does not parse (RFC 7606 5.3)");
        view_.mp_withdrawn = field;
    }
    static Result reset(const RawAttribute& attribute, std::uint8_t subcode, const std::string& what) {
        return std::unexpected(attribute_error(Severity::SessionReset, subcode, attribute, what));
    }
    void disable(const RawAttribute& attribute, std::uint8_t subcode, const std::string& what) {
        auto& error = view_.disabled.emplace_back(attribute_error(Severity::AfiSafiDisable, subcode, attribute, what));
        error.family = family_;
    }

    const NlriFormat& format_;
    UpdateView& view_;
    std::optional<Family> family_;
    bool reach_seen_ = false, unreach_seen_ = false;
};

/// Only the MP attributes are read here; what is wrong with others, decode_attributes will say.
Result read_mp_attributes(const NlriFormat& format, UpdateView& view) {
    MpReader reader{format, view};
    Bytes block = view.attributes;
    while (!block.empty()) {
        const auto attribute = take_attribute(block);
        // Fewer octets than an attribute's header has are no attribute, whatever they say (RFC 7606 section 4).
        if (attribute.fit == AttributeFit::HeaderCut) continue;
        if (attribute.type != kMpReach && attribute.type != kMpUnreach) continue;
        if (auto read = reader.read(attribute); !read) return read;
    }
    return {};
}

/// RFC 4724 section 2: nothing at all, or an MP_UNREACH_NLRI alone without routes.
std::optional<Family> end_of_rib_of(const UpdateView& view) {
    if (!view.withdrawn.octets.empty() || !view.announced.octets.empty()) return std::nullopt;
    Bytes block = view.attributes;
    if (block.empty()) return Family::Ipv4;
    const auto only = take_attribute(block);
    if (!block.empty() || only.type != kMpUnreach) return std::nullopt;
    return view.mp_withdrawn && view.mp_withdrawn->octets.empty() ? std::optional{view.mp_withdrawn->family}
                                                                  : std::nullopt;
}

bool belongs_to_route(const RawAttribute& attribute, bool next_hop_counts) {
    if (attribute.type == kMpReach || attribute.type == kMpUnreach) return false;
    return next_hop_counts || attribute.type != static_cast<std::uint8_t>(AttributeType::NextHop);
}

}  // namespace

std::expected<UpdateView, UpdateError> parse_update(Bytes body, const NlriFormat& format) {
    Reader in{body};
    UpdateView view;
    view.withdrawn = {Family::Ipv4, in.bytes(in.u16()), format.ipv4_path_ids};
    view.attributes = in.bytes(in.u16());
    view.announced = {Family::Ipv4, in.rest(), format.ipv4_path_ids};
    if (in.failed())
        return std::unexpected(structure_error(subcode::kMalformedAttributeList,
                                               "Withdrawn Routes Length or Total Path Attribute Length exceeds the "
                                               "message (RFC 7606 3.b)"));
    if (!is_well_formed(view.withdrawn))
        return std::unexpected(structure_error(subcode::kInvalidNetworkField,
                                               "a prefix in Withdrawn Routes does not parse (RFC 7606 3.i, 5.3)"));
    if (auto read = read_mp_attributes(format, view); !read) return std::unexpected(std::move(read.error()));
    if (!is_well_formed(view.announced))
        return std::unexpected(
            structure_error(subcode::kInvalidNetworkField, "a prefix in the NLRI does not parse (RFC 7606 5.3)"));
    view.end_of_rib = end_of_rib_of(view);
    return view;
}

Bytes attributes_without_mp(const UpdateView& view, std::vector<std::uint8_t>& scratch) {
    if (!view.has_mp) return view.attributes;
    const bool next_hop_counts = !view.announced.octets.empty() || !view.mp_announced;
    scratch.clear();
    Bytes block = view.attributes;
    while (!block.empty()) {
        const auto attribute = take_attribute(block);
        if (attribute.fit == AttributeFit::Whole && !belongs_to_route(attribute, next_hop_counts)) continue;
        scratch.insert(scratch.end(), attribute.whole.begin(), attribute.whole.end());
    }
    return scratch;
}

std::optional<UpdateError> error_without_routes(const UpdateView& view, const AttributeContext& context) {
    if (view.announces() || view.ignored_family || !view.disabled.empty()) return std::nullopt;
    std::vector<std::uint8_t> scratch;
    const Bytes block = attributes_without_mp(view, scratch);
    if (block.empty()) return std::nullopt;
    const auto decoded = decode_attributes(block, context);
    // Nothing is mandatory where nothing is announced.
    if (decoded || decoded.error().subcode == subcode::kMissingWellKnown) return std::nullopt;
    UpdateError error = decoded.error();
    error.severity = Severity::SessionReset;
    error.what += "; nothing is announced, so the session is reset (RFC 7606 5.2)";
    return error;
}

}  // namespace dyad::wire
