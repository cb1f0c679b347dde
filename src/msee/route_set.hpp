#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dyad/base/hash.hpp"
#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::msee {

struct HashPrefix {
    std::size_t operator()(const Prefix& prefix) const { return hash_bytes(prefix.address().bytes(), prefix.length()); }
};

/// A prefix the MSEE has or once had; rows stay where they are when their route is withdrawn.
using RouteId = StrongId<struct MseeRouteTag>;
/// A set of attributes that routes share.
using SetId = StrongId<struct MseeSetTag>;

/// What the MSEE has to announce, to whomever: prefix, attributes, and whether it is there at present. The
/// attributes are as they stand inside Azure; what a customer sees of them export_attributes() says.
class RouteSet {
public:
    SetId add_set(wire::Attributes attributes);
    /// The row, and whether anything changed.
    struct Change {
        RouteId route;
        bool changed = false;
    };
    Change announce(const Prefix& prefix, SetId set);
    /// Nothing where the prefix was never announced.
    std::optional<Change> withdraw(const Prefix& prefix);

    /// The row of a prefix that was ever announced.
    std::optional<RouteId> find(const Prefix& prefix) const;

    std::size_t rows() const { return rows_.size(); }
    /// Routes that are there at present.
    std::size_t count(Family family) const { return family == Family::Ipv4 ? v4_ : v6_; }
    const Prefix& prefix(RouteId route) const { return rows_[route.index()].prefix; }
    /// The route's attributes, or nothing while it is withdrawn.
    std::optional<SetId> set(RouteId route) const { return rows_[route.index()].set; }
    const wire::Attributes& attributes(SetId set) const { return sets_[set.index()]; }

private:
    struct Row {
        Prefix prefix;
        std::optional<SetId> set;
    };
    std::size_t& counter(Family family) { return family == Family::Ipv4 ? v4_ : v6_; }

    std::vector<Row> rows_;
    std::vector<wire::Attributes> sets_;
    boost::unordered_flat_map<Prefix, RouteId, HashPrefix> index_;
    std::size_t v4_ = 0;
    std::size_t v6_ = 0;
};

}  // namespace dyad::msee
