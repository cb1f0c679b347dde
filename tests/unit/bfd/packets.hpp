#pragma once
#include <chrono>
#include <vector>

#include "bfd/packet.hpp"
#include "bfd/session.hpp"

/// What the tests of this room have in common: a peer's packets, and the actions sorted by kind.
namespace dyad::bfd {

using namespace std::chrono_literals;

inline constexpr Instant kStart{std::chrono::hours{1}};
inline constexpr std::uint32_t kOurs = 0x11111111, kTheirs = 0x22222222;

/// From a peer that has heard us, 300 ms x 3 both ways.
inline Packet from_peer(State state) {
    return {.state = state,
            .detect_multiplier = 3,
            .my_discriminator = kTheirs,
            .your_discriminator = kOurs,
            .desired_min_tx = state == State::Up ? 300ms : 1s,
            .required_min_rx = 300ms};
}

struct Seen {
    std::vector<Packet> packets;
    std::vector<Change> changes;
};

inline Seen take(Session& session) {
    Seen seen;
    for (auto& action : session.take_actions()) {
        if (const auto* send = std::get_if<Send>(&action)) seen.packets.push_back(decode(send->octets)->packet);
        if (const auto* change = std::get_if<Change>(&action)) seen.changes.push_back(*change);
    }
    return seen;
}

inline std::expected<void, Discard> give(Session& session, Instant now, const Packet& packet) {
    return session.received(now, packet, encode(packet));
}

/// A session brought to that state at kStart, its actions taken.
inline Session session_in(State state, Parameters parameters = {}) {
    Session session{kStart, kOurs, std::move(parameters), 7};
    session.tick(kStart);
    if (state == State::Init) (void)give(session, kStart, from_peer(State::Down));
    if (state == State::Up) (void)give(session, kStart, from_peer(State::Init));
    if (state == State::AdminDown) session.disable(kStart, Diagnostic::AdministrativelyDown);
    session.take_actions();
    return session;
}

}  // namespace dyad::bfd
