#include "msee/outbox.hpp"

#include <algorithm>
#include <array>

#include "dyad/wire/message.hpp"
#include "dyad/wire/update.hpp"

namespace dyad::msee {

namespace {

/// Prefixes looked at for one message: no UPDATE holds more, a prefix being two octets at the least in practice.
constexpr std::size_t kMaxPrefixesAMessage = wire::kMaxMessageOctets / 2;

}  // namespace

void Outbox::begin(const RouteSet& routes, Target target) {
    clear();
    target_ = target;
    mark_all(routes);
}

void Outbox::mark(RouteId route) {
    if (route.index() >= is_dirty_.size()) {
        is_dirty_.resize(route.index() + 1);
        is_told_.resize(route.index() + 1);
    }
    sorted_ = false;  // also where it is dirty already: what is to be said of it may be another thing now
    if (is_dirty_[route.index()]) return;
    is_dirty_[route.index()] = true;
    dirty_.push_back(route);
}

void Outbox::mark_all(const RouteSet& routes) {
    for (std::uint32_t row = 0; row < routes.rows(); ++row)
        if (routes.prefix({row}).family() == target_.family) mark({row});
}

void Outbox::clear() {
    dirty_.clear();
    next_ = 0;
    sorted_ = true;
    is_dirty_.assign(is_dirty_.size(), false);
    is_told_.assign(is_told_.size(), false);
    told_ = 0;
}

Outbox::Batch Outbox::take(const RouteSet& routes, const ExportPolicy& policy, std::size_t octets) {
    if (!sorted_) sort(routes, policy);
    Batch batch;
    batch.octets.resize(octets + wire::kMaxMessageOctets);
    Writer out{batch.octets};
    while (!empty() && out.size() < octets) {
        const auto before = out.size();
        if (const auto set = wanted(routes, policy, dirty_[next_]))
            announce_run(routes, policy, *set, out);
        else
            withdraw_run(routes, policy, out);
        if (out.size() > before) ++batch.messages;
    }
    if (empty()) {
        dirty_.clear();
        next_ = 0;
    }
    batch.octets.resize(out.size());
    return batch;
}

/// Withdrawals first (a customer that counts must not see more than we have), then by set; within a set in the
/// order in which the rows came.
void Outbox::sort(const RouteSet& routes, const ExportPolicy& policy) {
    const auto rank = [&](RouteId route) {
        const auto set = wanted(routes, policy, route);
        return set ? std::uint64_t{set->value} + 1 : 0;
    };
    std::vector<std::pair<std::uint64_t, RouteId>> ranked;
    ranked.reserve(dirty_.size() - next_);
    for (auto i = next_; i < dirty_.size(); ++i) ranked.emplace_back(rank(dirty_[i]), dirty_[i]);
    std::sort(ranked.begin(), ranked.end());
    dirty_.clear();
    for (const auto& [_, route] : ranked) dirty_.push_back(route);
    next_ = 0;
    sorted_ = true;
}

std::optional<SetId> Outbox::wanted(const RouteSet& routes, const ExportPolicy& policy, RouteId route) const {
    const auto set = routes.set(route);
    return set && passes(routes.attributes(*set), policy) ? set : std::nullopt;
}

/// One UPDATE with the next rows that are to go; those the customer never heard of need no words.
void Outbox::withdraw_run(const RouteSet& routes, const ExportPolicy& policy, Writer& out) {
    std::vector<Prefix> prefixes;
    auto end = next_;
    for (; end < dirty_.size() && prefixes.size() < kMaxPrefixesAMessage; ++end) {
        if (wanted(routes, policy, dirty_[end])) break;
        if (is_told_[dirty_[end].index()]) prefixes.push_back(routes.prefix(dirty_[end]));
    }
    auto written = prefixes.empty() ? 0 : wire::encode_withdrawal(prefixes, out);
    for (; next_ < end; ++next_) {
        const auto row = dirty_[next_].index();
        if (is_told_[row]) {
            if (written == 0) return;
            --written;
            --told_;
            is_told_[row] = false;
        }
        is_dirty_[row] = false;
    }
}

/// One UPDATE with the next rows of this set.
void Outbox::announce_run(const RouteSet& routes, const ExportPolicy& policy, SetId set, Writer& out) {
    std::vector<Prefix> prefixes;
    for (auto i = next_; i < dirty_.size() && prefixes.size() < kMaxPrefixesAMessage; ++i) {
        if (wanted(routes, policy, dirty_[i]) != set) break;
        prefixes.push_back(routes.prefix(dirty_[i]));
    }
    std::array<std::uint8_t, wire::kMaxMessageOctets> scratch;
    Writer block{scratch};
    wire::encode_attributes(export_attributes(routes.attributes(set), policy, target_.next_hop),
                            {.four_octet_as = target_.four_octet_as}, block);
    auto written = block.failed() ? 0 : wire::encode_announcement(prefixes, block.written(), target_.next_hop, out);
    // Attributes that leave no room for a prefix cannot be said in 4,096 octets: the route stays unheard.
    if (written == 0) return skip(prefixes.size());
    for (; written > 0; --written, ++next_) {
        const auto row = dirty_[next_].index();
        if (!is_told_[row]) ++told_;
        is_told_[row] = true;
        is_dirty_[row] = false;
    }
}

void Outbox::skip(std::size_t count) {
    for (; count > 0; --count, ++next_) is_dirty_[dirty_[next_].index()] = false;
}

}  // namespace dyad::msee
