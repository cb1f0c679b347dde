#include "peering/aggregation.hpp"

#include <algorithm>

namespace dyad::peering {
namespace {

/// The two halves of one block, in order.
bool are_halves(const Prefix& low, const Prefix& high) {
    if (low.length() != high.length() || low.length() == 0 || low.family() != high.family()) return false;
    const Prefix whole{low.address(), static_cast<std::uint8_t>(low.length() - 1)};
    return low != high && whole.covers(high);
}

}  // namespace

Cover minimal_cover(std::span<const Prefix> prefixes) {
    std::vector<Prefix> sorted{prefixes.begin(), prefixes.end()};
    std::ranges::sort(sorted);
    std::vector<Proposal> stack;
    for (const auto& prefix : sorted) {
        // In order, what covers a prefix stands directly before it.
        if (!stack.empty() && stack.back().aggregate.covers(prefix)) {
            ++stack.back().replaces;
            continue;
        }
        stack.push_back({prefix, 1});
        while (stack.size() > 1 && are_halves(stack[stack.size() - 2].aggregate, stack.back().aggregate)) {
            const auto half = stack.back();
            stack.pop_back();
            auto& whole = stack.back();
            whole.aggregate = Prefix{whole.aggregate.address(), static_cast<std::uint8_t>(half.aggregate.length() - 1)};
            whole.replaces += half.replaces;
        }
    }
    Cover cover;
    for (const auto& one : stack) {
        cover.prefixes.push_back(one.aggregate);
        if (one.replaces > 1) cover.proposals.push_back(one);
    }
    cover.saving = sorted.size() - cover.prefixes.size();
    std::ranges::stable_sort(cover.proposals, std::ranges::greater{}, &Proposal::replaces);
    return cover;
}

}  // namespace dyad::peering
