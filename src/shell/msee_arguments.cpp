#include "shell/msee_arguments.hpp"

#include <fmt/format.h>

#include <map>

#include "dyad/base/text.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::shell {

namespace {

constexpr std::string_view kUsage =
    R"(usage: dyad msee --local ADDR[,ADDR6] --peer ADDR[,ADDR6] --peer-asn N [options]
       dyad msee --script FILE --local ADDR --peer ADDR [--asn N] [--passive] [--json] …
       dyad msee -s SOCKET COMMAND

Plays Microsoft's edge router for labs and tests: real BGP, the documented limits, nothing forwarded.
  --asn N             ours; default 12076
  --routes N[,N6]     announce so many made-up VNets
  --mrt FILE          announce the table of an MRT file, - for standard input (zcat FILE | dyad msee --mrt - …);
                      its paths keep their private AS numbers, which are stripped from all other routes
  --neighbor ADDR     of that file only what this neighbour has; default: of all, the first named that has a prefix
  --community A:B     put on every route; may be given more than once
  --filter A:B        a route filter: only routes with one of these leave; may be given more than once
  --peering KIND      private (default); microsoft: made-up services of Microsoft's, none before a route filter is
                      attached, private and default routes not taken, private AS numbers stripped; public
  --sku SKU           local, standard (default) or premium: with the kind of peering, the documented limits
  --limit L           standard (4000), premium (10000), microsoft (200) or N[,N6]; one prefix more ends the session
  --boundary beyond|at  at: so many are too many already; Microsoft writes both
  --count held|incoming  incoming: what it holds and all that an UPDATE brings count together, as Azure's Route Server does
  --cease data|bare   the Cease/1 names family and limit (default), or nothing
  --refuse SECONDS    turn the customer away so long after that; default 60
  --turn-away close|refuse|silence  calls are then ended without an octet (default), refused, or not answered
  --hold SECONDS      proposed hold time; default 180
  --md5 KEY           TCP MD5 (RFC 2385)
  --passive, --active only listen, only dial; default: both
  --ttl N             default 1, a direct link
  --interface NAME    bind to it
  --port N            default 179
  --bfd MS            BFD (RFC 5880) every MS milliseconds, times 3, once the customer begins
  --socket PATH       take commands there
  --name X            in what is printed
  --script FILE       play the messages that a script says, - for standard input; --json: outcomes as JSON lines;
                      exit status 0: all expectations held, 1: one did not, 2: the script has errors

Commands: status | received [list] | announce N|PREFIX [path ASN…] [community A:B…] | withdraw N|PREFIX|all
          flap N|PREFIX [SECONDS] | maintenance on [TOTAL]|off | core down|up | limit N | filter A:B…|none
          reset [TEXT] | disable [TEXT] | enable | drop | silent on|off | quit
maintenance: AS 12076 nine times in every path (on 8: eight). core down: sessions stand, nothing is behind them.
reset: Cease/4, and back. disable: Cease/2, and nobody gets in until enable.
)";

/// IPv4, IPv6.
struct Limits {
    std::uint32_t v4 = 0;
    std::uint32_t v6 = 0;
};

Limits documented(msee::PeeringKind kind, msee::Sku sku) {
    return {msee::documented_limit(kind, sku, Family::Ipv4), msee::documented_limit(kind, sku, Family::Ipv6)};
}

/// Options by name, each with what was given. Flags have an empty value.
using Given = std::multimap<std::string, std::string, std::less<>>;

std::string last(const Given& given, std::string_view name, std::string fallback = "") {
    const auto [begin, end] = given.equal_range(name);
    return begin == end ? std::move(fallback) : std::prev(end)->second;
}

std::expected<Given, std::string> collect(const std::vector<std::string>& words) {
    static constexpr std::string_view kValued[] = {
        "--local",     "--peer",     "--peer-asn", "--asn",    "--routes",   "--mrt",    "--neighbor",
        "--community", "--filter",   "--limit",    "--refuse", "--hold",     "--md5",    "--ttl",
        "--interface", "--port",     "--bfd",      "--socket", "--name",     "--script", "--peering",
        "--sku",       "--boundary", "--count",    "--cease",  "--turn-away"};
    static constexpr std::string_view kFlags[] = {"--passive", "--active", "--json"};
    Given given;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const auto& word = words[i];
        if (word == "-h" || word == "--help") return std::unexpected("");
        if (std::ranges::find(kFlags, word) != std::end(kFlags)) {
            given.emplace(word, "");
            continue;
        }
        if (std::ranges::find(kValued, word) == std::end(kValued))
            return std::unexpected(fmt::format("unknown option `{}`", word));
        if (i + 1 == words.size()) return std::unexpected(fmt::format("what is missing behind `{}`", word));
        given.emplace(word, words[++i]);
    }
    return given;
}

/// Numbers are looked at one after the other; the first that is none is what the operator hears of.
class Numbers {
public:
    explicit Numbers(const Given& given) : given_(given) {}

    std::uint32_t get(std::string_view name, std::uint32_t fallback, std::uint32_t lowest, std::uint32_t highest) {
        const auto text = last(given_, name);
        if (text.empty()) return fallback;
        const auto value = whole_number(text);
        if (!value || *value < lowest || *value > highest) {
            if (error.empty()) error = fmt::format("{} {}: a number from {} to {}", name, text, lowest, highest);
            return fallback;
        }
        return *value;
    }

    std::string error;

private:
    const Given& given_;
};

std::expected<std::vector<Address>, std::string> addresses(const Given& given, std::string_view name) {
    const auto text = last(given, name);
    if (text.empty()) return std::unexpected(fmt::format("{} is needed", name));
    std::vector<Address> found;
    for (const auto& part : split(text, ',')) {
        const auto address = Address::parse(part);
        if (!address) return std::unexpected(fmt::format("{} {}: not an address", name, part));
        found.push_back(*address);
    }
    return found;
}

/// By kind and SKU, unless --limit says another thing: one of their names, or numbers.
std::expected<Limits, std::string> limits(const Given& given, msee::PeeringKind kind) {
    const auto sku_text = last(given, "--sku", "standard");
    const auto sku = msee::parse_sku(sku_text);
    if (!sku) return std::unexpected(fmt::format("--sku {}: local, standard or premium", sku_text));
    const auto text = last(given, "--limit");
    if (text.empty()) return documented(kind, *sku);
    if (const auto named = msee::parse_sku(text)) return documented(msee::PeeringKind::Private, *named);
    if (const auto named = msee::parse_peering_kind(text)) return documented(*named, *sku);
    const auto parts = split(text, ',');
    const auto v4 = whole_number(parts[0]);
    const auto v6 = parts.size() > 1 ? whole_number(parts[1]) : v4;
    if (!v4 || !v6 || parts.size() > 2)
        return std::unexpected(fmt::format("--limit {}: standard, premium, microsoft, or N[,N6]", text));
    return Limits{*v4, *v6};
}

std::expected<std::vector<std::uint32_t>, std::string> communities(const Given& given, std::string_view name) {
    std::vector<std::uint32_t> found;
    const auto [begin, end] = given.equal_range(name);
    for (auto at = begin; at != end; ++at) {
        const auto community = wire::parse_community(at->second);
        if (!community) return std::unexpected(fmt::format("{} {}: a community is A:B", name, at->second));
        found.push_back(*community);
    }
    return found;
}

/// One of a few words; the first is what it is where nothing is said.
template <class Value>
struct Choice {
    std::string_view word;
    Value value;
};
template <class Value, std::size_t kCount>
std::expected<Value, std::string> choose(const Given& given, std::string_view option,
                                         const Choice<Value> (&choices)[kCount]) {
    const auto text = last(given, option, std::string{choices[0].word});
    std::string words;
    for (const auto& choice : choices) {
        if (choice.word == text) return choice.value;
        words += fmt::format("{}{}", words.empty() ? "" : " or ", choice.word);
    }
    return std::unexpected(fmt::format("{} {}: {}", option, text, words));
}

constexpr Choice<msee::PeeringKind> kKinds[] = {{"private", msee::PeeringKind::Private},
                                                {"microsoft", msee::PeeringKind::Microsoft},
                                                {"public", msee::PeeringKind::Public}};
constexpr Choice<msee::Boundary> kBoundaries[] = {{"beyond", msee::Boundary::Beyond}, {"at", msee::Boundary::At}};
constexpr Choice<msee::Counting> kCountings[] = {{"held", msee::Counting::Held},
                                                 {"incoming", msee::Counting::HeldAndIncoming}};
constexpr Choice<msee::Options::TripData> kTripData[] = {{"data", msee::Options::TripData::Limit},
                                                         {"bare", msee::Options::TripData::Nothing}};
constexpr Choice<msee::TurnAway> kTurnAways[] = {
    {"close", msee::TurnAway::Closes}, {"refuse", msee::TurnAway::Refuses}, {"silence", msee::TurnAway::Ignores}};

std::expected<std::vector<msee::CustomerOptions>, std::string> customers(const Given& given, Asn asn,
                                                                         msee::PeeringKind kind) {
    const auto local = addresses(given, "--local");
    if (!local) return std::unexpected(local.error());
    const auto peer = addresses(given, "--peer");
    if (!peer) return std::unexpected(peer.error());
    const auto limit = limits(given, kind);
    if (!limit) return std::unexpected(limit.error());
    const auto boundary = choose(given, "--boundary", kBoundaries);
    if (!boundary) return std::unexpected(boundary.error());
    const auto counting = choose(given, "--count", kCountings);
    if (!counting) return std::unexpected(counting.error());
    if (local->size() != peer->size()) return std::unexpected("--local and --peer name as many addresses each");

    auto opens = msee::Opens::Both;
    if (given.contains("--passive")) opens = msee::Opens::Listens;
    if (given.contains("--active")) opens = msee::Opens::Dials;
    std::vector<msee::CustomerOptions> found;
    for (std::size_t i = 0; i < local->size(); ++i) {
        const auto [ours, theirs] = std::pair{(*local)[i], (*peer)[i]};
        if (ours.family() != theirs.family())
            return std::unexpected(
                fmt::format("{} and {} are of different families", ours.to_string(), theirs.to_string()));
        found.push_back({.local = ours,
                         .peer = theirs,
                         .asn = asn,
                         .limit = theirs.is_v4() ? limit->v4 : limit->v6,
                         .opens = opens,
                         .boundary = *boundary,
                         .counting = *counting});
    }
    return found;
}

/// Our router id is our IPv4 address; a lab of IPv6 alone gets one that is nobody else's.
RouterId router_id(const std::vector<msee::CustomerOptions>& customers) {
    for (const auto& customer : customers)
        if (customer.local.is_v4()) return {customer.local.to_u32()};
    return {12076};
}

}  // namespace

std::string_view msee_usage() { return kUsage; }

std::expected<MseeSettings, std::string> parse_msee_arguments(const std::vector<std::string>& words) {
    const auto given = collect(words);
    if (!given) return std::unexpected(given.error());
    MseeSettings settings;
    Numbers numbers{*given};
    const Asn peer_asn{numbers.get("--peer-asn", 0, 1, ~0u)};
    settings.options.asn = Asn{numbers.get("--asn", 12076, 1, ~0u)};
    settings.options.refuse_for = std::chrono::seconds{numbers.get("--refuse", 60, 0, 86'400)};
    settings.options.hold_time = std::chrono::seconds{numbers.get("--hold", 180, 3, 65'535)};
    settings.ttl = static_cast<std::uint8_t>(numbers.get("--ttl", 1, 1, 255));
    settings.bfd = std::chrono::milliseconds{numbers.get("--bfd", 0, 10, 60'000)};
    settings.port = static_cast<std::uint16_t>(numbers.get("--port", 179, 1, 65'535));
    if (!numbers.error.empty()) return std::unexpected(numbers.error);
    settings.script = last(*given, "--script");
    settings.json = given->contains("--json");
    // A script says itself what it expects of an OPEN.
    if (peer_asn.value == 0 && settings.script.empty()) return std::unexpected("--peer-asn is needed");

    const auto kind = choose(*given, "--peering", kKinds);
    if (!kind) return std::unexpected(kind.error());
    const auto data = choose(*given, "--cease", kTripData);
    if (!data) return std::unexpected(data.error());
    const auto turn_away = choose(*given, "--turn-away", kTurnAways);
    if (!turn_away) return std::unexpected(turn_away.error());
    settings.options.kind = *kind;
    settings.options.trip_data = *data;
    settings.options.turn_away = *turn_away;

    auto found = customers(*given, peer_asn, *kind);
    if (!found) return std::unexpected(found.error());
    settings.options.customers = std::move(*found);
    settings.options.router_id = router_id(settings.options.customers);
    auto tags = communities(*given, "--community");
    if (!tags) return std::unexpected(tags.error());
    settings.options.communities = std::move(*tags);
    auto filter = communities(*given, "--filter");
    if (!filter) return std::unexpected(filter.error());
    settings.options.filter = std::move(*filter);

    const auto routes = split(last(*given, "--routes", "0"), ',');
    const auto v4 = whole_number(routes[0]);
    const auto v6 = routes.size() > 1 ? whole_number(routes[1]) : std::uint32_t{0};
    if (!v4 || !v6 || routes.size() > 2) return std::unexpected("--routes: N or N,N6");
    settings.routes_v4 = *v4;
    settings.routes_v6 = *v6;

    settings.mrt = last(*given, "--mrt");
    if (!settings.mrt.empty()) settings.options.private_as = msee::PrivateAs::Keep;
    if (const auto neighbor = last(*given, "--neighbor"); !neighbor.empty()) {
        settings.mrt_neighbor = Address::parse(neighbor);
        if (!settings.mrt_neighbor) return std::unexpected(fmt::format("--neighbor {}: not an address", neighbor));
    }
    settings.md5_key = last(*given, "--md5");
    settings.interface = last(*given, "--interface");
    settings.socket = last(*given, "--socket");
    settings.name = last(*given, "--name", settings.name);
    return settings;
}

}  // namespace dyad::shell
