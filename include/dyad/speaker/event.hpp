#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dyad/bfd/bfd.hpp"
#include "dyad/net/prefix.hpp"
#include "dyad/session/reason.hpp"

/// What happened that an operator should know: facts only, words are found in the shell.
namespace dyad::speaker {

struct SessionEstablished { std::string session; Asn peer_as; RouterId peer_router_id; std::chrono::seconds hold_time{}; };
struct SessionDown { std::string session; session::Reason reason; Duration was_up{}; };
/// An attempt ended before Established. Told when the reason differs from the attempt's before.
struct SessionFailed { std::string session; session::Reason reason; };
/// The peer's End-of-RIB (RFC 4724), or its substitute, a pause: its first table is in.
struct TableReceived { std::string session; std::string family; std::size_t prefixes = 0; };
/// RFC 4724: the session ended, its routes are used on while its peer restarts, where there are no others.
struct RoutesRetained { std::string session; std::size_t routes = 0; std::chrono::seconds restart_time{}; };
/// Retained routes leave, and why.
struct RoutesReleased { std::string session; std::size_t routes = 0; std::string why; };
/// A peer's refresh (RFC 7313) left routes out: they leave.
struct RefreshSwept { std::string session; std::string family; std::size_t routes = 0; std::string why; };
/// A ROUTE-REFRESH that means nothing. Told once a session.
struct RefreshIgnored { std::string session; std::string why; };
/// A new MD5 key went onto a running session.
struct SessionRekeyed { std::string session; std::string what; };
/// why: the links that are not healthy; "" where all are.
struct RedundancyChanged { std::string peering; std::string before; std::string after; std::string why; };
enum class Direction : std::uint8_t { Received, Advertised };
/// The two links of a pair have not the same prefixes, and have not had for so long; the first of those that differ.
struct LinksDiffer { std::string peering; Direction direction{}; std::size_t only_primary = 0, only_secondary = 0; Duration since{}; std::vector<Prefix> first{}; };
struct LinksAgree { std::string peering; Direction direction{}; Duration differed{}; };
/// Its peer has put its AS in front of nearly everything: it leads traffic away, as Microsoft does before it works on an MSEE.
struct MaintenanceSuspected { std::string session; std::size_t prolonged = 0, accepted = 0; };
struct MaintenanceOver { std::string session; Duration lasted{}; };
/// No routes come by the link, and the other brings some (advertise_only_if_receiving): what we advertise on it is prolonged or
/// withdrawn.
struct LinkQuiet { std::string session; bool withdrawn = false; };
struct LinkQuietOver { std::string session; };
/// The router where the other link ends prefers it otherwise than we do ours: a maintenance would not move traffic.
struct PreferencesDiffer { std::string peering; std::string on; std::uint32_t ours = 0, theirs = 0; };
/// `dyad drain`: traffic is led off the session's link; only_here: routes that no other link has, and that stay on it.
struct LinkDraining { std::string session; std::size_t only_here = 0; };
struct LinkDrained { std::string session; Duration took{}; std::size_t only_here = 0; };
struct LinkUndrained { std::string session; };
/// `dyad drill`: the link is shut for a while, and prefixes came by it. Its name, as a session's.
struct DrillBegan { std::string session; std::size_t prefixes = 0; std::chrono::seconds span{}; };
/// It ends before its time: nothing could take over any longer.
struct DrillAborted { std::string session; std::string reason; };
/// outcome: passed | failed | unverified | not_back | aborted; shut, and then so long until all was as before; at the worst so
/// many prefixes had no other way.
struct DrillOver { std::string session; std::string outcome; std::string reason; Duration shut{}; Duration back{}; std::size_t prefixes = 0; std::size_t missing = 0; std::vector<Prefix> first{}; };
/// Both links of a peering are gone, and its traffic goes by what stands in for them.
struct BackupActive { std::string peering; std::string way; std::size_t routes = 0; };
/// A link carries it again.
struct BackupOver { std::string peering; Duration lasted{}; };
/// Prefixes of a neighbour that only stands in are longer than a peering's: they draw traffic whether links are there or not.
struct BackupLonger { std::string session; std::string peering; std::size_t count = 0; std::vector<Prefix> first; };
/// The guard refuses that many of its routes now, more than when it was last told: the first of them.
struct GuardRejected { std::string session; std::size_t count = 0; std::vector<Prefix> first{}; };
/// Routes are gone from a session that stays Established (`watch`), and are back.
struct RoutesVanished { std::string session; std::size_t before = 0; std::size_t count = 0; };
struct RoutesBack { std::string session; std::size_t count = 0; std::size_t before = 0; };
/// Its first table is in and empty. expected: by configuration.
struct NothingReceived { std::string session; bool expected = true; };
/// Prefixes that are listed and not registered, which are held back; registered ones that are not listed.
struct RegisteredDiffer { std::string peering; std::vector<Prefix> held_back{}; std::vector<Prefix> unused{}; };
/// Our interface has the address that is Microsoft's.
struct AddressesSwapped { std::string session; std::string interface; Address theirs; Address ours; };
/// A prefix with when = "present": somebody else has it, or nobody; and so it is advertised or not.
struct ConditionChanged { std::string peering; Prefix prefix; bool present = false; bool advertised = false; };
struct LinkChanged { std::string interface; bool carrier = false; };
/// RFC 7606: an UPDATE was malformed. Like ones that follow are counted for a while and told together (times).
struct UpdateDamaged {
    std::string session;
    std::string severity;            ///< "attribute-discard", "treat-as-withdraw", "afi-safi-disable", "session-reset"
    std::string what;
    std::string octets;              ///< the offending ones, in hex, the first of them
    std::size_t times = 1;
    std::size_t routes = 0;          ///< it announced, and the first of them
    std::vector<Prefix> prefixes{};
    std::string message{};           ///< the whole UPDATE in hex (RFC 7606 section 6), now and then; else ""
};
/// A path beyond those kept of one prefix (RFC 7911) was not taken in. Told once a session.
struct PathIgnored { std::string session; Prefix prefix; std::uint32_t path_id = 0; std::size_t limit = 0; };
/// limits.receive was passed; ends: and that ends the session.
struct ReceiveLimit { std::string session; std::size_t count = 0; std::size_t limit = 0; bool ends = false; };
/// So many prefixes are to be advertised, a peering's by both links alike; the peering's name, or the neighbour's.
struct LimitWarning { std::string peering; std::size_t count = 0; std::size_t limit = 0; std::uint32_t percent = 0; };
/// The same for what both links' peers hold together, where that is more than either holds.
struct LimitUnion { std::string peering; std::size_t count = 0; std::size_t limit = 0; std::uint32_t percent = 0; };
/// An episode begins: not all fit. action: withhold | freeze | shutdown, as configured.
struct LimitWithheld { std::string peering; std::size_t withheld = 0; std::size_t count = 0; std::size_t limit = 0; std::vector<Prefix> first{}; std::string action; };
struct LimitCleared { std::string peering; };
/// The peer ended a session since it counted more than its limit (Cease/1): told by its data, or else guessed. From now on we
/// stay at limit.
struct LimitLearned { std::string peering; bool told = false; std::size_t peers_limit = 0; std::size_t had = 0; std::size_t limit = 0; };
struct LimitForgotten { std::string peering; std::size_t limit = 0; std::string why; };
struct FibMoved { std::uint32_t group = 0; std::size_t routes = 0; std::size_t members = 0; };
struct FibFailed { Prefix prefix; int error = 0; std::string text; };
struct FibConflict { Prefix prefix; };
/// Others deleted or changed routes or nexthops of ours in the kernel; it is put right. lost: so much that news of it was lost.
/// often: they do it again and again, and it is put right only now and then.
struct FibTouched { std::size_t routes = 0; std::size_t nexthops = 0; std::vector<Prefix> first{}; bool lost = false; bool often = false; };
struct FibAdopted { std::size_t routes = 0; };
struct FibSwept { std::size_t routes = 0; };
struct BfdUp { std::string session; Address peer; };
/// path_failed: the session with it goes down too; else one side gave BFD up by order, or the peer
/// began anew, and BGP stays.
struct BfdDown { std::string session; Address peer; bfd::Diagnostic diagnostic{}; bool path_failed = false; };
/// BGP has stood for that long, and BFD was never up: the neighbour does not answer it. at_azure: it is an MSEE. Told once a session.
struct BfdUnanswered { std::string session; Address peer; std::chrono::seconds after{}; bool at_azure = false; };
struct ListenerFailed { Address local; std::uint16_t port = 0; int error = 0; };
struct ConfigLoaded { std::size_t changes = 0; std::size_t sessions_reset = 0; };
/// The file was refused by the shell; the running configuration stays.
struct ConfigRefused { std::size_t errors = 0; std::string first; };
struct Started { std::string version; };
struct Stopping { std::string reason; };

using EventKind = std::variant<SessionEstablished, SessionDown, SessionFailed, TableReceived, RoutesRetained, RoutesReleased,
                               RefreshSwept, RefreshIgnored, SessionRekeyed, RedundancyChanged, LinksDiffer, LinksAgree, MaintenanceSuspected, MaintenanceOver, LinkQuiet, LinkQuietOver, PreferencesDiffer, BackupActive, BackupOver, BackupLonger, LinkDraining, LinkDrained, LinkUndrained, DrillBegan, DrillAborted, DrillOver, GuardRejected, RoutesVanished, RoutesBack, NothingReceived, RegisteredDiffer, AddressesSwapped, ConditionChanged, LinkChanged,
                               UpdateDamaged, PathIgnored, ReceiveLimit, LimitWarning, LimitUnion, LimitWithheld, LimitCleared, LimitLearned, LimitForgotten, FibMoved, FibFailed, FibConflict,
                               FibTouched, FibAdopted, FibSwept, BfdUp, BfdDown, BfdUnanswered, ListenerFailed, ConfigLoaded, ConfigRefused, Started, Stopping>;

enum class EventLevel : std::uint8_t { Debug, Info, Warning, Error };

struct Event {
    EventKind kind;
};

/// "session.established": stable, for dashboards and scripts.
std::string_view event_id(const EventKind& kind);
EventLevel event_level(const EventKind& kind);
/// The session's or peering's name the event is about, "" for none.
std::string_view event_subject(const EventKind& kind);

}  // namespace dyad::speaker
