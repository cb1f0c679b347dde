#include "rib/adj_rib_out.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <span>
#include <utility>

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/update.hpp"

namespace dyad::rib {
namespace {

using Kind = PendingRows::Kind;

/// More prefixes than this hardly ever fit into one message; those that would go into the next.
constexpr std::size_t kMaxPrefixesOfMessage = 1'024;
/// How many rows a resend puts in line at a time, so that it costs little memory.
constexpr std::size_t kResendRows = 1'024;

}  // namespace

/// One pack() under way.
struct AdjRibOut::Packing {
    const PrefixTable& table;
    route::AttributePool& pool;
    const wire::AttributeContext& context;
    Bounds bounds;
    std::vector<std::uint8_t>& out;
    Packed packed{};

    std::size_t room = bounds.room;  ///< left
    std::array<std::uint8_t, wire::kMaxMessageOctets> message;
    std::vector<std::uint8_t> long_message;  ///< RFC 8654
    std::vector<std::uint8_t> block;         ///< where the neighbour needs another encoding than the pool's
    std::vector<Prefix> prefixes;            ///< candidates for the next message, and their rows
    std::vector<PendingRows::Number> rows;

    Writer writer() { return Writer{MutableBytes{message}.first(std::min(room, message.size()))}; }
    /// One UPDATE in the ordinary length if one prefix fits, else in the longest there may be.
    std::size_t announce(Bytes attribute_block, const Address& next_hop, Writer& whole) {
        const auto count = wire::encode_announcement(prefixes, attribute_block, next_hop, whole);
        if (count > 0 || bounds.max_octets == wire::kMaxMessageOctets) return count;
        long_message.resize(std::min(room, bounds.max_octets));
        whole = Writer{long_message};
        return wire::encode_announcement(prefixes, attribute_block, next_hop, whole, {.max_octets = bounds.max_octets});
    }
    void take(const PendingRows& waiting, PendingRows::Number row, std::size_t most = kMaxPrefixesOfMessage) {
        prefixes.clear();
        rows.clear();
        for (; row != 0 && rows.size() < most; row = waiting.next(row)) {
            prefixes.push_back(table.prefix(waiting[row].prefix));
            rows.push_back(row);
        }
    }
    /// The attributes as this neighbour reads them. The pool's octets are for speakers of four-octet AS; nothing if those
    /// of two octets with their AS4_PATH have no room in any message.
    std::optional<Bytes> encode(route::AttributeRef attributes) {
        if (context.four_octet_as) return pool.encoded(attributes);
        block.resize(route::OctetStore::kPageOctets);
        Writer encoder{block};
        wire::encode_attributes(pool.attributes(attributes), context, encoder);
        if (encoder.failed()) return std::nullopt;
        return encoder.written();
    }
    void send(const Writer& whole) {
        const auto octets = whole.written();
        out.insert(out.end(), octets.begin(), octets.end());
        room -= octets.size();
        packed.octets += octets.size();
        ++packed.messages;
    }
};

void AdjRibOut::want(PrefixId id, route::AttributeRef ref, route::AttributePool& pool) {
    const auto give_back = [&] {
        if (ref != route::kNoAttributes) pool.release(ref);
    };
    if (const auto row = waiting_.find(id); row != 0) {
        if (waiting_[row].attributes == ref) return give_back();
        forget(row, pool);
    }
    const auto current = advertised_.at(id);
    if (ref == current) return give_back();
    if (ref == route::kNoAttributes) return waiting_.add(id, ref, Kind::Withdrawal);
    if (current != route::kNoAttributes) return waiting_.add(id, ref, Kind::Replacement);
    waiting_.add(id, ref, Kind::New);
}

AdjRibOut::Packed AdjRibOut::pack(const PrefixTable& table, route::AttributePool& pool,
                                  const wire::AttributeContext& context, const Bounds& bounds,
                                  std::vector<std::uint8_t>& out) {
    Packing packing{.table = table, .pool = pool, .context = context, .bounds = bounds, .out = out};
    const auto most = std::min(waiting_.count(), kMaxPrefixesOfMessage);
    packing.prefixes.reserve(most);
    packing.rows.reserve(most);
    if (pack_withdrawals(packing)) {
        while (pack_announcements(packing) && resend_from_) load_resend(pool);
    }
    packing.packed.more = pending() > 0;
    written_ += packing.packed.messages;
    return packing.packed;
}

/// False if room ended it.
bool AdjRibOut::pack_withdrawals(Packing& packing) {
    while (waiting_.first_withdrawal() != 0) {
        packing.take(waiting_, waiting_.first_withdrawal());
        auto writer = packing.writer();
        const auto count = wire::encode_withdrawal(packing.prefixes, writer);
        if (count == 0) return false;
        packing.send(writer);
        for (const auto row : std::span{packing.rows}.first(count)) {
            advertised_.set(waiting_[row].prefix, route::kNoAttributes, packing.pool);
            waiting_.remove(row);
        }
    }
    return true;
}

bool AdjRibOut::pack_announcements(Packing& packing) {
    while (waiting_.first_announcement() != 0) {
        if (!pack_group(packing)) return false;
    }
    return true;
}

/// One message of the oldest group.
bool AdjRibOut::pack_group(Packing& packing) {
    auto& pool = packing.pool;
    const auto most = most_in_message(waiting_.first_announcement(), packing.bounds.newcomers);
    if (most == 0) return false;
    packing.take(waiting_, waiting_.first_announcement(), most);
    const auto attributes = waiting_[packing.rows.front()].attributes;
    auto writer = packing.writer();
    const auto block = packing.encode(attributes);
    const auto count = block ? packing.announce(*block, pool.facts(attributes).next_hop, writer) : 0;
    if (count == 0) {
        if (block && packing.room < packing.bounds.max_octets) return false;
        give_up_group(pool);
        return true;
    }
    packing.send(writer);
    for (const auto row : std::span{packing.rows}.first(count)) {
        const auto prefix = waiting_[row].prefix;
        waiting_.remove(row);
        advertised_.set(prefix, attributes, pool);  // the row's reference passes to the column
    }
    return true;
}

/// The oldest group's attributes leave no room for a prefix in the longest message that the neighbour takes. RFC 4271 9.2: then the
/// route is not advertised, and what was advertised before is withdrawn.
void AdjRibOut::give_up_group(route::AttributePool& pool) {
    const auto attributes = waiting_[waiting_.first_announcement()].attributes;
    for (auto row = waiting_.first_announcement(); row != 0 && waiting_[row].attributes == attributes;
         row = waiting_.first_announcement()) {
        const auto prefix = waiting_[row].prefix;
        const bool replaces = waiting_[row].kind == Kind::Replacement;
        // The last row takes the group's last reference along: nothing is looked up by the handle after it.
        waiting_.remove(row);
        if (replaces) waiting_.add(prefix, route::kNoAttributes, Kind::Withdrawal);
        pool.release(attributes);
        ++unsendable_;
    }
}

/// How many prefixes the next UPDATE, which begins with this row, may have. Azure's Route Server counts what it holds and what
/// an UPDATE brings together, known prefixes or not (ExpressRoute fact F2.17): so no more than there are places left. At
/// a full table nothing can be said that such a peer would bear.
std::size_t AdjRibOut::most_in_message(PendingRows::Number row, Newcomers newcomers) const {
    const auto places = newcomers == Newcomers::Go ? limit_ - std::min(limit_, advertised()) : 0;
    if (places > 0) return std::min(places, kMaxPrefixesOfMessage);
    if (waiting_[row].kind == Kind::New) return 0;
    std::size_t known = 0;
    for (; row != 0 && known < kMaxPrefixesOfMessage && waiting_[row].kind != Kind::New; row = waiting_.next(row))
        ++known;
    return known;
}

void AdjRibOut::load_resend(route::AttributePool& pool) {
    const auto from = resend_from_->index();
    const auto end = std::min(advertised_.rows(), from + kResendRows);
    for (auto row = from; row < end; ++row) {
        const PrefixId id{static_cast<std::uint32_t>(row)};
        const auto attributes = advertised_.at(id);
        if (attributes == route::kNoAttributes || waiting_.find(id) != 0) continue;
        pool.retain(attributes);
        waiting_.add(id, attributes, Kind::Replacement);
    }
    resend_from_ = PrefixId{static_cast<std::uint32_t>(end)};
    if (end >= advertised_.rows()) resend_from_.reset();
}

void AdjRibOut::forget(PendingRows::Number row, route::AttributePool& pool) {
    const auto attributes = waiting_[row].attributes;
    waiting_.remove(row);
    if (attributes != route::kNoAttributes) pool.release(attributes);
}

std::size_t AdjRibOut::pending() const {
    const auto to_resend = resend_from_ ? advertised_.rows() - resend_from_->index() : 0;
    return waiting_.count() + to_resend;
}

void AdjRibOut::clear() {
    Leaving leaving{.advertised = std::exchange(advertised_, {}), .waiting = std::exchange(waiting_, {})};
    if (leaving.advertised.count() > 0 || !leaving.waiting.empty()) leaving_.push_back(std::move(leaving));
    resend_from_.reset();
    ++written_;  // what the peer holds has changed
}

std::size_t AdjRibOut::release_slice(std::size_t max_rows, route::AttributePool& pool) {
    auto left = max_rows;
    while (left > 0 && releasing()) {
        auto& leaving = leaving_.front();
        const auto release = [&](const PendingRows::Row& row) { pool.release(row.attributes); };
        left -= leaving.waiting.visit(leaving.next_waiting, left, release);
        if (left == 0) break;
        const auto from = leaving.next;
        leaving.next = leaving.advertised.clear_slice(from, left, pool, [](PrefixId) {});
        left -= leaving.next.index() - from.index();
        if (leaving.next.index() < leaving.advertised.rows()) break;
        leaving_.erase(leaving_.begin());
    }
    return max_rows - left;
}

void AdjRibOut::resend(route::AttributePool&) {
    if (advertised() > 0) resend_from_ = PrefixId{0};
}

std::uint64_t AdjRibOut::references() const {
    std::uint64_t count = advertised();
    const auto visit = [&](const PendingRows::Row&) { ++count; };
    std::size_t first = 0;
    waiting_.visit(first, std::numeric_limits<std::size_t>::max(), visit);
    for (const auto& leaving : leaving_) {
        count += leaving.advertised.count();
        auto next = leaving.next_waiting;
        leaving.waiting.visit(next, std::numeric_limits<std::size_t>::max(), visit);
    }
    return count;
}

std::size_t AdjRibOut::memory_octets() const {
    auto octets = advertised_.memory_octets() + waiting_.memory_octets();
    for (const auto& leaving : leaving_) octets += leaving.advertised.memory_octets() + leaving.waiting.memory_octets();
    return octets;
}

}  // namespace dyad::rib
