#pragma once
#include <boost/container/flat_map.hpp>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "msee/customer.hpp"
#include "msee/export.hpp"
#include "msee/output.hpp"
#include "msee/route_set.hpp"

/// Microsoft's edge router as a value, for labs, tests and the simulator: it speaks real BGP through the same wire
/// and session code as the Speaker, announces what it is told to, counts what it is told, and ends the session at
/// one prefix too many. It has no RIB of paths to choose from, no policy beyond what Microsoft documents, and
/// passes nothing on from one customer to another. A driver turns the crank as it does the Speaker's:
///
///     msee.received(now, connection, octets);       // what the world did
///     for (auto& output : msee.take_outputs(now))   // what is to be done; again while more is wanted
///         carry_out(output);
///     wait until msee.deadline(), or news
///
/// Inside one neighbour's stream a withdrawal is said before announcements that wait with it. What the driver has
/// not yet reported as sent counts against kWindow, so that a slow customer holds a window, not a table.
namespace dyad::msee {

/// Octets of one connection handed out and not yet sent: some round trips of a fast link, a fraction of a table.
inline constexpr std::size_t kWindow = 512 * 1024;

struct Options {
    Asn asn{12076};
    RouterId router_id;
    std::chrono::seconds hold_time{180};
    std::chrono::seconds connect_retry_time{5};
    /// After a limit trip the customer is turned away that long; Microsoft does not say how long it does.
    std::chrono::seconds refuse_for{60};
    TurnAway turn_away = TurnAway::Closes;
    /// Whether its Cease/1 says which family and limit (RFC 4486 section 4), or nothing.
    enum class TripData : std::uint8_t { Limit, Nothing };
    TripData trip_data = TripData::Limit;
    PeeringKind kind = PeeringKind::Private;
    PrivateAs private_as = PrivateAs::Strip;  ///< Microsoft does; a recording is played back as it was
    std::vector<std::uint32_t> communities;   ///< put on every route
    std::vector<std::uint32_t>
        filter;  ///< only routes with one of these leave; none: all, or on Microsoft peering nothing
    std::optional<wire::GracefulRestart> graceful_restart;  ///< announced (RFC 4724); none: it is not known here
    std::vector<CustomerOptions> customers;
};

class Msee {
public:
    /// seed decides the jitter of its timers.
    Msee(Options options, std::uint64_t seed);

    void start(Instant now);
    /// Ends every session with Cease/2.
    void stop(Instant now, const std::string& text);

    // What the world did. An id that is not alive any more is passed over.
    void connected(Instant now, ConnectionId connection);
    /// A customer called; the driver numbers it: odd, never used before. False: not wanted, close it.
    bool accepted(Instant now, ConnectionId connection, const Address& local, const Address& peer);
    void received(Instant now, ConnectionId connection, Bytes octets);
    void sent(ConnectionId connection, std::size_t octets);
    /// The dial failed, or the connection ended: errno, 0 for an orderly close by the customer.
    void closed(Instant now, ConnectionId connection, int error);
    void tick(Instant now);
    std::optional<Instant> deadline() const;
    /// In the order to do them. A bounded piece of its table a neighbour: call again while has_work().
    std::vector<Output> take_outputs();
    /// More is to be said than was taken, and there is room for it.
    bool has_work() const;

    // What there is to announce. Every customer of the family hears it.
    SetId add_set(wire::Attributes attributes) { return routes_.add_set(std::move(attributes)); }
    void announce(const Prefix& prefix, SetId set);
    void withdraw(const Prefix& prefix);
    void withdraw_all();
    /// Withdraws the prefixes and announces them again so much later.
    void flap(Instant now, std::span<const Prefix> prefixes, Duration down_for);
    const RouteSet& routes() const { return routes_; }

    // What one can do to a customer.
    enum class Maintenance : std::uint8_t { Off, On };
    /// On: our AS so many times in all on every route, without a reset; at most kMostPrepends.
    void maintenance(Maintenance state, std::size_t prepends = 1 + kMaintenancePrepends);
    Maintenance maintenance() const { return maintenance_; }
    /// Down: everything is withdrawn, while sessions stand and take what customers say.
    void core(Core state);
    /// Only routes with one of these communities are announced from now on; none: no filter is attached.
    void filter(std::vector<std::uint32_t> communities);
    const ExportPolicy& policy() const { return policy_; }
    void limit(Instant now, std::size_t customer, std::uint32_t prefixes);
    /// Cease/4 to all, and back as soon as may be. Also ends the time of refusal after a trip.
    void reset(Instant now, const std::string& text);
    /// The peering is switched off: Cease/2 to all, and nobody is let in until it is enabled.
    void disable(Instant now, const std::string& text);
    void enable(Instant now);
    /// BFD says that the path to it is dead: an Established session ends with Cease/10 (RFC 9384),
    /// and is tried again.
    void path_failed(Instant now, std::size_t customer);
    /// Every connection breaks off without a word.
    void drop(Instant now);
    enum class Voice : std::uint8_t { Speaks, Silent };
    /// Silent: connections stay open, nothing is read and nothing said, until the customer's hold timer ends it.
    /// Speaking again drops the connections, since what came meanwhile is lost.
    void voice(Instant now, Voice voice);
    Voice voice() const { return voice_; }

    std::size_t customers() const { return customers_.size(); }
    CustomerStatus status(Instant now, std::size_t customer) const;
    const Held& held(std::size_t customer) const { return customers_[customer].held; }
    const CustomerOptions& customer(std::size_t index) const { return customers_[index].options; }

private:
    struct Customer {
        CustomerOptions options;
        session::Session session;
        Outbox outbox;
        Held held;
        std::optional<Instant> refused_until;
        bool disabled = false;
        bool door_shut = false;  ///< the driver knows
        std::uint64_t limit_trips = 0;
        bool end_of_rib = false;      ///< received
        bool end_of_rib_due = false;  ///< ours is to follow the table
        bool damage_told = false;
        std::optional<session::Cause> last_failure;
    };
    struct Connection {
        std::size_t customer = 0;
        std::size_t in_flight = 0;  ///< octets handed out and not yet sent
        bool dialling = false;
        bool unheard = false;  ///< accepted in silence: its session knows nothing of it
        bool gone = false;     ///< ended in silence
    };
    struct Comeback {
        Instant when;
        Prefix prefix;
        SetId set;
    };

    Connection* find(ConnectionId connection);
    void tell_ended(Instant now, ConnectionId id, const Connection& connection, int error);
    void settle(std::size_t index);
    void carry_out(const session::Action& action, std::size_t index);
    void came_up(std::size_t index, const session::Negotiated& negotiated);
    void read(Instant now, std::size_t index, const wire::MessageView& message);
    void read_update(Instant now, std::size_t index, Bytes body);
    void trip(Instant now, std::size_t index, Held::LimitExceeded exceeded);
    bool turned_away(const Customer& customer) const { return customer.refused_until || customer.disabled; }
    void move_door(std::size_t index);
    void mark(const Prefix& prefix, RouteId route);
    void mark_everything();
    void send(ConnectionId connection, std::vector<std::uint8_t> octets);
    void send_table(std::size_t index);
    bool has_table_to_send(const Customer& customer) const;
    void happened(std::size_t index, auto what) { outputs_.emplace_back(Happened{index, std::move(what)}); }

    Options options_;
    ExportPolicy policy_;
    RouteSet routes_;
    std::vector<Customer> customers_;
    boost::container::flat_map<ConnectionId, Connection> connections_;
    std::vector<Comeback> comebacks_;  ///< by time
    std::vector<Output> outputs_;
    std::uint32_t next_dial_ = 2;
    Maintenance maintenance_ = Maintenance::Off;
    Voice voice_ = Voice::Speaks;
};

}  // namespace dyad::msee
