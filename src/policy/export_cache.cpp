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

route::AttributeRef ExportCache::find_originated(const Originated& originated, const route::AttributePool& pool) const {
    for (const auto& entry : originated_) {
        if (entry.communities != originated.communities || entry.local_preference != originated.local_preference)
            continue;
        const bool held = pool.knows(entry.made) && pool.generation(entry.made) == entry.generation;
        return held ? entry.made : route::kNoAttributes;
    }
    return route::kNoAttributes;
}

void ExportCache::remember_originated(const Originated& originated, route::AttributeRef made,
                                      const route::AttributePool& pool) {
    const auto same = [&](const OriginatedEntry& entry) {
        return entry.communities == originated.communities && entry.local_preference == originated.local_preference;
    };
    auto at = std::ranges::find_if(originated_, same);
    if (at == originated_.end()) {
        if (originated_.size() == kMaxOriginated) originated_.clear();
        originated_.push_back({originated.communities, originated.local_preference, made, 0});
        at = originated_.end() - 1;
    }
    at->made = made;
    at->generation = pool.generation(made);
}

void ExportCache::clear() { *this = {}; }

std::size_t ExportCache::memory_octets() const {
    return entries_.capacity() * sizeof(Entry) + originated_.capacity() * sizeof(OriginatedEntry);
}

}  // namespace dyad::policy
