#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_map.hpp>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "dyad/wire/update.hpp"
#include "msee/allowance.hpp"
#include "msee/peering_kind.hpp"
#include "msee/route_set.hpp"

namespace dyad::msee {

/// The routes that one customer has announced and not withdrawn: what the limit counts, and what a test asks for.
/// Equal attributes are kept once.
class Held {
public:
    struct Rules {
        Asn own_asn{12076};   ///< a path with it is a loop: the route is not held, and does not count
        Allowance allowance;  ///< what is beyond it ends the session
        bool four_octet_as = true;
        PeeringKind kind = PeeringKind::Private;  ///< what else is not held, and does not count
    };
    struct LimitExceeded {
        std::size_t held = 0;
        std::size_t incoming = 0;  ///< counted with it; 0 where only what is held counts
    };

    void begin(Rules rules);
    void clear();
    void limit(std::uint32_t prefixes) { rules_.allowance.limit = prefixes; }
    bool beyond_limit() const { return count() > rules_.allowance.most(); }

    /// Takes one UPDATE, withdrawals first. Stops at the route that is one too many, which it does not hold. Routes with attributes
    /// that RFC 7606 treats as a withdrawal, or with our AS in their path, are not held.
    std::expected<void, LimitExceeded> apply(const wire::UpdateView& update);

    std::size_t count() const { return routes_.size(); }
    /// The most that were held at a time since the last session began.
    std::size_t peak() const { return peak_; }
    std::uint64_t loops() const { return loops_; }        ///< announcements refused for our AS in their path
    std::uint64_t unwanted() const { return unwanted_; }  ///< announcements that this kind of peering does not take
    std::uint64_t damaged() const { return damaged_; }    ///< UPDATEs treated as withdrawals (RFC 7606)
    const std::string& last_damage() const { return last_damage_; }  ///< what was wrong with the last of them
    std::uint64_t announcements() const { return announcements_; }   ///< prefixes announced to us, repeats included
    std::uint64_t withdrawals() const { return withdrawals_; }

    struct Route {
        Prefix prefix;
        wire::Attributes attributes;
    };
    std::optional<wire::Attributes> find(const Prefix& prefix) const;
    /// All, by prefix.
    std::vector<Route> all() const;

private:
    using Key = std::vector<std::uint8_t>;  ///< the attribute block as received, and the next hop behind it
    struct Set {
        wire::Attributes attributes;
        std::size_t routes = 0;
    };
    using Sets = boost::unordered_map<Key, Set>;  ///< its nodes stay where they are
    using Node = Sets::value_type*;

    std::expected<void, LimitExceeded> announce(wire::NlriField field, Node set);
    void withdraw(wire::NlriField field);
    void erase(const Prefix& prefix);
    void release(Node set);
    Node intern(const wire::UpdateView& update, const std::optional<Address>& next_hop);

    Rules rules_;
    boost::unordered_flat_map<Prefix, Node, HashPrefix> routes_;
    Sets sets_;
    std::vector<std::uint8_t> scratch_;
    std::size_t peak_ = 0;
    std::string last_damage_;
    std::uint64_t loops_ = 0, unwanted_ = 0, damaged_ = 0, announcements_ = 0, withdrawals_ = 0;
};

}  // namespace dyad::msee
