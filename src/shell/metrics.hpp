#pragma once
#include <string>
#include <vector>

#include "dyad/speaker/view.hpp"
#include "shell/availability.hpp"

namespace dyad::shell {

/// What metrics are made of: one look at everything.
struct MetricsInput {
    speaker::SummaryView summary;
    std::vector<speaker::SessionView> sessions;
    speaker::LimitsView limits;
};

/// Prometheus text (exposition format 0.0.4). Labels are names as in `show`: session, peering, peer (the link), as Azure has
/// them. Pure: the same input gives the same octets.
std::string metrics_text(const MetricsInput& input, const Availability& availability);

}  // namespace dyad::shell
