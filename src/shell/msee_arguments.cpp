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
  --limit L           standard (4000), premium (10000), microsoft (200) or N[,N6]; one prefix more ends the session
  --refuse SECONDS    turn the customer away so long after that; default 60
  --hold SECONDS      proposed hold time; default 180
  --md5 KEY           TCP MD5 (RFC 2385)
  --passive, --active only listen, only dial; default: both
  --ttl N             default 1, a direct link
  --interface NAME    bind to it
  --port N            default 179
  --bfd MS            BFD (RFC 5880) every MS milliseconds, times 3
  --socket PATH       take commands there
  --name X            in what is printed
  --script FILE       play the messages that a script says, - for standard input; --json: outcomes as JSON lines;
                      exit status 0: all expectations held, 1: one did not, 2: the script has errors

Commands: status | received [list] | announce N|PREFIX [path ASN…] [community A:B…] | withdraw N|PREFIX|all
          flap N|PREFIX [SECONDS] | maintenance on|off | limit N | filter A:B…|none | reset [TEXT] | drop
          silent on|off | quit
)";

/// What a SKU or a peering's kind allows: IPv4, IPv6.
struct NamedLimit {
    std::string_view name;
    std::uint32_t v4;
    std::uint32_t v6;
};
constexpr NamedLimit kLimits[] = {{"local", 4'000, 100},
                                  {"standard", 4'000, 100},
                                  {"premium", 10'000, 100},
                                  {"microsoft", 200, 200},
                                  {"public", 200, 200}};

/// Options by name, each with what was given. Flags have an empty value.
using Given = std::multimap<std::string, std::string, std::less<>>;

std::string last(const Given& given, std::string_view name, std::string fallback = "") {
    const auto [begin, end] = given.equal_range(name);
    return begin == end ? std::move(fallback) : std::prev(end)->second;
}

std::expected<Given, std::string> collect(const std::vector<std::string>& words) {
    static constexpr std::string_view kValued[] = {"--local",  "--peer",     "--peer-asn",  "--asn",    "--routes",
                                                   "--mrt",    "--neighbor", "--community", "--filter", "--limit",
                                                   "--refuse", "--hold",     "--md5",       "--ttl",    "--interface",
                                                   "--port",   "--bfd",      "--socket",   "--name",      "--script"};
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

std::expected<NamedLimit, std::string> limits(const std::string& text) {
    for (const auto& named : kLimits)
        if (named.name == text) return named;
    const auto parts = split(text, ',');
    const auto v4 = whole_number(parts[0]);
    const auto v6 = parts.size() > 1 ? whole_number(parts[1]) : v4;
    if (!v4 || !v6 || parts.size() > 2)
        return std::unexpected(fmt::format("--limit {}: standard, premium, microsoft, or N[,N6]", text));
    return NamedLimit{"", *v4, *v6};
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

std::expected<std::vector<msee::CustomerOptions>, std::string> customers(const Given& given, Asn asn) {
    const auto local = addresses(given, "--local");
    if (!local) return std::unexpected(local.error());
    const auto peer = addresses(given, "--peer");
    if (!peer) return std::unexpected(peer.error());
    const auto limit = limits(last(given, "--limit", "standard"));
    if (!limit) return std::unexpected(limit.error());
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
        found.push_back({ours, theirs, asn, theirs.is_v4() ? limit->v4 : limit->v6, opens});
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

    auto found = customers(*given, peer_asn);
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
