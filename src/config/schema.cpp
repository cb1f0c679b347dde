#include "config/schema.hpp"

#include <algorithm>
#include <ranges>

#include "config/text.hpp"
#include "dyad/base/closest.hpp"

namespace dyad::config {
namespace table {

using enum Section;
using enum ReloadClass;

constexpr std::int64_t kAnyU32 = 4'294'967'295;
constexpr std::int64_t kSecond = 1'000;
constexpr std::int64_t kDay = 86'400 * kSecond;

// clang-format off
constexpr Key kSchema[] = {
    {.section = Top, .name = "asn", .type = Type::Number, .reload = ReloadClass::Session, .sample = "65010", .least = 1, .most = kAnyU32,
     .help = "this router's AS; Azure's own, reserved and documentation ones are refused unless lab = true"},
    {.section = Top, .name = "router_id", .type = Type::Address, .reload = ReloadClass::Session, .sample = "\"192.168.15.17\"",
     .help = "default: the lowest local peering address"},
    {.section = Top, .name = "hostname", .type = Type::Text, .reload = Live, .sample = "\"edge1\"",
     .help = "shown in tables, logs and metrics; default: the system's"},
    {.section = Top, .name = "lab", .type = Type::Flag, .reload = Start, .default_text = "false",
     .help = "lifts the rules for our AS and lets hold_time go down to 3 s"},
    {.section = Top, .name = "listen_port", .type = Type::Number, .reload = Start, .default_text = "179", .least = 1, .most = 65535,
     .help = "where BGP calls come in; another port is for labs"},
    {.section = Top, .name = "communities", .type = Type::Nested, .reload = Refresh, .sample = "{ \"azure:newregion.storage\" = \"12076:52099\", \"sap\" = \"12076:20001\" }",
     .help = "names for communities, beside Azure's own (conf/azure-communities.csv), which they override"},
    {.section = Top, .name = "circuit", .type = Type::Tables, .help = "one [[circuit]] for each ExpressRoute circuit"},
    {.section = Top, .name = "neighbor", .type = Type::Tables, .help = "one [[neighbor]] for each BGP neighbour that is no MSEE"},
    {.section = Top, .name = "fib", .type = Type::Nested, .reload = Refresh, .help = "the kernel's routing table"},
    {.section = Top, .name = "control", .type = Type::Nested, .reload = Start, .help = "the socket of dyad show and friends"},
    {.section = Top, .name = "http", .type = Type::Nested, .reload = Live, .help = "metrics and health over HTTP; off when absent"},
    {.section = Top, .name = "log", .type = Type::Nested, .reload = Live, .help = "what is told, where and how loud"},
    {.section = Top, .name = "record", .type = Type::Nested, .reload = Live, .acts = Acts::NotYet, .help = "what is kept for later"},

    {.section = Circuit, .name = "name", .type = Type::Text, .reload = ReloadClass::Session, .sample = "\"er-ams\"",
     .help = "yours for it: sessions are called er-ams/private/primary"},
    {.section = Circuit, .name = "sku", .type = Type::Choice, .reload = Live, .default_text = "\"standard\"", .choices = "local|standard|premium",
     .help = "sets the route limit: local and standard 4000, premium 10000"},
    {.section = Circuit, .name = "location", .type = Type::Text, .reload = Live, .default_text = "\"\"", .help = "text, shown only"},
    {.section = Circuit, .name = "service_key", .type = Type::Text, .reload = Live, .sample = "\"00000000-0000-0000-0000-000000000000\"",
     .help = "for tickets; only its last four characters are ever shown"},
    {.section = Circuit, .name = "private", .type = Type::Nested, .help = "your virtual networks"},
    {.section = Circuit, .name = "microsoft", .type = Type::Nested, .help = "Microsoft 365 and public services"},
    {.section = Circuit, .name = "public", .type = Type::Nested, .help = "retired by Microsoft on 2024-03-31"},

    {.section = Peering, .name = "enabled", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "true",
     .help = "false: keep the lines, have no sessions"},
    {.section = Peering, .name = "description", .type = Type::Text, .reload = Live, .default_text = "\"\"", .help = "text, shown only"},
    {.section = Peering, .name = "subnet", .type = Type::Prefix, .reload = ReloadClass::Session, .sample = "\"192.168.15.16/29\"",
     .help = "a /29, two /30 of it: ours .17 and .21, Microsoft's .18 and .22; or a /30 in primary and in secondary"},
    {.section = Peering, .name = "subnet6", .type = Type::Prefix, .reload = ReloadClass::Session, .sample = "\"2001:db8:0:10::/125\"",
     .help = "a second pair of sessions, for IPv6: two /126 of a /125"},
    {.section = Peering, .name = "vlan", .type = Type::Number, .reload = Live, .sample = "100", .least = 1, .most = 4094,
     .help = "the VLAN of both links, compared with the interfaces' names"},
    {.section = Peering, .name = "s_vlan", .type = Type::Number, .reload = Live, .sample = "10", .least = 1, .most = 4094,
     .help = "the outer tag (QinQ), the same for all peerings of a circuit"},
    {.section = Peering, .name = "peer_asn", .type = Type::Number, .reload = ReloadClass::Session, .default_text = "12076", .least = 1, .most = kAnyU32,
     .help = "Microsoft's is 12076 on every peering; other where a provider's router is in between"},
    {.section = Peering, .name = "primary", .type = Type::Nested, .reload = ReloadClass::Session, .sample = "{ interface = \"eth1.100\" }",
     .help = "or { subnet = \"…/30\", interface = … }, or { on = \"edge2\" }: it ends on that router"},
    {.section = Peering, .name = "secondary", .type = Type::Nested, .reload = ReloadClass::Session, .sample = "{ interface = \"eth2.100\" }",
     .help = "both links are needed for Microsoft's SLA"},
    {.section = Peering, .name = "prefer", .type = Type::Choice, .reload = Refresh, .default_text = "\"both\"", .choices = "both|primary|secondary",
     .help = "\"both\" shares the load; else that link first, below AS_PATH length, so that maintenance still drains, and the other stands by"},
    {.section = Peering, .name = "prepend", .type = Type::Number, .reload = Refresh, .default_text = "0", .least = 0, .most = 32,
     .help = "extra copies of our AS on the link that is not preferred, for Azure's way back"},
    {.section = Peering, .name = "hold_time", .type = Type::Duration, .reload = ReloadClass::Session, .default_text = "\"180s\"", .least = 3 * kSecond, .most = 65535 * kSecond,
     .help = "10 s at least; keepalive is a third; the lower of both sides counts"},
    {.section = Peering, .name = "send_hold_time", .type = Type::Duration, .reload = ReloadClass::Session, .sample = "\"480s\"", .least = 0, .most = 65535 * kSecond,
     .help = "ends a session whose peer takes nothing for so long (RFC 9687); default: 480s, or twice hold_time; \"0s\": never"},
    {.section = Peering, .name = "delay_open", .type = Type::Duration, .reload = ReloadClass::Session, .default_text = "\"0s\"", .least = 0, .most = 240 * kSecond,
     .help = "our OPEN waits so long for the peer's"},
    {.section = Peering, .name = "graceful_restart", .type = Type::FlagOrTable, .reload = ReloadClass::Session, .default_text = "true",
     .help = "keep a restarting peer's routes, and ask the peer to keep ours (RFC 4724); or { restart_time = \"120s\", stale_time = \"180s\" }"},
    {.section = Peering, .name = "passive", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false",
     .help = "wait for Microsoft to call instead of calling"},
    {.section = Peering, .name = "ttl", .type = Type::NumberOrText, .reload = ReloadClass::Session, .default_text = "1", .least = 1, .most = 255, .choices = "gtsm",
     .help = "or \"gtsm\": send 255 and demand 255 (RFC 5082)"},
    {.section = Peering, .name = "extended_messages", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "true",
     .help = "take messages of up to 65,535 octets (RFC 8654)"},
    {.section = Peering, .name = "add_path", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false",
     .help = "take several paths of a prefix (RFC 7911), where the other side has them"},
    {.section = Peering, .name = "role", .type = Type::Choice, .reload = ReloadClass::Session, .default_text = "\"\"", .choices = "|provider|customer|peer|rs|rs-client",
     .help = "what we are to the other side: against route leaks (RFC 9234)"},
    {.section = Peering, .name = "role_strict", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false",
     .help = "refuse a side that announces no role"},
    {.section = Peering, .name = "md5", .type = Type::TextOrTable, .reload = Live, .sample = "{ credential = \"er-ams-private\" }",
     .help = "the key, from a systemd credential, or { file = … }, or { env = … }; never shown anywhere"},
    {.section = Peering, .name = "bfd", .type = Type::FlagOrTable, .reload = Live, .default_text = "false",
     .help = "true, or { transmit = \"300ms\", receive = \"300ms\", multiplier = 3 }"},
    {.section = Peering, .name = "advertise", .type = Type::List, .reload = Refresh, .default_text = "[]",
     .help = "what Azure hears from us: nothing that is not listed (RFC 8212)"},
    {.section = Peering, .name = "redistribute", .type = Type::Nested, .reload = Refresh, .sample = "{ table = \"main\", protocols = [\"static\", \"ospf\"] }", .acts = Acts::NotYet,
     .help = "where \"longer\" and \"present\" look"},
    {.section = Peering, .name = "accept", .type = Type::ListOrTable, .reload = Refresh, .sample = "{ any = true, except = [\"0.0.0.0/0\", \"::/0\"], max_length = 32, max_length6 = 128, guard = true }",
     .help = "what we believe of what Azure says; the guard refuses what covers our own"},
    {.section = Peering, .name = "local_preference", .type = Type::Number, .reload = Refresh, .default_text = "100", .least = 0, .most = kAnyU32,
     .help = "of all routes from this peering"},
    {.section = Peering, .name = "communities_in", .type = Type::List, .reload = Refresh, .default_text = "[]",
     .help = "{ match = \"12076:51*\", local_preference = 120 }: the first that matches counts"},
    {.section = Peering, .name = "enforce_first_as", .type = Type::Flag, .reload = Refresh, .default_text = "true",
     .help = "the AS path begins with peer_asn (RFC 4271 6.3)"},
    {.section = Peering, .name = "allow_as_in", .type = Type::Number, .reload = Refresh, .default_text = "0", .least = 0, .most = 10,
     .help = "how often our AS may be in a received path"},
    {.section = Peering, .name = "remove_med", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false", .help = "MULTI_EXIT_DISC is taken out of its routes"},
    {.section = Peering, .name = "registered", .type = Type::Texts, .reload = Refresh, .sample = "[\"198.51.100.0/24\"]",
     .help = "Microsoft peering: what Azure has validated for you; the rest is held back and reported"},
    {.section = Peering, .name = "expect_routes", .type = Type::Flag, .reload = Live, .default_text = "true",
     .help = "false: no routes is no alarm until there was one; Microsoft peering's default, where no route filter may be attached yet"},
    {.section = Peering, .name = "advertise_only_if_receiving", .type = Type::Choice, .reload = Refresh, .default_text = "\"off\"", .choices = "off|prepend|withdraw",
     .help = "a link that brings no routes, while the other does: advertises with our AS eight times more, or nothing. Microsoft drains by itself"},
    {.section = Peering, .name = "expect_at_least", .type = Type::Number, .reload = Live, .default_text = "1", .least = 1, .most = kAnyU32,
     .help = "a link that brings fewer routes is not healthy"},
    {.section = Peering, .name = "limits", .type = Type::Nested, .reload = Live, .help = "how many routes, and what then"},
    {.section = Peering, .name = "watch", .type = Type::Nested, .reload = Live, .sample = "{ drop = 30, empty = true, differ = \"60s\" }",
     .help = "warn: 30 % fewer routes, none at all, links that differ for 60 s"},
    {.section = Peering, .name = "backup", .type = Type::Nested, .reload = Live, .sample = "{ gateway = \"10.255.0.2\", interface = \"ipsec0\", metric = 500, prefixes = \"learned\" }",
     .help = "the VPN way round, when both links are gone"},

    {.section = Link, .name = "interface", .type = Type::Text, .reload = ReloadClass::Session, .help = "Linux's name of it"},
    {.section = Link, .name = "subnet", .type = Type::Prefix, .reload = ReloadClass::Session, .help = "the link's /30"},
    {.section = Link, .name = "subnet6", .type = Type::Prefix, .reload = ReloadClass::Session, .help = "the link's /126"},
    {.section = Link, .name = "on", .type = Type::Text, .reload = ReloadClass::Session, .help = "the neighbor where this link ends instead"},

    {.section = Advertise, .name = "prefix", .type = Type::Prefix, .reload = Refresh, .help = "what is advertised"},
    {.section = Advertise, .name = "longer", .type = Type::Number, .reload = Refresh, .least = 0, .most = 128, .acts = Acts::NotYet, .help = "what the kernel has of it, up to this length"},
    {.section = Advertise, .name = "when", .type = Type::Choice, .reload = Refresh, .default_text = "\"always\"", .choices = "always|present", .help = "\"present\": only while a neighbour that is no MSEE has told it"},
    {.section = Advertise, .name = "on_failure", .type = Type::Choice, .reload = Refresh, .default_text = "\"withdraw\"", .choices = "withdraw|keep", .help = "when nobody has it any more; a default route with `when` must say: withdrawn, Azure's machines go straight to the Internet"},
    {.section = Advertise, .name = "communities", .type = Type::Texts, .reload = Refresh, .default_text = "[]", .help = "sent with it"},
    {.section = Advertise, .name = "priority", .type = Type::Choice, .reload = Refresh, .default_text = "\"normal\"", .choices = "normal|critical", .help = "\"critical\": has its place at the limit before all others, as the default route has"},

    {.section = Range, .name = "prefix", .type = Type::Prefix, .reload = Refresh, .help = "the block"},
    {.section = Range, .name = "longer", .type = Type::Number, .reload = Refresh, .least = 0, .most = 128, .help = "with what lies below it, down to this length"},

    {.section = Accept, .name = "any", .type = Type::Flag, .reload = Refresh, .default_text = "true", .help = "everything but the exceptions; false where prefixes are listed"},
    {.section = Accept, .name = "prefixes", .type = Type::List, .reload = Refresh, .default_text = "[]", .help = "instead of any"},
    {.section = Accept, .name = "except", .type = Type::List, .reload = Refresh, .default_text = "[\"0.0.0.0/0\", \"::/0\"]", .help = "never these"},
    {.section = Accept, .name = "communities", .type = Type::Texts, .reload = Refresh, .default_text = "[]", .help = "one of them must be there"},
    {.section = Accept, .name = "max_length", .type = Type::Number, .reload = Refresh, .default_text = "32", .least = 0, .most = 32, .help = "no longer IPv4 prefix"},
    {.section = Accept, .name = "max_length6", .type = Type::Number, .reload = Refresh, .default_text = "128", .least = 0, .most = 128, .help = "no longer IPv6 prefix"},
    {.section = Accept, .name = "guard", .type = Type::Flag, .reload = Refresh, .default_text = "true", .help = "refuse what equals or covers ours"},

    {.section = NeighborAccept, .name = "any", .type = Type::Flag, .reload = Refresh, .default_text = "false", .help = "everything but the exceptions"},
    {.section = NeighborAccept, .name = "prefixes", .type = Type::List, .reload = Refresh, .default_text = "[]", .help = "instead of any"},
    {.section = NeighborAccept, .name = "except", .type = Type::List, .reload = Refresh, .default_text = "[]", .help = "never these"},
    {.section = NeighborAccept, .name = "communities", .type = Type::Texts, .reload = Refresh, .default_text = "[]", .help = "one of them must be there"},
    {.section = NeighborAccept, .name = "max_length", .type = Type::Number, .reload = Refresh, .default_text = "32", .least = 0, .most = 32, .help = "no longer IPv4 prefix"},
    {.section = NeighborAccept, .name = "max_length6", .type = Type::Number, .reload = Refresh, .default_text = "128", .least = 0, .most = 128, .help = "no longer IPv6 prefix"},
    {.section = NeighborAccept, .name = "guard", .type = Type::Flag, .reload = Refresh, .default_text = "false", .help = "refuse what equals or covers ours"},

    {.section = CommunityRule, .name = "match", .type = Type::Text, .reload = Refresh, .help = "\"12076:51004\", \"12076:51*\""},
    {.section = CommunityRule, .name = "local_preference", .type = Type::Number, .reload = Refresh, .least = 0, .most = kAnyU32, .help = "for routes that carry it"},

    {.section = Md5, .name = "credential", .type = Type::Text, .reload = Live, .help = "a systemd credential (LoadCredential=)"},
    {.section = Md5, .name = "file", .type = Type::Text, .reload = Live, .help = "a file that holds the key alone"},
    {.section = Md5, .name = "env", .type = Type::Text, .reload = Live, .help = "an environment variable"},

    {.section = GracefulRestart, .name = "restart_time", .type = Type::Duration, .reload = ReloadClass::Session, .default_text = "\"120s\"", .least = kSecond, .most = 4095 * kSecond, .help = "peers keep our routes for so long while we are away"},
    {.section = GracefulRestart, .name = "stale_time", .type = Type::Duration, .reload = Live, .default_text = "\"180s\"", .least = kSecond, .most = 65535 * kSecond, .help = "what a peer that is back has not said again is gone after so long"},

    {.section = Bfd, .name = "transmit", .type = Type::Duration, .reload = Live, .default_text = "\"300ms\"", .least = 10, .most = 60 * kSecond, .help = "ours at the fastest"},
    {.section = Bfd, .name = "receive", .type = Type::Duration, .reload = Live, .default_text = "\"300ms\"", .least = 10, .most = 60 * kSecond, .help = "theirs at the fastest"},
    {.section = Bfd, .name = "multiplier", .type = Type::Number, .reload = Live, .default_text = "3", .least = 1, .most = 255, .help = "packets missed until it is down"},
    {.section = Bfd, .name = "strict", .type = Type::Flag, .reload = Live, .default_text = "false", .help = "BGP waits for it to come up; else BGP goes by it only once it was up"},

    {.section = Limits, .name = "advertise", .type = Type::Number, .reload = Live, .sample = "4000", .least = 1, .most = kAnyU32, .help = "IPv4 routes towards Azure; default: the SKU's number, 200 on Microsoft peering"},
    {.section = Limits, .name = "advertise6", .type = Type::Number, .reload = Live, .sample = "100", .least = 1, .most = kAnyU32, .help = "IPv6 routes towards Azure; default: 100, 200 on Microsoft peering"},
    {.section = Limits, .name = "reserve", .type = Type::Number, .reload = Live, .default_text = "16", .least = 0, .most = kAnyU32, .help = "places kept free at most for the default route and critical prefixes that are listed and not there"},
    {.section = Limits, .name = "warn_at", .type = Type::Numbers, .reload = Live, .default_text = "[75, 90]", .least = 1, .most = 100, .help = "percent"},
    {.section = Limits, .name = "on_limit", .type = Type::Choice, .reload = Live, .default_text = "\"withhold\"", .choices = "withhold|freeze|shutdown", .help = "one prefix too many: is withheld | and nothing new until all fit | ends the sessions (Cease/2)"},
    {.section = Limits, .name = "receive", .type = Type::Number, .reload = Live, .default_text = "12000", .least = 1, .most = kAnyU32, .help = "routes from Azure that are still usual"},
    {.section = Limits, .name = "on_receive", .type = Type::Choice, .reload = Live, .default_text = "\"warn\"", .choices = "warn|shutdown", .help = "above that"},

    {.section = NeighborLimits, .name = "advertise", .type = Type::Number, .reload = Live, .least = 1, .most = kAnyU32, .help = "IPv4 routes towards it; default: no limit"},
    {.section = NeighborLimits, .name = "advertise6", .type = Type::Number, .reload = Live, .least = 1, .most = kAnyU32, .help = "IPv6 routes towards it; default: no limit"},
    {.section = NeighborLimits, .name = "reserve", .type = Type::Number, .reload = Live, .default_text = "16", .least = 0, .most = kAnyU32, .help = "places kept free at most for the default route and critical prefixes that are listed and not there"},
    {.section = NeighborLimits, .name = "warn_at", .type = Type::Numbers, .reload = Live, .default_text = "[75, 90]", .least = 1, .most = 100, .help = "percent"},
    {.section = NeighborLimits, .name = "on_limit", .type = Type::Choice, .reload = Live, .default_text = "\"withhold\"", .choices = "withhold|freeze|shutdown", .help = "one prefix too many: is withheld | and nothing new until all fit | ends the sessions (Cease/2)"},
    {.section = NeighborLimits, .name = "receive", .type = Type::Number, .reload = Live, .default_text = "100000", .least = 1, .most = kAnyU32, .help = "routes from it that are still usual"},
    {.section = NeighborLimits, .name = "on_receive", .type = Type::Choice, .reload = Live, .default_text = "\"warn\"", .choices = "warn|shutdown", .help = "above that"},

    {.section = Redistribute, .name = "table", .type = Type::NumberOrText, .reload = Refresh, .default_text = "\"main\"", .least = 1, .most = kAnyU32, .choices = "main|default", .help = "the kernel's table"},
    {.section = Redistribute, .name = "protocols", .type = Type::Texts, .reload = Refresh, .help = "whose routes"},

    {.section = Watch, .name = "drop", .type = Type::Number, .reload = Live, .default_text = "30", .least = 1, .most = 100, .help = "percent fewer routes"},
    {.section = Watch, .name = "empty", .type = Type::Flag, .reload = Live, .default_text = "true", .help = "no route at all"},
    {.section = Watch, .name = "differ", .type = Type::Duration, .reload = Live, .default_text = "\"60s\"", .least = kSecond, .most = kDay, .help = "the links differ for so long"},

    {.section = Backup, .name = "gateway", .type = Type::Address, .reload = Live, .help = "the tunnel's far end: prefixes of its family go there"},
    {.section = Backup, .name = "interface", .type = Type::Text, .reload = Live, .help = "the tunnel; default: the one with the gateway's subnet"},
    {.section = Backup, .name = "metric", .type = Type::Number, .reload = Live, .default_text = "500", .least = 1, .most = kAnyU32, .help = "of its routes in the kernel; above fib.metric, and the same for all"},
    {.section = Backup, .name = "prefixes", .type = Type::TextOrList, .reload = Live, .default_text = "\"learned\"", .choices = "learned", .help = "what the links told last, until they tell it anew; or a list: these, and what is learned within them"},
    {.section = Backup, .name = "hold", .type = Type::Duration, .reload = Live, .default_text = "\"10s\"", .least = 0, .most = kDay, .help = "a link that is back stands so long before traffic returns; doubled each time it flaps"},

    {.section = NeighborBackup, .name = "metric", .type = Type::Number, .reload = Live, .default_text = "500", .least = 1, .most = kAnyU32, .help = "of its routes in the kernel; above fib.metric, and the same for all"},
    {.section = NeighborBackup, .name = "hold", .type = Type::Duration, .reload = Live, .default_text = "\"10s\"", .least = 0, .most = kDay, .help = "as a peering's"},

    {.section = Fib, .name = "enabled", .type = Type::Flag, .reload = Refresh, .default_text = "true", .help = "false: look, don't touch"},
    {.section = Fib, .name = "table", .type = Type::NumberOrText, .reload = Refresh, .default_text = "\"main\"", .least = 1, .most = kAnyU32, .choices = "main|default", .help = "or a number"},
    {.section = Fib, .name = "metric", .type = Type::Number, .reload = Refresh, .default_text = "20", .least = 1, .most = kAnyU32 - 1, .help = "the lower one wins: 0 would beat your static routes"},
    {.section = Fib, .name = "protocol", .type = Type::NumberOrText, .reload = Start, .default_text = "\"bgp\"", .least = 5, .most = 255, .choices = "bgp", .help = "the mark on our routes (186), or a number: what carries it is taken for ours"},
    {.section = Fib, .name = "source", .type = Type::Address, .reload = Refresh, .sample = "\"10.1.0.1\"", .help = "preferred source address for traffic from this router"},
    {.section = Fib, .name = "nexthops", .type = Type::Choice, .reload = Refresh, .default_text = "\"groups\"", .choices = "groups|plain", .help = "\"groups\": one change moves all routes; \"plain\" for kernels before 5.3"},
    {.section = Fib, .name = "on_exit", .type = Type::Choice, .reload = Live, .default_text = "\"keep\"", .choices = "keep|flush", .help = "\"keep\" for restarts and upgrades"},
    {.section = Fib, .name = "stale_after", .type = Type::Duration, .reload = Live, .default_text = "\"120s\"", .least = kSecond, .most = kDay, .help = "routes of the run before are removed when this is over"},

    {.section = Neighbor, .name = "name", .type = Type::Text, .reload = ReloadClass::Session, .sample = "\"edge2\"", .help = "its sessions are called so"},
    {.section = Neighbor, .name = "address", .type = Type::Address, .reload = ReloadClass::Session, .sample = "\"10.1.0.3\"", .help = "where it answers"},
    {.section = Neighbor, .name = "asn", .type = Type::Number, .reload = ReloadClass::Session, .sample = "65010", .least = 1, .most = kAnyU32, .help = "ours: iBGP"},
    {.section = Neighbor, .name = "local_address", .type = Type::Address, .reload = ReloadClass::Session, .sample = "\"10.1.0.2\"", .help = "ours towards it; default: the kernel's choice"},
    {.section = Neighbor, .name = "interface", .type = Type::Text, .reload = ReloadClass::Session, .sample = "\"eth0\"", .help = "needed for link-local addresses"},
    {.section = Neighbor, .name = "passive", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false", .help = "wait for it to call"},
    {.section = Neighbor, .name = "port", .type = Type::Number, .reload = ReloadClass::Session, .default_text = "179", .least = 1, .most = 65535, .help = "where we call"},
    {.section = Neighbor, .name = "multihop", .type = Type::Number, .reload = ReloadClass::Session, .default_text = "1", .least = 1, .most = 255, .help = "eBGP over so many hops"},
    {.section = Neighbor, .name = "ttl", .type = Type::NumberOrText, .reload = ReloadClass::Session, .sample = "1", .least = 1, .most = 255, .choices = "gtsm", .help = "default: multihop; 64 for iBGP; or \"gtsm\" (RFC 5082)"},
    {.section = Neighbor, .name = "hold_time", .type = Type::Duration, .reload = ReloadClass::Session, .default_text = "\"180s\"", .least = 3 * kSecond, .most = 65535 * kSecond, .help = "10 s at least; keepalive is a third"},
    {.section = Neighbor, .name = "extended_messages", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "true",
     .help = "take messages of up to 65,535 octets (RFC 8654)"},
    {.section = Neighbor, .name = "add_path", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false",
     .help = "take several paths of a prefix (RFC 7911), where the other side has them"},
    {.section = Neighbor, .name = "role", .type = Type::Choice, .reload = ReloadClass::Session, .default_text = "\"\"", .choices = "|provider|customer|peer|rs|rs-client",
     .help = "what we are to the other side: against route leaks (RFC 9234)"},
    {.section = Neighbor, .name = "role_strict", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false",
     .help = "refuse a side that announces no role"},
    {.section = Neighbor, .name = "send_hold_time", .type = Type::Duration, .reload = ReloadClass::Session, .sample = "\"480s\"", .least = 0, .most = 65535 * kSecond, .help = "as a peering's"},
    {.section = Neighbor, .name = "delay_open", .type = Type::Duration, .reload = ReloadClass::Session, .default_text = "\"0s\"", .least = 0, .most = 240 * kSecond, .help = "our OPEN waits so long for the peer's"},
    {.section = Neighbor, .name = "graceful_restart", .type = Type::FlagOrTable, .reload = ReloadClass::Session, .default_text = "true", .help = "as a peering's"},
    {.section = Neighbor, .name = "md5", .type = Type::TextOrTable, .reload = Live, .sample = "{ file = \"/etc/dyad/keys/edge2\" }", .help = "as a peering's"},
    {.section = Neighbor, .name = "bfd", .type = Type::FlagOrTable, .reload = Live, .default_text = "false", .help = "as a peering's"},
    {.section = Neighbor, .name = "families", .type = Type::Texts, .reload = ReloadClass::Session, .sample = "[\"ipv4\", \"ipv6\"]", .choices = "ipv4|ipv6", .help = "default: the address's own"},
    {.section = Neighbor, .name = "accept", .type = Type::ListOrTable, .reload = Refresh, .default_text = "[]", .help = "nothing by default (RFC 8212); { any = true } for all; keys as a peering's"},
    {.section = Neighbor, .name = "advertise", .type = Type::List, .reload = Refresh, .default_text = "[]", .help = "as a peering's"},
    {.section = Neighbor, .name = "redistribute", .type = Type::Nested, .reload = Refresh, .sample = "{ table = \"main\", protocols = [\"static\", \"ospf\"] }", .acts = Acts::NotYet, .help = "as a peering's"},
    {.section = Neighbor, .name = "pass_on", .type = Type::Texts, .reload = Refresh, .default_text = "[]", .help = "routes learned from these peerings or neighbours go on to this one; \"*\": all"},
    {.section = Neighbor, .name = "next_hop", .type = Type::Choice, .reload = Refresh, .default_text = "\"self\"", .choices = "self|unchanged", .help = "of what goes to it"},
    {.section = Neighbor, .name = "backup", .type = Type::FlagOrTable, .reload = Live, .default_text = "false",
     .help = "true, or { metric = 500, hold = \"10s\" }: a VPN gateway, whose routes only stand in for others; Azure's AS 65515 is one unless this says false"},
    {.section = Neighbor, .name = "local_preference", .type = Type::Number, .reload = Refresh, .default_text = "100", .least = 0, .most = kAnyU32, .help = "of its routes, where iBGP brings none along"},
    {.section = Neighbor, .name = "communities_in", .type = Type::List, .reload = Refresh, .default_text = "[]", .help = "as a peering's"},
    {.section = Neighbor, .name = "enforce_first_as", .type = Type::Flag, .reload = Refresh, .default_text = "true",
     .help = "the AS path begins with its AS (RFC 4271 6.3); not asked of iBGP, nor of a route server (role = \"rs-client\")"},
    {.section = Neighbor, .name = "allow_as_in", .type = Type::Number, .reload = Refresh, .default_text = "0", .least = 0, .most = 10, .help = "how often our AS may be in a received path"},
    {.section = Neighbor, .name = "remove_med", .type = Type::Flag, .reload = ReloadClass::Session, .default_text = "false", .help = "MULTI_EXIT_DISC is taken out of its routes"},
    {.section = Neighbor, .name = "limits", .type = Type::Nested, .reload = Live, .help = "as a peering's; receive = 100000 here"},

    {.section = Control, .name = "socket", .type = Type::Text, .reload = Start, .default_text = "\"/run/dyad/dyad.sock\"", .help = "dyad -s names another"},
    {.section = Control, .name = "group", .type = Type::Text, .reload = Start, .default_text = "\"dyad\"", .help = "its members may look"},
    {.section = Control, .name = "writers", .type = Type::Text, .reload = Start, .default_text = "\"root\"", .help = "this user or group may change things too"},

    {.section = Http, .name = "listen", .type = Type::Text, .reload = Live, .sample = "\"127.0.0.1:9179\"", .help = "/metrics, /healthz, /readyz; off when absent"},
    {.section = Http, .name = "dashboard", .type = Type::Flag, .reload = Live, .default_text = "false", .acts = Acts::NotYet, .help = "a read-only page at /"},

    {.section = Log, .name = "target", .type = Type::Text, .reload = Live, .default_text = "\"auto\"", .choices = "auto|journal|stderr|syslog", .help = "\"auto\": the journal under systemd, else stderr; or syslog, or a file's path"},
    {.section = Log, .name = "format", .type = Type::Choice, .reload = Live, .default_text = "\"text\"", .choices = "text|json", .help = "\"json\": a line each"},
    {.section = Log, .name = "level", .type = Type::Choice, .reload = Live, .default_text = "\"info\"", .choices = "trace|debug|info|warning|error", .help = "how much"},
    {.section = Log, .name = "levels", .type = Type::Nested, .reload = Live, .sample = "{ \"er-ams/private/primary\" = \"debug\" }", .choices = "trace|debug|info|warning|error", .help = "one session louder"},

    {.section = Record, .name = "mrt", .type = Type::Nested, .reload = Live, .sample = "{ directory = \"/var/lib/dyad/mrt\", rotate = \"1h\", keep = 48 }", .help = "RFC 6396; off when absent"},
    {.section = Record, .name = "bmp", .type = Type::List, .reload = Live, .sample = "[{ address = \"192.0.2.50:11019\" }]", .help = "RFC 7854; off when absent"},
    {.section = Record, .name = "events", .type = Type::Number, .reload = Live, .default_text = "10000", .least = 100, .most = 1'000'000, .help = "kept in memory for dyad events"},
    {.section = Mrt, .name = "directory", .type = Type::Text, .reload = Live, .help = "where the files go"},
    {.section = Mrt, .name = "rotate", .type = Type::Duration, .reload = Live, .default_text = "\"1h\"", .least = 60 * kSecond, .most = kDay, .help = "a new file so often"},
    {.section = Mrt, .name = "keep", .type = Type::Number, .reload = Live, .default_text = "48", .least = 1, .most = 100'000, .help = "files"},
    {.section = Bmp, .name = "address", .type = Type::Text, .reload = Live, .help = "address:port of the station"},
};
// clang-format on

}  // namespace table
namespace {

using table::kSchema;

/// As a key would have it: somebody may have written "Hold-Time".
std::string as_key(std::string_view text) {
    auto out = lower(text);
    std::ranges::replace(out, '-', '_');
    return out;
}

}  // namespace

std::span<const Key> schema() { return kSchema; }

const Key* find_key(Section section, std::string_view name) {
    const auto found =
        std::ranges::find_if(kSchema, [&](const Key& key) { return key.section == section && key.name == name; });
    return found == std::end(kSchema) ? nullptr : &*found;
}

std::optional<std::string_view> similar_key(Section section, std::string_view name) {
    Closest closest{as_key(name)};
    for (const auto& key : kSchema)
        if (key.section == section) closest.offer(key.name);
    return closest.best();
}

std::optional<std::string_view> similar_choice(std::string_view choices, std::string_view text) {
    Closest closest{as_key(text)};
    for (const auto choice : std::views::split(choices, '|'))
        closest.offer(std::string_view{choice.begin(), choice.end()});
    return closest.best();
}

std::string_view section_with(std::string_view name) {
    const auto found = std::ranges::find(kSchema, name, &Key::name);
    return found == std::end(kSchema) ? "" : section_name(found->section);
}

std::string_view section_name(Section section) {
    switch (section) {
        case Section::Top:
            return "the top of the file";
        case Section::Circuit:
            return "[[circuit]]";
        case Section::Peering:
            return "[circuit.private]";
        case Section::Link:
            return "primary and secondary";
        case Section::Neighbor:
            return "[[neighbor]]";
        case Section::Advertise:
            return "an advertise entry";
        case Section::Range:
            return "an accept entry";
        case Section::Accept:
        case Section::NeighborAccept:
            return "accept";
        case Section::CommunityRule:
            return "a communities_in entry";
        case Section::Md5:
            return "md5";
        case Section::GracefulRestart:
            return "graceful_restart";
        case Section::Bfd:
            return "bfd";
        case Section::Limits:
        case Section::NeighborLimits:
            return "limits";
        case Section::Redistribute:
            return "redistribute";
        case Section::Watch:
            return "watch";
        case Section::Backup:
        case Section::NeighborBackup:
            return "backup";
        case Section::Fib:
            return "[fib]";
        case Section::Control:
            return "[control]";
        case Section::Http:
            return "[http]";
        case Section::Log:
            return "[log]";
        case Section::Record:
            return "[record]";
        case Section::Mrt:
            return "mrt";
        case Section::Bmp:
            return "bmp";
    }
    return "";
}

std::string_view type_words(Type type) {
    switch (type) {
        case Type::Flag:
            return "true or false";
        case Type::Number:
            return "a whole number";
        case Type::Text:
        case Type::Choice:
            return "text in quotes";
        case Type::Duration:
            return "a duration such as \"180s\"";
        case Type::Prefix:
            return "a prefix such as \"10.1.0.0/16\"";
        case Type::Address:
            return "an address such as \"10.1.0.3\"";
        case Type::Texts:
            return "a list of texts, [\"…\", \"…\"]";
        case Type::Numbers:
            return "a list of numbers, [75, 90]";
        case Type::List:
            return "a list, [ … ]";
        case Type::Nested:
            return "a table, { key = value }";
        case Type::Tables:
            return "a table in double brackets, [[…]]";
        case Type::FlagOrTable:
            return "true, false or a table, { key = value }";
        case Type::NumberOrText:
            return "a number or text in quotes";
        case Type::TextOrTable:
            return "text in quotes or a table, { key = value }";
        case Type::ListOrTable:
            return "a list, [ … ], or a table, { key = value }";
        case Type::TextOrList:
            return "text in quotes or a list, [ … ]";
    }
    return "";
}

}  // namespace dyad::config
