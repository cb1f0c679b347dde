#pragma once
#include <expected>
#include <optional>
#include <vector>

#include "dyad/wire/update.hpp"
#include "speaker/state.hpp"

namespace dyad::speaker {

/// The peer's first table of this family is in.
void table_in(State& state, Peer& peer, Family family, SessionId id);

/// Reads a session's UPDATEs into the RIBs. What is wrong with them is told, and costs what RFC 7606 says: an attribute, the
/// routes, the family, or (that is the caller's to do) the session.
class UpdateReader {
public:
    UpdateReader(State& state, SessionId id) : state_(state), peer_(state.peer(id)), id_(id) {}

    /// An error that costs the session, if there is one; it is told already.
    std::optional<wire::UpdateError> read(Instant now, const wire::MessageView& message);

private:
    std::optional<wire::UpdateError> read_body(Bytes body);
    std::optional<wire::UpdateError> disable(const wire::UpdateError& error);
    void end_of_rib(Family family);
    void withdraw(const wire::NlriField& field);
    void withdraw_paths(const wire::NlriField& field);
    std::optional<wire::UpdateError> announce(const wire::UpdateView& view);
    std::expected<route::AttributeRef, wire::UpdateError> attributes_of(const wire::NlriField& field, Bytes block,
                                                                        const std::optional<Address>& next_hop);
    std::optional<wire::UpdateError> treat_as_withdraw(const wire::UpdateView& view, const wire::UpdateError& error);
    void store(const wire::NlriField& field, route::AttributeRef attributes);
    void store_paths(const wire::NlriField& field, route::AttributeRef attributes);
    std::optional<wire::UpdateError> semantic_error(const Address& next_hop) const;
    route::AttributeRef with_only_to_customer(route::AttributeRef attributes);
    wire::AttributeContext context() const;
    bool in_use(Family family) const;
    void tell(const wire::UpdateError& error);

    State& state_;
    Peer& peer_;
    SessionId id_;
    std::vector<std::uint8_t> scratch_;
    // Of the UPDATE being read.
    Instant now_{};
    Bytes message_;
    wire::UpdateView view_;
};

}  // namespace dyad::speaker
