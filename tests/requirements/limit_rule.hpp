#pragma once
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "peering/admission.hpp"

namespace dyad::requirements {

/// The rule of peering/admission.hpp once more, written for reading: it sorts everything each time. Prefixes are known by their place in
/// the list.
class LimitRule {
public:
    /// The canary's rule lets whoever would come first take the place of who has one.
    enum class Evicts : std::uint8_t { Never, ForABetterOne };

    LimitRule() = default;
    explicit LimitRule(std::vector<Prefix> prefixes, Evicts evicts = Evicts::Never)
        : prefixes_(std::move(prefixes)), all_(prefixes_.size()), evicts_(evicts) {}

    void ask(peering::Member link, std::size_t id, peering::Priority priority, bool held) {
        auto& one = all_[id];
        if (one.asks == 0 && held) one.has = true;
        one.asks |= static_cast<std::uint8_t>(1U << link);
        one.priority = prefixes_[id].length() == 0 ? peering::Priority::Critical : priority;  // the default route
    }
    void dismiss(peering::Member link, std::size_t id) {
        const auto before = all_[id].asks;
        all_[id].asks &= static_cast<std::uint8_t>(~(1U << link));
        if (before != 0 && all_[id].asks == 0) all_[id].has = false;
    }
    void leave(peering::Member link) {
        for (auto& one : all_) one.asks &= static_cast<std::uint8_t>(~(1U << link));
    }
    void mode(peering::OnLimit on_limit) { frozen_ = frozen_ && on_limit == peering::OnLimit::Freeze; }
    void thaw() { frozen_ = false; }

    void decide(const peering::AdmissionRule& rule) {
        std::vector<std::size_t> critical, ordinary;
        for (std::size_t id = 0; id < all_.size(); ++id) {
            if (all_[id].asks == 0) all_[id].has = false;
            if (all_[id].asks != 0)
                (all_[id].priority == peering::Priority::Critical ? critical : ordinary).push_back(id);
        }
        std::ranges::sort(critical, [this](auto a, auto b) { return first(a, b); });
        std::ranges::sort(ordinary, [this](auto a, auto b) { return first(a, b); });
        const auto kept = std::max(critical.size(), std::min(rule.reserve, rule.critical_listed));
        auto places = rule.limit - std::min(rule.limit, kept);
        const bool all_fit = critical.size() <= rule.limit && ordinary.size() <= places;
        const bool nobody_new = frozen_ && !all_fit;
        std::vector<bool> has(all_.size());
        const auto give = [&](const std::vector<std::size_t>& to, std::size_t most) {
            std::size_t given = 0;
            for (const auto id : to)
                if (given < most && (all_[id].has || !nobody_new)) has[id] = true, ++given;
            return given;
        };
        const auto given = give(critical, rule.limit);
        if (nobody_new) places = rule.limit - given;
        const auto others = give(ordinary, places);
        frozen_ = rule.on_limit == peering::OnLimit::Freeze && given + others < critical.size() + ordinary.size();
        for (std::size_t id = 0; id < all_.size(); ++id) all_[id].has = has[id];
    }
    bool has(std::size_t id) const { return all_[id].has; }

private:
    struct One {
        std::uint8_t asks = 0;  ///< a bit for each link that wants it out
        peering::Priority priority = peering::Priority::Normal;
        bool has = false;
    };
    bool first(std::size_t a, std::size_t b) const {
        if (all_[a].has != all_[b].has && evicts_ == Evicts::Never) return all_[a].has;
        if (prefixes_[a].length() != prefixes_[b].length()) return prefixes_[a].length() < prefixes_[b].length();
        return prefixes_[a].address() < prefixes_[b].address();
    }

    std::vector<Prefix> prefixes_;
    std::vector<One> all_;
    Evicts evicts_ = Evicts::Never;
    bool frozen_ = false;
};

}  // namespace dyad::requirements
