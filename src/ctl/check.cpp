#include "ctl/check.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "dyad/config/parse.hpp"

namespace dyad::ctl {

namespace {

namespace json = boost::json;
using config::Diagnostic;

constexpr std::string_view kDefaultFile = "/etc/dyad/dyad.toml";

std::string as_json(const std::string& file, const config::Parsed& parsed) {
    json::object out;
    out["file"] = file;
    out["valid"] = parsed.ok();
    json::array list;
    for (const auto& d : parsed.diagnostics) {
        json::object one;
        one["level"] = d.level == Diagnostic::Level::Error ? "error" : "warning";
        one["line"] = d.line;
        one["column"] = d.column;
        one["end_column"] = d.end_column;
        one["what"] = d.what;
        one["mark"] = d.mark;
        one["hint"] = d.hint;
        list.push_back(std::move(one));
    }
    out["diagnostics"] = std::move(list);
    return json::serialize(out);
}

std::string transport_words(const config::Transport& transport) {
    const auto& bfd = transport.bfd;
    return fmt::format("hold {} s, {}, MD5 {}, BFD {}{}", transport.hold_time.count(),
                       transport.gtsm ? std::string{"GTSM"} : fmt::format("TTL {}", transport.ttl),
                       transport.md5 ? "on" : "off",
                       bfd.enabled ? fmt::format("{} ms x {}", bfd.transmit.count(), bfd.multiplier) : "off",
                       transport.passive ? ", passive" : "");
}

void add_pair(std::string& out, std::string_view name, const std::string& interface,
              const std::optional<Address>& local, const std::optional<Address>& peer) {
    if (!local || !peer) return;
    out += fmt::format("  {:<13} {} -> {}{}\n", name, local->to_string(), peer->to_string(),
                       interface.empty() ? "" : " on " + interface);
}

void add_link(std::string& out, config::LinkName name, const config::Link& link) {
    if (link.on) {
        out += fmt::format("  {:<13} on {}\n", to_string(name), *link.on);
        return;
    }
    add_pair(out, to_string(name), link.interface, link.local, link.peer);
    add_pair(out, fmt::format("{}/v6", to_string(name)), link.interface, link.local6, link.peer6);
}

void add_peering(std::string& out, const config::Circuit& circuit, const config::Peering& peering) {
    out += fmt::format("{}/{}  {}, AS {}{}\n", circuit.name, to_string(peering.kind), to_string(circuit.sku),
                       peering.peer_asn.value, peering.enabled ? "" : ", not enabled");
    add_link(out, config::LinkName::Primary, peering.primary);
    add_link(out, config::LinkName::Secondary, peering.secondary);
    out += fmt::format("  {:<13} {}\n", "session", transport_words(peering.transport));
    const auto& limits = peering.exchange.limits;
    out += fmt::format("  {:<13} {} listed, {} IPv4 allowed\n", "advertise", peering.exchange.advertise.size(),
                       limits.advertise);
}

}  // namespace

std::string derived_text(const config::Config& config) {
    auto out = fmt::format("AS {}, router id {}\n", config.asn.value, config.effective_router_id().to_string());
    for (const auto& circuit : config.circuits) {
        for (const auto& peering : circuit.peerings) add_peering(out, circuit, peering);
    }
    for (const auto& neighbor : config.neighbors) {
        out += fmt::format("{}  AS {}\n", neighbor.name, neighbor.asn.value);
        out += fmt::format("  {:<13} {} -> {}\n", "addresses",
                           neighbor.local_address ? neighbor.local_address->to_string() : "any",
                           neighbor.address.to_string());
        out += fmt::format("  {:<13} {}\n", "session", transport_words(neighbor.transport));
    }
    return out;
}

int check(const Invocation& invocation) {
    const auto file = invocation.arguments.empty() ? std::string{kDefaultFile} : invocation.arguments.front();
    std::ifstream in{file, std::ios::binary};
    if (!in) {
        fmt::print(stderr, "dyad: {}: {}\n", file, std::strerror(errno));
        return 1;
    }
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto parsed = config::parse(text);
    if (invocation.json) {
        fmt::print("{}\n", as_json(file, parsed));
        return parsed.ok() ? 0 : 1;
    }
    std::size_t errors = 0, warnings = 0;
    for (const auto& diagnostic : parsed.diagnostics) {
        ++(diagnostic.level == Diagnostic::Level::Error ? errors : warnings);
        auto frame = render(diagnostic, file, text);
        if (!frame.ends_with('\n')) frame += '\n';
        fmt::print(stderr, "{}\n", frame);
    }
    if (errors > 0) {
        fmt::print(stderr, "{}: {} error{}, {} warning{}\n", file, errors, errors == 1 ? "" : "s", warnings,
                   warnings == 1 ? "" : "s");
        return 1;
    }
    if (invocation.has("--verbose")) fmt::print("{}", derived_text(parsed.config));
    fmt::print("{}: valid{}\n", file,
               warnings == 0 ? "" : fmt::format(", {} warning{}", warnings, warnings == 1 ? "" : "s"));
    return 0;
}

}  // namespace dyad::ctl
