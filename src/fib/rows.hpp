#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/address.hpp"

namespace dyad::fib {

/// Where a group stands in the group table. Two are no groups: a row installed nowhere, and one of ours found in
/// the kernel that goes through something that is not ours.
using Slot = std::uint16_t;
inline constexpr Slot kNowhere = 0;
inline constexpr Slot kElsewhere = 1;

/// One prefix: what the RIB wants of it and what the kernel has, as far as answers tell. A million of them is a
/// plain array of eight megabytes.
struct Row {
    std::uint32_t wanted = 0;  ///< PathSetId
    Slot installed = kNowhere;
    bool queued : 1 = false;    ///< waits in the queue
    bool sent : 1 = false;      ///< in the batch under way
    bool failed : 1 = false;    ///< the kernel refused it; waits for its retry
    bool conflict : 1 = false;  ///< ... because somebody else's route stands there
    bool looking : 1 = false;   ///< it exists already: a dump will tell whose it is
    bool kept : 1 = false;      ///< adopted at start, and the RIB has not confirmed it
    bool seen : 1 = false;      ///< met in the dump under way
    bool touched : 1 = false;   ///< by somebody else, while our own request was under way
    std::uint8_t retries = 0;
};
static_assert(sizeof(Row) == 8);

/// A prefix may have two routes of ours: the one that forwards, and with a worse metric the one that the kernel goes by
/// when the first is gone.
enum class Rank : std::uint8_t { Main, Reserve };

/// What kind of route a row is.
struct Kind {
    Family family = Family::Ipv4;
    Rank rank = Rank::Main;
    friend constexpr bool operator==(Kind, Kind) = default;
};
inline constexpr std::size_t kKinds = 4;
inline constexpr std::array<Kind, kKinds> kAllKinds{{{Family::Ipv4, Rank::Main},
                                                     {Family::Ipv6, Rank::Main},
                                                     {Family::Ipv4, Rank::Reserve},
                                                     {Family::Ipv6, Rank::Reserve}}};

constexpr std::size_t index_of(Family family) { return family == Family::Ipv4 ? 0 : 1; }
constexpr std::size_t index_of(Rank rank) { return rank == Rank::Main ? 0 : 1; }
constexpr std::size_t index_of(Kind kind) { return index_of(kind.family) + 2 * index_of(kind.rank); }

/// A row of any kind, in 32 bits.
struct RowId {
    std::uint32_t packed = 0;

    static constexpr RowId of(Family family, PrefixId id, Rank rank = Rank::Main) {
        return {id.value | (family == Family::Ipv6 ? 0x8000'0000u : 0u) | (rank == Rank::Reserve ? 0x4000'0000u : 0u)};
    }
    constexpr Family family() const { return packed & 0x8000'0000u ? Family::Ipv6 : Family::Ipv4; }
    constexpr Rank rank() const { return packed & 0x4000'0000u ? Rank::Reserve : Rank::Main; }
    constexpr Kind kind() const { return {family(), rank()}; }
    constexpr PrefixId prefix() const { return {packed & 0x3fff'ffffu}; }
    friend constexpr bool operator==(RowId, RowId) = default;
};

/// The rows of all kinds, and the queues of those to be looked at: what forwards first, its reserve when there is nothing else
/// to write. A walk over all of them finds what the queues do not hold, when something that concerns many has changed.
class Rows {
public:
    /// Grows the array up to this row.
    Row& at(RowId id);
    const Row* find(RowId id) const;

    void push(RowId id);
    /// Ahead of all others of its rank.
    void push_first(RowId id);
    /// The next in line, taken out.
    std::optional<RowId> pop();
    bool queue_empty() const { return waiting() == 0; }

    /// Every row is to be looked at once more, from the first.
    void restart_walk() {
        walk_ = 0;
        walking_ = true;
    }
    bool walking() const { return walking_; }
    bool walk_begins() const { return walk_ == 0; }
    void stop_walk() { walking_ = false; }
    /// Walks on until so many rows are found or all were seen; needs(id, row) says whether one is to be queued.
    template <class Needs>
    void walk(std::size_t enough, Needs&& needs) {
        const auto total = size();
        for (std::size_t found = 0; walking_ && found < enough; ++walk_) {
            if (walk_ >= total) {
                walking_ = false;
                return;
            }
            const auto id = nth(walk_);
            if (!needs(id, at(id))) continue;
            push_first(id);
            ++found;
        }
    }
    /// A walk of its own for rows that cannot wait behind the queue.
    void restart_rescue() { rescue_ = 0; }
    bool rescuing() const { return rescue_.has_value(); }
    /// The next row that needs(id, row); none: all were seen.
    template <class Needs>
    std::optional<RowId> next_to_rescue(Needs&& needs) {
        const auto total = size();
        while (rescue_ && *rescue_ < total) {
            const auto id = nth((*rescue_)++);
            if (needs(id, at(id))) return id;
        }
        rescue_.reset();
        return std::nullopt;
    }
    template <class Visit>
    void for_each(Visit&& visit) {
        const auto total = size();
        for (std::size_t i = 0; i < total; ++i) visit(nth(i), at(nth(i)));
    }

private:
    struct Queue {
        std::vector<RowId> first;  ///< taken from its end
        std::vector<RowId> rows;
        std::size_t head = 0;
        std::size_t size() const { return first.size() + rows.size() - head; }
        RowId pop();
    };
    bool to_be_queued(RowId id);
    std::size_t waiting() const { return queues_[0].size() + queues_[1].size(); }
    std::size_t size() const {
        std::size_t total = 0;
        for (const auto& rows : rows_) total += rows.size();
        return total;
    }
    RowId nth(std::size_t position) const {
        std::size_t kind = 0;
        for (; kind + 1 < kKinds && position >= rows_[kind].size(); ++kind) position -= rows_[kind].size();
        return RowId::of(kAllKinds[kind].family, {static_cast<std::uint32_t>(position)}, kAllKinds[kind].rank);
    }

    std::array<std::vector<Row>, kKinds> rows_;
    std::array<Queue, 2> queues_;  ///< by rank
    std::size_t walk_ = 0;
    bool walking_ = false;
    std::optional<std::size_t> rescue_;  ///< where it is
};

}  // namespace dyad::fib
