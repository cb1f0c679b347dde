#pragma once
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "octets.hpp"

namespace dyad::conformance {

/// An OPEN (RFC 4271 4.2) in which every field can be wrong. Begins with what a sound neighbour says.
class OpenMessage {
public:
    OpenMessage(std::uint32_t asn, std::string_view router_id);

    OpenMessage version(std::uint8_t value) const;
    /// The My Autonomous System field alone.
    OpenMessage as_field(std::uint16_t value) const;
    OpenMessage hold_time(std::uint16_t seconds) const;
    OpenMessage router_id(std::string_view address) const;
    /// One more capability (RFC 5492), after those that are there.
    OpenMessage capability(std::uint8_t code, const Octets& value) const;
    OpenMessage without(std::uint8_t code) const;
    OpenMessage without_capabilities() const;
    /// Each capability in a parameter of its own (RFC 5492 section 4).
    OpenMessage one_parameter_each() const;
    /// In RFC 9072's format, be it needed or not.
    OpenMessage extended_format() const;
    /// These octets instead of the optional parameters, their length included.
    OpenMessage optional_parameters(const Octets& raw) const;

    Octets octets() const;
    operator Octets() const { return octets(); }

private:
    Octets parameters() const;

    std::uint8_t version_ = 4;
    std::uint16_t as_field_ = 0;
    std::uint16_t hold_time_ = 90;
    Octets router_id_;
    std::vector<Octets> capabilities_;
    bool one_each_ = false;
    bool extended_ = false;
    std::optional<Octets> raw_;
};

inline constexpr std::uint8_t kMultiprotocol = 1, kRouteRefreshCapability = 2, kExtendedNextHop = 5,
                              kExtendedMessage = 6, kRole = 9, kGracefulRestart = 64, kFourOctetAs = 65, kAddPath = 69,
                              kEnhancedRefresh = 70;

// Attribute types (IANA) and flags (RFC 4271 4.3).
inline constexpr std::uint8_t kOrigin = 1, kAsPath = 2, kNextHop = 3, kMed = 4, kLocalPref = 5, kAtomicAggregate = 6,
                              kAggregator = 7, kCommunities = 8, kOriginatorId = 9, kClusterList = 10, kMpReach = 14,
                              kMpUnreach = 15, kExtendedCommunities = 16, kAs4Path = 17, kAs4Aggregator = 18,
                              kLargeCommunities = 32, kOnlyToCustomer = 35;
inline constexpr std::uint8_t kWellKnown = 0x40, kOptional = 0x80, kOptionalTransitive = 0xc0, kPartial = 0x20,
                              kExtendedLength = 0x10;

/// How many octets an AS number has on the session (RFC 6793).
enum class AsOctets : std::uint8_t { Two = 2, Four = 4 };

/// One AS_PATH segment.
Octets segment(std::uint8_t type, std::initializer_list<std::uint32_t> asns, AsOctets width = AsOctets::Four);
inline constexpr std::uint8_t kAsSet = 1, kAsSequence = 2, kConfedSequence = 3, kConfedSet = 4;

/// An UPDATE (RFC 4271 4.3) in which every field can be wrong. Attributes stand in the order they were given.
class UpdateMessage {
public:
    explicit UpdateMessage(AsOctets width = AsOctets::Four) : width_(width) {}

    UpdateMessage announce(std::string_view prefix) const;
    UpdateMessage withdraw(std::string_view prefix) const;
    /// Octets behind the NLRI or the withdrawn routes that are there.
    UpdateMessage nlri(const Octets& raw) const;
    UpdateMessage withdrawn(const Octets& raw) const;
    /// In place of the one of this type, else behind the others.
    UpdateMessage attribute(std::uint8_t type, std::uint8_t flags, const Octets& value) const;
    /// Once more, behind the others.
    UpdateMessage again(std::uint8_t type, std::uint8_t flags, const Octets& value) const;
    UpdateMessage without(std::uint8_t type) const;
    UpdateMessage origin(std::uint8_t value) const;
    UpdateMessage as_path(std::initializer_list<std::uint32_t> asns) const;
    UpdateMessage next_hop(std::string_view address) const;
    UpdateMessage med(std::uint32_t value) const;
    UpdateMessage local_pref(std::uint32_t value) const;
    UpdateMessage community(std::uint32_t value) const;
    /// MP_REACH_NLRI (RFC 4760) of IPv6 unicast in front of the others, and no NEXT_HOP.
    UpdateMessage announce6(std::string_view prefix, std::string_view next_hop) const;
    UpdateMessage withdraw6(std::string_view prefix) const;
    /// Octets behind the last attribute that still belong to the field.
    UpdateMessage raw_attributes(const Octets& raw) const;
    UpdateMessage backwards() const;
    UpdateMessage withdrawn_length(std::uint16_t value) const;
    UpdateMessage attributes_length(std::uint16_t value) const;

    Octets octets() const;
    operator Octets() const { return octets(); }

private:
    struct Attribute {
        std::uint8_t type = 0, flags = 0;
        Octets value;
    };
    AsOctets width_;
    Octets withdrawn_, nlri_, raw_;
    std::vector<Attribute> attributes_;
    std::optional<std::uint16_t> withdrawn_length_, attributes_length_;
};

/// AFI 2, SAFI 1 and so on: the head of MP_REACH_NLRI as far as the reserved octet.
Octets mp_reach_head(std::uint16_t afi, std::uint8_t safi, const Octets& next_hop);

}  // namespace dyad::conformance
