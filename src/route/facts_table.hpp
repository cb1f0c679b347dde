#pragma once
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::route {

/// As often as this one AS in a row says that traffic is led away: once, and four times more (ExpressRoute requirement 42).
inline constexpr std::size_t kProlongedRun = 5;

/// What the decision process asks of a route's attributes, ready to compare (RFC 4271 9.1.2.2).
struct Facts {
    Address next_hop;
    std::uint32_t as_path_length = 0;
    Asn neighbor_as;  ///< 0 for an empty path or a leading set
    std::optional<std::uint32_t> med;
    std::optional<std::uint32_t> local_pref;  ///< only from iBGP
    wire::Origin origin = wire::Origin::Incomplete;
    bool prolonged = false;  ///< the path has some AS kProlongedRun times in a row
    std::optional<RouterId> originator_id;
    std::uint32_t cluster_list_length = 0;
    friend bool operator==(const Facts&, const Facts&) = default;
};

Facts facts_of(const wire::Attributes& attributes);

/// Facts in use, each once and counted: a full table's hundred thousand attribute sets differ in their paths but
/// agree on a few hundred of these, which then stay in the cache while prefixes are decided.
class FactsTable {
public:
    FactsTable() : rows_(std::make_unique<std::vector<Row>>()), index_(0, Hash{rows_.get()}, Equal{rows_.get()}) {}

    /// The caller holds one reference more.
    std::uint32_t intern(const Facts& facts);
    void release(std::uint32_t number);
    const Facts& operator[](std::uint32_t number) const { return (*rows_)[number].facts; }
    std::size_t size() const { return index_.size(); }
    std::size_t memory_octets() const {
        return rows_->capacity() * sizeof(Row) + index_.bucket_count() * (sizeof(std::uint32_t) + 1);
    }

private:
    struct Row {
        Facts facts;
        std::uint32_t references = 0;
    };
    static std::uint64_t hash_of(const Facts& facts);
    struct Hash {
        using is_transparent = void;
        using is_avalanching = void;
        const std::vector<Row>* rows;
        std::size_t operator()(const Facts& facts) const { return hash_of(facts); }
        std::size_t operator()(std::uint32_t number) const { return hash_of((*rows)[number].facts); }
    };
    struct Equal {
        using is_transparent = void;
        const std::vector<Row>* rows;
        bool operator()(std::uint32_t a, std::uint32_t b) const { return a == b; }
        bool operator()(const Facts& a, std::uint32_t b) const { return a == (*rows)[b].facts; }
        bool operator()(std::uint32_t a, const Facts& b) const { return (*rows)[a].facts == b; }
    };

    std::unique_ptr<std::vector<Row>> rows_;
    boost::unordered_flat_set<std::uint32_t, Hash, Equal> index_;
    std::vector<std::uint32_t> free_;
};

}  // namespace dyad::route
