#pragma once
#include <optional>
#include <string>
#include <vector>

#include "dyad/speaker/view.hpp"
#include "speaker/peer.hpp"

/// A rehearsal of the loss of a link (ExpressRoute requirement 50): its sessions are shut with Cease/2 and words (RFC 9003),
/// what it told is looked for in the kernel by other ways, and after the time ordered the sessions come back by themselves.
///
/// It is refused where the other link could not take over, ends at once when that can no longer, and is an order to this
/// process: whoever asked for it need not be there any more, and a restart ends it.
///
///     leaving    shut; until the kernel has moved and every prefix has been looked for
///     away       looked at again every kLookEvery, until the time is over, an order, or trouble at the other link
///     returning  the sessions start; until both links carry again, or kReturnPatience
namespace dyad::speaker {

struct State;

/// One whose end nobody waits for: no link is shut for longer by a rehearsal.
inline constexpr std::chrono::seconds kLongestDrill = std::chrono::hours{24};
inline constexpr std::chrono::seconds kUsualDrill = std::chrono::minutes{5};

/// What a look at all prefixes has found, or found so far.
struct DrillLook {
    std::size_t next = 0;  ///< of prefixes
    std::size_t by_other = 0, elsewhere = 0, missing = 0;
    std::vector<dyad::Prefix> first_missing{};
};

struct Drill {
    enum class Phase : std::uint8_t { Leaving, Away, Returning, Over };
    struct Prefix {
        Family family;
        PrefixId row;
    };
    std::string name;  ///< as ordered
    Phase phase = Phase::Leaving;
    std::vector<SessionId> sessions{}, others{};  ///< shut; what is to take over from each
    Instant since{}, until{};
    std::vector<Prefix> prefixes{};      ///< accepted over the link when it began
    std::optional<DrillLook> looking{};  ///< under way
    DrillLook look{};                    ///< the last one that is complete
    std::size_t most_missing = 0;
    std::vector<dyad::Prefix> first_missing{};  ///< then
    std::optional<Instant> look_at{};
    std::optional<Instant> off_link{}, verified{}, ended{}, established{}, whole{};
    std::string why_ended{};
    bool aborted = false;
};

/// Drill and DrillEnd.
OrderAnswer order_drill(State& state, Instant now, const Order& order);
/// Once a turn. True where there is more to look at, which waits for nobody.
bool watch_drill(State& state, Instant now);
std::optional<Instant> drill_deadline(const State& state);

/// The session is held down by a drill: nothing else starts it.
bool is_drilled(const State& state, SessionId id);
/// Its plan is another, and the session new: it stays down.
void keep_drilled(State& state, Instant now, SessionId id);

/// Those that this process remembers, oldest first; the last may be running.
DrillsView drills_view(const State& state, Instant now);

}  // namespace dyad::speaker
