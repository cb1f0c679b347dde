#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "dyad/base/time.hpp"
#include "dyad/speaker/event.hpp"
#include "dyad/wire/update_error.hpp"

namespace dyad::speaker {

/// The routes of an UPDATE, for an event: how many, and the first.
struct RoutesOfUpdate {
    std::size_t count = 0;
    std::vector<Prefix> first;
};

/// What was wrong with one session's UPDATEs. Each is told, but a flood of them is no flood of events: the first of a kind at
/// once, those that follow within a pause counted, and told with the last of them when it ends.
class DamageLog {
public:
    /// Long enough that a peer which sends nothing but damage costs a line a minute, short enough to see it go on.
    static constexpr Duration kPause = std::chrono::minutes{1};
    /// Kinds (severity and attribute) told apart: a peer's own inventions must not fill our memory. Further ones are one.
    static constexpr std::size_t kMostKinds = 16;
    /// Octets of an attribute in an event: enough to see what is wrong with it.
    static constexpr std::size_t kShownOctets = 64;
    /// Octets of a message in an event: an ordinary one whole (RFC 7606 section 6), the first of an extended one.
    static constexpr std::size_t kShownMessage = 4096;
    static constexpr std::size_t kShownPrefixes = 16;

    /// The event to tell now, if any. message: the whole UPDATE.
    std::optional<UpdateDamaged> note(Instant now, const std::string& session, const wire::UpdateError& error,
                                      Bytes message, const RoutesOfUpdate& routes);
    /// What was counted in pauses that are over.
    std::vector<UpdateDamaged> due(Instant now);
    std::optional<Instant> deadline() const;

private:
    using Kind = std::pair<wire::Severity, std::uint8_t>;
    struct Told {
        Instant until{};
        std::size_t since = 0;  ///< not told yet
        UpdateDamaged last{};
    };
    Told& told(const wire::UpdateError& error);

    std::map<Kind, Told> kinds_;
    std::optional<Instant> message_until_;  ///< whole messages are long: one a pause, whatever its kind
};

}  // namespace dyad::speaker
