#include <algorithm>
#include <utility>

#include "policy/export.hpp"

namespace dyad::policy {
namespace {

/// A place for each set of the pool, whose handles are its places, up to what a full table may cost a session: a megabyte and
/// a half. What falls out is made again.
constexpr std::size_t kFirstEntries = 256;
constexpr std::size_t kMaxEntries = 65'536;
/// Originated prefixes share a handful of community lists.
constexpr std::size_t kMaxOriginated = 64;

}  // namespace

ExportCache::Entry& ExportCache::slot(route::AttributeRef from) { return entries_[from.index() % entries_.size()]; }

std::optional<ExportCache::Answer> ExportCache::find(route::AttributeRef from, std::uint32_t local_preference,
                                                     const route::AttributePool& pool) const {
    if (entries_.empty()) return std::nullopt;
    const auto& entry = entries_[from.index() % entries_.size()];
    if (entry.from != from || entry.from_generation != pool.generation(from)) return std::nullopt;
    if (entry.local_preference != local_preference) return std::nullopt;
    if (entry.stage != ExportStage::Sent) return Answer{entry.stage, route::kNoAttributes};
    if (!pool.knows(entry.made) || entry.made_generation != pool.generation(entry.made)) return std::nullopt;
    return Answer{entry.stage, entry.made};
}

void ExportCache::make_room(const route::AttributePool& pool) {
    auto wanted = std::max(entries_.size(), kFirstEntries);
    while (wanted < kMaxEntries && wanted < pool.size()) wanted *= 4;
    if (wanted == entries_.size()) return;
    const auto old = std::exchange(entries_, std::vector<Entry>(wanted));
    for (const auto& entry : old)
        if (entry.from != route::kNoAttributes) slot(entry.from) = entry;
}

void ExportCache::remember(route::AttributeRef from, std::uint32_t local_preference, const Answer& answer,
                           const route::AttributePool& pool) {
    make_room(pool);
    const auto made = answer.attributes;
    slot(from) = {from,
                  made,
                  pool.generation(from),
                  made == route::kNoAttributes ? 0 : pool.generation(made),
                  local_preference,
                  answer.stage};
}

route::AttributeRef ExportCache::find_originated(const std::vector<std::uint32_t>& communities,
                                                 const route::AttributePool& pool) const {
    const auto at = std::ranges::find(originated_, communities, &OriginatedEntry::communities);
    if (at == originated_.end() || !pool.knows(at->made) || pool.generation(at->made) != at->generation)
        return route::kNoAttributes;
    return at->made;
}

void ExportCache::remember_originated(const std::vector<std::uint32_t>& communities, route::AttributeRef made,
                                      const route::AttributePool& pool) {
    auto at = std::ranges::find(originated_, communities, &OriginatedEntry::communities);
    if (at == originated_.end()) {
        if (originated_.size() == kMaxOriginated) originated_.clear();
        at = originated_.insert(originated_.end(), {communities, made, 0});
    }
    at->made = made;
    at->generation = pool.generation(made);
}

void ExportCache::clear() { *this = {}; }

std::size_t ExportCache::memory_octets() const {
    return entries_.capacity() * sizeof(Entry) + originated_.capacity() * sizeof(OriginatedEntry);
}

}  // namespace dyad::policy
