#include <algorithm>
#include <cerrno>
#include <utility>

#include "dyad/base/contains.hpp"
#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// Reading what the kernel has: at start, when answers were lost, when something was not as thought. Nexthops first,
/// then the routes, of IPv6 those of our protocol; everything else in the plan follows from the difference.
namespace dyad::fib {

namespace {

constexpr std::uint8_t kAnyProtocol = 0;

}  // namespace

void Fib::begin_dump(Instant now) {
    dump_at_.reset();
    // Looking again and again finds nothing new: less often, up to once in the longest pause.
    if (now > dump_backoff_.until + kLongestPause) dump_backoff_ = {};
    dump_backoff_.refused(now);
    phase_ = Phase::DumpNexthops;
    dump_sequence_ = 0;
    stale_batch_ = false;
    dumped_leaves_.clear();
    dumped_groups_.clear();
    dumped_routes_ = {};
    stranger_.reset();
}

std::span<const std::uint8_t> Fib::next_dump(Instant now) {
    if (dump_sequence_ != 0) return {};
    dump_sequence_ = sequence_++;
    if (dump_sequence_ == 0) dump_sequence_ = sequence_++;
    answer_by_ = now + kAnswerTime;
    constexpr std::size_t kDumpOctets = 64;
    dump_request_.resize(kDumpOctets);
    Writer out{dump_request_};
    const auto what = phase_ == Phase::DumpNexthops ? netlink::DumpOf::Nexthops : netlink::DumpOf::Routes;
    const auto family = phase_ == Phase::DumpIpv6 ? Family::Ipv6 : Family::Ipv4;
    // All of IPv4: which of two routes with our prefix and metric is in effect, their order tells.
    const auto protocol = phase_ == Phase::DumpIpv4 ? kAnyProtocol : settings_.protocol;
    netlink::encode_dump(what, family, protocol, dump_sequence_, out);
    dump_request_.resize(out.size());
    return dump_request_;
}

void Fib::dumped(const netlink::Message& message, PrefixSource& source) {
    if (const auto* leaf = std::get_if<netlink::LeafNews>(&message); leaf && phase_ == Phase::DumpNexthops)
        dumped_leaves_.push_back(*leaf);
    if (const auto* group = std::get_if<netlink::GroupNews>(&message); group && phase_ == Phase::DumpNexthops)
        dumped_groups_.push_back(*group);
    if (const auto* route = std::get_if<netlink::RouteNews>(&message); route && phase_ != Phase::DumpNexthops)
        adopt_route(route->route, source);
}

void Fib::dump_done(Instant now, const netlink::DumpDone& done, const PrefixSource& source) {
    dump_sequence_ = 0;
    // A kernel before 5.3: there is nothing to be found.
    const bool none = is_plain() && phase_ == Phase::DumpNexthops && done.error == EOPNOTSUPP;
    if (done.error != 0 && !none) {
        if (phase_ == Phase::DumpNexthops && done.error == EOPNOTSUPP && dump_backoff_.refusals == 1)
            tell(Failed{.prefix = {},
                        .error = done.error,
                        .text = "no nexthop objects before Linux 5.3: [fib] nexthops = \"plain\""});
        phase_ = Phase::Off;
        return look_again(now);
    }
    switch (phase_) {
        case Phase::DumpNexthops:
            adopt_nexthops();
            phase_ = Phase::DumpIpv4;
            return;
        case Phase::DumpIpv4:
            phase_ = Phase::DumpIpv6;
            return;
        case Phase::DumpIpv6:
            return finish_adoption(now, source);
        case Phase::Off:
        case Phase::Ready:
            return;
    }
}

void Fib::adopt_nexthops() {
    std::vector<netlink::Leaf> ours;
    std::vector<std::uint32_t> taken;
    for (const auto& news : dumped_leaves_) {
        if (news.protocol == settings_.protocol)
            ours.push_back(news.leaf);
        else
            taken.push_back(news.leaf.id);
    }
    for (const auto& news : dumped_groups_) taken.push_back(news.group.id);
    if (is_plain()) {
        obsolete_.clear();
        for (const auto& leaf : ours)
            if (in_our_range(leaf.id)) obsolete_.push_back(leaf.id);
        for (const auto& news : dumped_groups_)
            if (in_our_range(news.group.id) && news.protocol == settings_.protocol) obsolete_.push_back(news.group.id);
    } else {
        paths_.replace(std::move(ours), std::move(taken));
        adopt_groups();
    }
    ++epoch_;
    rows_.for_each([&](RowId id, Row& row) {
        // Its retry was in the batch whose answers were lost.
        if (row.sent && row.failed) rows_.push(id);
        row.seen = row.sent = row.touched = false;
    });
}

void Fib::adopt_groups() {
    std::vector<std::uint32_t> made;
    groups_.for_each([&](Slot slot) {
        if (std::exchange(groups_.at(slot).exists, false)) made.push_back(groups_.at(slot).id);
    });
    for (auto& news : dumped_groups_) {
        // Who writes over a group of ours writes over its protocol too.
        if (news.protocol != settings_.protocol && !contains(made, news.group.id)) continue;
        auto slot = groups_.find_id(news.group.id);
        if (slot == kNowhere) slot = groups_.add({.id = news.group.id, .adopted = !adopted_});
        auto& group = groups_.at(slot);
        group.sharing = news.group.sharing;
        group.members = in_order(std::move(news.group));
        const bool first_carries = group.sharing == netlink::Sharing::First && !group.members.empty();
        group.key.assign(group.members.begin(), first_carries ? group.members.begin() + 1 : group.members.end());
        group.next.assign(group.members.begin() + static_cast<std::ptrdiff_t>(group.key.size()), group.members.end());
        // What else comes next the rows will say.
        group.sent.clear();
        group.losing = 0;
        group.making_room_for.clear();
        group.exists = true;
    }
    // What was planned and not written is planned again if it is still wanted.
    std::vector<Slot> unwritten;
    groups_.for_each([&](Slot slot) {
        if (!groups_.at(slot).exists && groups_.at(slot).rows == 0) unwritten.push_back(slot);
    });
    for (const auto slot : unwritten) groups_.free(slot);
}

void Fib::adopt_route(const netlink::Route& route, PrefixSource& source) {
    const auto family = route.prefix.family();
    const auto rank = rank_of(route);
    if (route.protocol != settings_.protocol) {
        if (rank) stranger_ = {route.prefix, *rank};
        return;
    }
    if (!rank) {
        // Through a group of ours: ours from when table or metric were others. Of a plain one nobody can say whose it is.
        const bool through_ours =
            is_plain() ? contains(obsolete_, route.nexthop_id) : groups_.find_id(route.nexthop_id) != kNowhere;
        if (route.nexthop_id != 0 && through_ours)
            leftovers_.push_back(
                {.prefix = route.prefix, .table = route.table, .metric = route.metric, .protocol = route.protocol});
        return;
    }
    const auto id = RowId::of(family, source.intern(route.prefix), *rank);
    auto& row = rows_.at(id);
    if (row.seen) {
        // Two of ours: we replaced what another had put in front. One is to go, and it will be seen which is left.
        set_installed(id, kElsewhere);
        row.conflict = true;
        set_failed(row, Failing::Yes);
        return rows_.push(id);
    }
    set_installed(id, slot_of(route));
    row.seen = true;
    row.looking = family == Family::Ipv4 && stranger_ == std::pair{route.prefix, *rank};
    ++dumped_routes_[index_of(family)];
    if (!adopted_ && !swept_) {
        set_kept(row, Kept::Yes);
        if (!is_held(row, id.kind())) set_kept(row, Kept::No);
    }
}

/// Where a row is that has this route in the kernel.
Slot Fib::slot_of(const netlink::Route& route) {
    const auto slot = route.nexthop_id == 0 ? kNowhere : groups_.find_id(route.nexthop_id);
    const bool wants_source = settings_.source && settings_.source->family() == route.prefix.family();
    const bool same_source = route.source == (wants_source ? settings_.source : std::nullopt);
    if (is_plain()) return same_source ? plain_slot_of(route) : kElsewhere;
    return slot != kNowhere && same_source ? slot : kElsewhere;
}

std::vector<PrefixId> Fib::reserved(Family family, SessionId session) {
    std::vector<PrefixId> prefixes;
    const auto* leaf = paths_.leaf_of(session);
    if (!leaf) return prefixes;
    rows_.for_each([&](RowId id, const Row& row) {
        if (id.rank() != Rank::Reserve || id.family() != family || row.installed <= kElsewhere) return;
        if (contains(groups_.at(row.installed).members, leaf->leaf.id)) prefixes.push_back(id.prefix());
    });
    return prefixes;
}

void Fib::finish_adoption(Instant now, const PrefixSource& source) {
    phase_ = Phase::Ready;
    rows_.for_each([&](RowId id, Row& row) {
        if (!row.seen) set_installed(id, kNowhere);
        // It exists, and not as ours; or ours stands behind another's.
        const bool known = row.conflict && row.failed;  // and has its time to be tried again
        if (row.looking && !known) row_in_conflict(now, id, source);
        row.looking = false;
    });
    // Paths that died while we looked, or before.
    for (std::uint32_t session = 0; session < paths_.sessions(); ++session)
        if (const SessionId id{session}; paths_.is_down(id) || paths_.standing(id) != Standing::Good)
            leave_path(id, paths_.is_down(id) ? Leaving::ForGood : Leaving::IfOthers);
    paths_changed();
    if (stale_batch_) look_soon(now);
    if (adopted_) return;
    adopted_ = true;
    std::size_t groups = 0;
    groups_.for_each([&](Slot slot) { groups += groups_.at(slot).rows > 0 ? 1u : 0u; });
    tell(Adopted{.routes = dumped_routes_[0] + dumped_routes_[1], .of_family = dumped_routes_, .groups = groups});
    if (swept_) tell_sweep();
}

}  // namespace dyad::fib
