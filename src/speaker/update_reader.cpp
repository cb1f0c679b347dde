#include "speaker/update_reader.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "speaker/backup.hpp"
#include "speaker/restart.hpp"

namespace dyad::speaker {
namespace {

wire::NlriFormat format_of(const session::Negotiated& negotiated) {
    return {.ipv4_path_ids = negotiated.receives_add_path(Family::Ipv4),
            .ipv6_path_ids = negotiated.receives_add_path(Family::Ipv6),
            .ipv6_next_hop_of_ipv4 = negotiated.extended_next_hop};
}

void count_routes(const wire::NlriField& field, RoutesOfUpdate& routes) {
    wire::NlriCursor cursor{field};
    while (const auto prefix = cursor.next()) {
        ++routes.count;
        if (routes.first.size() < DamageLog::kShownPrefixes) routes.first.push_back(*prefix);
    }
}

/// Walks a field without path identifiers, some prefixes at a time, since their rows come from memory together: look_up
/// gives each its row, or none.
template <class LookUp, class Visit>
void for_each_row(const wire::NlriField& field, const rib::Rib& rib, SessionId from, LookUp&& look_up, Visit&& visit) {
    constexpr std::size_t kAtATime = 32;
    std::array<Prefix, kAtATime> some;
    std::array<PrefixId, kAtATime> rows;
    wire::NlriCursor cursor{field};
    for (auto count = some.size(); count == some.size();) {
        count = 0;
        for (auto prefix = cursor.next(); prefix; prefix = cursor.next()) {
            some[count++] = *prefix;
            if (count == some.size()) break;
        }
        rib.table().prefetch(std::span{some}.first(count));
        std::size_t found = 0;
        for (const auto& prefix : std::span{some}.first(count)) {
            const std::optional<PrefixId> row = look_up(prefix);
            if (!row) continue;
            rib.prefetch(from, *row);
            rows[found++] = *row;
        }
        for (const auto row : std::span{rows}.first(found)) visit(row);
    }
}

RoutesOfUpdate announced_by(const wire::UpdateView& view) {
    RoutesOfUpdate routes;
    count_routes(view.announced, routes);
    if (view.mp_announced) count_routes(*view.mp_announced, routes);
    return routes;
}

wire::UpdateError wrong_next_hop(std::string what) {
    return {wire::Severity::TreatAsWithdraw,
            wire::subcode::kInvalidNextHop,
            static_cast<std::uint8_t>(wire::AttributeType::NextHop),
            {},
            std::move(what)};
}

}  // namespace

void table_in(State& state, Peer& peer, Family family, SessionId id) {
    if (std::exchange(peer.table_received[slot(family)], true)) return;
    const auto count = state.ribs[slot(family)].counts(id).received;
    state.emit(TableReceived{peer.plan.name, family_name(family), count});
}

std::optional<wire::UpdateError> UpdateReader::read(Instant now, const wire::MessageView& message) {
    now_ = now;
    message_ = message.whole;
    view_ = {};
    auto error = read_body(message.body());
    if (error) tell(*error);
    return error;
}

std::optional<wire::UpdateError> UpdateReader::read_body(Bytes body) {
    auto view = wire::parse_update(body, format_of(*peer_.session.negotiated()));
    if (!view) return view.error();
    view_ = std::move(*view);
    for (const auto& error : view_.disabled)
        if (auto fatal = disable(error)) return fatal;
    if (view_.end_of_rib) end_of_rib(*view_.end_of_rib);
    withdraw(view_.withdrawn);
    if (view_.mp_withdrawn) withdraw(*view_.mp_withdrawn);
    // RFC 7606 5.2: without routes to withdraw, a bad attribute may hide that there were some.
    return view_.announces() ? announce(view_) : wire::error_without_routes(view_, context());
}

/// RFC 4760 section 7: the family's routes go, and further ones are ignored until the session is a new one. Where it is the
/// last family, a session that is good for nothing would only look well: then it is reset.
std::optional<wire::UpdateError> UpdateReader::disable(const wire::UpdateError& error) {
    const Family family = *error.family;
    if (!in_use(family)) return std::nullopt;
    const auto& families = peer_.session.negotiated()->families;
    const bool others = std::ranges::any_of(families, [&](Family one) { return one != family && in_use(one); });
    if (!others) {
        auto fatal = error;
        fatal.severity = wire::Severity::SessionReset;
        return fatal;
    }
    tell(error);
    peer_.disabled[slot(family)] = true;
    state_.ribs[slot(family)].drop(id_);
    end_of_rib(family);  // nobody need wait for it
    return std::nullopt;
}

void UpdateReader::end_of_rib(Family family) {
    table_in(state_, peer_, family, id_);
    end_of_rib_received(state_, id_, family);
}

void UpdateReader::withdraw(const wire::NlriField& field) {
    if (!in_use(field.family)) return;
    if (field.path_ids) return withdraw_paths(field);
    auto& rib = state_.ribs[slot(field.family)];
    const auto find = [&](const Prefix& prefix) { return rib.table().find(prefix); };
    for_each_row(field, rib, id_, find, [&](PrefixId row) {
        rib.withdraw(id_, row, state_.pool);
        unlearn(state_, id_, field.family, row);
    });
}

/// RFC 7911 section 5.
void UpdateReader::withdraw_paths(const wire::NlriField& field) {
    auto& rib = state_.ribs[slot(field.family)];
    wire::NlriCursor cursor{field};
    while (const auto prefix = cursor.next())
        if (const auto row = rib.table().find(*prefix)) {
            rib.withdraw_path(id_, *row, cursor.path_id(), state_.pool);
            if (rib.received(id_, *row) == route::kNoAttributes) unlearn(state_, id_, field.family, *row);
        }
}

/// RFC 7606 section 2: an error that withdraws routes withdraws all of the UPDATE, so both families' attributes are judged
/// before the first route is stored.
std::optional<wire::UpdateError> UpdateReader::announce(const wire::UpdateView& view) {
    const auto block = wire::attributes_without_mp(view, scratch_);
    const auto v4 = attributes_of(view.announced, block, std::nullopt);
    if (!v4) return treat_as_withdraw(view, v4.error());
    const auto mp_field = view.mp_announced.value_or(wire::NlriField{});
    const auto mp = attributes_of(mp_field, block, view.mp_next_hop);
    if (mp) {
        store(view.announced, *v4);
        store(mp_field, *mp);
    }
    for (const auto attributes : {*v4, mp.value_or(route::kNoAttributes)})
        if (attributes != route::kNoAttributes) state_.pool.release(attributes);
    return mp ? std::nullopt : treat_as_withdraw(view, mp.error());
}

/// A reference to what the field's routes have; none for a field without routes of ours.
std::expected<route::AttributeRef, wire::UpdateError> UpdateReader::attributes_of(
    const wire::NlriField& field, Bytes block, const std::optional<Address>& next_hop) {
    if (field.octets.empty() || !in_use(field.family)) return route::kNoAttributes;
    auto interned = state_.pool.intern(block, next_hop, context());
    if (!interned) return std::unexpected(std::move(interned.error()));
    for (const auto& error : interned->discarded) tell(error);
    if (auto error = semantic_error(state_.pool.facts(interned->ref).next_hop)) {
        state_.pool.release(interned->ref);
        return std::unexpected(std::move(*error));
    }
    return with_only_to_customer(interned->ref);
}

std::optional<wire::UpdateError> UpdateReader::treat_as_withdraw(const wire::UpdateView& view,
                                                                 const wire::UpdateError& error) {
    if (error.severity != wire::Severity::TreatAsWithdraw) return error;
    tell(error);
    withdraw(view.announced);
    if (view.mp_announced) withdraw(*view.mp_announced);
    return std::nullopt;
}

void UpdateReader::store(const wire::NlriField& field, route::AttributeRef attributes) {
    if (attributes == route::kNoAttributes) return;
    if (field.path_ids) return store_paths(field, attributes);
    auto& rib = state_.ribs[slot(field.family)];
    const auto intern = [&](const Prefix& prefix) { return rib.table().intern(prefix); };
    for_each_row(field, rib, id_, intern, [&](PrefixId row) {
        state_.pool.retain(attributes);
        rib.announce(id_, row, attributes, state_.pool);
    });
}

/// RFC 7911 section 5.
void UpdateReader::store_paths(const wire::NlriField& field, route::AttributeRef attributes) {
    auto& rib = state_.ribs[slot(field.family)];
    wire::NlriCursor cursor{field};
    while (const auto prefix = cursor.next()) {
        state_.pool.retain(attributes);
        const auto row = rib.table().intern(*prefix);
        const auto kept = rib.announce_path(id_, row, cursor.path_id(), attributes, state_.pool);
        if (kept == rib::Rib::Kept::Yes || std::exchange(peer_.path_ignored_told, true)) continue;
        state_.emit(PathIgnored{peer_.plan.name, *prefix, cursor.path_id().value, rib::kMaxPaths});
    }
}

/// RFC 4271 6.3 a) and b): what makes a next hop semantically wrong; the route is left out, the session stays. A session
/// next door may name itself or a host on a subnet that we share. Of the other family we cannot tell.
std::optional<wire::UpdateError> UpdateReader::semantic_error(const Address& next_hop) const {
    const bool ours = peer_.plan.local == next_hop || state_.interfaces.has_address(next_hop);
    if (ours) return wrong_next_hop("the next hop is our own address (RFC 4271 6.3)");
    const bool sound = !peer_.plan.import.external || !peer_.plan.on_link || next_hop == peer_.plan.peer ||
                       next_hop.family() != peer_.plan.peer.family() || next_hop.is_link_local();
    if (sound || state_.interfaces.toward(next_hop)) return std::nullopt;
    return wrong_next_hop("the next hop is on no subnet of ours, though the neighbour is next door (RFC 4271 6.3)");
}

/// RFC 9234 section 5, ingress 3: adds the attribute that the neighbour should have added. A reference passes in and one out.
route::AttributeRef UpdateReader::with_only_to_customer(route::AttributeRef attributes) {
    const auto value = policy::only_to_customer_of(peer_.plan.import);
    if (!value || state_.pool.only_to_customer(attributes)) return attributes;
    auto marked = state_.pool.attributes(attributes);
    marked.only_to_customer = *value;
    const auto made = state_.pool.intern(marked);
    if (made == route::kNoAttributes) return attributes;  // no room for it in any message: it will not go anywhere
    state_.pool.release(attributes);
    return made;
}

wire::AttributeContext UpdateReader::context() const {
    return {.four_octet_as = peer_.session.negotiated()->four_octet_as,
            .external = peer_.plan.import.external,
            .remove_med = peer_.plan.remove_med};
}

bool UpdateReader::in_use(Family family) const {
    return peer_.session.negotiated()->has(family) && !peer_.disabled[slot(family)];
}

void UpdateReader::tell(const wire::UpdateError& error) {
    if (auto event = peer_.damage.note(now_, peer_.plan.name, error, message_, announced_by(view_)))
        state_.emit(std::move(*event));
}

}  // namespace dyad::speaker
