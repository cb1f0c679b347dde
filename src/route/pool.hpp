#pragma once
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/wire/attributes.hpp"
#include "route/facts_table.hpp"
#include "route/octet_table.hpp"

/// Attribute sets as the RIB holds them. A set is its canonical octets: what encode_attributes writes of it with
/// four-octet AS numbers, NEXT_HOP in its place for IPv4 and MP_REACH_NLRI's next hop beside it for IPv6. So two
/// sets are equal exactly when their octets are, and a neighbour that speaks four-octet AS can be sent them as
/// they lie. Facts, the few numbers that the decision compares, are shared between the sets that agree on them.
namespace dyad::route {

/// A handle into the pool. 0 is no route at all.
using AttributeRef = StrongId<struct AttributeTag>;
inline constexpr AttributeRef kNoAttributes{0};

struct Interned {
    AttributeRef ref;                          ///< the caller holds one reference more
    std::vector<wire::UpdateError> discarded;  ///< empty for a block seen before
};

/// All attribute sets in use, each once: equal handles are equal attributes. Counts references; a set that
/// nobody holds is freed and its handle reused, but not at once: what a flapping peer says again in a moment is there.
/// A block of octets equal to one already known is not parsed again.
class AttributePool {
public:
    /// How many sets nobody holds are kept: some seconds of a session that flaps, some hundred kilobytes.
    static constexpr std::size_t kMaxRetired = 1'024;

    AttributePool() = default;

    /// From an UPDATE: the Path Attributes field without MP attributes, and MP_REACH's next hop for IPv6.
    std::expected<Interned, wire::UpdateError> intern(Bytes block, const std::optional<Address>& mp_next_hop,
                                                      const wire::AttributeContext& context);
    /// From a value we made. The caller holds one reference more; kNoAttributes for what no message could carry.
    AttributeRef intern(const wire::Attributes& attributes);

    void retain(AttributeRef ref) {
        if (sets_[ref.value].references++ == 0) --unused_;
        ++references_;
    }
    void release(AttributeRef ref) {
        --references_;
        if (--sets_[ref.value].references == 0) retire(ref);
    }

    const Facts& facts(AttributeRef ref) const { return facts_[sets_[ref.value].facts]; }
    /// Decoded anew at each call: for display, policy on communities, and export; not for the hot path.
    wire::Attributes attributes(AttributeRef ref) const;
    /// What encode_attributes writes of the set with four-octet AS numbers, in place; until the next intern or release.
    Bytes encoded(AttributeRef ref) const { return sets_.block(ref.value); }
    /// The communities alone, without decoding the rest.
    std::vector<std::uint32_t> communities(AttributeRef ref) const;
    /// The same in place: COMMUNITIES' value, four octets each, empty if there are none.
    Bytes community_octets(AttributeRef ref) const;
    /// RFC 9234's attribute, if it is there.
    std::optional<Asn> only_to_customer(AttributeRef ref) const;
    /// Does the AS_PATH hold this AS, and how often?
    std::size_t count_in_path(AttributeRef ref, Asn asn) const;

    bool holds(AttributeRef ref) const { return knows(ref) && sets_[ref.value].references > 0; }
    /// Held, or not freed yet.
    bool knows(AttributeRef ref) const { return sets_.holds(ref.value); }
    /// Changes whenever the handle has come to mean another set: for whoever remembers handles without holding them.
    std::uint32_t generation(AttributeRef ref) const { return sets_[ref.value].generation; }

    std::size_t size() const { return sets_.size() - unused_; }  ///< sets held
    std::size_t aliases() const { return aliases_.size(); }      ///< other spellings of them remembered
    std::uint64_t references() const { return references_; }     ///< sum over all sets, for the invariant checkers
    std::size_t memory_octets() const;

private:
    struct Set {
        std::uint32_t references = 0;
        std::uint32_t facts = 0;
        std::uint32_t first_alias = 0;
        std::uint32_t generation = 0;
        /// For which kinds of session decoding the canonical octets was seen to give this very set: a bit each.
        std::uint8_t proven = 0;
        bool retired = false;  ///< was let go of, and is to be freed if nobody holds it when its turn comes
    };
    /// Another spelling: octets that a session of one kind sent and that mean a set whose canonical octets differ.
    struct Alias {
        std::uint32_t set = 0;
        std::uint32_t next = 0;  ///< of the same set
    };

    AttributeRef hold(std::uint32_t set) {
        retain(AttributeRef{set});
        return AttributeRef{set};
    }
    std::optional<std::uint32_t> find_or_add(const wire::Attributes& attributes);
    void remember(std::uint32_t set, const OctetKey& raw, const wire::AttributeContext& context);
    void retire(AttributeRef ref);
    void free(AttributeRef ref);
    void free_all();

    OctetTable<Set> sets_;
    OctetTable<Alias> aliases_;
    FactsTable facts_;
    std::vector<std::uint8_t> scratch_;
    std::deque<AttributeRef> retired_;  ///< oldest first
    std::size_t unused_ = 0;            ///< sets without references
    std::uint64_t references_ = 0;
    std::uint32_t last_generation_ = 0;
};

}  // namespace dyad::route
