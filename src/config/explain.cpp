#include "dyad/config/explain.hpp"

#include <algorithm>

#include "config/describe.hpp"
#include "config/text.hpp"
#include "dyad/base/text.hpp"

namespace dyad::config {
namespace {

std::string padded(std::string text, std::size_t width) {
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text;
}

/// "      word      what"
std::string row(std::string_view word, const std::string& what) {
    return "    " + padded(std::string{word}, 12) + what;
}

std::string seconds_text(std::chrono::seconds seconds) { return std::to_string(seconds.count()) + " s"; }

std::string timers_text(const Transport& transport) {
    // RFC 4271 4.4: keepalives at a third of the hold time.
    return "hold " + seconds_text(transport.hold_time) + ", keepalive " + seconds_text(transport.hold_time / 3) +
           " (proposed: the lower of both sides counts)" + (transport.passive ? ", passive" : "");
}

std::string ttl_text(const Transport& transport) {
    return transport.gtsm ? "255 sent and demanded (gtsm)" : std::to_string(transport.ttl);
}

std::string restart_text(const GracefulRestart& restart) {
    if (!restart.enabled) return "neither side's routes are kept";
    return "routes are kept: ours for " + seconds_text(restart.restart_time) + ", a peer's for " +
           seconds_text(restart.stale_time) + " after its return";
}

std::string bfd_text(const Bfd& bfd) {
    if (!bfd.enabled) return "off";
    const auto detection = bfd.receive * bfd.multiplier;
    return duration_text(bfd.transmit) + " / " + duration_text(bfd.receive) + " x " + std::to_string(bfd.multiplier) +
           ", detects in " + std::to_string(detection.count()) + " ms" + (bfd.strict ? ", BGP waits for it" : "");
}

std::size_t count_of(const std::vector<Advertise>& list, Family family) {
    return static_cast<std::size_t>(
        std::ranges::count_if(list, [&](const Advertise& a) { return a.prefix.family() == family; }));
}

std::string of_limit(std::uint32_t limit) { return limit == 0 ? "" : " of " + std::to_string(limit); }

std::string advertise_summary(const Exchange& exchange) {
    const auto& limits = exchange.limits;
    auto text = counted(count_of(exchange.advertise, Family::Ipv4), "IPv4 prefix", "IPv4 prefixes") +
                of_limit(limits.advertise);
    const auto six = count_of(exchange.advertise, Family::Ipv6);
    if (six > 0) text += ", " + std::to_string(six) + of_limit(limits.advertise_v6) + " IPv6";
    if (!exchange.held_back.empty()) text += "; " + std::to_string(exchange.held_back.size()) + " held back";
    return text;
}

std::string exceptions_text(const std::vector<PrefixRange>& except) {
    if (except.size() > 2) return counted(except.size(), "exception", "exceptions");
    std::string text;
    for (const auto& range : except) text += (text.empty() ? "" : " and ") + range_text(range);
    return text;
}

std::string accept_text(const Accept& accept) {
    if (!accept.any && accept.prefixes.empty()) return "nothing (RFC 8212)";
    auto text = accept.any ? std::string{"anything"} : counted(accept.prefixes.size(), "listed block", "listed blocks");
    if (!accept.except.empty()) text += " but " + exceptions_text(accept.except);
    if (!accept.communities.empty())
        text += ", with " + (accept.communities.size() == 1
                                 ? accept.communities.front()
                                 : "one of " + counted(accept.communities.size(), "community", "communities"));
    if (accept.max_length_v4 < 32) text += ", up to /" + std::to_string(accept.max_length_v4);
    if (accept.guard) text += "; guard on";
    return text;
}

std::string warnings_text(const Limits& limits) {
    std::string text;
    for (const auto percent : limits.warn_at)
        text += (text.empty() ? "warnings at " : ", ") + std::to_string(percent) + " %";
    return text.empty() ? "no warnings" : text;
}

std::string limits_text(const Limits& limits) {
    return warnings_text(limits) + ", " + std::to_string(limits.reserve) + " kept for critical ones; receive " +
           std::to_string(limits.receive);
}

std::string use_words(const BackupUse& use) {
    return "metric " + std::to_string(use.metric) + ", hold " + seconds_text(use.hold);
}

std::string backup_words(const Backup& backup) {
    return backup.gateway.to_string() + (backup.interface.empty() ? "" : " on " + backup.interface) + " for " +
           (backup.prefixes ? counted(backup.prefixes->size(), "listed prefix", "listed prefixes")
                            : std::string{"what the links told last"}) +
           ", " + use_words(backup.use);
}

void explain_common(const Transport& transport, const Exchange& exchange, std::vector<std::string>& out) {
    out.push_back(row("timers", timers_text(transport)));
    out.push_back(row("ttl", ttl_text(transport)));
    out.push_back(row("restart", restart_text(transport.graceful_restart)));
    out.push_back(row("md5", transport.md5 ? secret_text(*transport.md5) : "none"));
    out.push_back(row("bfd", bfd_text(transport.bfd)));
    out.push_back(row("advertise", advertise_summary(exchange)));
    out.push_back(row("accept", accept_text(exchange.accept)));
    out.push_back(row("limits", limits_text(exchange.limits)));
}

void explain_link(LinkName name, const Link& link, std::vector<std::string>& out) {
    const auto word = to_string(name);
    if (link.on) {
        out.push_back(row(word, "ends on " + *link.on));
        return;
    }
    if (link.local)
        out.push_back(row(
            word, link.interface + "  ours " + link.local->to_string() + "/30  Microsoft's " + link.peer->to_string()));
    if (link.local6)
        out.push_back(row(link.local ? "" : word, link.interface + "  ours " + link.local6->to_string() +
                                                      "/126  Microsoft's " + link.peer6->to_string()));
}

void explain_peering(const std::string& name, const Peering& peering, std::vector<std::string>& out) {
    out.push_back("  " + name + (peering.enabled ? "" : "  (disabled)") + "  AS " + peering.peer_asn.to_string());
    explain_link(LinkName::Primary, peering.primary, out);
    explain_link(LinkName::Secondary, peering.secondary, out);
    out.push_back(row("prefer", peering.prefer == Prefer::Both
                                    ? "both links, equal cost"
                                    : std::string{choice_text(peering.prefer)} + ", the other prepends " +
                                          std::to_string(peering.prepend)));
    explain_common(peering.transport, peering.exchange, out);
    if (peering.backup) out.push_back(row("backup", backup_words(*peering.backup)));
}

void explain_neighbor(const Neighbor& neighbor, const Config& config, std::vector<std::string>& out) {
    const bool internal = neighbor.asn == config.asn;
    out.push_back("neighbor " + neighbor.name + "  " + neighbor.address.to_string() + "  AS " +
                  neighbor.asn.to_string() + (internal ? " (iBGP)" : " (eBGP)"));
    explain_common(neighbor.transport, neighbor.exchange, out);
    std::string from;
    for (const auto& name : neighbor.pass_on) from += (from.empty() ? "" : ", ") + (name == "*" ? "everyone" : name);
    out.push_back(row("passes on", from.empty() ? "nothing" : "what comes from " + from));
    out.push_back(row("next hop", neighbor.next_hop == NextHop::Self ? "self" : "unchanged"));
    if (neighbor.backup) out.push_back(row("backup", "stands in for other routes, " + use_words(*neighbor.backup)));
}

void explain_fib(const Fib& fib, std::vector<std::string>& out) {
    const auto table = fib.table == 254 ? "main" : std::to_string(fib.table);
    out.push_back(fib.enabled ? "kernel  table " + table + ", metric " + std::to_string(fib.metric) + ", protocol " +
                                    std::to_string(fib.protocol) +
                                    (fib.flush_on_exit ? ", routes leave with us" : ", routes stay when we go")
                              : "kernel  not touched");
}

}  // namespace

std::vector<std::string> explain(const Config& config) {
    std::vector<std::string> out;
    out.push_back("AS " + config.asn.to_string() + "  router id " + config.effective_router_id().to_string() +
                  (config.router_id ? "" : " (lowest local address)") + (config.lab ? "  lab" : ""));
    for (const auto& circuit : config.circuits) {
        out.push_back("circuit " + circuit.name + "  " + std::string{to_string(circuit.sku)} +
                      (circuit.location.empty() ? "" : "  " + circuit.location));
        for (const auto& peering : circuit.peerings)
            explain_peering(circuit.name + "/" + std::string{to_string(peering.kind)}, peering, out);
    }
    for (const auto& neighbor : config.neighbors) explain_neighbor(neighbor, config, out);
    explain_fib(config.fib, out);
    return out;
}

}  // namespace dyad::config
