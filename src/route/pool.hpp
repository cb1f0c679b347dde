#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::route {

/// A handle into the pool. 0 is no route at all.
using AttributeRef = StrongId<struct AttributeTag>;
inline constexpr AttributeRef kNoAttributes{0};

/// What the decision process asks of a route's attributes, ready to compare (RFC 4271 9.1.2.2).
struct Facts {
    Address next_hop;
    std::uint32_t as_path_length = 0;
    Asn neighbor_as;                          ///< 0 for an empty path or a leading set
    std::optional<std::uint32_t> med;
    std::optional<std::uint32_t> local_pref;  ///< only from iBGP
    wire::Origin origin = wire::Origin::Incomplete;
    std::optional<RouterId> originator_id;
    std::uint32_t cluster_list_length = 0;
};

struct Interned {
    AttributeRef ref;                           ///< the caller holds one reference more
    std::vector<wire::UpdateError> discarded;   ///< empty for a block seen before
};

/// All attribute sets in use, each once: equal handles are equal attributes. Counts references; a set that
/// nobody holds is freed and its handle reused. A block of octets equal to one already held is not parsed again.
class AttributePool {
public:
    AttributePool();

    /// From an UPDATE: the Path Attributes field without MP attributes, and MP_REACH's next hop for IPv6.
    std::expected<Interned, wire::UpdateError> intern(Bytes block, const std::optional<Address>& mp_next_hop,
                                                      const wire::AttributeContext& context);
    /// From a value we made. The caller holds one reference more.
    AttributeRef intern(const wire::Attributes& attributes);

    void retain(AttributeRef ref);
    void release(AttributeRef ref);

    const Facts& facts(AttributeRef ref) const;
    /// Decoded anew at each call: for display, policy on communities, and export; not for the hot path.
    wire::Attributes attributes(AttributeRef ref) const;
    /// The communities alone, without decoding the rest.
    std::vector<std::uint32_t> communities(AttributeRef ref) const;
    /// Does the AS_PATH hold this AS, and how often?
    std::size_t count_in_path(AttributeRef ref, Asn asn) const;

    std::size_t size() const;              ///< sets held
    std::uint64_t references() const;      ///< sum over all sets, for the invariant checkers
    std::size_t memory_octets() const;
};

}  // namespace dyad::route
