#include "speaker/doctor.hpp"

#include <algorithm>

#include "dyad/base/contains.hpp"
#include "speaker/bfd.hpp"
#include "speaker/links.hpp"
#include "speaker/query.hpp"

namespace dyad::speaker {
namespace {

using session::Cause;

constexpr std::string_view kYou = "you", kProvider = "provider", kMicrosoft = "Microsoft";

/// How the steps of one session went.
class Examination {
public:
    Examination(const State& state, Instant now, SessionId id, const Seen& seen)
        : state_(state),
          peer_(state.peer(id)),
          row_(session_row(state, now, id)),
          seen_(seen),
          interface_(peer_.plan.interface.empty() ? state.interfaces.toward(peer_.plan.peer)
                                                  : state.interfaces.by_name(peer_.plan.interface)) {
        report_.session = peer_.plan.name;
    }

    DoctorReport walk() {
        using Step = void (Examination::*)();
        constexpr Step kSteps[] = {&Examination::configuration, &Examination::interface,  &Examination::vlan,
                                   &Examination::address,       &Examination::arp,        &Examination::tcp,
                                   &Examination::md5,           &Examination::open,       &Examination::bfd,
                                   &Examination::routes,        &Examination::advertised, &Examination::kernel,
                                   &Examination::sysctls};
        for (const auto step : kSteps) {
            if (!report_.owner.empty()) break;
            (this->*step)();
        }
        if (report_.owner.empty()) report_.verdict = "nothing is wrong with it as far as can be seen from here";
        return std::move(report_);
    }

private:
    void well(std::string step, std::string words) { note(std::move(step), "ok", std::move(words)); }
    void warn(std::string step, std::string words) { note(std::move(step), "warning", std::move(words)); }
    void note(std::string step, std::string_view state, std::string words) {
        report_.steps.push_back({std::move(step), std::string{state}, std::move(words)});
    }
    /// The last step.
    void fail(std::string step, std::string words, std::string_view owner) {
        report_.owner = owner;
        report_.verdict = step + ": " + words;
        note(std::move(step), "failed", std::move(words));
    }

    bool established() const { return row_.state == "Established"; }
    /// The session's FSM has gone as far as TCP with the peer.
    bool tcp_is_up() const { return established() || row_.state == "OpenSent" || row_.state == "OpenConfirm"; }
    bool is_cause(std::initializer_list<Cause> causes) const {
        return !established() &&
               std::ranges::any_of(causes, [&](Cause cause) { return row_.cause == session::to_string(cause); });
    }

    void configuration() {
        if (!peer_.plan.enabled) return fail("configuration", "enabled = false", kYou);
        if (is_cause({Cause::AdministrativelyDown})) return fail("configuration", row_.reason, kYou);
    }

    const std::string& name() const { return interface_ ? interface_->name : peer_.plan.interface; }
    const SeenInterface* seen() const {
        const auto found = std::ranges::find(seen_.interfaces, name(), &SeenInterface::name);
        return found == seen_.interfaces.end() ? nullptr : &*found;
    }

    void interface() {
        if (!peer_.plan.on_link) return well("interface", "the neighbour is several hops away");
        if (!interface_)
            return fail("interface",
                        name().empty() ? "no interface has a subnet that holds " + row_.peer
                                       : "there is no interface " + name(),
                        kYou);
        if (interface_->usable) return well("interface", name() + " is up, with carrier");
        if (seen() && !seen()->up)
            return fail("interface", name() + " is switched off (ip link set " + name() + " up)", kYou);
        fail("interface", name() + " has no carrier: the cable, the port or the cross connection", kProvider);
    }

    std::optional<std::uint16_t> configured_vlan() const {
        for (const auto& circuit : state_.config.circuits)
            for (const auto& peering : circuit.peerings) {
                const auto name = circuit.name + "/" + std::string{config::to_string(peering.kind)};
                if (peer_.plan.peering == name || peer_.plan.peering == name + "/v6") return peering.vlan;
            }
        return std::nullopt;
    }

    void vlan() {
        const auto wanted = configured_vlan();
        const auto tagged = seen() ? seen()->vlan : std::nullopt;
        if (wanted && tagged && *wanted != *tagged)
            return fail(
                "VLAN",
                name() + " has VLAN " + std::to_string(*tagged) + ", the peering has " + std::to_string(*wanted), kYou);
        if (wanted && tagged) return well("VLAN", name() + " has VLAN " + std::to_string(*tagged) + ", as configured");
        if (tagged)
            return well("VLAN",
                        name() + " has VLAN " + std::to_string(*tagged) + "; `vlan` in the file would compare it");
        if (wanted)
            warn("VLAN", name() + " is no VLAN interface: " + std::to_string(*wanted) + " has to be tagged elsewhere");
    }

    void address() {
        if (!peer_.plan.on_link || !peer_.plan.local) return;
        const auto ours = peer_.plan.local->to_string();
        if (contains(interface_->addresses, *peer_.plan.local)) return well("address", ours + " is on " + name());
        if (!peer_.plan.link.empty() && contains(interface_->addresses, peer_.plan.peer))
            return fail("address", row_.peer + " on " + name() + " belongs to Microsoft; yours is " + ours, kYou);
        fail("address",
             ours + " is not on " + name() + " (ip address add " + ours + "/" +
                 (peer_.plan.peer.is_v4() ? "30" : "126") + " dev " + name() + ")",
             kYou);
    }

    const SeenNeighbour* answers() const {
        const auto found = std::ranges::find_if(seen_.neighbours, [&](const SeenNeighbour& one) {
            return one.address == peer_.plan.peer && one.interface == name();
        });
        return found == seen_.neighbours.end() ? nullptr : &*found;
    }

    void arp() {
        if (!peer_.plan.on_link) return;
        const auto* step = peer_.plan.peer.is_v4() ? "ARP" : "ND";
        const auto* entry = answers();
        if (entry && entry->state == SeenNeighbour::State::Reachable)
            return well(step, row_.peer + " is at " + entry->mac);
        if (established() || tcp_is_up()) return well(step, row_.peer + " answers");
        if (!entry) return warn(step, "nothing has asked for " + row_.peer + " yet");
        fail(step,
             "nobody answers for " + row_.peer + " on " + name() +
                 ": the VLAN tag (inner and outer) on the way, the cross connection, or the circuit is not provisioned",
             kProvider);
    }

    void tcp() {
        if (tcp_is_up()) return well("TCP 179", "a connection with " + row_.peer + " is up");
        if (is_cause({Cause::ConnectRefused}))
            return fail("TCP 179",
                        "refused: " + row_.peer +
                            " answers, and has no BGP session for us: is the peering configured and enabled in the "
                            "portal, with this subnet?",
                        kMicrosoft);
        if (is_cause({Cause::ConnectTimedOut}))
            return fail("TCP 179",
                        "filtered: ARP is answered and SYN is not. A key at their side only does this, as unsigned "
                        "segments are "
                        "dropped without a word; else a packet filter here or between",
                        kYou);
        if (is_cause({Cause::ConnectFailed})) return fail("TCP 179", row_.reason, kYou);
        if (is_cause({Cause::PeerClosed}))
            return fail("TCP 179", "reset: " + row_.reason + "; Microsoft's router knows us and does not want us now",
                        kMicrosoft);
        if (is_cause({Cause::WaitingForPeer})) return fail("TCP 179", row_.reason, kMicrosoft);
        if (is_cause({Cause::Connecting, Cause::NeverStarted})) return warn("TCP 179", row_.reason);
    }

    void md5() {
        if (is_cause({Cause::Md5Mismatch}))
            return fail("MD5", row_.reason + "; Azure never shows its key: set it anew in the portal and here", kYou);
        const bool key = !peer_.plan.tcp.md5_key.empty();
        if (tcp_is_up()) well("MD5", key ? "segments are signed, and theirs verify" : "no key at either side");
    }

    void open() {
        if (established())
            return well("OPEN", "Established with AS " + std::to_string(row_.peer_asn.value) + " for " +
                                    std::to_string(row_.uptime_seconds) + " s");
        if (is_cause({Cause::WrongPeerAs})) return fail("OPEN", row_.reason, kYou);
        if (is_cause({Cause::NoOpenReceived, Cause::NoKeepaliveReceived})) return fail("OPEN", row_.reason, kMicrosoft);
        if (is_cause({Cause::HoldTimerExpired, Cause::SendHoldTimerExpired, Cause::BfdDown}))
            return fail("OPEN", row_.reason + ": packets are lost on the way", kProvider);
        if (is_cause({Cause::NotificationReceived})) return fail("OPEN", row_.reason, owner_of_notification());
        if (!row_.reason.empty()) fail("OPEN", row_.reason, kYou);
    }

    /// RFC 4486: who ends a session by order is Microsoft; too many prefixes (Cease/1) and a refused OPEN are ours to mend.
    std::string_view owner_of_notification() const {
        const auto error = peer_.session.last_error();
        if (!error || !error->notification) return kMicrosoft;
        const auto& notification = *error->notification;
        const bool ours =
            notification.code == wire::ErrorCode::OpenMessage ||
            (notification.code == wire::ErrorCode::Cease && notification.subcode == wire::subcode::kMaximumPrefixes);
        return ours ? kYou : kMicrosoft;
    }

    void bfd() {
        if (!peer_.plan.bfd) return;
        const auto remark = bfd_remark(peer_);
        if (remark.empty()) return well("BFD", "Up");
        const bool never = !peer_.bfd || peer_.bfd->facts.times_up == 0;
        warn("BFD", never ? remark + ": a peering from before August 2018 has to be reset once in the portal" : remark);
    }

    void routes() {
        const auto words = std::to_string(row_.accepted) + " of " + std::to_string(row_.received) + " routes accepted";
        if (row_.received == 0 && !peer_.plan.expect_routes)
            return warn("routes", "none received: no route filter attached?");
        if (row_.received == 0)
            return fail("routes",
                        "none received: no virtual network's gateway is connected to the circuit, or Microsoft's core "
                        "is worked on",
                        peer_.watermark.most > 0 ? kMicrosoft : kYou);
        if (!row_.alarm.empty()) return fail("routes", row_.alarm, kMicrosoft);
        if (row_.accepted == 0)
            return fail("routes", words + ": `dyad show routes --rejected " + row_.session + "`", kYou);
        well("routes", words);
    }

    void advertised() {
        if (row_.withheld > 0)
            return warn("advertised", std::to_string(row_.advertised) + " prefixes, " + std::to_string(row_.withheld) +
                                          " withheld by the limit");
        if (row_.advertised == 0) return warn("advertised", "nothing: Azure has no way to us");
        well("advertised", std::to_string(row_.advertised) + " prefixes");
    }

    void kernel() {
        const auto fib = fib_row(state_);
        if (!fib.enabled) return well("kernel", "left alone ([fib] enabled = false)");
        if (fib.failed > 0)
            return fail("kernel", "refuses " + std::to_string(fib.failed) + " routes: `dyad show fib`", kYou);
        well("kernel", std::to_string(fib.routes) + " routes in place");
    }

    void sysctls() {
        for (const auto& sysctl : seen_.sysctls) warn("sysctl", sysctl.name + " = " + sysctl.value + ": " + sysctl.why);
    }

    const State& state_;
    const Peer& peer_;
    SessionRow row_;
    const Seen& seen_;
    const Interfaces::Interface* interface_;
    DoctorReport report_;
};

std::vector<SessionId> meant(const State& state, const std::string& name) {
    std::vector<SessionId> ids;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        const auto& peer = state.peers[i];
        if (peer.removed || !peer.plan.speaks()) continue;
        const bool by_peering = peer.plan.peering == name || peer.plan.peering == name + "/v6";
        if (name.empty() || peer.plan.name == name || by_peering) ids.push_back(SessionId{i});
    }
    return ids.empty() ? sessions_of_link(state, name) : ids;
}

}  // namespace

View doctor_view(const State& state, Instant now, const AskDoctor& ask) {
    const auto ids = meant(state, ask.name);
    if (ids.empty()) return NotFound{"there is no session, peering or link " + ask.name, session_names(state)};
    DoctorView view;
    for (const auto id : ids) view.sessions.push_back(Examination{state, now, id, ask.seen}.walk());
    return view;
}

View arp_view(const State& state, const AskArp& ask) {
    ArpView view;
    for (const auto& peer : state.peers) {
        const auto& plan = peer.plan;
        if (peer.removed || plan.link.empty() || !plan.speaks() || !plan.local) continue;
        const auto ours = std::ranges::find(ask.seen.interfaces, plan.interface, &SeenInterface::name);
        const auto* interface = state.interfaces.by_name(plan.interface);
        const bool there = interface && contains(interface->addresses, *plan.local);
        view.rows.push_back({.session = plan.name,
                             .property = "On-Prem",
                             .address = *plan.local,
                             .mac = there && ours != ask.seen.interfaces.end() ? ours->mac : ""});
        const auto theirs = std::ranges::find_if(ask.seen.neighbours, [&](const SeenNeighbour& one) {
            return one.address == plan.peer && one.interface == plan.interface;
        });
        if (theirs == ask.seen.neighbours.end()) continue;
        view.rows.push_back({.session = plan.name,
                             .property = "Microsoft",
                             .address = plan.peer,
                             .mac = theirs->state == SeenNeighbour::State::Reachable ? theirs->mac : "",
                             .age_minutes = static_cast<std::uint64_t>(
                                 std::chrono::duration_cast<std::chrono::minutes>(theirs->age).count())});
    }
    return view;
}

}  // namespace dyad::speaker
