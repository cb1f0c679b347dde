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
#include "dyad/wire/message.hpp"
#include "dyad/wire/update_error.hpp"

namespace dyad::wire {

/// RFC 7911 section 3: tells the paths of one prefix apart; the sender's to choose.
struct PathId {
    std::uint32_t value = 0;
    friend auto operator<=>(const PathId&, const PathId&) = default;
};

/// What both OPENs agreed on about the form of routes; by default RFC 4271's and 4760's.
struct NlriFormat {
    bool ipv4_path_ids = false;  ///< RFC 7911: each prefix has a path identifier in front
    bool ipv6_path_ids = false;
    bool ipv6_next_hop_of_ipv4 = false;  ///< RFC 8950
    bool path_ids(Family family) const { return family == Family::Ipv4 ? ipv4_path_ids : ipv6_path_ids; }
    friend bool operator==(const NlriFormat&, const NlriFormat&) = default;
};

/// Where one family's NLRI or withdrawn routes stand in an UPDATE. Validated by parse_update, so walking
/// it with NlriCursor cannot fail.
struct NlriField {
    Family family = Family::Ipv4;
    Bytes octets;
    bool path_ids = false;
};

/// An UPDATE taken apart in place (RFC 4271 4.3, RFC 4760 sections 3 and 4); attributes not read yet.
/// Families other than IPv4 and IPv6 unicast are passed over: `ignored_family` says that one was there.
struct UpdateView {
    NlriField withdrawn{};                  ///< Withdrawn Routes field: IPv4
    NlriField announced{};                  ///< NLRI field: IPv4
    std::optional<NlriField> mp_withdrawn;  ///< MP_UNREACH_NLRI
    std::optional<NlriField> mp_announced;  ///< MP_REACH_NLRI
    std::optional<Address> mp_next_hop;     ///< MP_REACH_NLRI's, the global one if it has one
    Bytes attributes;                       ///< the whole Path Attributes field
    bool has_mp = false;  ///< attributes holds type 14 or 15: their octets are not part of a route's identity
    bool ignored_family = false;
    std::optional<Family> end_of_rib;  ///< RFC 4724 section 2
    /// AFI/SAFI disable (RFC 7606 3.j, RFC 4760 section 7): this UPDATE's routes of these families cannot be told, and are
    /// not in this view; all else is. Who does not disable families resets the session.
    std::vector<UpdateError> disabled;

    bool announces() const { return !announced.octets.empty() || (mp_announced && !mp_announced->octets.empty()); }
};

/// Takes a body apart and checks every prefix in it. Errors are those of structure that leave nothing but a session reset:
/// field lengths (RFC 7606 3.b), a prefix of the NLRI or Withdrawn Routes field that does not parse (3.j, 5.3), an MP
/// attribute twice (3.g). An MP attribute that cannot be read costs its family only: UpdateView::disabled.
std::expected<UpdateView, UpdateError> parse_update(Bytes body, const NlriFormat& format = {});

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
        if (field_.path_ids) take_path_id();
        const std::uint8_t length = field_.octets[0];
        const Address address = field_.family == Family::Ipv4
                                    ? Address::v4(boost::endian::load_big_u32(head<4>().data()))
                                    : Address::v6(head<16>());
        const std::size_t octets = 1 + (length + 7u) / 8u;
        ensure(octets <= field_.octets.size());
        field_.octets = field_.octets.subspan(octets);
        return Prefix{address, length};
    }
    /// Of the prefix that next() gave last; 0 where the field has none.
    PathId path_id() const { return path_id_; }

private:
    void take_path_id() {
        path_id_.value = boost::endian::load_big_u32(field_.octets.data());
        field_.octets = field_.octets.subspan(sizeof(path_id_.value));
    }
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
    PathId path_id_{};
};

/// How an UPDATE is to be written.
struct UpdateForm {
    std::size_t max_octets = kMaxMessageOctets;  ///< at most kMaxExtendedMessageOctets, where RFC 8654 allows it
    std::span<const PathId> path_ids{};          ///< one for each prefix where RFC 7911 was agreed on, else none
};

/// Writes one whole UPDATE that withdraws as many of the prefixes (all of one family) as fit in form.max_octets
/// or the writer's room; returns how many, 0 if not one fits.
std::size_t encode_withdrawal(std::span<const Prefix> prefixes, Writer& out, const UpdateForm& form = {});
/// Writes one whole UPDATE that announces as many of the prefixes (all of one family) as fit. attribute_block
/// is what encode_attributes wrote (for IPv4 with NEXT_HOP in it); an IPv6 next_hop goes into MP_REACH_NLRI, for IPv4
/// routes too (RFC 8950).
std::size_t encode_announcement(std::span<const Prefix> prefixes, Bytes attribute_block, const Address& next_hop,
                                Writer& out, const UpdateForm& form = {});
/// RFC 4724 section 2.
std::vector<std::uint8_t> encode_end_of_rib(Family family);

/// An UPDATE as a plain value, for harnesses and tests; the speaker itself walks an UpdateView.
struct Update {
    std::vector<Prefix> withdrawn;
    std::vector<Prefix> announced;
    std::optional<Attributes> attributes;  ///< present when anything is announced
    /// RFC 7911: one for each prefix, 0 for those of a family without; empty where the format has none for either family.
    std::vector<PathId> withdrawn_ids, announced_ids;
    friend bool operator==(const Update&, const Update&) = default;
};
std::expected<Update, UpdateError> decode_update(Bytes body, const AttributeContext& context,
                                                 const NlriFormat& format = {});

}  // namespace dyad::wire
