#pragma once
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/base/time.hpp"
#include "dyad/net/address.hpp"
#include "peering/admission.hpp"
#include "peering/growth.hpp"
#include "peering/limit_gauge.hpp"
#include "peering/trip.hpp"

namespace dyad::speaker {

/// Two links are not written at the same moment; longer than that, what they hold differs.
inline constexpr Duration kLinksMayDiffer = std::chrono::seconds{10};

/// The places under the limit of one peering, both links together, or of one other neighbour; of one family.
struct Quota {
    std::string name;  ///< "er-ams/private" ("…/v6" for the IPv6 pair), or the neighbour's
    Family family{};
    std::vector<SessionId> members;
    std::size_t configured = 0;  ///< 0: no limit
    std::optional<peering::LearnedLimit> learned;
    Instant learned_at{};
    peering::Admission admission;
    peering::LimitGauge gauge;               ///< of what is wanted
    peering::LimitGauge union_gauge;         ///< of what the links' peers hold together
    std::size_t together = 0;                ///< the same, as last counted
    std::uint64_t written = 0;               ///< messages, when it was
    std::optional<Instant> look_at_union{};  ///< the links differ, and for how long is still open
    bool links_differ = false;               ///< for long
    peering::Growth growth;
    bool withholding = false;            ///< an episode is running, and told
    std::optional<std::size_t> shut_at;  ///< on_limit = "shutdown" ended the sessions at so many wanted

    /// What counts now; 0: no limit.
    std::size_t limit() const {
        if (!learned) return configured;
        return configured == 0 ? learned->limit : std::min(configured, learned->limit);
    }
};

}  // namespace dyad::speaker
