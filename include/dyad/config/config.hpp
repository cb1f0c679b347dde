#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dyad/config/communities.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/net/prefix.hpp"

/// The configuration as plain values, with the defaults an absent key means. Keys, types and meaning are those
/// of dyad.toml(5); what is derived (addresses of a link, the SKU's limit) is filled in by the parser.
namespace dyad::config {

/// Where a value stands in the file, for `why` and diagnostics; line 0: not in the file, a default.
struct Place {
    std::uint32_t line = 0;
    std::uint32_t column = 0;
    std::uint32_t end_column = 0;                                        ///< exclusive
    friend bool operator==(const Place&, const Place&) { return true; }  ///< moving a line changes nothing
};

struct Secret {
    enum class From : std::uint8_t { Credential, File, Environment, Inline };
    From from = From::Inline;
    std::string name;   ///< of the credential, file or variable
    std::string value;  ///< read by the shell when the configuration is loaded; never shown
    friend bool operator==(const Secret&, const Secret&) = default;
};

struct Advertise {
    Prefix prefix;
    std::optional<std::uint8_t> longer;
    bool when_present = false;
    bool withdraw_on_failure = true;
    std::vector<std::uint32_t> communities;
    bool critical = false;
    Place place;
    friend bool operator==(const Advertise&, const Advertise&) = default;
};

struct PrefixRange {
    Prefix prefix;
    std::uint8_t longest = 0;
    Place place;
    friend bool operator==(const PrefixRange&, const PrefixRange&) = default;
};

struct Accept {
    bool any = false;
    std::vector<PrefixRange> prefixes;
    std::vector<PrefixRange> except;
    std::vector<std::string> communities;
    std::uint8_t max_length_v4 = 32;
    std::uint8_t max_length_v6 = 128;
    bool guard = true;
    Place place;
    friend bool operator==(const Accept&, const Accept&) = default;
};

struct CommunityRule {
    std::string match;
    std::uint32_t local_preference = 100;
    friend bool operator==(const CommunityRule&, const CommunityRule&) = default;
};

struct Limits {
    std::uint32_t advertise = 0;  ///< IPv4; the SKU's or kind's number when absent; 0 at a neighbor: no limit
    std::uint32_t advertise_v6 = 0;
    std::uint32_t reserve = 16;
    std::vector<std::uint32_t> warn_at = {75, 90};  ///< percent
    enum class OnLimit : std::uint8_t { Withhold, Freeze, Shutdown } on_limit = OnLimit::Withhold;
    std::uint32_t receive = 12000;
    enum class OnReceive : std::uint8_t { Warn, Shutdown } on_receive = OnReceive::Warn;
    friend bool operator==(const Limits&, const Limits&) = default;
};

struct Bfd {
    bool enabled = false;
    std::chrono::milliseconds transmit{300};
    std::chrono::milliseconds receive{300};
    std::uint8_t multiplier = 3;
    bool strict = false;  ///< BGP waits for BFD
    friend bool operator==(const Bfd&, const Bfd&) = default;
};

/// RFC 4724, both roles.
struct GracefulRestart {
    bool enabled = true;
    std::chrono::seconds restart_time{120};  ///< ours, as announced
    std::chrono::seconds stale_time{180};    ///< RFC 8538 4.1: how long after its return a peer's old routes wait
    friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};

/// What every BGP neighbour has, an MSEE or another.
/// RFC 9234 section 4, in the order of the key's words.
enum class Role : std::uint8_t { None, Provider, Customer, Peer, RouteServer, RouteServerClient };

struct Transport {
    std::chrono::seconds hold_time{180};
    std::optional<std::chrono::seconds> send_hold_time;  ///< RFC 9687; 0: never
    std::chrono::seconds delay_open{0};
    GracefulRestart graceful_restart;
    bool passive = false;
    std::uint8_t ttl = 1;  ///< sent; where gtsm: 255 is sent and demanded (RFC 5082)
    bool gtsm = false;
    std::optional<Secret> md5;
    std::uint16_t port = 179;
    Bfd bfd;
    bool extended_messages = true;  ///< RFC 8654: we take messages of up to 65,535 octets
    bool add_path = false;          ///< RFC 7911: we take several paths of a prefix
    Role role = Role::None;         ///< ours towards it (RFC 9234)
    bool role_strict = false;       ///< a neighbour that announces no role is refused
    friend bool operator==(const Transport&, const Transport&) = default;
};

/// What is exchanged with it.
struct Exchange {
    std::vector<Advertise> advertise;
    /// Listed, but not to be advertised: what is outside `registered`, of which Azure would drop the traffic. Kept apart
    /// so that nobody advertises it by mistake.
    std::vector<Advertise> held_back;
    Accept accept;
    std::uint32_t local_preference = 100;
    std::vector<CommunityRule> communities_in;
    std::uint32_t allow_as_in = 0;
    bool remove_med = false;       ///< MULTI_EXIT_DISC is taken out of what it says (RFC 4271 5.1.4)
    bool enforce_first_as = true;  ///< the AS path begins with the neighbour's AS (RFC 4271 6.3)
    Limits limits;
    friend bool operator==(const Exchange&, const Exchange&) = default;
};

enum class LinkName : std::uint8_t { Primary, Secondary };
enum class PeeringKind : std::uint8_t { Private, Microsoft, Public };
enum class Sku : std::uint8_t { Local, Standard, Premium };
enum class Prefer : std::uint8_t { Both, Primary, Secondary };

/// One link of a peering with the addresses derived from its subnets: ours the first usable, the MSEE's the second.
/// A link that ends on another router (`on`) has no addresses: nothing here is ours.
struct Link {
    std::string interface;
    std::optional<std::string> on;  ///< ends on that other router: no session of ours
    std::optional<Prefix> subnet;   ///< the /30
    std::optional<Prefix> subnet6;  ///< the /126
    std::optional<Address> local, peer, local6, peer6;
    Place place;
    friend bool operator==(const Link&, const Link&) = default;
};

/// What a way round is used by: the metric of its routes in the kernel, and how long a link that is back has to stand before
/// traffic returns to it.
struct BackupUse {
    std::uint32_t metric = 500;
    std::chrono::seconds hold{10};
    friend bool operator==(const BackupUse&, const BackupUse&) = default;
};

/// The VPN way round, for when both links of a private peering are gone. Without prefixes: what the peering has learned.
struct Backup {
    Address gateway;  ///< the tunnel's far end; only prefixes of its family go there
    std::string interface;
    std::optional<std::vector<Prefix>> prefixes;
    BackupUse use;
    Place place;
    friend bool operator==(const Backup&, const Backup&) = default;
};

/// What of received routes is news.
struct Watch {
    std::uint32_t drop = 30;          ///< percent fewer on an Established session
    bool empty = true;                ///< none at all, whatever drop says
    std::chrono::seconds differ{60};  ///< the two links, for so long
    friend bool operator==(const Watch&, const Watch&) = default;
};

/// What a link that brings no routes, while the other brings some, advertises.
enum class OnlyIfReceiving : std::uint8_t { Off, Prepend, Withdraw };

struct Peering {
    PeeringKind kind = PeeringKind::Private;
    bool enabled = true;
    std::optional<std::uint16_t> vlan, s_vlan;
    Asn peer_asn{12076};
    Link primary, secondary;
    Prefer prefer = Prefer::Both;
    std::uint32_t prepend = 0;
    Transport transport;
    Exchange exchange;
    std::vector<Prefix> registered;
    OnlyIfReceiving only_if_receiving = OnlyIfReceiving::Off;
    bool expect_routes = true;
    Watch watch;
    std::uint32_t expect_at_least = 1;  ///< a link with fewer accepted routes is not healthy
    std::optional<Backup> backup;
    std::string description;
    Place place;
    friend bool operator==(const Peering&, const Peering&) = default;
};

struct Circuit {
    std::string name;
    Sku sku = Sku::Standard;
    std::string location;
    std::string service_key;
    std::vector<Peering> peerings;
    Place place;
    friend bool operator==(const Circuit&, const Circuit&) = default;
};

enum class NextHop : std::uint8_t { Self, Unchanged };

struct Neighbor {
    std::string name;
    Address address;
    Asn asn;
    std::optional<Address> local_address;
    std::string interface;
    std::uint8_t multihop = 1;  ///< routers away; transport.ttl follows it (64 for iBGP) unless the file says ttl
    std::vector<Family> families = {Family::Ipv4};
    Transport transport;
    Exchange exchange;
    std::vector<std::string> pass_on;  ///< "er-ams/private", a neighbour's name, or "*"
    NextHop next_hop = NextHop::Self;
    std::optional<BackupUse> backup;  ///< its routes only stand in for others: an Azure VPN gateway
    Place place;
    friend bool operator==(const Neighbor&, const Neighbor&) = default;
};

struct Fib {
    bool enabled = true;
    std::uint32_t table = 254;
    std::uint32_t metric = 20;
    std::uint8_t protocol = 186;
    std::optional<Address> source;
    bool plain_nexthops = false;
    bool flush_on_exit = false;
    std::chrono::seconds stale_after{120};
    friend bool operator==(const Fib&, const Fib&) = default;
};

struct Control {
    std::string socket = "/run/dyad/dyad.sock";
    std::string group = "dyad";
    std::string writers = "root";
    friend bool operator==(const Control&, const Control&) = default;
};

/// Where metrics and health are to be had; the absence of it is off.
struct Http {
    Address address;
    std::uint16_t port = 9179;
    friend bool operator==(const Http&, const Http&) = default;
};

struct Log {
    std::string target = "auto";
    bool json = false;
    std::string level = "info";
    std::vector<std::pair<std::string, std::string>> levels;  ///< session name, level
    friend bool operator==(const Log&, const Log&) = default;
};

struct Config {
    Asn asn;
    std::optional<RouterId> router_id;  ///< nothing: the lowest local peering address
    std::string hostname;               ///< "": the system's
    bool lab = false;
    OwnCommunities communities;  ///< names given here, beside and before Azure's
    std::vector<Circuit> circuits;
    std::vector<Neighbor> neighbors;
    Fib fib;
    Control control;
    std::optional<Http> http;
    Log log;
    std::uint16_t listen_port = 179;
    friend bool operator==(const Config&, const Config&) = default;

    /// Of all ways round: the parser refuses two metrics.
    std::uint32_t backup_metric() const;
    /// The configured router id, or the lowest local IPv4 address of a peering, or else of a neighbor; 0.0.0.0
    /// where there is none (the parser refuses that where there is anyone to speak with).
    RouterId effective_router_id() const;
};

std::string_view to_string(LinkName link);
std::string_view to_string(PeeringKind kind);
std::string_view to_string(Sku sku);
std::string_view to_string(Role role);  ///< "" for none

}  // namespace dyad::config
