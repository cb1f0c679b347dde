#include "messages.hpp"

#include <algorithm>

namespace dyad::conformance {
namespace {

constexpr std::uint32_t kAsTrans = 23456;

Octets tlv(std::uint8_t code, const Octets& value) {
    return Octets{code, static_cast<std::uint8_t>(value.size())} + value;
}

/// A copy with one thing done to it: messages are values, so that one can be the base of several.
template <class Message, class Change>
Message with(Message message, Change&& change) {
    change(message);
    return message;
}

}  // namespace

OpenMessage::OpenMessage(std::uint32_t asn, std::string_view router_id)
    : as_field_(static_cast<std::uint16_t>(asn > 65535 ? kAsTrans : asn)), router_id_(address(router_id)) {
    capabilities_ = {tlv(kMultiprotocol, hex("0001 00 01")), tlv(kRouteRefreshCapability, {}),
                     tlv(kFourOctetAs, u32(asn))};
}

OpenMessage OpenMessage::version(std::uint8_t value) const {
    return with(*this, [&](auto& m) { m.version_ = value; });
}
OpenMessage OpenMessage::as_field(std::uint16_t value) const {
    return with(*this, [&](auto& m) { m.as_field_ = value; });
}
OpenMessage OpenMessage::hold_time(std::uint16_t seconds) const {
    return with(*this, [&](auto& m) { m.hold_time_ = seconds; });
}
OpenMessage OpenMessage::router_id(std::string_view id) const {
    return with(*this, [&](auto& m) { m.router_id_ = address(id); });
}
OpenMessage OpenMessage::capability(std::uint8_t code, const Octets& value) const {
    return with(*this, [&](auto& m) { m.capabilities_.push_back(tlv(code, value)); });
}
OpenMessage OpenMessage::without(std::uint8_t code) const {
    return with(*this, [&](auto& m) {
        std::erase_if(m.capabilities_, [&](const Octets& capability) { return capability[0] == code; });
    });
}
OpenMessage OpenMessage::without_capabilities() const {
    return with(*this, [](auto& m) { m.capabilities_.clear(); });
}
OpenMessage OpenMessage::one_parameter_each() const {
    return with(*this, [](auto& m) { m.one_each_ = true; });
}
OpenMessage OpenMessage::extended_format() const {
    return with(*this, [](auto& m) { m.extended_ = true; });
}
OpenMessage OpenMessage::optional_parameters(const Octets& raw) const {
    return with(*this, [&](auto& m) { m.raw_ = raw; });
}

/// RFC 5492 section 4, or RFC 9072 section 2, without the length that leads them.
Octets OpenMessage::parameters() const {
    constexpr std::uint8_t kCapabilities = 2;
    const auto parameter = [&](const Octets& value) {
        const auto length = extended_ ? u16(value.size()) : Octets{static_cast<std::uint8_t>(value.size())};
        return Octets{kCapabilities} + length + value;
    };
    Octets all, separate;
    for (const auto& capability : capabilities_) {
        all = all + capability;
        separate = separate + parameter(capability);
    }
    if (all.empty()) return {};
    return one_each_ ? separate : parameter(all);
}

Octets OpenMessage::octets() const {
    const auto fixed = Octets{version_} + u16(as_field_) + u16(hold_time_) + router_id_;
    if (raw_) return message(kOpen, fixed + *raw_);
    const auto optional = parameters();
    if (extended_) return message(kOpen, fixed + hex("ff ff") + u16(optional.size()) + optional);
    return message(kOpen, fixed + Octets{static_cast<std::uint8_t>(optional.size())} + optional);
}

Octets segment(std::uint8_t type, std::initializer_list<std::uint32_t> asns, AsOctets width) {
    Octets octets{type, static_cast<std::uint8_t>(asns.size())};
    for (const auto asn : asns) octets = octets + (width == AsOctets::Two ? u16(asn) : u32(asn));
    return octets;
}

Octets mp_reach_head(std::uint16_t afi, std::uint8_t safi, const Octets& next_hop) {
    return u16(afi) + Octets{safi, static_cast<std::uint8_t>(next_hop.size())} + next_hop + Octets{0};
}

UpdateMessage UpdateMessage::announce(std::string_view route) const { return nlri(prefix(route)); }
UpdateMessage UpdateMessage::withdraw(std::string_view route) const { return withdrawn(prefix(route)); }
UpdateMessage UpdateMessage::nlri(const Octets& raw) const {
    return with(*this, [&](auto& m) { m.nlri_ = m.nlri_ + raw; });
}
UpdateMessage UpdateMessage::withdrawn(const Octets& raw) const {
    return with(*this, [&](auto& m) { m.withdrawn_ = m.withdrawn_ + raw; });
}
UpdateMessage UpdateMessage::attribute(std::uint8_t type, std::uint8_t flags, const Octets& value) const {
    return with(*this, [&](auto& m) {
        const auto old = std::ranges::find(m.attributes_, type, &Attribute::type);
        if (old == m.attributes_.end())
            m.attributes_.push_back({type, flags, value});
        else
            *old = {type, flags, value};
    });
}
UpdateMessage UpdateMessage::again(std::uint8_t type, std::uint8_t flags, const Octets& value) const {
    return with(*this, [&](auto& m) { m.attributes_.push_back({type, flags, value}); });
}
UpdateMessage UpdateMessage::without(std::uint8_t type) const {
    return with(*this, [&](auto& m) {
        std::erase_if(m.attributes_, [&](const Attribute& attribute) { return attribute.type == type; });
    });
}
UpdateMessage UpdateMessage::origin(std::uint8_t value) const { return attribute(kOrigin, kWellKnown, {value}); }
UpdateMessage UpdateMessage::as_path(std::initializer_list<std::uint32_t> asns) const {
    return attribute(kAsPath, kWellKnown, asns.size() == 0 ? Octets{} : segment(kAsSequence, asns, width_));
}
UpdateMessage UpdateMessage::next_hop(std::string_view gateway) const {
    return attribute(kNextHop, kWellKnown, address(gateway));
}
UpdateMessage UpdateMessage::med(std::uint32_t value) const { return attribute(kMed, kOptional, u32(value)); }
UpdateMessage UpdateMessage::local_pref(std::uint32_t value) const {
    return attribute(kLocalPref, kWellKnown, u32(value));
}
UpdateMessage UpdateMessage::community(std::uint32_t value) const {
    return attribute(kCommunities, kOptionalTransitive, u32(value));
}
UpdateMessage UpdateMessage::announce6(std::string_view route, std::string_view gateway) const {
    return with(without(kNextHop), [&](auto& m) {
        m.attributes_.insert(m.attributes_.begin(),
                             {kMpReach, kOptional, mp_reach_head(2, 1, address(gateway)) + prefix(route)});
    });
}
UpdateMessage UpdateMessage::withdraw6(std::string_view route) const {
    return with(*this, [&](auto& m) {
        m.attributes_.insert(m.attributes_.begin(), {kMpUnreach, kOptional, hex("0002 01") + prefix(route)});
    });
}
UpdateMessage UpdateMessage::raw_attributes(const Octets& raw) const {
    return with(*this, [&](auto& m) { m.raw_ = m.raw_ + raw; });
}
UpdateMessage UpdateMessage::backwards() const {
    return with(*this, [](auto& m) { std::ranges::reverse(m.attributes_); });
}
UpdateMessage UpdateMessage::withdrawn_length(std::uint16_t value) const {
    return with(*this, [&](auto& m) { m.withdrawn_length_ = value; });
}
UpdateMessage UpdateMessage::attributes_length(std::uint16_t value) const {
    return with(*this, [&](auto& m) { m.attributes_length_ = value; });
}

Octets UpdateMessage::octets() const {
    Octets attributes;
    for (const auto& [type, flags, value] : attributes_) {
        const bool extended = (flags & kExtendedLength) != 0 || value.size() > 255;
        const auto all_flags = static_cast<std::uint8_t>(extended ? flags | kExtendedLength : flags);
        const auto length = extended ? u16(value.size()) : Octets{static_cast<std::uint8_t>(value.size())};
        attributes = attributes + Octets{all_flags, type} + length + value;
    }
    attributes = attributes + raw_;
    return message(kUpdate, u16(withdrawn_length_.value_or(static_cast<std::uint16_t>(withdrawn_.size()))) +
                                withdrawn_ +
                                u16(attributes_length_.value_or(static_cast<std::uint16_t>(attributes.size()))) +
                                attributes + nlri_);
}

}  // namespace dyad::conformance
