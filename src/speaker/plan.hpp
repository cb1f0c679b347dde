#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dyad/config/config.hpp"
#include "dyad/session/session.hpp"
#include "dyad/speaker/output.hpp"
#include "peering/admission.hpp"
#include "policy/export.hpp"
#include "policy/import.hpp"

namespace dyad::speaker {

/// What `accept` and `advertise` come from, so that `why` can name the line.
struct PlanPlaces {
    config::Place accept;
    config::Place advertise;
    bool operator==(const PlanPlaces&) const = default;
};

/// BFD beside it (RFC 5882).
struct BfdPlan {
    bfd::Parameters parameters;
    bool strict = false;
    bool multihop = false;  ///< by the file: RFC 5883
    bool operator==(const BfdPlan&) const = default;
};

/// A way round without BGP: a gateway that a peering's prefixes go by when its links are gone.
struct WayRound {
    std::string peering;                            ///< as in SessionPlan
    std::optional<std::vector<Prefix>> prefixes{};  ///< nothing: what its links have told
    bool operator==(const WayRound&) const = default;
};

/// A link of ours whose pair has its other link on the router behind a session: there it is told, while it is healthy.
struct LinkSubnet {
    Prefix subnet;
    std::string session;
    bool operator==(const LinkSubnet&) const = default;
};

/// Everything the configuration says about one session, resolved: what was a peering of two links and two
/// families is here a flat list of BGP sessions.
struct SessionPlan {
    std::string name;     ///< "er-ams/private/primary/v6", or a neighbour's own
    std::string peering;  ///< "er-ams/private" ("…/v6" for the IPv6 pair), "" for neighbours
    std::string circuit;
    std::string link;  ///< "primary", "secondary", "" for neighbours
    bool enabled = true;
    bool expect_routes = true;
    std::optional<config::Watch> watch{};  ///< of a link
    config::OnlyIfReceiving only_if_receiving = config::OnlyIfReceiving::Off;
    std::size_t least_routes = 1;  ///< accepted ones, for a link to be healthy
    std::string interface;
    bool bind_interface = false;  ///< single hop on a named interface
    bool on_link = true;          ///< the peer is directly connected: its link and our address on it matter
    std::optional<Address> local;
    Address peer;
    std::uint16_t port = 179;
    session::Parameters parameters;
    TcpOptions tcp;
    std::optional<BfdPlan> bfd;
    std::optional<std::uint32_t> link_preference = 0;  ///< as rib::Source has it
    bool ordered = false;  ///< its peering prefers one of its links
    policy::ImportPolicy import;
    bool remove_med = false;
    policy::ExportPolicy exporting;          ///< its session ids are filled in when ids are known
    std::vector<std::string> pass_on;        ///< names of peerings or neighbours, or "*"
    std::vector<LinkSubnet> tells;           ///< to the router where the others end
    std::size_t limit_v4 = 0, limit_v6 = 0;  ///< of prefixes advertised; 0: none
    std::vector<std::uint32_t> warn_at;
    std::size_t reserve = 0;
    std::array<std::size_t, 2> critical_listed{};  ///< IPv4, IPv6: that may claim a place of the reserve
    peering::OnLimit on_limit = peering::OnLimit::Withhold;
    std::size_t receive_limit = 0;         ///< of prefixes received in a family; 0: none
    bool receive_limit_ends = false;       ///< the session, beyond it
    std::chrono::seconds stale_time{180};  ///< RFC 8538 4.1
    bool backup = false;                   ///< its routes only stand in for others
    std::optional<WayRound> way_round;     ///< no session at all: a path, and what we say of it
    std::optional<std::chrono::seconds>
        return_hold;  ///< a link that others stand in for: so long before it is used again
    PlanPlaces places;

    bool speaks() const { return !way_round; }
    std::size_t limit(Family family) const { return family == Family::Ipv4 ? limit_v4 : limit_v6; }
    bool operator==(const SessionPlan&) const = default;
};

/// "er-ams/private", "er-ams/private/primary"; "…/v6".
std::string peering_name(const config::Circuit& circuit, const config::Peering& peering, Family family);
std::string session_name(const config::Circuit& circuit, const config::Peering& peering, config::LinkName link,
                         Family family);

/// All sessions of this router, in the order of the file: primary before secondary, IPv4 before IPv6.
std::vector<SessionPlan> plan_sessions(const config::Config& config);

/// What a running session needs when its plan changes.
enum class Effect : std::uint8_t { None, Reevaluate, Rekey, Reset };
Effect effect_of(const SessionPlan& before, const SessionPlan& after);

}  // namespace dyad::speaker
