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

std::unexpected<UpdateError> mp_error(const RawAttribute& attribute, std::uint8_t subcode, const std::string& what) {
    return std::unexpected(attribute_error(Severity::SessionReset, subcode, attribute, what));
}

/// RFC 7606 5.3: no length above the family's, no prefix beyond the end.
bool is_well_formed(const NlriField& field) {
    const std::size_t most = address_bits(field.family);
    const auto& octets = field.octets;
    std::size_t at = 0;
    while (at < octets.size()) {
        if (octets[at] > most) return false;
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

/// RFC 4271 5.1.3 for IPv4; RFC 2545 section 3 for IPv6: the global address, a link-local one behind it or not.
bool is_next_hop_length(Family family, std::size_t octets) {
    return family == Family::Ipv4 ? octets == 4 : octets == 16 || octets == 32;
}

/// RFC 4760 section 3.
Result read_mp_reach(const RawAttribute& attribute, UpdateView& view) {
    Reader in{attribute.value};
    const auto afi = in.u16();
    const auto family = known_family(afi, in.u8());
    const Bytes next_hop = in.bytes(in.u8());
    in.u8();  // reserved, ignored on receipt
    if (in.failed()) return mp_error(attribute, subcode::kOptionalAttribute, "is cut short (RFC 7606 5.3)");
    if (!family) {
        view.ignored_family = true;
        return {};
    }
    if (!is_next_hop_length(*family, next_hop.size()))
        return mp_error(attribute, subcode::kOptionalAttribute,
                        "has a next hop of " + std::to_string(next_hop.size()) + " octets (RFC 7606 7.11)");
    view.mp_next_hop = Address::from_bytes(next_hop.first(address_octets(*family)));
    view.mp_announced = NlriField{*family, in.rest()};
    if (is_well_formed(*view.mp_announced)) return {};
    return mp_error(attribute, subcode::kOptionalAttribute, "has a prefix that does not parse (RFC 7606 5.3)");
}

/// RFC 4760 section 4.
Result read_mp_unreach(const RawAttribute& attribute, UpdateView& view) {
    Reader in{attribute.value};
    const auto afi = in.u16();
    const auto family = known_family(afi, in.u8());
    if (in.failed()) return mp_error(attribute, subcode::kOptionalAttribute, "is cut short (RFC 7606 5.3)");
    if (!family) {
        view.ignored_family = true;
        return {};
    }
    view.mp_withdrawn = NlriField{*family, in.rest()};
    if (is_well_formed(*view.mp_withdrawn)) return {};
    return mp_error(attribute, subcode::kOptionalAttribute, "has a prefix that does not parse (RFC 7606 5.3)");
}

/// Which of the two MP attributes an UPDATE has shown so far.
struct MpSeen {
    bool reach = false;
    bool unreach = false;
};

Result read_mp(const RawAttribute& attribute, MpSeen& seen, UpdateView& view) {
    view.has_mp = true;
    bool& again = attribute.type == kMpReach ? seen.reach : seen.unreach;
    if (again) return mp_error(attribute, subcode::kMalformedAttributeList, "is there twice (RFC 7606 3.g)");
    again = true;
    if (attribute.fit != AttributeFit::Whole)
        return mp_error(attribute, subcode::kOptionalAttribute, "overruns the path attributes (RFC 7606 3.j)");
    if ((attribute.flags & (kOptional | kTransitive)) != kOptional)
        return mp_error(attribute, subcode::kAttributeFlags,
                        "has the flags " + std::to_string(attribute.flags) + ", not its own (RFC 7606 5.3)");
    return attribute.type == kMpReach ? read_mp_reach(attribute, view) : read_mp_unreach(attribute, view);
}

/// Only the MP attributes are read here; what is wrong with others, decode_attributes will say.
Result read_mp_attributes(UpdateView& view) {
    MpSeen seen;
    Bytes block = view.attributes;
    while (!block.empty()) {
        const auto attribute = take_attribute(block);
        if (attribute.type != kMpReach && attribute.type != kMpUnreach) continue;
        if (auto read = read_mp(attribute, seen, view); !read) return read;
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

std::expected<UpdateView, UpdateError> parse_update(Bytes body) {
    Reader in{body};
    UpdateView view;
    view.withdrawn = {Family::Ipv4, in.bytes(in.u16())};
    view.attributes = in.bytes(in.u16());
    view.announced = {Family::Ipv4, in.rest()};
    if (in.failed())
        return std::unexpected(structure_error(subcode::kMalformedAttributeList,
                                               "Withdrawn Routes Length or Total Path Attribute Length exceeds the "
                                               "message (RFC 7606 3.b)"));
    if (!is_well_formed(view.withdrawn))
        return std::unexpected(structure_error(subcode::kInvalidNetworkField,
                                               "a prefix in Withdrawn Routes does not parse (RFC 7606 3.i, 5.3)"));
    if (auto read = read_mp_attributes(view); !read) return std::unexpected(std::move(read.error()));
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
    if (view.announces() || view.ignored_family) return std::nullopt;
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
