#pragma once
#include <array>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "bfd/session.hpp"
#include "dyad/base/random.hpp"
#include "dyad/bfd/bfd.hpp"

namespace dyad::bfd {

/// A datagram that came in on port 3784 (Single) or 4784 (Multi).
struct Arrival {
    Hops hops = Hops::Single;
    Address source;
    Address destination;
    std::uint32_t interface_index = 0;
    std::uint8_t ttl = 0;  ///< or hop limit
    Bytes octets;
};

struct Transmit {
    BfdSessionId session;
    Path path;
    std::vector<std::uint8_t> octets;
};
struct StateChanged {
    BfdSessionId session;
    Change change;
};
/// Nothing more is sent for it: its socket can go.
struct Ended {
    BfdSessionId session;
};
using EndpointAction = std::variant<Transmit, StateChanged, Ended>;

/// All BFD sessions of this router: which packet belongs to which, and their common deadline. What a driver turns.
class Endpoint {
public:
    /// seed: of discriminators, jitter and sequence numbers.
    explicit Endpoint(std::uint64_t seed) : random_(seed) {}

    /// All sessions there are to be from now on. Those that go say AdminDown for a detection time (6.8.16): their peers
    /// are not to take it for a failure.
    void configure(Instant now, const std::vector<Wanted>& wanted);
    std::expected<void, Discard> received(Instant now, const Arrival& arrival);

    std::optional<Instant> deadline() const;
    /// After everything that had arrived by now has been handed over.
    void tick(Instant now);
    std::vector<EndpointAction> take_actions() { return std::exchange(actions_, {}); }

    /// Nothing for an id that is not wanted any more.
    std::optional<Facts> facts(BfdSessionId id) const;
    std::vector<BfdSessionId> sessions() const;
    /// Since the start, by Discard.
    const std::array<std::uint64_t, kDiscards>& discards() const { return discards_; }

private:
    struct Entry {
        Path path;
        Session session;
        std::optional<Instant> leaves;  ///< no longer wanted, says AdminDown until then
    };
    using Entries = std::map<BfdSessionId, Entry>;

    void add(Instant now, const Wanted& wanted);
    std::expected<void, Discard> give(Instant now, const Arrival& arrival);
    std::expected<Entries::iterator, Discard> select(const Arrival& arrival, const Packet& packet);
    void collect(BfdSessionId id, Entry& entry);
    std::uint32_t fresh_discriminator();

    Random random_;
    Entries entries_;
    std::vector<EndpointAction> actions_;
    std::array<std::uint64_t, kDiscards> discards_{};
};

}  // namespace dyad::bfd
