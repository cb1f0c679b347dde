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
    const auto [at, fresh] = entries_.try_emplace(id, Entry{.prefix = prefix, .priority = priority});
    auto& entry = at->second;
    const bool counted = entry.members != 0;
    entry.members |= bit(member);
    if (fresh) entry.admitted = held == Held::Yes;
    if (!counted) {
        entry.priority = priority;
        count_in(id, entry);
        undecided_ = true;
    } else if (entry.priority != priority) {
        change_priority(id, entry, priority);
    }
    return entry.admitted;
}

void Admission::unwant(Member member, PrefixId id) {
    const auto at = entries_.find(id);
    if (at == entries_.end() || (at->second.members & bit(member)) == 0) return;
    at->second.members &= static_cast<std::uint8_t>(~bit(member));
    if (at->second.members != 0) return;
    count_out(id, at->second);
    entries_.erase(at);
    undecided_ = true;
}

void Admission::leave(Member member) {
    const auto left = [&](Entries::value_type& row) {
        auto& entry = row.second;
        const bool last = entry.members == bit(member);
        entry.members &= static_cast<std::uint8_t>(~bit(member));
        if (!last) return false;
        count_out(row.first, entry);
        undecided_ = remembers_ = true;
        return !entry.admitted;
    };
    boost::unordered::erase_if(entries_, left);
}

std::vector<PrefixId> Admission::decide() {
    std::vector<PrefixId> changed;
    if (!std::exchange(undecided_, false)) return changed;
    if (std::exchange(remembers_, false)) forget_remembered();
    const bool nobody_new = frozen_ && !all_fit();
    evict(Priority::Critical, rule_.limit, changed);
    const auto ordinary = nobody_new ? rule_.limit - admitted_[1] : rule_.ordinary_places(critical_wanted());
    evict(Priority::Normal, ordinary, changed);
    if (!nobody_new) {
        admit(Priority::Critical, rule_.limit, changed);
        admit(Priority::Normal, ordinary, changed);
    }
    frozen_ = rule_.on_limit == OnLimit::Freeze && withheld() > 0;
    return changed;
}

void Admission::thaw() {
    undecided_ = undecided_ || frozen_;
    frozen_ = false;
}

bool Admission::admitted(PrefixId id) const {
    const auto at = entries_.find(id);
    return at != entries_.end() && at->second.members != 0 && at->second.admitted;
}

bool Admission::withheld(PrefixId id) const {
    const auto at = entries_.find(id);
    return at != entries_.end() && !at->second.admitted;
}

std::size_t Admission::withheld_of(Member member) const {
    std::size_t count = 0;
    for (const auto& ranks : waiting_)
        for (const auto& rank : ranks) count += (entries_.at(rank.id).members & bit(member)) != 0 ? 1 : 0;
    return count;
}

std::vector<Prefix> Admission::first_withheld(std::size_t most) const {
    std::vector<Prefix> first;
    for (const auto priority : {Priority::Critical, Priority::Normal})
        for (const auto& rank : waiting_[slot(priority)]) {
            if (first.size() == most) return first;
            first.push_back(entries_.at(rank.id).prefix);
        }
    return first;
}

bool Admission::all_fit() const {
    const auto ordinary = admitted_[0] + waiting_[0].size();
    return critical_wanted() <= rule_.limit && ordinary <= rule_.ordinary_places(critical_wanted());
}

void Admission::count_in(PrefixId id, const Entry& entry) {
    if (entry.admitted)
        ++admitted_[slot(entry.priority)];
    else
        waiting_[slot(entry.priority)].insert(rank(id, entry.prefix));
}

void Admission::count_out(PrefixId id, const Entry& entry) {
    if (entry.admitted)
        --admitted_[slot(entry.priority)];
    else
        waiting_[slot(entry.priority)].erase(rank(id, entry.prefix));
}

void Admission::change_priority(PrefixId id, Entry& entry, Priority priority) {
    count_out(id, entry);
    entry.priority = priority;
    count_in(id, entry);
    undecided_ = true;
}

void Admission::forget_remembered() {
    boost::unordered::erase_if(entries_, [](const Entries::value_type& row) { return row.second.members == 0; });
}

/// The last in order lose their places. Rare (a lower limit, a new critical one), so they are looked for when it happens.
void Admission::evict(Priority priority, std::size_t most, std::vector<PrefixId>& changed) {
    auto& count = admitted_[slot(priority)];
    if (count <= most) return;
    std::vector<AdmissionRank> ranks;
    ranks.reserve(count);
    for (const auto& [id, entry] : entries_)
        if (entry.admitted && entry.priority == priority) ranks.push_back(rank(id, entry.prefix));
    const auto last = ranks.begin() + static_cast<std::ptrdiff_t>(most);
    std::ranges::nth_element(ranks, last);
    std::sort(last, ranks.end());
    for (auto at = last; at != ranks.end(); ++at) {
        entries_.at(at->id).admitted = false;
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
        entries_.at(id).admitted = true;
        ++count;
        changed.push_back(id);
    }
}

}  // namespace dyad::peering
