#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "dyad/base/writer.hpp"
#include "msee/export.hpp"
#include "msee/route_set.hpp"

namespace dyad::msee {

/// What one customer has still to hear. Level-triggered: a row is marked when it changes, and what is said about
/// it is what is true when its turn comes. Withdrawals go first, then routes in runs of equal attributes.
class Outbox {
public:
    /// How the customer's session is to be written for.
    struct Target {
        Family family = Family::Ipv4;
        Address next_hop;
        bool four_octet_as = true;
    };

    /// A session came up: the customer knows nothing, and hears every row.
    void begin(const RouteSet& routes, Target target);
    void mark(RouteId route);
    /// Everything it heard is said anew: the policy changed, or it asked (RFC 2918).
    void mark_all(const RouteSet& routes);
    void clear();

    bool empty() const { return next_ == dirty_.size(); }
    /// Routes that the customer has from us.
    std::size_t told() const { return told_; }

    struct Batch {
        std::vector<std::uint8_t> octets;  ///< whole UPDATEs
        std::size_t messages = 0;
    };
    /// The next UPDATEs, of about this many octets together (one message more at most); empty when all is said.
    Batch take(const RouteSet& routes, const ExportPolicy& policy, std::size_t octets);

private:
    void sort(const RouteSet& routes, const ExportPolicy& policy);
    std::optional<SetId> wanted(const RouteSet& routes, const ExportPolicy& policy, RouteId route) const;
    void withdraw_run(const RouteSet& routes, const ExportPolicy& policy, Writer& out);
    void announce_run(const RouteSet& routes, const ExportPolicy& policy, SetId set, Writer& out);
    void skip(std::size_t count);

    Target target_;
    std::vector<RouteId> dirty_;  ///< from next_ on: still to be said
    std::size_t next_ = 0;
    bool sorted_ = true;
    std::vector<bool> is_dirty_;  ///< by row
    std::vector<bool> is_told_;   ///< by row: the customer has a route of it from us
    std::size_t told_ = 0;
};

}  // namespace dyad::msee
