#include "speaker/received_limit.hpp"

#include "dyad/base/writer.hpp"

namespace dyad::speaker {
namespace {

/// RFC 4486 section 4: AFI, SAFI and the limit.
wire::Notification too_many(Family family, std::size_t limit) {
    auto notification = wire::cease(wire::subcode::kMaximumPrefixes);
    notification.data.resize(7);
    Writer out{notification.data};
    out.u16(static_cast<std::uint16_t>(family));
    out.u8(wire::kSafiUnicast);
    out.u32(static_cast<std::uint32_t>(limit));
    return notification;
}

/// The family that has brought most.
Family fullest(const State& state, SessionId id) {
    return state.ribs[1].counts(id).received > state.ribs[0].counts(id).received ? Family::Ipv6 : Family::Ipv4;
}

}  // namespace

void watch_received(State& state, Instant now, SessionId id) {
    auto& peer = state.peer(id);
    const auto limit = peer.plan.receive_limit;
    if (limit == 0) return;
    const auto family = fullest(state, id);
    const auto count = state.ribs[slot(family)].counts(id).received;
    if (count <= limit) {
        if (count < limit - limit / 10) peer.received_limit_told = false;  // not at every flap around it
        return;
    }
    const bool ends = peer.plan.receive_limit_ends;
    if (!std::exchange(peer.received_limit_told, true) || ends)
        state.emit(ReceiveLimit{peer.plan.name, count, limit, ends});
    if (!ends) return;
    peer.received_limit_told = false;
    peer.session.stop(now, too_many(family, limit),
                      {.cause = session::Cause::PrefixLimit,
                       .detail = "more than " + std::to_string(limit) + " routes came (limits.receive); `dyad reset " +
                                 peer.plan.name + "` tries again"});
}

}  // namespace dyad::speaker
