#include "bfd/endpoint.hpp"

#include <algorithm>

namespace dyad::bfd {
namespace {

/// RFC 5881 section 5.
constexpr std::uint8_t kTtl = 255;

/// The same path as far as a peer can tell two sessions apart.
bool same_to_the_peer(const Path& a, const Path& b) {
    return a.hops == b.hops && a.peer == b.peer && a.interface_index == b.interface_index;
}

/// RFC 5881 section 3: of a single hop the interface counts; RFC 5883 section 4.1: of several the pair of addresses.
bool comes_along(const Path& path, const Arrival& arrival) {
    if (path.hops != arrival.hops) return false;
    if (path.interface_index != 0 && path.interface_index != arrival.interface_index) return false;
    return !path.local || *path.local == arrival.destination;
}

}  // namespace

void Endpoint::configure(Instant now, const std::vector<Wanted>& wanted) {
    for (auto& [id, entry] : entries_) {
        const auto named = [&](const Wanted& other) { return other.id == id; };
        if (entry.leaves || std::ranges::any_of(wanted, named)) continue;
        entry.session.disable(now, Diagnostic::AdministrativelyDown);
        entry.leaves = now + entry.session.remote_detection_time();
        collect(id, entry);
    }
    for (const auto& one : wanted) {
        const auto found = entries_.find(one.id);
        if (found == entries_.end()) {
            add(now, one);
            continue;
        }
        found->second.session.configure(now, one.parameters);
        collect(one.id, found->second);
    }
}

/// One that leaves the same path gives way at once: two voices would confuse the peer.
void Endpoint::add(Instant now, const Wanted& wanted) {
    for (auto at = entries_.begin(); at != entries_.end();) {
        if (at->second.leaves && same_to_the_peer(at->second.path, wanted.path)) {
            actions_.emplace_back(Ended{at->first});
            at = entries_.erase(at);
        } else {
            ++at;
        }
    }
    const auto discriminator = fresh_discriminator();
    const auto seed = random_.next();
    entries_.emplace(wanted.id, Entry{wanted.path, Session{now, discriminator, wanted.parameters, seed}, {}});
}

std::expected<void, Discard> Endpoint::received(Instant now, const Arrival& arrival) {
    const auto accepted = give(now, arrival);
    if (!accepted) ++discards_[static_cast<std::size_t>(accepted.error())];
    return accepted;
}

std::expected<void, Discard> Endpoint::give(Instant now, const Arrival& arrival) {
    const auto decoded = decode(arrival.octets);
    if (!decoded) return std::unexpected(decoded.error());
    const auto found = select(arrival, decoded->packet);
    if (!found) return std::unexpected(found.error());
    auto& [id, entry] = **found;
    if (entry.path.hops == Hops::Single && arrival.ttl != kTtl) return std::unexpected(Discard::LowTtl);
    const auto accepted = entry.session.received(now, decoded->packet, decoded->octets);
    collect(id, entry);
    return accepted;
}

/// 6.3, 6.8.6. A discriminator alone opens no side door: a packet for a single hop's session that came in by the port
/// for several hops, where no TTL is checked, is not that session's.
std::expected<Endpoint::Entries::iterator, Discard> Endpoint::select(const Arrival& arrival, const Packet& packet) {
    const auto wanted = packet.your_discriminator;
    if (wanted != 0) {
        const auto found = std::ranges::find_if(
            entries_, [&](const auto& entry) { return entry.second.session.discriminator() == wanted; });
        if (found == entries_.end()) return std::unexpected(Discard::NoSession);
        if (!comes_along(found->second.path, arrival)) return std::unexpected(Discard::WrongPath);
        return found;
    }
    if (packet.state != State::Down && packet.state != State::AdminDown)
        return std::unexpected(Discard::ZeroYourDiscriminator);
    const auto found = std::ranges::find_if(entries_, [&](const auto& entry) {
        return entry.second.path.peer == arrival.source && comes_along(entry.second.path, arrival);
    });
    if (found == entries_.end()) return std::unexpected(Discard::NoSession);
    return found;
}

std::optional<Instant> Endpoint::deadline() const {
    std::optional<Instant> deadline;
    for (const auto& [id, entry] : entries_)
        deadline = earlier(deadline, earlier(entry.session.deadline(), entry.leaves));
    return deadline;
}

void Endpoint::tick(Instant now) {
    for (auto at = entries_.begin(); at != entries_.end();) {
        auto& [id, entry] = *at;
        if (entry.leaves && *entry.leaves <= now) {
            actions_.emplace_back(Ended{id});
            at = entries_.erase(at);
            continue;
        }
        if (const auto due = entry.session.deadline(); due && *due <= now) entry.session.tick(now);
        collect(id, entry);
        ++at;
    }
}

void Endpoint::collect(BfdSessionId id, Entry& entry) {
    for (auto& action : entry.session.take_actions()) {
        if (auto* packet = std::get_if<Send>(&action))
            actions_.emplace_back(Transmit{id, entry.path, std::move(packet->octets)});
        const auto* change = std::get_if<Change>(&action);
        if (change && !entry.leaves) actions_.emplace_back(StateChanged{id, *change});
    }
}

std::uint32_t Endpoint::fresh_discriminator() {
    while (true) {
        const auto candidate = static_cast<std::uint32_t>(random_.next());
        const bool taken = std::ranges::any_of(
            entries_, [&](const auto& entry) { return entry.second.session.discriminator() == candidate; });
        if (candidate != 0 && !taken) return candidate;
    }
}

std::optional<Facts> Endpoint::facts(BfdSessionId id) const {
    const auto found = entries_.find(id);
    if (found == entries_.end() || found->second.leaves) return std::nullopt;
    return found->second.session.facts();
}

std::vector<BfdSessionId> Endpoint::sessions() const {
    std::vector<BfdSessionId> ids;
    for (const auto& [id, entry] : entries_)
        if (!entry.leaves) ids.push_back(id);
    return ids;
}

}  // namespace dyad::bfd
