#include "speaker/backup.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"

namespace dyad::speaker {
namespace {

bool is_established(const Peer& peer) { return peer.session.state() == session::State::Established; }

Family its_family(const Peer& peer) { return peer.plan.parameters.families.front(); }

SessionId number_of(const State& state, const Peer& peer) {
    return SessionId{static_cast<std::uint32_t>(&peer - state.peers.data())};
}

bool listed(const WayRound& way, const Prefix& prefix) { return way.prefixes && contains(*way.prefixes, prefix); }

/// With a list only what is within it.
bool may_learn(const WayRound& way, const Prefix& prefix) {
    return !way.prefixes ||
           std::ranges::any_of(*way.prefixes, [&](const Prefix& listed) { return listed.covers(prefix); });
}

bool told_its_table(const Peer& peer, Family family) {
    return is_established(peer) && peer.table_received[slot(family)] && !peer.hold.holds();
}

/// Nobody is away whose routes we would only be waiting for.
bool all_told(const State& state, const std::vector<SessionId>& links, Family family) {
    const auto enabled = [&](SessionId id) { return state.peer(id).plan.enabled; };
    return std::ranges::any_of(links, enabled) && std::ranges::all_of(links, [&](SessionId id) {
               return !enabled(id) || told_its_table(state.peer(id), family);
           });
}

/// Ours to say: nobody told it, so there is no path, and the gateway is where it goes.
route::AttributeRef attributes_of(State& state, const Peer& way) {
    wire::Attributes attributes;
    attributes.origin = wire::Origin::Incomplete;
    attributes.next_hop = way.plan.peer;
    return state.pool.intern(attributes);
}

void learn_row(State& state, SessionId id, Family family, PrefixId row) {
    auto& rib = state.ribs[slot(family)];
    const auto& way = state.peer(id);
    const auto prefix = rib.table().prefix(row);
    const auto tells = [&](SessionId link) { return !state.peer(link).hold.holds() && rib.accepts(link, row); };
    const bool told = listed(*way.plan.way_round, prefix) ||
                      (may_learn(*way.plan.way_round, prefix) && std::ranges::any_of(way.learning.links, tells));
    const bool has = rib.received(id, row) != route::kNoAttributes;
    if (told && !has) rib.announce(id, row, attributes_of(state, way), state.pool);
    if (!told && has && all_told(state, way.learning.links, family)) rib.withdraw(id, row, state.pool);
}

/// True when all rows were looked at.
bool learn_slice(State& state, SessionId id) {
    auto& scan = state.peer(id).learning.scan;
    const auto family = its_family(state.peer(id));
    auto& rib = state.ribs[slot(family)];
    if (!scan) return true;
    if (!rib.settled()) return false;  // who is accepted is known when it has been decided
    const auto rows = rib.table().size();
    const auto end = std::min(rows, scan->index() + kScanRows);
    for (; scan->index() < end; ++scan->value) learn_row(state, id, family, *scan);
    if (scan->index() < rows) return false;
    scan.reset();
    return true;
}

void look_again(State& state, SessionId link) {
    for (const auto id : state.ways_round)
        if (contains(state.peer(id).learning.links, link)) state.peer(id).learning.scan = PrefixId{0};
}

std::vector<SessionId> links_of(const State& state, const std::string& peering) {
    std::vector<SessionId> links;
    for (const auto& peer : state.peers)
        if (!peer.removed && peer.plan.peering == peering) links.push_back(number_of(state, peer));
    return links;
}

std::size_t used(const State& state, Family family, const std::vector<SessionId>& sessions) {
    std::size_t routes = 0;
    for (const auto id : sessions) routes += state.ribs[slot(family)].counts(id).best;
    return routes;
}

/// Its own gateway, and the neighbours that stand in for everybody.
std::vector<SessionId> ways_round(const State& state, const std::string& peering, Family family) {
    std::vector<SessionId> ways;
    for (const auto id : state.stand_ins) {
        const auto& plan = state.peer(id).plan;
        const bool its_own = !plan.way_round || plan.way_round->peering == peering;
        if (its_own && contains(plan.parameters.families, family)) ways.push_back(id);
    }
    return ways;
}

/// Nothing goes over its links, and something the way round.
bool goes_round(const State& state, const std::string& peering, Family family) {
    return used(state, family, links_of(state, peering)) == 0 &&
           used(state, family, ways_round(state, peering, family)) > 0;
}

void set_standing(State& state, SessionId id, rib::Standing standing) {
    auto& now = state.neighbours[id.index()].source.standing;
    if (std::exchange(now, standing) == standing) return;
    for (auto& rib : state.ribs) rib.reconsider(id);
}

/// Whether a path stands in at all; who waits for one that is dead waits in vain.
bool any_way_round(const State& state, const Peer& link) {
    const auto ways = ways_round(state, link.plan.peering, its_family(link));
    return std::ranges::any_of(ways, [&](SessionId id) { return state.peer(id).link == LinkState::Ready; });
}

bool tables_in(const Peer& peer) {
    return is_established(peer) && std::ranges::all_of(peer.session.negotiated()->families, [&](Family family) {
               return peer.table_received[slot(family)];
           });
}

std::string sessions_text(const State& state, const std::vector<SessionId>& sessions, Family family) {
    std::string text;
    for (const auto id : sessions)
        if (state.ribs[slot(family)].counts(id).best > 0)
            text += (text.empty() ? "" : " and ") + state.peer(id).plan.name;
    return text;
}

void watch_peering(State& state, Instant now, const Peer& link) {
    const auto& name = link.plan.peering;
    const auto family = its_family(link);
    const bool round = goes_round(state, name, family);
    const auto since = state.round_since.find(name);
    if (round && since == state.round_since.end()) {
        const auto ways = ways_round(state, name, family);
        state.round_since[name] = now;
        state.emit(BackupActive{name, sessions_text(state, ways, family), used(state, family, ways)});
    }
    // Emptied links while nothing stands in either is no return.
    if (!round && since != state.round_since.end() && used(state, family, links_of(state, name)) > 0) {
        state.emit(BackupOver{name, now - since->second});
        state.round_since.erase(since);
    }
}

bool is_speaking_stand_in(const State& state, SessionId id) {
    return contains(state.stand_ins, id) && state.peer(id).plan.speaks();
}

/// How many prefixes an event names.
constexpr std::size_t kNamedLonger = 5;
/// Not looked for more often than this, nor told: a table comes in pieces.
constexpr Duration kLongerPause = std::chrono::seconds{1};

void look_for_longer(State& state, Instant now) {
    auto& longer = state.longer;
    const bool any =
        std::ranges::any_of(state.stand_ins, [&](SessionId id) { return is_speaking_stand_in(state, id); });
    if (!any) longer = {};
    if (!longer.due || now < *longer.due) return;
    longer.due.reset();
    std::size_t count = 0;
    std::vector<Prefix> first;
    std::string by, instead_of;
    for (const auto& rib : state.ribs) {
        const auto family = rib.table().family();
        for (std::uint32_t i = 0; i < rib.table().size(); ++i) {
            const PrefixId row{i};
            const auto loc = rib.loc_route(row);
            if (loc.attributes == route::kNoAttributes || !is_speaking_stand_in(state, loc.best)) continue;
            const auto shorter = overruled_by_length(state, family, row);
            if (!shorter) continue;
            if (++count <= kNamedLonger) first.push_back(rib.table().prefix(row));
            by = state.peer(loc.best).plan.name;
            instead_of = state.peer(rib.loc_route(*shorter).best).plan.peering;
        }
    }
    if (count > longer.told) state.emit(BackupLonger{by, instead_of, count, std::move(first)});
    longer.told = count;
}

}  // namespace

void follow_ways_round(State& state, Instant now) {
    state.ways_round.clear();
    state.stand_ins.clear();
    state.longer = {.changed = true};
    for (auto& peer : state.peers) {
        if (peer.removed || !peer.plan.backup) continue;
        const auto id = number_of(state, peer);
        state.stand_ins.push_back(id);
        if (!peer.plan.way_round) continue;
        state.ways_round.push_back(id);
        peer.learning = {.links = links_of(state, peer.plan.way_round->peering), .scan = PrefixId{0}};
        if (!peer.plan.way_round->prefixes) continue;
        for (const auto& prefix : *peer.plan.way_round->prefixes)
            state.ribs[slot(prefix.family())].table().intern(prefix);
    }
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& peer = state.peers[i];
        if (peer.plan.return_hold || !peer.hold.holds()) continue;
        peer.hold.use(now);
        set_standing(state, SessionId{i}, rib::Standing::Regular);
    }
    if (state.stand_ins.empty()) state.round_since.clear();
}

void restore_learned(State& state) {
    for (const auto id : state.ways_round) {
        const auto& way = state.peer(id);
        const auto family = its_family(way);
        auto& rib = state.ribs[slot(family)];
        for (const auto row : state.fib.reserved(family, id))
            if (may_learn(*way.plan.way_round, rib.table().prefix(row)) &&
                rib.received(id, row) == route::kNoAttributes)
                rib.announce(id, row, attributes_of(state, way), state.pool);
    }
}

void forget_learned(State& state) {
    for (const auto id : state.ways_round)
        for (auto& rib : state.ribs) rib.drop(id);
    state.ways_round.clear();
}

void learn(State& state, Family family, std::span<const rib::LocChange> changes) {
    for (const auto id : state.ways_round) {
        if (its_family(state.peer(id)) != family) continue;
        for (const auto& change : changes) learn_row(state, id, family, change.prefix);
    }
    if (!changes.empty() && state.stand_ins.size() > state.ways_round.size()) state.longer.changed = true;
}

void unlearn(State& state, SessionId from, Family family, PrefixId row) {
    for (const auto id : state.ways_round) {
        const auto& links = state.peer(id).learning.links;
        auto& rib = state.ribs[slot(family)];
        if (its_family(state.peer(id)) != family || !contains(links, from)) continue;
        const bool others = std::ranges::any_of(
            links, [&](SessionId link) { return link != from && rib.received(link, row) != route::kNoAttributes; });
        if (!others && !listed(*state.peer(id).plan.way_round, rib.table().prefix(row)))
            rib.withdraw(id, row, state.pool);
    }
}

bool learn_more(State& state) {
    bool more = false;
    for (const auto id : state.ways_round) {
        auto& learning = state.peer(id).learning;
        const bool all = all_told(state, learning.links, its_family(state.peer(id)));
        if (all && !std::exchange(learning.all_told, all)) learning.scan = PrefixId{0};
        learning.all_told = all;
        more = !learn_slice(state, id) || more;
    }
    return more;
}

void link_is_up(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    if (!peer.plan.return_hold) return;
    if (!goes_round(state, peer.plan.peering, its_family(peer))) return peer.hold.use(now);
    // Who was never here before does not return: then only the table is waited for.
    const bool back = peer.session.times_established() > 1;
    peer.hold.begin(now, back ? *peer.plan.return_hold : Duration{});
    set_standing(state, id, rib::Standing::Returning);
}

void link_is_lost(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    if (!peer.plan.return_hold) return;
    peer.hold.lost(now);
    set_standing(state, id, rib::Standing::Regular);
}

void release_links(State& state, Instant now) {
    if (state.stand_ins.empty()) return;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& peer = state.peers[i];
        if (!peer.hold.holds()) continue;
        const bool waits = !peer.hold.over(now) || !tables_in(peer);
        if (waits && any_way_round(state, peer)) continue;
        peer.hold.use(now);
        set_standing(state, SessionId{i}, rib::Standing::Regular);
        look_again(state, SessionId{i});
    }
}

std::optional<Instant> release_deadline(const State& state) {
    std::optional<Instant> deadline = state.longer.due;
    if (state.stand_ins.empty()) return deadline;
    for (const auto& peer : state.peers)
        if (peer.hold.holds() && tables_in(peer)) deadline = earlier(deadline, peer.hold.until());
    return deadline;
}

void watch_ways_round(State& state, Instant now) {
    if (state.stand_ins.empty()) return;
    const bool settled = std::ranges::all_of(state.ribs, &rib::Rib::settled);
    if (!settled) return;
    for (const auto& peer : state.peers) {
        const bool stood_in_for = !peer.removed && peer.plan.return_hold;
        if (stood_in_for && links_of(state, peer.plan.peering).front() == number_of(state, peer))
            watch_peering(state, now, peer);
    }
    if (std::exchange(state.longer.changed, false) && !state.longer.due) state.longer.due = now + kLongerPause;
    look_for_longer(state, now);
}

std::vector<BackupRow> backup_rows(const State& state, Instant now, const std::string& peering) {
    std::vector<BackupRow> rows;
    const auto links = links_of(state, peering);
    if (links.empty() || !state.peer(links.front()).plan.return_hold) return rows;
    const auto family = its_family(state.peer(links.front()));
    const bool round = goes_round(state, peering, family);
    for (const auto id : ways_round(state, peering, family)) {
        const auto& peer = state.peer(id);
        const auto counts = state.ribs[slot(family)].counts(id);
        const auto* interface = state.interfaces.by_index(peer.interface_index);
        const bool ready = peer.link == LinkState::Ready && (!peer.plan.speaks() || is_established(peer));
        BackupRow row{.name = peer.plan.name,
                      .gateway = peer.plan.peer.to_string(),
                      .interface = interface ? interface->name : peer.plan.interface,
                      .state = !ready                     ? "down"
                               : round && counts.best > 0 ? "active"
                                                          : "ready",
                      .prefixes = counts.accepted,
                      .carried = counts.best};
        if (const auto since = state.round_since.find(peering);
            row.state == "active" && since != state.round_since.end())
            row.active_seconds = static_cast<std::uint64_t>(
                std::chrono::duration_cast<std::chrono::seconds>(now - since->second).count());
        for (const auto link : links) {
            const auto& hold = state.peer(link).hold;
            if (!hold.holds() || row.state != "active") continue;
            const auto left = std::chrono::ceil<std::chrono::seconds>(std::max(Duration{}, hold.until() - now));
            row.returning += (row.returning.empty() ? "" : ", ") + state.peer(link).plan.link +
                             (left.count() > 0 ? " is back, and is used in " + std::to_string(left.count()) + " s"
                                               : std::string{" is back, and has not told its table"});
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

std::optional<PrefixId> overruled_by_length(const State& state, Family family, PrefixId row) {
    const auto& rib = state.ribs[slot(family)];
    for (const auto shorter : rib.table().covering(rib.table().prefix(row))) {
        const auto loc = rib.loc_route(shorter);
        if (shorter == row || loc.attributes == route::kNoAttributes) continue;
        if (!state.peer(loc.best).plan.peering.empty()) return shorter;
        return std::nullopt;
    }
    return std::nullopt;
}

}  // namespace dyad::speaker
