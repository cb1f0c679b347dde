#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "dyad/base/hash.hpp"
#include "mrt/file.hpp"

namespace dyad::mrt {

/// The state in which a file leaves its neighbours: of each neighbour and prefix the last announcement that was
/// not withdrawn. (Where a file has several paths a neighbour and prefix, RFC 8050, that is the last path.)
class Table {
public:
    struct Route {
        Prefix prefix;
        std::uint32_t attributes = 0;  ///< for attributes()
    };

    void apply(News news);

    /// In the order in which the file first named them.
    std::span<const Neighbor> neighbors() const { return neighbors_; }
    /// Prefixes that this neighbour has in the end.
    std::size_t size(std::size_t neighbor) const { return routes_[neighbor].size(); }

    /// One route a prefix: of the neighbours in the order in which the file first named them, the first that has
    /// the prefix; with `only`, what that neighbour has. Routes that share a set of attributes stand together, in
    /// the order in which the file had the sets, and in the order of their prefixes therein.
    std::vector<Route> choose(std::optional<Address> only = std::nullopt) const;
    const wire::Attributes& attributes(std::uint32_t index) const { return attributes_[index]; }

private:
    struct HashPrefix {
        std::size_t operator()(const Prefix& prefix) const {
            return hash_bytes(prefix.address().bytes(), prefix.length());
        }
    };
    using Routes = boost::unordered_flat_map<Prefix, std::uint32_t, HashPrefix>;

    std::size_t index_of(const Neighbor& neighbor);

    std::vector<Neighbor> neighbors_;
    std::map<Neighbor, std::size_t> index_;
    std::vector<Routes> routes_;                ///< by neighbour
    std::vector<wire::Attributes> attributes_;  ///< in the order of the file
};

}  // namespace dyad::mrt
