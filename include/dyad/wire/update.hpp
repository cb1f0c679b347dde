#pragma once
#include <algorithm>
#include <array>
#include <boost/endian/conversion.hpp>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <vector>

#include "dyad/base/ensure.hpp"
#include "dyad/net/prefix.hpp"
#include "dyad/wire/attributes.hpp"
#include "dyad/wire/update_error.hpp"

namespace dyad::wire {

/// Where one family's NLRI or withdrawn routes stand in an UPDATE. Validated by parse_update, so walking
/// it with NlriCursor cannot fail.
struct NlriField {
    Family family = Family::Ipv4;
    Bytes octets;
};

/// An UPDATE taken apart in place (RFC 4271 4.3, RFC 4760 sections 3 and 4); attributes not read yet.
/// Families other than IPv4 and IPv6 unicast are passed over: `ignored_family` says that one was there.
struct UpdateView {
    NlriField withdrawn{};                  ///< Withdrawn Routes field: IPv4
    NlriField announced{};                  ///< NLRI field: IPv4
    std::optional<NlriField> mp_withdrawn;  ///< MP_UNREACH_NLRI
    std::optional<NlriField> mp_announced;  ///< MP_REACH_NLRI
    std::optional<Address> mp_next_hop;     ///< MP_REACH_NLRI's, the global one where a link-local follows
    Bytes attributes;                       ///< the whole Path Attributes field
    bool has_mp = false;  ///< attributes holds type 14 or 15: their octets are not part of a route's identity
    bool ignored_family = false;
    std::optional<Family> end_of_rib;  ///< RFC 4724 section 2

    bool announces() const { return !announced.octets.empty() || (mp_announced && !mp_announced->octets.empty()); }
};

/// Takes a body apart and checks every prefix in it. Errors are those of structure: field lengths
/// (session reset), an NLRI that does not parse (session reset: RFC 7606 5.3 leaves no choice), MP_REACH with a bad next hop length.
std::expected<UpdateView, UpdateError> parse_update(Bytes body);

/// Path Attributes without MP_REACH_NLRI and MP_UNREACH_NLRI, copied into scratch where has_mp; what the
/// route pool looks up and decode_attributes reads. Without NEXT_HOP too where only MP_REACH_NLRI announces:
/// RFC 4760 section 3 has us ignore it.
Bytes attributes_without_mp(const UpdateView& view, std::vector<std::uint8_t>& scratch);

/// For an UPDATE that has attributes but announces nothing: an error in them that would withdraw routes resets the
/// session, since routes may hide where we failed to read them (RFC 7606 5.2). Nothing when all is well, or when
/// the UPDATE announces: then decode_attributes is to be asked.
std::optional<UpdateError> error_without_routes(const UpdateView& view, const AttributeContext& context);

/// Walks the prefixes of a validated field.
class NlriCursor {
public:
    explicit NlriCursor(NlriField field) : field_(field) {}
    /// The next prefix, or nothing at the end. Host bits that are set are cleared (RFC 4271 4.3: irrelevant).
    /// Inline: it runs once for every route of a full table.
    std::optional<Prefix> next() {
        if (field_.octets.empty()) return std::nullopt;
        const std::uint8_t length = field_.octets[0];
        const Address address = field_.family == Family::Ipv4
                                    ? Address::v4(boost::endian::load_big_u32(head<4>().data()))
                                    : Address::v6(head<16>());
        const std::size_t octets = 1 + (length + 7u) / 8u;
        ensure(octets <= field_.octets.size());
        field_.octets = field_.octets.subspan(octets);
        return Prefix{address, length};
    }

private:
    /// The octets behind the length, as many as an address has: what is not the prefix's, Prefix clears.
    template <std::size_t Octets>
    std::array<std::uint8_t, Octets> head() const {
        std::array<std::uint8_t, Octets> octets{};
        const auto source = field_.octets.subspan(1);
        if (source.size() >= Octets)
            std::copy_n(source.begin(), Octets, octets.begin());
        else
            std::copy_n(source.begin(), source.size(), octets.begin());
        return octets;
    }

    NlriField field_;
};

/// Writes one whole UPDATE that withdraws as many of the prefixes (all of one family) as fit in 4,096
/// octets or the writer's room; returns how many, 0 if not one fits.
std::size_t encode_withdrawal(std::span<const Prefix> prefixes, Writer& out);
/// Writes one whole UPDATE that announces as many of the prefixes (all of one family) as fit. attribute_block
/// is what encode_attributes wrote (for IPv4 with NEXT_HOP in it); next_hop goes into MP_REACH_NLRI for IPv6.
std::size_t encode_announcement(std::span<const Prefix> prefixes, Bytes attribute_block, const Address& next_hop,
                                Writer& out);
/// RFC 4724 section 2.
std::vector<std::uint8_t> encode_end_of_rib(Family family);

/// An UPDATE as a plain value, for harnesses and tests; the speaker itself walks an UpdateView.
struct Update {
    std::vector<Prefix> withdrawn;
    std::vector<Prefix> announced;
    std::optional<Attributes> attributes;  ///< present when anything is announced
    friend bool operator==(const Update&, const Update&) = default;
};
std::expected<Update, UpdateError> decode_update(Bytes body, const AttributeContext& context);

}  // namespace dyad::wire
