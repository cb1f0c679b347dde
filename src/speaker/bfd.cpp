#include "speaker/bfd.hpp"

#include <algorithm>

#include "speaker/connections.hpp"
#include "speaker/kernel.hpp"

namespace dyad::speaker {
namespace {

using bfd::Diagnostic;
using bfd::Hops;

bool is_up(const Peer& peer) { return peer.bfd && peer.bfd->facts.state == bfd::State::Up; }

/// Several hops where the file says so, and to a neighbour in our AS that no subnet of ours holds.
bfd::Path path_of(const State& state, const Peer& peer) {
    const auto* interface = state.interfaces.by_index(peer.interface_index);
    bfd::Path path{.peer = peer.plan.peer};
    path.local = peer.plan.local;
    if (peer.plan.bfd->multihop || !interface) {
        path.hops = Hops::Multi;
        return path;
    }
    if (!path.local) path.local = interface->address_toward(peer.plan.peer);
    path.interface = interface->name;
    path.interface_index = interface->index;
    return path;
}

bool runs_bfd(const State& state, const Peer& peer) {
    const bool there = peer.link == LinkState::Ready || peer.link == LinkState::AwaitingBfd;
    return peer.plan.bfd && peer.plan.enabled && !peer.removed && !state.shutting_down && there;
}

/// A session on another path is another session.
void begin_bfd(State& state, Peer& peer) {
    const auto path = path_of(state, peer);
    if (peer.bfd && peer.bfd->path == path) return;
    peer.bfd = BfdLife{.id = BfdSessionId{state.next_bfd++}, .path = path, .facts = {}};
}

Peer* peer_with(State& state, BfdSessionId id) {
    const auto found =
        std::ranges::find_if(state.peers, [&](const Peer& peer) { return peer.bfd && peer.bfd->id == id; });
    return found == state.peers.end() ? nullptr : &*found;
}

SessionId id_of(const State& state, const Peer& peer) {
    return SessionId{static_cast<std::uint32_t>(&peer - state.peers.data())};
}

/// RFC 5882 4.2.1: traffic first, in this turn, before anybody hears of it.
void leave_path(State& state, Instant now, SessionId id) {
    if (state.peer(id).session.state() != session::State::Established || leaves_routes_behind(state)) return;
    state.fib.path_down(now, id);
    drive_fib(state, now);
}

/// The peer hears why (RFC 9384); then it is tried again, at once or when BFD is up.
void end_by_bfd(State& state, Instant now, SessionId id, Diagnostic diagnostic) {
    auto& peer = state.peer(id);
    if (peer.session.state() != session::State::Established) return;
    const session::Reason reason{.cause = session::Cause::BfdDown, .detail = std::string{bfd::to_string(diagnostic)}};
    if (peer.plan.bfd->strict)
        peer.session.stop(now, wire::cease(wire::subcode::kBfdDown), reason);
    else
        peer.session.reset(now, wire::cease(wire::subcode::kBfdDown), reason);
    carry_out(state, now, id);
}

/// When it is worth a word that the neighbour's BFD has not come up. Its AdminDown is an answer.
std::optional<Instant> answer_due(const Peer& peer) {
    if (!peer.bfd || peer.bfd_unanswered_told || peer.bfd->facts.times_up > 0) return std::nullopt;
    const bool given_up =
        peer.bfd->facts.remote_discriminator != 0 && peer.bfd->facts.remote_state == bfd::State::AdminDown;
    const auto since = peer.session.established_since();
    if (given_up || !since) return std::nullopt;
    return *since + kBfdAnswersWithin;
}

std::uint64_t in_microseconds(std::chrono::microseconds duration) {
    return static_cast<std::uint64_t>(duration.count());
}

BfdRow bfd_row(const Peer& peer, Instant now) {
    const auto& facts = peer.bfd->facts;
    const auto& path = peer.bfd->path;
    BfdRow row;
    row.session = peer.plan.name;
    row.peer = path.peer.to_string();
    row.local = path.local ? path.local->to_string() : "";
    row.interface = path.interface;
    row.multihop = path.hops == Hops::Multi;
    row.strict = peer.plan.bfd->strict;
    row.state = bfd::to_string(facts.state);
    row.remote_state = bfd::to_string(facts.remote_state);
    row.diagnostic = bfd::to_string(facts.diagnostic);
    row.remote_diagnostic = bfd::to_string(facts.remote_diagnostic);
    row.local_discriminator = facts.local_discriminator;
    row.remote_discriminator = facts.remote_discriminator;
    row.transmit_interval_microseconds = in_microseconds(facts.transmit_interval);
    row.receive_interval_microseconds = in_microseconds(facts.receive_interval);
    row.detection_time_microseconds = in_microseconds(facts.detection_time);
    row.multiplier = peer.plan.bfd->parameters.multiplier;
    row.remote_multiplier = facts.remote_multiplier;
    if (facts.since && *facts.since <= now)
        row.since_seconds =
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now - *facts.since).count());
    row.sent = facts.sent;
    row.received = facts.received;
    row.discarded = facts.discarded;
    row.times_up = facts.times_up;
    return row;
}

}  // namespace

void follow_bfd(State& state) {
    // While links are asked for anew nothing is known of them, which is no reason to end anything.
    if (state.discovery != State::Discovery::Known && !state.shutting_down) return;
    std::vector<bfd::Wanted> all;
    for (auto& peer : state.peers) {
        if (!runs_bfd(state, peer)) {
            peer.bfd.reset();
            continue;
        }
        begin_bfd(state, peer);
        all.push_back({peer.bfd->id, peer.bfd->path, peer.plan.bfd->parameters});
    }
    if (all == state.bfd_sessions) return;
    state.bfd_sessions = all;
    state.outputs.emplace_back(BfdSessions{std::move(all)});
}

void bfd_changed(State& state, Instant now, const BfdChanged& news) {
    auto* peer = peer_with(state, news.session);
    if (!peer) return;  // of a life that has ended
    const auto& change = news.change;
    auto& facts = peer->bfd->facts;
    facts.state = change.after;
    facts.remote_state = change.remote;
    facts.diagnostic = change.diagnostic;
    facts.since = now;
    const auto id = id_of(state, *peer);
    const bool failed = bfd::means_path_failure(change);
    if (failed) leave_path(state, now, id);
    if (change.after == bfd::State::Up) {
        ++facts.times_up;
        state.emit(BfdUp{peer->plan.name, peer->plan.peer});
    }
    if (change.before == bfd::State::Up)
        state.emit(BfdDown{peer->plan.name, peer->plan.peer, change.diagnostic, failed});
    if (failed) end_by_bfd(state, now, id, change.diagnostic);
    follow_link(state, now, id);
}

void bfd_facts(State& state, Instant now, const BfdFacts& news) {
    auto* peer = peer_with(state, news.session);
    if (!peer) return;
    peer->bfd->facts = news.facts;
    // The peer's AdminDown changes no state of ours when we are Down already, but lets BGP begin.
    if (peer->link == LinkState::AwaitingBfd) follow_link(state, now, id_of(state, *peer));
}

void watch_bfd(State& state, Instant now) {
    for (auto& peer : state.peers) {
        const auto due = answer_due(peer);
        if (!due || *due > now) continue;
        peer.bfd_unanswered_told = true;
        state.emit(BfdUnanswered{.session = peer.plan.name,
                                 .peer = peer.plan.peer,
                                 .after = kBfdAnswersWithin,
                                 .at_azure = !peer.plan.peering.empty()});
    }
}

std::optional<Instant> bfd_deadline(const State& state) {
    std::optional<Instant> first;
    for (const auto& peer : state.peers) first = earlier(first, answer_due(peer));
    return first;
}

bool bfd_allows(const Peer& peer) {
    if (!peer.plan.bfd || !peer.plan.bfd->strict || is_up(peer)) return true;
    // RFC 5882 4.3.2: a peer that restarts may have taken its BFD along.
    if (peer.session.state() == session::State::Established || peer.retained) return true;
    return peer.bfd && peer.bfd->facts.remote_discriminator != 0 &&
           peer.bfd->facts.remote_state == bfd::State::AdminDown;
}

session::Reason awaiting_bfd(const Peer& peer) {
    session::Reason reason{.cause = session::Cause::BfdDown};
    const bool heard = peer.bfd && peer.bfd->facts.remote_discriminator != 0;
    reason.detail = heard ? "strict, so BGP waits for it to come up"
                          : "strict, so BGP waits for it, and the peer sends no BFD packets";
    return reason;
}

std::string bfd_word(const Peer& peer) {
    if (!peer.plan.bfd) return "";
    return std::string{bfd::to_string(peer.bfd ? peer.bfd->facts.state : bfd::State::Down)};
}

std::string bfd_remark(const Peer& peer) {
    if (!peer.plan.bfd || is_up(peer)) return "";
    if (!peer.bfd || peer.bfd->facts.times_up == 0) return "BFD has not been up";
    return "BFD is " + bfd_word(peer) + ": " + std::string{bfd::to_string(peer.bfd->facts.diagnostic)};
}

BfdView bfd_view(const State& state, Instant now) {
    BfdView view;
    for (const auto& peer : state.peers)
        if (peer.bfd && peer.plan.bfd) view.sessions.push_back(bfd_row(peer, now));
    return view;
}

}  // namespace dyad::speaker
