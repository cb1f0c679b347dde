#include "speaker/kernel.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "dyad/base/overloaded.hpp"
#include "speaker/advertise.hpp"
#include "speaker/backup.hpp"
#include "speaker/bfd.hpp"
#include "speaker/connections.hpp"
#include "speaker/recovery.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

constexpr std::uint32_t kLinksSequence = 1, kAddressesSequence = 2;

void ask(State& state, netlink::DumpOf what, std::uint32_t sequence) {
    std::vector<std::uint8_t> octets(64);
    Writer out{octets};
    netlink::encode_dump(what, Family::Ipv4, 0, sequence, out);
    octets.resize(out.size());
    state.outputs.emplace_back(KernelAsk{std::move(octets)});
}

const Interfaces::Interface* interface_of(const State& state, const Peer& peer) {
    if (!peer.plan.interface.empty()) return state.interfaces.by_name(peer.plan.interface);
    return state.interfaces.toward(peer.plan.peer);
}

LinkState ready(const Peer& peer) { return bfd_allows(peer) ? LinkState::Ready : LinkState::AwaitingBfd; }

/// F1.2: of a link's subnet the first address is ours, the second the MSEE's. Mixing them up is the classic.
bool is_swapped(const Interfaces::Interface& interface, const Peer& peer) {
    return !peer.plan.link.empty() && contains(interface.addresses, peer.plan.peer);
}

LinkState link_state(const State& state, const Peer& peer) {
    if (!peer.plan.on_link) return ready(peer);
    const auto* interface = interface_of(state, peer);
    if (!interface) return LinkState::Missing;
    if (!interface->usable) return LinkState::Down;
    const bool addressed = !peer.plan.local || contains(interface->addresses, *peer.plan.local);
    if (addressed) return ready(peer);
    return is_swapped(*interface, peer) ? LinkState::Swapped : LinkState::NoAddress;
}

session::Reason link_reason(const Peer& peer, LinkState link) {
    if (link == LinkState::AwaitingBfd) return awaiting_bfd(peer);
    session::Reason reason{.cause = session::Cause::LinkDown};
    const auto& name = peer.plan.interface;
    if (link == LinkState::Missing)
        reason.detail = name.empty() ? "no interface has a subnet that holds " + peer.plan.peer.to_string()
                                     : "there is no interface " + name;
    if (link == LinkState::Down) reason.detail = "interface " + name + " has no carrier or is down";
    if (link == LinkState::NoAddress || link == LinkState::Swapped) {
        reason.cause = session::Cause::AddressMissing;
        const auto ours = peer.plan.local->to_string();
        reason.detail = link == LinkState::Swapped
                            ? peer.plan.peer.to_string() + " on " + name + " belongs to Microsoft; yours is " + ours
                            : ours + " is not on interface " + name;
    }
    return reason;
}

/// A neighbour without local_address: ours on its subnet is the next hop it hears.
void adopt_local_address(State& state, SessionId id, const Interfaces::Interface* interface) {
    auto& local = state.peer(id).plan.exporting.local_address;
    const auto found = interface ? interface->address_toward(state.peer(id).plan.peer) : std::nullopt;
    if (!found || *found == local) return;
    local = *found;
    reconsider_advertising(state, id);
}

bool wanted(const State& state, SessionId id) {
    const auto& peer = state.peer(id);
    return peer.plan.enabled && !peer.removed && !state.shutting_down && !is_drilled(state, id);
}

/// A link whose carrier changed takes its leaf nexthops with it; the kernel says nothing of that.
void link_changed(State& state, Instant now, const Interfaces::Interface& interface, bool was_usable) {
    if (was_usable == interface.usable) return;
    if (interface.usable)
        state.fib.link_up(now, interface.index);
    else
        state.fib.link_down(now, interface.index);
    const bool ours =
        std::ranges::any_of(state.peers, [&](const Peer& peer) { return interface_of(state, peer) == &interface; });
    if (ours) state.emit(LinkChanged{interface.name, interface.usable});
}

void link_news(State& state, Instant now, const netlink::Link& link) {
    const auto* before = state.interfaces.by_index(link.index);
    const bool was_usable = before && before->usable;
    if (link.gone && was_usable) state.fib.link_down(now, link.index);
    const bool changed = state.interfaces.update(link);
    if (state.discovery != State::Discovery::Known || !changed) return;
    if (const auto* after = state.interfaces.by_index(link.index)) link_changed(state, now, *after, was_usable);
    follow_links(state, now);
}

void address_news(State& state, Instant now, const netlink::InterfaceAddress& address) {
    if (!state.interfaces.update(address) || state.discovery != State::Discovery::Known) return;
    state.fib.address_changed(now, address.address);
    follow_links(state, now);
}

void dump_done(State& state, Instant now, const netlink::DumpDone& done) {
    if (done.sequence == kLinksSequence && state.discovery == State::Discovery::Links) {
        state.discovery = State::Discovery::Addresses;
        ask(state, netlink::DumpOf::Addresses, kAddressesSequence);
    } else if (done.sequence == kAddressesSequence && state.discovery == State::Discovery::Addresses) {
        state.discovery = State::Discovery::Known;
        const bool known_before = std::exchange(state.discovered, true);
        const bool first = !known_before && std::ranges::all_of(state.peers, [](const Peer& peer) {
            return peer.session.state() == session::State::Idle;
        });
        if (first && state.config.fib.enabled) state.kernel_known_by = now + kKernelPatience;
        state.interfaces.for_each([&](const Interfaces::Interface& interface) {
            if (interface.usable)
                state.fib.link_up(now, interface.index);
            else
                state.fib.link_down(now, interface.index);
        });
        follow_links(state, now);
        // Later, when news was lost, the FIB looks again by itself: what it wants it knows.
        if (!known_before) start_recovery(state, now);
    }
}

/// At start; a later look at the kernel finds what we wrote ourselves.
void note_adopted(State& state, const fib::Adopted& adopted) {
    if (std::ranges::any_of(state.peers, &Peer::was_established)) return;
    for (std::size_t i = 0; i < kFamilies; ++i) state.adopted[i] = adopted.of_family[i] > 0;
}

void fib_event(State& state, Instant now, fib::News& news) {
    std::visit(Overloaded{
                   [&](fib::Failed& failed) {
                       state.emit(FibFailed{failed.prefix, failed.error, std::move(failed.text)});
                   },
                   [&](fib::Conflict& conflict) { state.emit(FibConflict{conflict.prefix}); },
                   [&](fib::Touched& touched) {
                       FibTouched told{.routes = touched.routes,
                                       .nexthops = touched.nexthops,
                                       .lost = touched.lost,
                                       .often = touched.often};
                       if (touched.first) told.first.push_back(*touched.first);
                       state.emit(std::move(told));
                   },
                   [&](fib::Moved& moved) {
                       state.emit(FibMoved{moved.group, moved.routes, moved.members});
                   },
                   [&](fib::Swept& swept) { state.emit(FibSwept{swept.routes}); },
                   [&](fib::Adopted& adopted) {
                       if (adopted.routes > 0) state.emit(FibAdopted{adopted.routes});
                       note_adopted(state, adopted);
                       restore_learned(state);
                       kernel_known(state, now, adopted.routes > 0);
                       release_sessions(state, now);
                   },
               },
               news);
}

}  // namespace

void discover(State& state) {
    state.discovery = State::Discovery::Links;
    ask(state, netlink::DumpOf::Links, kLinksSequence);
}

void kernel_news(State& state, Instant now, const KernelNews& news) {
    netlink::MessageCursor cursor{news.octets};
    while (const auto message = cursor.next()) {
        if (const auto* link = std::get_if<netlink::Link>(&*message)) link_news(state, now, *link);
        if (const auto* address = std::get_if<netlink::InterfaceAddress>(&*message)) address_news(state, now, *address);
        if (const auto* done = std::get_if<netlink::DumpDone>(&*message)) dump_done(state, now, *done);
    }
}

void kernel_replied(State& state, Instant now, const KernelReplied& reply) {
    state.fib.received(now, reply.octets, state.rows);
    drive_fib(state, now);
}

void kernel_overrun(State& state, Instant now) {
    state.interfaces = {};
    discover(state);
    state.fib.lost_answers(now);
}

void kernel_touched(State& state, Instant now, const KernelTouched& news) {
    state.fib.touched(now, news.octets, state.rows);
}

void kernel_touches_lost(State& state, Instant now) { state.fib.touches_lost(now); }

void follow_link(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    const auto link = link_state(state, peer);
    const auto* interface = interface_of(state, peer);
    const auto index = interface ? interface->index : 0;
    if (link == LinkState::Ready && index != 0 && (index != peer.interface_index || peer.link != link))
        state.fib.define_path(id, peer.plan.peer, index);
    peer.interface_index = index;
    if (!peer.plan.local) adopt_local_address(state, id, interface);
    const auto before = std::exchange(peer.link, link);
    if (!wanted(state, id)) return;
    if (link == LinkState::Ready && before != LinkState::Ready && !state.kernel_known_by) peer.session.start(now);
    if (link != LinkState::Ready && before != link) {
        if (link == LinkState::Swapped)
            state.emit(AddressesSwapped{peer.plan.name, peer.plan.interface, peer.plan.peer, *peer.plan.local});
        peer.session.stop(now, wire::cease(wire::subcode::kOtherConfigurationChange), link_reason(peer, link));
        let_go(state, now, id, "the link is down");
    }
    carry_out(state, now, id);
}

void release_sessions(State& state, Instant now) {
    if (!std::exchange(state.kernel_known_by, std::nullopt)) return;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        auto& peer = state.peers[i];
        if (!wanted(state, SessionId{i}) || peer.link != LinkState::Ready) continue;
        peer.session.start(now);
        carry_out(state, now, SessionId{i});
    }
}

void follow_links(State& state, Instant now) {
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) follow_link(state, now, SessionId{i});
}

void drive_fib(State& state, Instant now) {
    for (auto& news : state.fib.take_news()) fib_event(state, now, news);
    const auto send = [&](Bytes batch, KernelTurn turn) {
        if (!batch.empty()) state.outputs.emplace_back(KernelSend{{batch.begin(), batch.end()}, turn});
        return !batch.empty();
    };
    send(state.fib.next_urgent(now), KernelTurn::Ahead);
    while (send(state.fib.next_batch(now, state.rows), KernelTurn::Behind)) {
    }
}

}  // namespace dyad::speaker
