#pragma once
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "dyad/wire/attributes.hpp"
#include "dyad/wire/message.hpp"
#include "rib/column.hpp"
#include "rib/pending_rows.hpp"
#include "rib/prefix_table.hpp"

namespace dyad::rib {

/// Whether what the peer does not hold yet may be written: not while its places under a limit are provisional.
enum class Newcomers : std::uint8_t { Go, Wait };

/// What one neighbour has been told (one family) and what it is to be told next. advertised is exactly what the
/// peer holds once it has read our octets: rows change when an UPDATE is written, not when it is decided.
///
/// Which prefixes may be advertised under a limit is decided elsewhere (peering/admission), for both links of a peering. Here
/// is what makes that true on the wire: withdrawals are written first, and nothing new while the peer holds as many as the
/// limit.
class AdjRibOut {
public:
    /// The neighbour is to hear this of the prefix (a reference passes in; 0: withdraw). No change asks for nothing.
    void want(PrefixId id, route::AttributeRef ref, route::AttributePool& pool);
    /// Brings on its way what want() of it looks at first.
    void prefetch(PrefixId id) const { advertised_.prefetch(id); }
    /// How many prefixes the peer may hold. More than it has room for are not to be wanted: they would wait.
    void set_limit(std::size_t prefixes) { limit_ = prefixes; }

    /// Appends whole UPDATEs to out while they fit into the room: withdrawals first, in messages of their own,
    /// then announcements grouped by attribute set, never letting the advertised count pass the limit at any octet.
    /// True while more is waiting that only room holds back.
    struct Bounds {
        std::size_t room = 0;
        /// Of one message. Above 4,096 (RFC 8654) only what does not fit otherwise is longer than that: others down the road
        /// may not take it.
        std::size_t max_octets = wire::kMaxMessageOctets;
        Newcomers newcomers = Newcomers::Go;
    };
    struct Packed {
        std::size_t octets = 0;
        std::size_t messages = 0;
        bool more = false;
    };
    Packed pack(const PrefixTable& table, route::AttributePool& pool, const wire::AttributeContext& context,
                const Bounds& bounds, std::vector<std::uint8_t>& out);

    /// Messages written for this and all sessions before.
    std::uint64_t written() const { return written_; }
    std::size_t advertised() const { return advertised_.count(); }
    /// Rows that a pack() with room enough would send, and those a resend() has yet to look at.
    std::size_t pending() const;
    route::AttributeRef advertised_at(PrefixId id) const { return advertised_.at(id); }
    /// Announcements that were given up since their attributes do not fit into a message (RFC 4271 9.2).
    std::uint64_t unsendable() const { return unsendable_; }
    /// The session is gone: the peer holds nothing. What was held of the pool goes back as release_slice is called.
    void clear();
    bool releasing() const { return !leaving_.empty(); }
    /// Looks at up to max_rows rows of what clear() left behind; how many it was.
    std::size_t release_slice(std::size_t max_rows, route::AttributePool& pool);
    /// RFC 2918: everything advertised is to be sent again.
    void resend(route::AttributePool& pool);

    /// Prefixes that one of the two peers holds, or both do.
    static std::size_t together(const AdjRibOut& one, const AdjRibOut& other) {
        return Column::together(one.advertised_, other.advertised_);
    }

    std::uint64_t references() const;  ///< held in the pool, for the invariant checkers
    std::size_t memory_octets() const;

private:
    struct Packing;
    /// What a peer that is gone had been told and was to be told, from these rows on.
    struct Leaving {
        Column advertised;
        PendingRows waiting;
        PrefixId next{};
        std::size_t next_waiting = 0;
    };

    void forget(PendingRows::Number row, route::AttributePool& pool);
    std::size_t most_in_message(PendingRows::Number row, Newcomers newcomers) const;
    void load_resend(route::AttributePool& pool);
    bool pack_withdrawals(Packing& packing);
    bool pack_announcements(Packing& packing);
    bool pack_group(Packing& packing);
    void give_up_group(route::AttributePool& pool);

    Column advertised_;
    PendingRows waiting_;
    std::size_t limit_ = std::numeric_limits<std::size_t>::max();
    std::optional<PrefixId> resend_from_;
    std::uint64_t unsendable_ = 0;
    std::uint64_t written_ = 0;
    std::vector<Leaving> leaving_;
};

}  // namespace dyad::rib
