#include "speaker/watch_links.hpp"

#include <algorithm>

#include "speaker/advertise.hpp"
#include "speaker/pairs.hpp"

namespace dyad::speaker {
namespace {

using peering::LinkDifference;
using peering::Maintenance;
using peering::OnlyHere;

/// Two tables of a million are compared in some ten microseconds; so often at most, however much changes.
constexpr Duration kCompareEvery = std::chrono::seconds{1};
/// Of the prefixes that differ, so many are named.
constexpr std::size_t kNamedDiffering = 5;

bool comparable(const State& state, const Pair& pair) {
    return pair.here.size() == 2 && std::ranges::all_of(pair.here, [&](SessionId id) {
               const auto& peer = state.peer(id);
               return peer.session.state() == session::State::Established && peer.table_received[slot(pair.family)];
           });
}

const rib::AdjRibOut& told_over(const State& state, const Pair& pair, std::size_t link) {
    return state.peer(pair.here[link]).outbound[slot(pair.family)].rib;
}

/// Differs from what it was whenever either side of either link may have changed.
std::uint64_t stamp_of(const State& state, const Pair& pair) {
    return state.ribs[slot(pair.family)].decided() + told_over(state, pair, 0).written() +
           told_over(state, pair, 1).written();
}

OnlyHere received_only(const State& state, const Pair& pair) {
    const auto& rib = state.ribs[slot(pair.family)];
    return {rib.accepted_only(pair.here[0], pair.here[1]), rib.accepted_only(pair.here[1], pair.here[0])};
}

OnlyHere advertised_only(const State& state, const Pair& pair) {
    const auto &one = told_over(state, pair, 0), &other = told_over(state, pair, 1);
    const auto together = rib::AdjRibOut::together(one, other);
    return {together - other.advertised(), together - one.advertised()};
}

/// Once an episode, so it may look at every row.
std::vector<Prefix> first_that_differ(const State& state, const Pair& pair, Direction direction) {
    const auto& rib = state.ribs[slot(pair.family)];
    const auto has = [&](std::size_t link, PrefixId row) {
        if (direction == Direction::Received) return rib.accepts(pair.here[link], row);
        return told_over(state, pair, link).advertised_at(row) != route::kNoAttributes;
    };
    std::vector<Prefix> first;
    for (std::uint32_t i = 0; i < rib.table().size() && first.size() < kNamedDiffering; ++i)
        if (has(0, PrefixId{i}) != has(1, PrefixId{i})) first.push_back(rib.table().prefix(PrefixId{i}));
    return first;
}

void compare(State& state, Instant now, Pair& pair, Direction direction) {
    const bool received = direction == Direction::Received;
    auto& difference = received ? pair.received : pair.advertised;
    const auto only = received ? received_only(state, pair) : advertised_only(state, pair);
    const auto since = difference.since();
    switch (difference.note(now, only, pair.may_differ)) {
        case LinkDifference::News::None:
            return;
        case LinkDifference::News::Differ:
            return state.emit(LinksDiffer{.peering = pair.name,
                                          .direction = direction,
                                          .only_primary = only.first,
                                          .only_secondary = only.second,
                                          .since = now - *difference.since(),
                                          .first = first_that_differ(state, pair, direction)});
        case LinkDifference::News::Agree:
            return state.emit(LinksAgree{pair.name, direction, now - *since});
    }
}

void watch_differences(State& state, Instant now, Pair& pair) {
    if (!comparable(state, pair)) {
        pair.received.reset();
        pair.advertised.reset();
        pair.stamp.reset();
        pair.look_at.reset();
        return;
    }
    const auto stamp = stamp_of(state, pair);
    if (pair.stamp != stamp) pair.look_at = earlier(pair.look_at, now + kCompareEvery);
    pair.stamp = stamp;
    if (!pair.look_at || now < *pair.look_at) return;
    pair.look_at.reset();
    compare(state, now, pair, Direction::Received);
    compare(state, now, pair, Direction::Advertised);
    pair.look_at = earlier(pair.received.due(pair.may_differ), pair.advertised.due(pair.may_differ));
}

void watch_maintenance(State& state, Instant now, SessionId id, Family family) {
    auto& peer = state.peer(id);
    const auto& rib = state.ribs[slot(family)];
    const auto prolonged = rib.prolonged(id), accepted = rib.counts(id).accepted;
    // While a table comes in, the first of its routes speak for none of the others.
    const bool whole = peer.table_received[slot(family)];
    switch (peer.maintenance.note(now, prolonged, whole ? accepted : 0)) {
        case Maintenance::News::None:
            return;
        case Maintenance::News::Suspected:
            return state.emit(MaintenanceSuspected{peer.plan.name, prolonged, accepted});
        case Maintenance::News::Over:
            return state.emit(MaintenanceOver{peer.plan.name, peer.maintenance.lasted()});
    }
}

/// Prolonged or withdrawn where it brings nothing and the other link does: Azure's traffic moves there, too (fact F5.7).
policy::Told told_on(const State& state, const Pair& pair, SessionId id) {
    const auto& peer = state.peer(id);
    const bool quiet = peer.session.state() == session::State::Established && peer.table_received[slot(pair.family)] &&
                       state.ribs[slot(pair.family)].counts(id).accepted == 0 && other_healthy(state, pair, id);
    if (!quiet) return policy::Told::Usual;
    switch (peer.plan.only_if_receiving) {
        case config::OnlyIfReceiving::Off:
            return policy::Told::Usual;
        case config::OnlyIfReceiving::Prepend:
            return policy::Told::Prolonged;
        case config::OnlyIfReceiving::Withdraw:
            return policy::Told::Nothing;
    }
    return policy::Told::Usual;
}

bool follow_quiet(State& state, const Pair& pair, SessionId id) {
    auto& told = state.peer(id).plan.exporting.told;
    const auto now = told_on(state, pair, id);
    if (told == now) return false;
    told = now;
    reconsider_advertising(state, id);
    const auto& name = state.peer(id).plan.name;
    if (now == policy::Told::Usual)
        state.emit(LinkQuietOver{name});
    else
        state.emit(LinkQuiet{name, now == policy::Told::Nothing});
    return true;
}

}  // namespace

bool watch_links(State& state, Instant now) {
    bool told = false;
    for (auto& pair : state.pairs) {
        watch_differences(state, now, pair);
        for (const auto id : pair.here) {
            watch_maintenance(state, now, id, pair.family);
            told = follow_quiet(state, pair, id) || told;
        }
    }
    return told;
}

std::optional<Instant> watch_links_deadline(const State& state) {
    std::optional<Instant> deadline;
    for (const auto& pair : state.pairs) deadline = earlier(deadline, pair.look_at);
    return deadline;
}

namespace {

DifferenceRow difference_row(Instant now, const OnlyHere& only, const LinkDifference& difference) {
    return {.only_primary = only.first,
            .only_secondary = only.second,
            .seconds = difference.since() ? whole_seconds(now - *difference.since()) : 0};
}

}  // namespace

void add_differences(const State& state, Instant now, const Pair& pair, PeeringView& view) {
    if (pair.here.size() != 2) return;
    view.received_only = difference_row(now, received_only(state, pair), pair.received);
    view.advertised_only = difference_row(now, advertised_only(state, pair), pair.advertised);
}

void add_maintenance(const State& state, Instant now, SessionId id, SessionRow& row) {
    const auto& peer = state.peer(id);
    if (peer.plan.peering.empty() || !peer.maintenance.suspected()) return;
    row.maintenance_seconds = whole_seconds(now - *peer.maintenance.since());
    for (const auto& rib : state.ribs) row.prolonged += rib.prolonged(id);
}

}  // namespace dyad::speaker
