#include "ctl/verbs.hpp"

#include <array>

namespace dyad::ctl {

namespace {

constexpr std::array kRunOptions{
    Option{"--config", "-c", "FILE", "default /etc/dyad/dyad.toml"},
};
constexpr std::array kCheckOptions{
    Option{"--verbose", "-v", "", "also what was derived: addresses, peers, limits, timers"},
    Option{"--sku", "", "SKU", "would it fit a circuit that is local, standard or premium? exit 2: not all"},
    Option{"--add", "", "FILE", "and with these prefixes more, one a line (- for standard input)? exit 2: not all"},
    Option{"--to", "", "PEERING", "whose they are; else every private peering's"},
};
constexpr std::array kRoutesOptions{
    Option{"--received", "", "NAME", "as the session's peer sent them"},
    Option{"--accepted", "", "NAME", "what passed the configuration"},
    Option{"--rejected", "", "NAME", "what did not, and why"},
    Option{"--sent", "", "NAME", "advertised to the session's peer"},
    Option{"--withheld", "", "NAME", "kept back by the limit"},
    Option{"--longer", "", "", "the prefix and everything inside it"},
    Option{"--community", "", "C", "only routes that carry it"},
};
constexpr std::array kWhyOptions{
    Option{"--sent", "", "NAME", "why it is, or is not, advertised to this session"},
};
constexpr std::array kEventsOptions{
    Option{"--follow", "-f", "", "and go on as they happen"},
    Option{"--since", "", "T", "this long back: 90s, 15m, 1h, 2d"},
};

constexpr std::array kDecodeOptions{
    Option{"--as", "", "2|4", "octets of an AS number, where the input has no OPENs to tell"},
    Option{"--add-path", "", "", "routes carry path identifiers (RFC 7911)"},
    Option{"--ebgp", "", "", "judge as an external neighbour would"},
    Option{"--strict", "", "", "exit 1 when anything is malformed"},
};

constexpr std::array kResetOptions{
    Option{"--message", "-m", "TEXT", "words for the neighbour (RFC 9003), 255 octets at most"},
};

constexpr std::array kHealthOptions{
    Option{"--peering", "-p", "NAME", "only this one"},
    Option{"--warning", "-w", "PERCENT", "of a limit in use; default 90"},
    Option{"--critical", "-c", "PERCENT", "of a limit in use; default 100"},
};

constexpr std::array kDrainOptions{
    Option{"--force", "", "", "also where the other link carries no routes"},
    Option{"--wait", "", "", "until it is drained: about a minute"},
};

constexpr std::array kDiffOptions{
    Option{"--since", "", "T", "this long back: 90s, 15m, 1h, 2d; default 1h"},
};

constexpr std::array kDrillOptions{
    Option{"--for", "", "T", "how long the link is away: 30s, 5m, 1h; default 5m"},
    Option{"--message", "-m", "TEXT", "words for Microsoft (RFC 9003), 255 octets at most"},
    Option{"--force", "", "", "also where some prefixes have no other way"},
    Option{"--no-wait", "", "", "only begin; without a LINK this verb tells how it went"},
    Option{"--end", "", "", "ends the one that is running"},
};

constexpr std::array kVerbs{
    Verb{VerbId::Run, "run", "", 0, 0, kRunOptions, "the daemon, in the foreground"},
    Verb{VerbId::Check, "check", "[FILE]", 0, 1, kCheckOptions, "parse and validate a configuration; asks no daemon"},
    Verb{VerbId::Reload, "reload", "", 0, 0, {}, "read the file again; a broken one changes nothing"},
    Verb{VerbId::Reset, "reset", "NAME", 1, 1, kResetOptions,
         "ends a session and begins it again; a peering: all of its"},
    Verb{VerbId::Refresh, "refresh", "NAME", 1, 1, {}, "route refresh both ways, without a reset"},
    Verb{VerbId::Clear,
         "clear",
         "NAME",
         1,
         1,
         {},
         "forgets what a limit has led to: a limit learned of the peer, a freeze, a shutdown, a pause"},
    Verb{VerbId::Drain, "drain", "LINK", 1, 1, kDrainOptions,
         "leads traffic off a link without loss, both ways; the session stays up"},
    Verb{VerbId::Undrain, "undrain", "LINK", 1, 1, {}, "and back to it"},
    Verb{VerbId::Drill, "drill", "[LINK]", 0, 1, kDrillOptions,
         "shuts a link for a while, watches the other take over, and brings it back; alone: the drills so far"},
    Verb{VerbId::ShowSummary, "show", "", 0, 0, {}, "the summary"},
    Verb{
        VerbId::ShowSummary, "show summary", "", 0, 0, {}, "circuits, peerings, sessions: a row each, with the reason"},
    Verb{VerbId::ShowPeering,
         "show peering",
         "[NAME]",
         0,
         1,
         {},
         "both links side by side; without a name all peerings"},
    Verb{VerbId::ShowSession, "show session", "[NAME]", 0, 1, {}, "one session in full; without a name all of them"},
    Verb{VerbId::ShowRoutes, "show routes", "[PREFIX]", 0, 1, kRoutesOptions,
         "the routes in use, or those of one session"},
    Verb{VerbId::ShowRouteTable,
         "show route-table",
         "[NAME]",
         0,
         1,
         {},
         "Azure's route table from our end; of one session: what was accepted from it"},
    Verb{VerbId::ShowRoutesSummary, "show routes-summary", "", 0, 0, {}, "Azure's route table summary from our end"},
    Verb{VerbId::ShowArp, "show arp", "", 0, 0, {}, "Azure's ARP table from our end"},
    Verb{VerbId::ShowFib, "show fib", "", 0, 0, {}, "what the kernel holds of ours"},
    Verb{VerbId::ShowBfd, "show bfd", "", 0, 0, {}, "BFD beside each session: state, intervals, packets"},
    Verb{VerbId::ShowLimits,
         "show limits",
         "",
         0,
         0,
         {},
         "how near every peering is to its limit: wanted, withheld, growth, what aggregation would save"},
    Verb{VerbId::ShowConfig, "show config", "", 0, 0, {}, "the running configuration, without its secrets"},
    Verb{VerbId::Why, "why", "PREFIX|ADDRESS", 1, 1, kWhyOptions, "where it goes, and every stage it passed"},
    Verb{VerbId::Doctor,
         "doctor",
         "[NAME]",
         0,
         1,
         {},
         "walks a session from the cable up; the first step that fails, and whose it is"},
    Verb{VerbId::Diff, "diff", "[NAME]", 0, 1, kDiffOptions, "prefixes gained and lost, peering by peering"},
    Verb{VerbId::Events, "events", "", 0, 0, kEventsOptions, "what happened"},
    Verb{VerbId::Health, "health", "", 0, 0, kHealthOptions,
         "monitoring plugin: one line, figures, exit status 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN"},
    Verb{VerbId::Demo, "demo", "", 0, 99, {}, "a whole ExpressRoute on this machine; needs no root"},
    Verb{VerbId::Msee, "msee", "", 0, 99, {}, "Microsoft's side, for labs"},
    Verb{VerbId::Decode, "decode", "[FILE]", 0, 1, kDecodeOptions,
         "hex, octets, pcap or pcapng: every message field by field, with RFC sections"},
    Verb{VerbId::Version, "version", "", 0, 0, {}, "the program's version"},
    Verb{VerbId::Help, "help", "", 0, 99, {}, "this"},
};

}  // namespace

std::span<const Verb> verbs() { return kVerbs; }

std::string_view word_at(const Verb& verb, std::size_t place) {
    auto rest = verb.words;
    for (; place > 0; --place) {
        const auto space = rest.find(' ');
        if (space == rest.npos) return {};
        rest.remove_prefix(space + 1);
    }
    return rest.substr(0, rest.find(' '));
}

}  // namespace dyad::ctl
