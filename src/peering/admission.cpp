#include "peering/admission.hpp"

#include <algorithm>
#include <utility>

namespace dyad::peering {
namespace {

constexpr std::uint8_t bit(Member member) { return static_cast<std::uint8_t>(1U << member); }

}  // namespace

std::string_view to_string(OnLimit on_limit) {
    switch (on_limit) {
        case OnLimit::Withhold:
            return "withhold";
        case OnLimit::Freeze:
            return "freeze";
        case OnLimit::Shutdown:
            return "shutdown";
    }
    return "";
}

std::size_t AdmissionRule::ordinary_places(std::size_t critical_wanted) const {
    if (limit == kNoLimit) return kNoLimit;
    const auto kept = std::max(critical_wanted, std::min(reserve, critical_listed));
    return limit - std::min(limit, kept);
}

void Admission::set_rule(const AdmissionRule& rule) {
    if (rule == rule_) return;
    rule_ = rule;
    if (rule_.on_limit != OnLimit::Freeze) frozen_ = false;
    undecided_ = true;
}

bool Admission::want(Member member, PrefixId id, const Prefix& prefix, Priority priority, Held held) {
    if (prefix.length() == 0) priority = Priority::Critical;
    auto& place = places_.at(id.index());
    const bool counted = place.members != 0;
    if (counted && place.priority == priority) {
        place.members |= bit(member);
        return place.admitted;
    }
    if (counted) count_out(rank(id, prefix), place);
    if (!counted && !place.admitted && held == Held::Yes) place.admitted = true;
    if (!counted && !place.admitted && room()) {
        place.admitted = place.provisional = true;
        provisional_.push_back(id);
    }
    place.members |= bit(member);
    place.priority = priority;
    count_in(rank(id, prefix), place);
    undecided_ = true;
    return place.admitted;
}

void Admission::unwant(Member member, PrefixId id, const Prefix& prefix) {
    auto* place = places_.find(id.index());
    if (place == nullptr || (place->members & bit(member)) == 0) return;
    place->members &= static_cast<std::uint8_t>(~bit(member));
    if (place->members != 0) return;
    count_out(rank(id, prefix), *place);
    *place = Place{};
    undecided_ = true;
}

void Admission::leave(Member member, const PrefixOf& prefix_of) {
    places_.visit([&](std::size_t row, Place& place) {
        if ((place.members & bit(member)) == 0) return;
        place.members &= static_cast<std::uint8_t>(~bit(member));
        if (place.members != 0) return;
        const PrefixId id{static_cast<std::uint32_t>(row)};
        count_out(rank(id, prefix_of(id)), place);
        const bool had_one = place.admitted && !place.provisional;
        if (!had_one) place = Place{};
        undecided_ = remembers_ = true;
    });
}

std::vector<PrefixId> Admission::decide(const PrefixOf& prefix_of) {
    std::vector<PrefixId> changed;
    if (!std::exchange(undecided_, false)) return changed;
    if (std::exchange(remembers_, false)) forget_remembered();
    if (all_stay()) {
        confirm();
        return changed;
    }
    const auto asked = take_back(prefix_of);
    const bool nobody_new = frozen_ && !all_fit();
    evict(Priority::Critical, rule_.limit, prefix_of, changed);
    const auto ordinary = nobody_new ? rule_.limit - admitted_[1] : rule_.ordinary_places(critical_wanted());
    evict(Priority::Normal, ordinary, prefix_of, changed);
    std::vector<PrefixId> gained;
    if (!nobody_new) {
        admit(Priority::Critical, rule_.limit, gained);
        admit(Priority::Normal, ordinary, gained);
    }
    for (const auto id : asked) {
        auto& place = *places_.find(id.index());
        place.provisional = false;
        if (!place.admitted) changed.push_back(id);
    }
    changed.insert(changed.end(), gained.begin(), gained.end());
    frozen_ = rule_.on_limit == OnLimit::Freeze && withheld() > 0;
    return changed;
}

void Admission::thaw() {
    undecided_ = undecided_ || frozen_;
    frozen_ = false;
}

bool Admission::admitted(PrefixId id) const {
    const auto* place = places_.find(id.index());
    return place != nullptr && place->members != 0 && place->admitted;
}

bool Admission::withheld(PrefixId id) const {
    const auto* place = places_.find(id.index());
    return place != nullptr && place->members != 0 && !place->admitted;
}

std::size_t Admission::withheld_of(Member member) const {
    std::size_t count = 0;
    for (const auto& ranks : waiting_)
        for (const auto& rank : ranks) count += (places_.find(rank.id.index())->members & bit(member)) != 0 ? 1 : 0;
    return count;
}

std::vector<Prefix> Admission::first_withheld(std::size_t most) const {
    std::vector<Prefix> first;
    for (const auto priority : {Priority::Critical, Priority::Normal})
        for (const auto& rank : waiting_[slot(priority)]) {
            if (first.size() == most) return first;
            first.emplace_back(rank.address, rank.length);
        }
    return first;
}

bool Admission::all_fit() const {
    const auto ordinary = admitted_[0] + waiting_[0].size();
    return critical_wanted() <= rule_.limit && ordinary <= rule_.ordinary_places(critical_wanted());
}

/// Nobody waits and nobody has to go: what want() said holds.
bool Admission::all_stay() const { return withheld() == 0 && all_fit(); }

void Admission::count_in(const AdmissionRank& rank, const Place& place) {
    if (place.admitted)
        ++admitted_[slot(place.priority)];
    else
        waiting_[slot(place.priority)].insert(rank);
}

void Admission::count_out(const AdmissionRank& rank, const Place& place) {
    if (place.admitted)
        --admitted_[slot(place.priority)];
    else
        waiting_[slot(place.priority)].erase(rank);
}

void Admission::confirm() {
    for (const auto id : provisional_) places_.find(id.index())->provisional = false;
    provisional_.clear();
    frozen_ = false;
}

void Admission::forget_remembered() {
    places_.visit([](std::size_t, Place& place) {
        if (place.members == 0) place = Place{};
    });
}

/// Whose place was provisional waits like all others who ask. Who they are.
std::vector<PrefixId> Admission::take_back(const PrefixOf& prefix_of) {
    auto asked = std::exchange(provisional_, {});
    std::erase_if(asked, [&](PrefixId id) {
        auto& place = *places_.find(id.index());
        if (!place.provisional || !place.admitted) return true;
        const auto its = rank(id, prefix_of(id));
        count_out(its, place);
        place.admitted = false;
        count_in(its, place);
        return false;
    });
    return asked;
}

/// The last in order lose their places. Rare (a lower limit, a new critical one), so they are looked for when it happens.
void Admission::evict(Priority priority, std::size_t most, const PrefixOf& prefix_of, std::vector<PrefixId>& changed) {
    auto& count = admitted_[slot(priority)];
    if (count <= most) return;
    std::vector<AdmissionRank> ranks;
    ranks.reserve(count);
    places_.visit([&](std::size_t row, const Place& place) {
        const PrefixId id{static_cast<std::uint32_t>(row)};
        if (place.admitted && place.priority == priority) ranks.push_back(rank(id, prefix_of(id)));
    });
    const auto last = ranks.begin() + static_cast<std::ptrdiff_t>(most);
    std::ranges::nth_element(ranks, last);
    std::sort(last, ranks.end());
    for (auto at = last; at != ranks.end(); ++at) {
        places_.find(at->id.index())->admitted = false;
        waiting_[slot(priority)].insert(*at);
        changed.push_back(at->id);
    }
    count = most;
}

void Admission::admit(Priority priority, std::size_t most, std::vector<PrefixId>& changed) {
    auto& waiting = waiting_[slot(priority)];
    auto& count = admitted_[slot(priority)];
    while (!waiting.empty() && count < most) {
        const auto id = waiting.begin()->id;
        waiting.erase(waiting.begin());
        auto& place = *places_.find(id.index());
        place.admitted = true;
        ++count;
        if (!place.provisional) changed.push_back(id);
    }
}

}  // namespace dyad::peering
