#pragma once
#include <optional>
#include <string>

#include "config/draft.hpp"
#include "config/fields.hpp"

namespace dyad::config {

/// With whom: a peering's rules are stricter than any other neighbour's.
struct Party {
    std::string name;                 ///< "er-ams/private", "edge2"
    std::optional<PeeringKind> kind;  ///< nothing: a neighbor
    bool is_msee() const { return kind.has_value(); }
    /// Microsoft accepts public prefixes only.
    bool is_public_side() const { return kind && *kind != PeeringKind::Private; }
};

void read_circuits(const Fields& top, Draft& draft);
void read_neighbors(const Fields& top, Draft& draft);
/// [fib], [control], [log], and what is validated only: [http], [record].
void read_services(const Fields& top, Draft& draft);

/// hold_time, send_hold_time, delay_open, graceful_restart, passive, ttl, md5, bfd, extended_messages, add_path, role.
void read_transport(const Fields& fields, const Party& party, Transport& transport, Draft& draft);
/// advertise, registered, accept, local_preference, communities_in, allow_as_in, remove_med, enforce_first_as, limits,
/// redistribute.
void read_exchange(const Fields& fields, const Party& party, Exchange& exchange, Draft& draft);
void read_limits(const Fields& fields, const Party& party, Limits& limits, Draft& draft);
void read_redistribute(const Fields& fields, Draft& draft);
/// A peering's backup: the gateway it goes by. A neighbor's: whether its routes stand in, which Azure's VPN gateways' do.
void read_backup(const Fields& peering, const Party& party, std::optional<Backup>& backup, Draft& draft);
void read_backup(const Fields& fields, Neighbor& neighbor, Draft& draft);

/// A table behind a key as Fields of its section; nothing where there is none or it is no table.
std::optional<Fields> table_at(const Fields& fields, std::string_view name, Section section, Draft& draft);

/// Complains where the text cannot be a name of that kind.
bool check_name(const std::string& name, std::string_view of_what, const Place& place, Notes& notes);
bool check_interface(const std::string& name, const Place& place, Notes& notes);

/// What can be judged only when all is read: names, overlaps, mentions, the router id.
void check_whole(Draft& draft);

}  // namespace dyad::config
