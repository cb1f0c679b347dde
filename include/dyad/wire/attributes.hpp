#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/writer.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/wire/as_path.hpp"
#include "dyad/wire/update_error.hpp"

namespace dyad::wire {

/// Path attribute type codes (IANA): those we read and write; others travel as UnknownAttribute.
enum class AttributeType : std::uint8_t {
    Origin = 1,
    AsPath = 2,
    NextHop = 3,
    MultiExitDisc = 4,
    LocalPref = 5,
    AtomicAggregate = 6,
    Aggregator = 7,
    Communities = 8,
    OriginatorId = 9,
    ClusterList = 10,
    MpReachNlri = 14,
    MpUnreachNlri = 15,
    ExtendedCommunities = 16,
    As4Path = 17,
    As4Aggregator = 18,
    LargeCommunities = 32,
    OnlyToCustomer = 35,
};

enum class Origin : std::uint8_t { Igp = 0, Egp = 1, Incomplete = 2 };

struct Aggregator {
    Asn asn;
    Address address;
    friend bool operator==(const Aggregator&, const Aggregator&) = default;
};

/// RFC 8092: three words, written "65010:1:2".
struct LargeCommunity {
    std::uint32_t global = 0, local1 = 0, local2 = 0;
    friend auto operator<=>(const LargeCommunity&, const LargeCommunity&) = default;
};

/// An optional attribute we do not know. Transitive ones go on with the Partial bit (RFC 4271 section 5),
/// the others are dropped when read.
struct UnknownAttribute {
    std::uint8_t flags = 0;
    std::uint8_t type = 0;
    std::vector<std::uint8_t> value;
    friend bool operator==(const UnknownAttribute&, const UnknownAttribute&) = default;
};

/// The path attributes of a route. next_hop is NEXT_HOP's for IPv4 and the global address of
/// MP_REACH_NLRI's for IPv6: where it stood on the wire is the family's business.
struct Attributes {
    Origin origin = Origin::Incomplete;
    AsPath as_path;
    std::optional<Address> next_hop;  ///< nothing when the block had no NEXT_HOP (an IPv6-only UPDATE)
    std::optional<std::uint32_t> med;
    std::optional<std::uint32_t> local_pref;
    bool atomic_aggregate = false;
    std::optional<Aggregator> aggregator;
    std::vector<std::uint32_t> communities;                         ///< as received: order kept, RFC 1997
    std::optional<RouterId> originator_id;                          ///< RFC 4456
    std::vector<std::uint32_t> cluster_list;                        ///< RFC 4456
    std::vector<std::array<std::uint8_t, 8>> extended_communities;  ///< RFC 4360
    std::vector<LargeCommunity> large_communities;
    std::optional<Asn> only_to_customer;    ///< RFC 9234 section 5: the AS that first sent it to a customer, peer or client
    std::vector<UnknownAttribute> unknown;  ///< optional transitive ones, by type code
    /// Bit n: the recognized attribute of type n came with the Partial bit, which nobody takes back (RFC 4271 section 5).
    std::uint64_t partial = 0;

    friend bool operator==(const Attributes&, const Attributes&) = default;
};

/// This attribute's place in Attributes::partial.
constexpr std::uint64_t partial_bit(AttributeType type) { return std::uint64_t{1} << static_cast<unsigned>(type); }

/// What a reader must know of the session to read (or write) its attributes.
struct AttributeContext {
    bool four_octet_as = true;  ///< both sides announced RFC 6793
    bool external = true;       ///< eBGP: LOCAL_PREF, ORIGINATOR_ID and CLUSTER_LIST are discarded (RFC 7606 7.5, 7.9, 7.10)
    bool remove_med = false;    ///< the operator wants none of this neighbour's MULTI_EXIT_DISC (RFC 4271 5.1.4)
    friend bool operator==(const AttributeContext&, const AttributeContext&) = default;
};

struct DecodedAttributes {
    Attributes attributes;
    /// Attributes dropped while the routes survive (RFC 7606 "attribute discard"), each with its octets.
    std::vector<UpdateError> discarded;
};

/// Reads an UPDATE's Path Attributes field. MP_REACH_NLRI and MP_UNREACH_NLRI are skipped (parse_update has
/// read them), AS4_PATH and AS4_AGGREGATOR are merged (RFC 6793 4.2.3). Duplicates: the first counts (RFC 7606 3.g).
/// A missing ORIGIN or AS_PATH is an error (RFC 7606 3.d: treat-as-withdraw); a missing NEXT_HOP only the caller can judge.
std::expected<DecodedAttributes, UpdateError> decode_attributes(Bytes block, const AttributeContext& context);

/// What RFC 7606 3.d says of an UPDATE without this mandatory attribute: treat-as-withdraw. For the caller who finds
/// IPv4 routes without a NEXT_HOP.
UpdateError missing_attribute(AttributeType type);

/// A next hop could be this: not unspecified, loopback, multicast or reserved (RFC 4271 6.3 "a valid IP host address").
/// A NEXT_HOP that is not, decode_attributes reports itself; an MP_REACH_NLRI's is the caller's to judge.
bool is_host_address(const Address& address);

/// Writes the attributes in order of type code, MP attributes excluded. NEXT_HOP is written only when
/// attributes.next_hop is an IPv4 address. Fails the writer if there is no room, or one is longer than 65,535 octets.
void encode_attributes(const Attributes& attributes, const AttributeContext& context, Writer& out);

/// "65010:9", or the name of one that is well known ("no-export").
std::string community_to_string(std::uint32_t community);
/// What community_to_string writes; nothing for anything else.
std::optional<std::uint32_t> parse_community(std::string_view text);
std::string to_string(const LargeCommunity& community);
/// "igp", "egp", "incomplete".
std::string to_string(Origin origin);
/// "AS_PATH", "attribute 99": of those with an RFC the names, whether we read them or not.
std::string attribute_name(std::uint8_t type);

}  // namespace dyad::wire
