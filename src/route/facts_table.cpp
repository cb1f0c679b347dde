#include "route/facts_table.hpp"

#include "dyad/base/hash.hpp"

namespace dyad::route {
namespace {

/// Nothing and zero must not look the same.
template <class T>
std::uint64_t word(const std::optional<T>& value, std::uint32_t (*number)(const T&)) {
    return value ? (std::uint64_t{1} << 32) | number(*value) : 0;
}
std::uint64_t word(const std::optional<std::uint32_t>& value) {
    return word<std::uint32_t>(value, [](const std::uint32_t& number) { return number; });
}

bool has_run(const wire::AsPath& path) {
    std::size_t run = 0;
    Asn last{0};
    for (const auto& segment : path.segments) {
        if (segment.type != wire::SegmentType::AsSequence) continue;
        for (const auto asn : segment.asns) {
            run = asn == last ? run + 1 : 1;
            last = asn;
            if (run >= kProlongedRun) return true;
        }
    }
    return false;
}

}  // namespace

Facts facts_of(const wire::Attributes& attributes) {
    return {
        .next_hop = attributes.next_hop.value_or(Address{}),
        .as_path_length = static_cast<std::uint32_t>(attributes.as_path.length()),
        .neighbor_as = attributes.as_path.first().value_or(Asn{0}),
        .med = attributes.med,
        .local_pref = attributes.local_pref,
        .origin = attributes.origin,
        .prolonged = attributes.as_path.length() >= kProlongedRun && has_run(attributes.as_path),
        .originator_id = attributes.originator_id,
        .cluster_list_length = static_cast<std::uint32_t>(attributes.cluster_list.size()),
    };
}

std::uint64_t FactsTable::hash_of(const Facts& facts) {
    auto hash = hash_bytes(facts.next_hop.octets(), static_cast<std::uint64_t>(facts.next_hop.family()));
    hash = hash_mix(hash, (std::uint64_t{facts.as_path_length} << 32) | facts.neighbor_as.value);
    hash = hash_mix(hash, word(facts.med));
    hash = hash_mix(hash, word(facts.local_pref));
    hash = hash_mix(hash, word<RouterId>(facts.originator_id, [](const RouterId& id) { return id.value; }));
    return hash_mix(hash, (std::uint64_t{facts.cluster_list_length} << 8) | static_cast<std::uint64_t>(facts.origin));
}

std::uint32_t FactsTable::intern(const Facts& facts) {
    const auto at = index_.find(facts);
    if (at != index_.end()) {
        ++(*rows_)[*at].references;
        return *at;
    }
    std::uint32_t number = 0;
    if (!free_.empty()) {
        number = free_.back();
        free_.pop_back();
        (*rows_)[number] = {facts, 1};
    } else {
        number = static_cast<std::uint32_t>(rows_->size());
        rows_->push_back({facts, 1});
    }
    index_.insert(number);
    return number;
}

void FactsTable::release(std::uint32_t number) {
    if (--(*rows_)[number].references > 0) return;
    index_.erase(number);
    free_.push_back(number);
}

}  // namespace dyad::route
