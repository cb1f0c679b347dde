#include "msee/msee.hpp"

#include <algorithm>
#include <array>
#include <cerrno>

#include "dyad/base/writer.hpp"
#include "dyad/wire/route_refresh.hpp"
#include "dyad/wire/update.hpp"

namespace dyad::msee {

namespace {

/// Octets of a table a neighbour gets in one turn, so that keepalives of others never wait long behind it.
constexpr std::size_t kPieceOctets = 64 * 1024;

session::Parameters parameters(const Options& options, const CustomerOptions& customer) {
    return {.local_as = options.asn,
            .peer_as = customer.asn,
            .router_id = options.router_id,
            .families = {customer.carried()},
            .hold_time = options.hold_time,
            .connect_retry_time = options.connect_retry_time,
            .passive = customer.opens == Opens::Listens,
            .graceful_restart = options.graceful_restart,
            .extended_next_hop = customer.carried() != customer.peer.family()};
}

/// RFC 4486 section 4: the data of a Maximum Number of Prefixes Reached names the family and the limit, if it is there.
wire::Notification too_many_prefixes(Family family, std::uint32_t limit, Options::TripData wanted) {
    if (wanted == Options::TripData::Nothing) return {wire::ErrorCode::Cease, wire::subcode::kMaximumPrefixes, {}};
    std::array<std::uint8_t, 7> data;
    Writer out{data};
    out.u16(static_cast<std::uint16_t>(family));
    out.u8(wire::kSafiUnicast);
    out.u32(limit);
    return {wire::ErrorCode::Cease, wire::subcode::kMaximumPrefixes, {data.begin(), data.end()}};
}

session::Reason because(const wire::Notification& notification, std::string detail = "") {
    session::Reason reason;
    reason.cause = session::Cause::NotificationSent;
    reason.notification = notification;
    reason.detail = std::move(detail);
    return reason;
}

}  // namespace

Msee::Msee(Options options, std::uint64_t seed) : options_(std::move(options)) {
    policy_.asn = options_.asn;
    policy_.private_as = options_.private_as;
    policy_.communities = options_.communities;
    policy_.filter = options_.filter;
    policy_.unfiltered = options_.kind == PeeringKind::Microsoft ? Unfiltered::Nothing : Unfiltered::All;
    for (const auto& customer : options_.customers)
        customers_.push_back({.options = customer, .session = {parameters(options_, customer), seed++}});
}

void Msee::start(Instant now) {
    for (std::size_t i = 0; i < customers_.size(); ++i) {
        customers_[i].session.start(now);
        settle(i);
    }
}

void Msee::stop(Instant now, const std::string& text) {
    const auto notification = wire::cease(wire::subcode::kAdministrativeShutdown, text);
    for (std::size_t i = 0; i < customers_.size(); ++i) {
        customers_[i].session.stop(now, notification, because(notification, text));
        settle(i);
    }
}

void Msee::connected(Instant now, ConnectionId connection) {
    auto* at = find(connection);
    if (at == nullptr || voice_ == Voice::Silent) return;
    at->dialling = false;
    const auto index = at->customer;
    customers_[index].session.connected(now, connection);
    settle(index);
}

bool Msee::accepted(Instant now, ConnectionId connection, const Address& local, const Address& peer) {
    const auto at = std::ranges::find_if(customers_, [&](const Customer& customer) {
        return customer.options.peer == peer && customer.options.local == local;
    });
    if (at == customers_.end() || turned_away(*at) || at->options.opens == Opens::Dials) return false;
    const auto index = static_cast<std::size_t>(at - customers_.begin());
    const bool silent = voice_ == Voice::Silent;
    if (!silent && !at->session.accepted(now, connection)) return false;
    connections_.emplace(connection, Connection{.customer = index, .unheard = silent});
    settle(index);
    return true;
}

void Msee::received(Instant now, ConnectionId connection, Bytes octets) {
    const auto* at = find(connection);
    if (at == nullptr || voice_ == Voice::Silent) return;
    const auto index = at->customer;
    auto& session = customers_[index].session;
    session.feed(connection, octets);
    for (auto message = session.next(now); message; message = session.next(now)) {
        // What the messages before led to comes first: WentUp makes the tables that an UPDATE goes into.
        settle(index);
        read(now, index, *message);
    }
    settle(index);
}

void Msee::sent(ConnectionId connection, std::size_t octets) {
    if (auto* at = find(connection)) at->in_flight -= std::min(at->in_flight, octets);
}

void Msee::closed(Instant now, ConnectionId connection, int error) {
    auto* at = find(connection);
    if (at == nullptr) return;
    if (voice_ == Voice::Silent) {
        at->gone = true;
        return;
    }
    const auto ended = *at;
    connections_.erase(connection);
    tell_ended(now, connection, ended, error);
}

void Msee::tick(Instant now) {
    while (!comebacks_.empty() && comebacks_.front().when <= now) {
        announce(comebacks_.front().prefix, comebacks_.front().set);
        comebacks_.erase(comebacks_.begin());
    }
    if (voice_ == Voice::Silent) return;
    for (std::size_t i = 0; i < customers_.size(); ++i) {
        auto& customer = customers_[i];
        if (customer.refused_until && *customer.refused_until <= now) {
            customer.refused_until.reset();
            if (!customer.disabled) customer.session.start(now);
            move_door(i);
        }
        if (const auto deadline = customer.session.deadline(); deadline && *deadline <= now) customer.session.tick(now);
        settle(i);
    }
}

std::optional<Instant> Msee::deadline() const {
    std::optional<Instant> first;
    if (!comebacks_.empty()) first = comebacks_.front().when;
    if (voice_ == Voice::Silent) return first;
    for (const auto& customer : customers_) {
        first = earlier(first, customer.refused_until);
        first = earlier(first, customer.session.deadline());
    }
    return first;
}

std::vector<Output> Msee::take_outputs() {
    for (std::size_t i = 0; i < customers_.size(); ++i)
        if (has_table_to_send(customers_[i])) send_table(i);
    return std::exchange(outputs_, {});
}

bool Msee::has_work() const {
    return !outputs_.empty() || std::ranges::any_of(customers_, [&](const auto& c) { return has_table_to_send(c); });
}

void Msee::announce(const Prefix& prefix, SetId set) {
    const auto change = routes_.announce(prefix, set);
    if (change.changed) mark(prefix, change.route);
}

void Msee::withdraw(const Prefix& prefix) {
    const auto change = routes_.withdraw(prefix);
    if (change && change->changed) mark(prefix, change->route);
}

void Msee::withdraw_all() {
    for (std::uint32_t row = 0; row < routes_.rows(); ++row) withdraw(routes_.prefix({row}));
}

void Msee::flap(Instant now, std::span<const Prefix> prefixes, Duration down_for) {
    for (const auto& prefix : prefixes) {
        const auto route = routes_.find(prefix);
        const auto set = route ? routes_.set(*route) : std::nullopt;
        if (!set) continue;
        withdraw(prefix);
        const auto place = std::ranges::upper_bound(comebacks_, now + down_for, {}, &Comeback::when);
        comebacks_.insert(place, {now + down_for, prefix, *set});
    }
}

void Msee::maintenance(Maintenance state, std::size_t prepends) {
    maintenance_ = state;
    const auto wanted = state == Maintenance::On ? std::clamp(prepends, std::size_t{1}, kMostPrepends) : 1;
    if (std::exchange(policy_.prepends, wanted) != wanted) mark_everything();
}

void Msee::core(Core state) {
    if (std::exchange(policy_.core, state) != state) mark_everything();
}

void Msee::filter(std::vector<std::uint32_t> communities) {
    policy_.filter = std::move(communities);
    mark_everything();
}

void Msee::limit(Instant now, std::size_t customer, std::uint32_t prefixes) {
    customers_[customer].options.limit = prefixes;
    customers_[customer].held.limit(prefixes);
    if (customers_[customer].held.beyond_limit()) trip(now, customer, {.held = customers_[customer].held.count()});
    settle(customer);
}

void Msee::reset(Instant now, const std::string& text) {
    const auto notification = wire::cease(wire::subcode::kAdministrativeReset, text);
    for (std::size_t i = 0; i < customers_.size(); ++i) {
        if (customers_[i].disabled) continue;
        customers_[i].refused_until.reset();
        customers_[i].session.reset(now, notification, because(notification, text));
        settle(i);
        move_door(i);
    }
}

void Msee::disable(Instant now, const std::string& text) {
    const auto notification = wire::cease(wire::subcode::kAdministrativeShutdown, text);
    for (std::size_t i = 0; i < customers_.size(); ++i) {
        customers_[i].disabled = true;
        customers_[i].session.stop(now, notification, because(notification, text));
        settle(i);
        move_door(i);
    }
}

void Msee::enable(Instant now) {
    for (std::size_t i = 0; i < customers_.size(); ++i) {
        customers_[i].refused_until.reset();
        if (std::exchange(customers_[i].disabled, false)) customers_[i].session.start(now);
        settle(i);
        move_door(i);
    }
}

void Msee::path_failed(Instant now, std::size_t customer) {
    if (customers_[customer].session.state() != session::State::Established) return;
    const auto notification = wire::cease(wire::subcode::kBfdDown);
    customers_[customer].session.reset(now, notification, {.cause = session::Cause::BfdDown});
    settle(customer);
}

void Msee::drop(Instant now) {
    for (const auto& [id, connection] : std::exchange(connections_, {})) {
        if (!connection.gone) outputs_.emplace_back(Close{id});
        tell_ended(now, id, connection, connection.dialling ? ECONNABORTED : 0);
    }
}

void Msee::voice(Instant now, Voice voice) {
    if (voice_ == voice) return;
    voice_ = voice;
    if (voice == Voice::Speaks) drop(now);
}

CustomerStatus Msee::status(Instant now, std::size_t index) const {
    const auto& customer = customers_[index];
    return {.state = customer.session.state(),
            .reason = customer.session.reason(now),
            .established_since = customer.session.established_since(),
            .times_established = customer.session.times_established(),
            .held = customer.held.count(),
            .peak = customer.held.peak(),
            .limit = customer.options.limit,
            .limit_trips = customer.limit_trips,
            .refused_until = customer.refused_until,
            .disabled = customer.disabled,
            .told = customer.outbox.told(),
            .all_told = customer.session.established() && customer.outbox.empty() && !customer.end_of_rib_due,
            .end_of_rib = customer.end_of_rib,
            .announcements = customer.held.announcements(),
            .withdrawals = customer.held.withdrawals(),
            .loops = customer.held.loops(),
            .unwanted = customer.held.unwanted(),
            .damaged = customer.held.damaged()};
}

Msee::Connection* Msee::find(ConnectionId connection) {
    const auto at = connections_.find(connection);
    return at == connections_.end() ? nullptr : &at->second;
}

void Msee::tell_ended(Instant now, ConnectionId id, const Connection& connection, int error) {
    if (connection.unheard) return;
    auto& session = customers_[connection.customer].session;
    if (connection.dialling)
        session.connect_failed(now, id, error);
    else
        session.closed(now, id, error);
    settle(connection.customer);
}

/// Does what the session asked for since last time.
void Msee::settle(std::size_t index) {
    for (const auto& action : customers_[index].session.take_actions()) carry_out(action, index);
}

void Msee::carry_out(const session::Action& action, std::size_t index) {
    auto& customer = customers_[index];
    if (std::holds_alternative<session::OpenConnection>(action)) {
        const ConnectionId id{next_dial_};
        next_dial_ += 2;
        connections_.emplace(id, Connection{.customer = index, .dialling = true});
        customer.session.connecting(id);
        outputs_.emplace_back(Dial{id, customer.options.local, customer.options.peer});
    } else if (const auto* close = std::get_if<session::CloseConnection>(&action)) {
        connections_.erase(close->connection);
        outputs_.emplace_back(Close{close->connection});
    } else if (const auto* message = std::get_if<session::SendMessage>(&action)) {
        send(message->connection, message->octets);
    } else if (const auto* up = std::get_if<session::WentUp>(&action)) {
        came_up(index, up->negotiated);
    } else if (const auto* down = std::get_if<session::WentDown>(&action)) {
        customer.outbox.clear();
        customer.held.clear();
        happened(index, WentDown{down->reason});
    } else if (const auto* stayed = std::get_if<session::StayedDown>(&action)) {
        if (customer.last_failure == stayed->reason.cause) return;
        customer.last_failure = stayed->reason.cause;
        happened(index, StayedDown{stayed->reason});
    }
}

void Msee::came_up(std::size_t index, const session::Negotiated& negotiated) {
    auto& customer = customers_[index];
    customer.last_failure.reset();
    customer.end_of_rib = false;
    customer.damage_told = false;
    customer.end_of_rib_due = true;
    customer.held.begin({.own_asn = options_.asn,
                         .allowance = customer.options.allowance(),
                         .four_octet_as = negotiated.four_octet_as,
                         .kind = options_.kind});
    customer.outbox.begin(routes_, {.family = customer.options.carried(),
                                    .next_hop = customer.options.local,
                                    .four_octet_as = negotiated.four_octet_as});
    happened(index, CameUp{negotiated});
}

void Msee::read(Instant now, std::size_t index, const wire::MessageView& message) {
    auto& customer = customers_[index];
    if (message.type == wire::MessageType::Update) return read_update(now, index, message.body());
    if (message.type != wire::MessageType::RouteRefresh) return;
    const auto refresh = wire::decode_route_refresh(message.body());
    if (!refresh) return customer.session.fail(now, refresh.error(), "ROUTE-REFRESH");
    if (refresh->afi == static_cast<std::uint16_t>(customer.options.carried()) && refresh->subtype == 0)
        customer.outbox.mark_all(routes_);
}

void Msee::read_update(Instant now, std::size_t index, Bytes body) {
    auto& customer = customers_[index];
    const auto update = wire::parse_update(
        body, {.ipv6_next_hop_of_ipv4 = customer.options.carried() != customer.options.peer.family()});
    if (!update) return customer.session.fail(now, update.error().notification(), update.error().what);
    if (!update->disabled.empty()) {
        const auto& error = update->disabled.front();
        return customer.session.fail(now, error.notification(), error.what);
    }
    if (update->end_of_rib == customer.options.carried()) {
        customer.end_of_rib = true;
        happened(index, TableReceived{customer.held.count()});
        return;
    }
    const auto damaged = customer.held.damaged();
    if (const auto held = customer.held.apply(*update); !held) return trip(now, index, held.error());
    if (customer.held.damaged() == damaged || std::exchange(customer.damage_told, true)) return;
    happened(index, Damaged{customer.held.last_damage()});
}

void Msee::trip(Instant now, std::size_t index, Held::LimitExceeded exceeded) {
    auto& customer = customers_[index];
    happened(index, LimitTripped{customer.options.allowance(), exceeded.held, exceeded.incoming});
    ++customer.limit_trips;
    customer.refused_until = now + options_.refuse_for;
    const auto notification = too_many_prefixes(customer.options.carried(), customer.options.limit, options_.trip_data);
    customer.session.stop(now, notification, because(notification));
    move_door(index);
}

/// Tells the driver, where it has to do with it.
void Msee::move_door(std::size_t index) {
    auto& customer = customers_[index];
    const bool shut = turned_away(customer) && options_.turn_away != TurnAway::Closes;
    if (std::exchange(customer.door_shut, shut) == shut) return;
    outputs_.emplace_back(Door{index, shut ? std::optional{options_.turn_away} : std::nullopt});
}

void Msee::mark(const Prefix& prefix, RouteId route) {
    for (auto& customer : customers_)
        if (customer.session.established() && customer.options.carried() == prefix.family())
            customer.outbox.mark(route);
}

void Msee::mark_everything() {
    for (auto& customer : customers_)
        if (customer.session.established()) customer.outbox.mark_all(routes_);
}

void Msee::send(ConnectionId connection, std::vector<std::uint8_t> octets) {
    if (auto* at = find(connection)) at->in_flight += octets.size();
    outputs_.emplace_back(Send{connection, std::move(octets)});
}

bool Msee::has_table_to_send(const Customer& customer) const {
    const auto connection = customer.session.established();
    if (!connection || voice_ == Voice::Silent || (customer.outbox.empty() && !customer.end_of_rib_due)) return false;
    const auto at = connections_.find(*connection);
    return at != connections_.end() && at->second.in_flight < kWindow;
}

/// The next piece of the table, and the End-of-RIB (RFC 4724 section 2) behind the last one of a new session.
void Msee::send_table(std::size_t index) {
    auto& customer = customers_[index];
    const auto connection = *customer.session.established();
    auto batch = customer.outbox.take(routes_, policy_, kPieceOctets);
    for (std::size_t i = 0; i < batch.messages; ++i) customer.session.count_sent(wire::MessageType::Update);
    if (!batch.octets.empty()) send(connection, std::move(batch.octets));
    if (!customer.outbox.empty() || !customer.end_of_rib_due) return;
    customer.end_of_rib_due = false;
    send(connection, wire::encode_end_of_rib(customer.options.carried()));
    customer.session.count_sent(wire::MessageType::Update);
    happened(index, TableSent{customer.outbox.told()});
}

}  // namespace dyad::msee
