#include <algorithm>
#include <map>

#include "peering/aggregation.hpp"
#include "speaker/limits.hpp"
#include "speaker/query.hpp"

namespace dyad::speaker {
namespace {

constexpr std::size_t kShownWithheld = 5, kShownProposals = 5;

std::string state_word(const Quota& quota, const std::vector<std::uint32_t>& warn_at) {
    if (quota.shut_at) return "shutdown";
    if (quota.admission.frozen()) return "frozen";
    if (quota.admission.withheld() > 0) return "withholding";
    const bool near = std::ranges::any_of(
        warn_at, [&](std::uint32_t percent) { return quota.admission.wanted() * 100 >= quota.limit() * percent; });
    return near ? "warning" : "ok";
}

/// Of what is listed alike, by its communities and its priority: one aggregate cannot say two things.
void propose(const SessionPlan& plan, Family family, LimitRow& row) {
    std::map<std::pair<std::vector<std::uint32_t>, bool>, std::vector<Prefix>> alike;
    for (const auto& one : plan.exporting.originate)
        if (one.prefix.family() == family) alike[{one.communities, one.critical}].push_back(one.prefix);
    std::vector<peering::Proposal> all;
    for (const auto& [key, prefixes] : alike) {
        const auto cover = peering::minimal_cover(prefixes);
        row.aggregation_saves += cover.saving;
        all.insert(all.end(), cover.proposals.begin(), cover.proposals.end());
    }
    std::ranges::stable_sort(all, std::ranges::greater{}, &peering::Proposal::replaces);
    for (std::size_t i = 0; i < std::min(all.size(), kShownProposals); ++i)
        row.proposals.push_back({all[i].aggregate, all[i].replaces});
}

void describe_growth(const Quota& quota, Instant now, LimitRow& row) {
    const auto trend = quota.growth.trend(now);
    if (!trend) return;
    row.growth_per_day = trend->per_day;
    row.growth_over_seconds =
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(trend->over).count());
    row.days_left = trend->days_left(row.wanted, row.limit);
}

}  // namespace

LimitRow limit_row(const State& state, Instant now, const Quota& quota) {
    const auto& plan = state.peer(quota.members.front()).plan;
    LimitRow row{.name = quota.name, .family = family_name(quota.family)};
    row.limit = quota.limit();
    row.configured = quota.configured;
    row.wanted = quota.shut_at.value_or(quota.admission.wanted());
    row.withheld = quota.admission.withheld();
    row.first_withheld = quota.admission.first_withheld(kShownWithheld);
    row.together = quota.together;
    row.on_limit = to_string(plan.on_limit);
    row.reserve = plan.reserve;
    row.state = state_word(quota, plan.warn_at);
    for (const auto id : quota.members) {
        const auto& peer = state.peer(id);
        row.sessions.push_back({peer.plan.name, peer.outbound[slot(quota.family)].rib.advertised()});
    }
    if (row.sessions.size() == 1) row.together = row.sessions.front().advertised;
    // As of now: what is watched may be a turn behind what was written last.
    if (quota.members.size() == 2)
        row.together = rib::AdjRibOut::together(state.peer(quota.members[0]).outbound[slot(quota.family)].rib,
                                                state.peer(quota.members[1]).outbound[slot(quota.family)].rib);
    if (quota.learned)
        row.learned = LearnedView{quota.learned->limit, quota.learned->peers_limit, quota.learned->told,
                                  quota.learned->had, quota.learned->trips};
    describe_growth(quota, now, row);
    propose(plan, quota.family, row);
    return row;
}

LimitsView limits_view(const State& state, Instant now) {
    LimitsView view;
    for (const auto& quota : state.quotas)
        if (!quota.members.empty() && quota.limit() != 0) view.limits.push_back(limit_row(state, now, quota));
    return view;
}

}  // namespace dyad::speaker
