#include "speaker/plan.hpp"

#include <algorithm>
#include <tuple>

#include "dyad/base/contains.hpp"

namespace dyad::speaker {
namespace {

/// AS numbers that Azure drops or loops on: a route that has crossed them is never offered to an MSEE again.
const std::vector<Asn> kAzureAsns = {Asn{8075},  Asn{12076}, Asn{65515}, Asn{65516},
                                     Asn{65517}, Asn{65518}, Asn{65519}, Asn{65520}};

std::string name_in(const config::Circuit& circuit, const config::Peering& peering, Family family,
                    const std::string& what) {
    return circuit.name + "/" + std::string{config::to_string(peering.kind)} + what +
           (family == Family::Ipv6 ? "/v6" : "");
}

std::vector<policy::PrefixRange> ranges(const std::vector<config::PrefixRange>& from) {
    std::vector<policy::PrefixRange> to;
    for (const auto& range : from) to.push_back({range.prefix, range.longest});
    return to;
}

std::vector<policy::CommunityMatch> matches(const std::vector<std::string>& patterns) {
    std::vector<policy::CommunityMatch> to;
    for (const auto& pattern : patterns) to.push_back({pattern});
    return to;
}

/// All that this router says it has: nobody outside may claim it, or a block that holds it.
std::vector<Prefix> originated_anywhere(const config::Config& config) {
    std::vector<Prefix> all;
    const auto add = [&](const config::Exchange& exchange) {
        for (const auto& advertise : exchange.advertise) all.push_back(advertise.prefix);
    };
    for (const auto& circuit : config.circuits)
        for (const auto& peering : circuit.peerings) add(peering.exchange);
    for (const auto& neighbor : config.neighbors) add(neighbor.exchange);
    std::ranges::sort(all);
    const auto repeated = std::ranges::unique(all);
    all.erase(repeated.begin(), repeated.end());
    return all;
}

policy::ImportPolicy import_policy(const config::Config& config, const config::Exchange& exchange, Asn peer_as) {
    policy::ImportPolicy import;
    import.any = exchange.accept.any;
    import.prefixes = ranges(exchange.accept.prefixes);
    import.except = ranges(exchange.accept.except);
    import.communities = matches(exchange.accept.communities);
    import.max_length_v4 = exchange.accept.max_length_v4;
    import.max_length_v6 = exchange.accept.max_length_v6;
    import.local_preference = exchange.local_preference;
    for (const auto& rule : exchange.communities_in)
        import.communities_in.push_back({{rule.match}, rule.local_preference});
    import.local_as = config.asn;
    import.allow_as_in = exchange.allow_as_in;
    import.external = peer_as != config.asn;
    import.peer_as = peer_as;
    import.router_id = config.effective_router_id();
    return import;
}

policy::ExportPolicy export_policy(const config::Config& config, const config::Exchange& exchange, Asn peer_as,
                                   const std::vector<Family>& families) {
    policy::ExportPolicy exporting;
    for (const auto& advertise : exchange.advertise)
        // `longer` looks at the kernel's other routes, which this version does not: such an entry advertises nothing rather
        // than more than was meant.
        if (!advertise.longer && contains(families, advertise.prefix.family()))
            exporting.originate.push_back({.prefix = advertise.prefix,
                                           .communities = advertise.communities,
                                           .critical = advertise.critical,
                                           .when_present = advertise.when_present,
                                           .keep = !advertise.withdraw_on_failure,
                                           .off = advertise.when_present});
    std::ranges::sort(exporting.originate, {}, &policy::Originated::prefix);
    exporting.local_as = config.asn;
    exporting.external = peer_as != config.asn;
    return exporting;
}

/// RFC 9687 section 3: "the greater of 8 minutes or 2 times the negotiated HoldTime".
constexpr std::chrono::seconds kLeastSendHoldTime = std::chrono::minutes{8};

/// What stays true of it; R and F follow the speaker's state (restart.cpp).
wire::GracefulRestart restart_capability(const config::Transport& transport, const std::vector<Family>& families) {
    wire::GracefulRestart restart{.notification = true, .restart_time = transport.graceful_restart.restart_time};
    for (const auto family : families)
        restart.families.push_back({static_cast<std::uint16_t>(family), wire::kSafiUnicast, false});
    return restart;
}

std::optional<wire::Role> role_of(config::Role role) {
    switch (role) {
        case config::Role::None:
            return std::nullopt;
        case config::Role::Provider:
            return wire::Role::Provider;
        case config::Role::Customer:
            return wire::Role::Customer;
        case config::Role::Peer:
            return wire::Role::Peer;
        case config::Role::RouteServer:
            return wire::Role::RouteServer;
        case config::Role::RouteServerClient:
            return wire::Role::RouteServerClient;
    }
    return std::nullopt;
}

session::Parameters parameters(const config::Config& config, const config::Transport& transport, Asn peer_as,
                               std::vector<Family> families) {
    session::Parameters to;
    to.local_as = config.asn;
    to.peer_as = peer_as;
    to.router_id = config.effective_router_id();
    to.families = std::move(families);
    to.hold_time = transport.hold_time;
    to.passive = transport.passive;
    to.delay_open = transport.delay_open;
    to.send_hold_time =
        transport.send_hold_time.value_or(std::max<std::chrono::seconds>(kLeastSendHoldTime, 2 * transport.hold_time));
    to.enhanced_refresh = true;
    if (transport.graceful_restart.enabled) to.graceful_restart = restart_capability(transport, to.families);
    to.extended_messages = transport.extended_messages;
    to.add_path_receive = transport.add_path;
    to.role = role_of(transport.role);
    to.role_strict = transport.role_strict;
    return to;
}

TcpOptions tcp_options(const config::Transport& transport) {
    TcpOptions tcp;
    tcp.ttl = transport.gtsm ? 255 : transport.ttl;
    tcp.gtsm = transport.gtsm;
    if (transport.md5) tcp.md5_key = transport.md5->value;
    return tcp;
}

peering::OnLimit on_limit(config::Limits::OnLimit from) {
    switch (from) {
        case config::Limits::OnLimit::Withhold:
            return peering::OnLimit::Withhold;
        case config::Limits::OnLimit::Freeze:
            return peering::OnLimit::Freeze;
        case config::Limits::OnLimit::Shutdown:
            return peering::OnLimit::Shutdown;
    }
    return peering::OnLimit::Withhold;
}

/// Listed ones that always have a place, there at the moment or not.
std::array<std::size_t, 2> critical_listed(const config::Exchange& exchange) {
    std::array<std::size_t, 2> count{};
    for (const auto* list : {&exchange.advertise, &exchange.held_back})
        for (const auto& entry : *list)
            if (entry.critical || entry.prefix.length() == 0) ++count[entry.prefix.family() == Family::Ipv4 ? 0 : 1];
    return count;
}

std::optional<BfdPlan> bfd_plan(const config::Bfd& from) {
    if (!from.enabled) return std::nullopt;
    return BfdPlan{.parameters = {.transmit = from.transmit, .receive = from.receive, .multiplier = from.multiplier},
                   .strict = from.strict};
}

/// What an MSEE and any other neighbour have in common.
SessionPlan common(const config::Config& config, const config::Transport& transport, const config::Exchange& exchange,
                   Asn peer_as, const std::vector<Family>& families) {
    SessionPlan plan;
    plan.port = transport.port;
    plan.parameters = parameters(config, transport, peer_as, families);
    plan.tcp = tcp_options(transport);
    plan.bfd = bfd_plan(transport.bfd);
    plan.import = import_policy(config, exchange, peer_as);
    plan.exporting = export_policy(config, exchange, peer_as, families);
    plan.import.role = plan.exporting.role = plan.parameters.role;
    // A route server does not put its own AS in front (RFC 7947 section 2.2.2).
    const bool route_server = transport.role == config::Role::RouteServerClient;
    if (exchange.enforce_first_as && plan.import.external && !route_server) plan.import.first_as = peer_as;
    plan.limit_v4 = exchange.limits.advertise;
    plan.limit_v6 = exchange.limits.advertise_v6;
    plan.receive_limit = exchange.limits.receive;
    plan.receive_limit_ends = exchange.limits.on_receive == config::Limits::OnReceive::Shutdown;
    plan.stale_time = transport.graceful_restart.stale_time;
    plan.warn_at = exchange.limits.warn_at;
    plan.reserve = exchange.limits.reserve;
    plan.critical_listed = critical_listed(exchange);
    plan.on_limit = on_limit(exchange.limits.on_limit);
    plan.remove_med = exchange.remove_med;
    plan.places.accept = exchange.accept.place;
    if (!exchange.advertise.empty()) plan.places.advertise = exchange.advertise.front().place;
    return plan;
}

SessionPlan link_session(const config::Config& config, const config::Circuit& circuit, const config::Peering& peering,
                         config::LinkName which, Family family, const std::vector<Prefix>& ours) {
    const auto& link = which == config::LinkName::Primary ? peering.primary : peering.secondary;
    auto plan = common(config, peering.transport, peering.exchange, peering.peer_asn, {family});
    plan.circuit = circuit.name;
    plan.peering = peering_name(circuit, peering, family);
    plan.link = config::to_string(which);
    plan.name = session_name(circuit, peering, which, family);
    plan.enabled = peering.enabled;
    plan.expect_routes = peering.expect_routes;
    plan.watch = peering.watch;
    plan.only_if_receiving = peering.only_if_receiving;
    plan.least_routes = peering.expect_at_least;
    plan.interface = link.interface;
    plan.bind_interface = !link.interface.empty();
    plan.tcp.interface = link.interface;
    plan.local = family == Family::Ipv4 ? link.local : link.local6;
    plan.peer = *(family == Family::Ipv4 ? link.peer : link.peer6);
    plan.exporting.local_address = *plan.local;
    plan.exporting.peer_address = plan.peer;
    plan.exporting.never_in_path = kAzureAsns;
    if (peering.exchange.accept.guard) {
        plan.import.guarded = ours;
        plan.import.guard_aggregates = peering.kind == config::PeeringKind::Private;
    }
    const bool second_choice = (peering.prefer == config::Prefer::Primary && which == config::LinkName::Secondary) ||
                               (peering.prefer == config::Prefer::Secondary && which == config::LinkName::Primary);
    plan.link_preference = second_choice ? 1 : 0;
    plan.ordered = peering.prefer != config::Prefer::Both;
    if (second_choice) plan.exporting.prepend = peering.prepend;
    // Longer than the other link's path whatever that one has in front.
    plan.exporting.drain_prepend += peering.prepend;
    return plan;
}

/// How long a link of this peering waits on its return; nothing where nobody stands in for it.
std::optional<std::chrono::seconds> return_hold(const config::Config& config, const config::Peering& peering,
                                                Family family) {
    if (peering.kind != config::PeeringKind::Private) return std::nullopt;
    if (peering.backup && peering.backup->gateway.family() == family) return peering.backup->use.hold;
    for (const auto& neighbor : config.neighbors)
        if (neighbor.backup && contains(neighbor.families, family)) return neighbor.backup->hold;
    return std::nullopt;
}

/// It says what the links say, so what is refused of them by its prefix is refused of it; what it lists was asked for.
SessionPlan way_round(const config::Config& config, const config::Circuit& circuit, const config::Peering& peering,
                      const std::vector<Prefix>& ours) {
    const auto& backup = *peering.backup;
    const auto family = backup.gateway.family();
    SessionPlan plan;
    plan.name = name_in(circuit, peering, family, "/backup");
    plan.enabled = false;
    plan.interface = backup.interface;
    plan.peer = backup.gateway;
    plan.parameters.families = {family};
    plan.import = import_policy(config, peering.exchange, peering.peer_asn);
    plan.import.communities.clear();
    plan.import.communities_in.clear();
    plan.import.local_preference = 0;
    if (backup.prefixes) {
        plan.import.any = true;
        plan.import.except.clear();
    } else if (peering.exchange.accept.guard) {
        plan.import.guarded = ours;
        plan.import.guard_aggregates = true;
    }
    plan.backup = true;
    plan.way_round = WayRound{.peering = peering_name(circuit, peering, family), .prefixes = backup.prefixes};
    plan.places.accept = backup.place;
    return plan;
}

void add_peering(const config::Config& config, const config::Circuit& circuit, const config::Peering& peering,
                 const std::vector<Prefix>& ours, std::vector<SessionPlan>& plans) {
    for (const auto family : {Family::Ipv4, Family::Ipv6})
        for (const auto which : {config::LinkName::Primary, config::LinkName::Secondary}) {
            const auto& link = which == config::LinkName::Primary ? peering.primary : peering.secondary;
            const bool here =
                !link.on && (family == Family::Ipv4 ? link.peer && link.local : link.peer6 && link.local6);
            if (!here) continue;
            plans.push_back(link_session(config, circuit, peering, which, family, ours));
            plans.back().return_hold = return_hold(config, peering, family);
        }
    if (peering.backup) plans.push_back(way_round(config, circuit, peering, ours));
}

/// Links here whose twin ends on that neighbour.
std::vector<LinkSubnet> subnets_told(const config::Config& config, const config::Neighbor& neighbor) {
    std::vector<LinkSubnet> told;
    for (const auto& circuit : config.circuits)
        for (const auto& peering : circuit.peerings)
            for (const auto which : {config::LinkName::Primary, config::LinkName::Secondary}) {
                const auto& [link, twin] = which == config::LinkName::Primary
                                               ? std::tie(peering.primary, peering.secondary)
                                               : std::tie(peering.secondary, peering.primary);
                if (link.on || twin.on != neighbor.name) continue;
                for (const auto& subnet : {link.subnet, link.subnet6})
                    if (subnet && contains(neighbor.families, subnet->family()))
                        told.push_back({*subnet, session_name(circuit, peering, which, subnet->family())});
            }
    return told;
}

/// The router where a link ends that `prefer` names is first choice; any other of ours has no part in that.
std::optional<std::uint32_t> preference_of(const config::Config& config, const config::Neighbor& neighbor) {
    if (neighbor.asn != config.asn) return 0;
    for (const auto& circuit : config.circuits)
        for (const auto& peering : circuit.peerings)
            if ((peering.prefer == config::Prefer::Primary && peering.primary.on == neighbor.name) ||
                (peering.prefer == config::Prefer::Secondary && peering.secondary.on == neighbor.name))
                return 0;
    return std::nullopt;
}

SessionPlan neighbor_session(const config::Config& config, const config::Neighbor& neighbor,
                             const std::vector<Prefix>& ours) {
    auto plan = common(config, neighbor.transport, neighbor.exchange, neighbor.asn, neighbor.families);
    plan.name = neighbor.name;
    plan.interface = neighbor.interface;
    plan.bind_interface = !neighbor.interface.empty() && neighbor.multihop <= 1;
    if (plan.bind_interface) plan.tcp.interface = neighbor.interface;
    // Inside our AS a neighbour may be anywhere, unless the file says by which interface it is reached.
    plan.on_link = neighbor.multihop <= 1 && (neighbor.asn != config.asn || !neighbor.interface.empty());
    plan.local = neighbor.local_address;
    if (plan.bfd) plan.bfd->multihop = neighbor.multihop > 1;
    plan.peer = neighbor.address;
    plan.exporting.local_address = neighbor.local_address.value_or(Address{});
    plan.exporting.peer_address = plan.peer;
    // RFC 8950: there is no other next hop for IPv4 on a session over IPv6.
    plan.parameters.extended_next_hop = !plan.peer.is_v4() && contains(neighbor.families, Family::Ipv4);
    plan.exporting.next_hop =
        neighbor.next_hop == config::NextHop::Self ? policy::NextHopRule::Self : policy::NextHopRule::Unchanged;
    plan.pass_on = neighbor.pass_on;
    plan.tells = subnets_told(config, neighbor);
    plan.link_preference = preference_of(config, neighbor);
    plan.backup = neighbor.backup.has_value();
    if (neighbor.exchange.accept.guard && plan.import.external) plan.import.guarded = ours;
    return plan;
}

}  // namespace

std::string peering_name(const config::Circuit& circuit, const config::Peering& peering, Family family) {
    return name_in(circuit, peering, family, "");
}

std::string session_name(const config::Circuit& circuit, const config::Peering& peering, config::LinkName link,
                         Family family) {
    return name_in(circuit, peering, family, "/" + std::string{config::to_string(link)});
}

std::vector<SessionPlan> plan_sessions(const config::Config& config) {
    std::vector<SessionPlan> plans;
    const auto ours = originated_anywhere(config);
    for (const auto& circuit : config.circuits)
        for (const auto& peering : circuit.peerings) add_peering(config, circuit, peering, ours, plans);
    for (const auto& neighbor : config.neighbors) plans.push_back(neighbor_session(config, neighbor, ours));
    return plans;
}

Effect effect_of(const SessionPlan& before, const SessionPlan& after) {
    if (before == after) return Effect::None;
    if (!before.speaks() && !after.speaks()) return Effect::Reevaluate;
    auto tcp = before.tcp;
    tcp.md5_key = after.tcp.md5_key;
    const bool same_session = before.parameters == after.parameters && tcp == after.tcp &&
                              before.local == after.local && before.peer == after.peer && before.port == after.port &&
                              before.interface == after.interface && before.enabled == after.enabled &&
                              before.remove_med == after.remove_med;
    if (!same_session) return Effect::Reset;
    if (before.tcp.md5_key != after.tcp.md5_key) return Effect::Rekey;
    return Effect::Reevaluate;
}

}  // namespace dyad::speaker
