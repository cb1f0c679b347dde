#include <algorithm>
#include <utility>

#include "policy/export.hpp"

namespace dyad::policy {
namespace {

/// Small for the edge router's hundreds of attribute sets, grown where a full table's runs need more; what falls
/// out is merely made again.
constexpr std::size_t kFirstEntries = 256;
constexpr std::size_t kMaxEntries = 16'384;
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

void ExportCache::remember(route::AttributeRef from, std::uint32_t local_preference, const Answer& answer,
                           const route::AttributePool& pool) {
    if (entries_.empty()) entries_.resize(kFirstEntries);
    const auto occupied = [](const Entry& entry) { return entry.from != route::kNoAttributes; };
    if (occupied(slot(from)) && slot(from).from != from && ++taken_ > entries_.size() &&
        entries_.size() < kMaxEntries) {
        auto old = std::exchange(entries_, std::vector<Entry>(entries_.size() * 4));
        for (const auto& entry : old) {
            if (occupied(entry)) slot(entry.from) = entry;
        }
        taken_ = 0;
    }
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
